/* GET /traces/{id}/skeleton: the tree of a trace of any size, as columns. docs/api.md has the shape. */
#ifndef OAT_HTTPD_HANDLE_SKELETON_H
#define OAT_HTTPD_HANDLE_SKELETON_H

#include "httpd/router.h"

extern const char *const oat_skeleton_parameters[];

void oat_handle_skeleton(const struct oat_call *call, struct oat_answer *answer);

#endif
