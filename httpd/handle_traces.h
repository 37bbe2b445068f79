/* GET /traces: a page of the list. docs/api.md has the shapes. */
#ifndef OAT_HTTPD_HANDLE_TRACES_H
#define OAT_HTTPD_HANDLE_TRACES_H

#include "httpd/router.h"

extern const char *const oat_traces_parameters[];
void oat_handle_traces(const struct oat_call *call, struct oat_answer *answer);

#endif
