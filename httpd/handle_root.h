/* GET /: what there is to try. docs/api.md has the shapes. */
#ifndef OAT_HTTPD_HANDLE_ROOT_H
#define OAT_HTTPD_HANDLE_ROOT_H

#include "httpd/router.h"

void oat_handle_root(const struct oat_call *call, struct oat_answer *answer);

#endif
