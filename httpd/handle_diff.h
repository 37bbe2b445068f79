/* GET /traces/{id}/diff/{other} and /spans/{id}/diff/{other}: two of them side by side. docs/api.md has the
 * shapes. */
#ifndef OAT_HTTPD_HANDLE_DIFF_H
#define OAT_HTTPD_HANDLE_DIFF_H

#include "httpd/router.h"

void oat_handle_trace_diff(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_span_diff(const struct oat_call *call, struct oat_answer *answer);

#endif
