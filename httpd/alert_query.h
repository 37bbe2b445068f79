/* The query of a rule (alert_rules.h): its aggregate over the spans of its window. */
#ifndef OAT_HTTPD_ALERT_QUERY_H
#define OAT_HTTPD_ALERT_QUERY_H

#include "httpd/alert_rules.h"
#include "oat/reader.h"

#define OAT_ALERT_ROWS_MAX 200u /* of a rule: those nearest to its threshold, or beyond it */

/* Borrows the rule. It stays where it is made. */
struct oat_alert_query {
    oat_filter *filter;
    oat_text by[OAT_ALERT_GROUPS_MAX], aggregate, sort;
    char sort_text[128];
    oat_span_query query; /* its columns: by, then the aggregate */
};

/* Makes the query for a window that ends now (ns since the epoch). OAT_OK, OAT_E_NOMEM, or OAT_E_INVALID with
 * *ret_error: the filter is wrong. Free it with oat_alert_query_free, also after a failure. */
int oat_alert_query_make(const struct oat_alert_rule *rule, uint64_t now_ns, struct oat_alert_query *ret,
                         oat_filter_error *ret_error);
void oat_alert_query_free(struct oat_alert_query *query);

#endif
