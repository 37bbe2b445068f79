/* GET /stats: what the store holds and takes, and how much of it each day. */
#ifndef OAT_HTTPD_HANDLE_STATS_H
#define OAT_HTTPD_HANDLE_STATS_H

#include "httpd/router.h"

void oat_handle_stats(const struct oat_call *call, struct oat_answer *answer);

#endif
