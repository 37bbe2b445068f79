#include "httpd/alert_query.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "format/day.h"
#include "writer/clock.h"

#define MEMORY_BYTES (UINT64_C(64) << 20) /* of groups */

static uint64_t month_of(uint64_t now_ns)
{
    time_t now = (time_t)(now_ns / OAT_NS_PER_S);
    struct tm parts;
    gmtime_r(&now, &parts);
    parts = (struct tm){.tm_year = parts.tm_year, .tm_mon = parts.tm_mon, .tm_mday = 1};
    return (uint64_t)timegm(&parts) * OAT_NS_PER_S;
}

static uint64_t from_ns(const struct oat_alert_rule *rule, uint64_t now_ns)
{
    switch (rule->window) {
    case OAT_WINDOW_DAY:
        return now_ns - now_ns % OAT_DAY_NS;
    case OAT_WINDOW_MONTH:
        return month_of(now_ns);
    case OAT_WINDOW_ROLLING:
        break;
    }
    return now_ns > rule->window_ns ? now_ns - rule->window_ns : 0;
}

int oat_alert_query_make(const struct oat_alert_rule *rule, uint64_t now_ns, struct oat_alert_query *ret,
                         oat_filter_error *ret_error)
{
    *ret = (struct oat_alert_query){.aggregate = {rule->aggregate, strlen(rule->aggregate)}};
    for (size_t i = 0; i < rule->by_count; i++)
        ret->by[i] = (oat_text){rule->by[i], strlen(rule->by[i])};
    int len =
        snprintf(ret->sort_text, sizeof ret->sort_text, "%s%s", rule->is_below ? "" : "-", rule->aggregate);
    ret->sort = (oat_text){ret->sort_text, (size_t)len};
    ret->query = (oat_span_query){
        .from_ns = from_ns(rule, now_ns),
        .to_ns = now_ns,
        .group_by = ret->by,
        .group_by_count = rule->by_count,
        .aggregates = &ret->aggregate,
        .aggregate_count = 1,
        .sort = &ret->sort,
        .sort_count = 1,
        .limit = OAT_ALERT_ROWS_MAX,
        .memory_bytes = MEMORY_BYTES,
    };
    int result = *rule->filter
                     ? oat_filter_parse(rule->filter, strlen(rule->filter), now_ns, &ret->filter, ret_error)
                     : OAT_OK;
    ret->query.filter = ret->filter;
    return result;
}

void oat_alert_query_free(struct oat_alert_query *query)
{
    oat_filter_free(query->filter);
    query->filter = NULL;
}
