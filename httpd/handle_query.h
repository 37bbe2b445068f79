/* POST /analytics/query: counts, sums and percentiles. docs/query.md has the names, docs/api.md the body. */
#ifndef OAT_HTTPD_HANDLE_QUERY_H
#define OAT_HTTPD_HANDLE_QUERY_H

#include "httpd/router.h"

void oat_handle_query(const struct oat_call *call, struct oat_answer *answer);

#endif
