/* GET /metrics, /ready: how the daemon and its store are, for programs that watch them. */
#ifndef OAT_HTTPD_HANDLE_METRICS_H
#define OAT_HTTPD_HANDLE_METRICS_H

#include "httpd/router.h"

void oat_handle_metrics(const struct oat_call *call, struct oat_answer *answer);
/* The store can be read, or is not there yet: whoever cannot lease a snapshot is answered 503 before. */
void oat_handle_ready(const struct oat_call *call, struct oat_answer *answer);

#endif
