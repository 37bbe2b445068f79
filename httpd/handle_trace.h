/* GET /traces/{id} and /spans/{id}: one trace, one span of it. docs/api.md has the shapes. */
#ifndef OAT_HTTPD_HANDLE_TRACE_H
#define OAT_HTTPD_HANDLE_TRACE_H

#include "httpd/router.h"

extern const char *const oat_trace_parameters[];
extern const char *const oat_span_parameters[];

void oat_handle_trace(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_span(const struct oat_call *call, struct oat_answer *answer);

#endif
