/* GET /analytics/latency and /analytics/cost: the spans of a window by what they are. */
#ifndef OAT_HTTPD_HANDLE_ANALYTICS_H
#define OAT_HTTPD_HANDLE_ANALYTICS_H

#include "httpd/router.h"

extern const char *const oat_latency_parameters[];
void oat_handle_latency(const struct oat_call *call, struct oat_answer *answer);

extern const char *const oat_cost_parameters[];
void oat_handle_cost(const struct oat_call *call, struct oat_answer *answer);

#endif
