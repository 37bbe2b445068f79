/* One function a resource. docs/api.md describes what they answer. */
#ifndef OAT_HTTPD_HANDLERS_H
#define OAT_HTTPD_HANDLERS_H

#include "httpd/router.h"

void oat_handle_root(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_health(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_traces(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_trace(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_span(const struct oat_call *call, struct oat_answer *answer);

#endif
