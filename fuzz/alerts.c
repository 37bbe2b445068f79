/* alerts.yaml: any text is taken whole, or refused with file, line and column; what was taken can be asked of
 * a store. */
#include "fuzz/fuzz.h"

#include "httpd/alert_query.h"

#include <stdio.h>

#define PATH "/etc/oat/alerts.yaml"

static void check_rule(const struct oat_alert_rules *rules, const struct oat_alert_rule *rule)
{
    struct oat_alert_query query;
    oat_filter_error wrong;
    fuzz_require(oat_name_is_good(rule->name) && rule->yaml && rule->line > 0);
    fuzz_require(rule->is_below ? rule->resolve >= rule->threshold : rule->resolve <= rule->threshold);
    fuzz_require(rule->every_ns > 0 && rule->by_count <= OAT_ALERT_GROUPS_MAX);
    fuzz_require(rule->webhooks >> rules->webhook_count == 0);
    fuzz_require(oat_alert_query_make(rule, UINT64_C(1795365296000000000), &query, &wrong) == OAT_OK);
    fuzz_require(query.query.from_ns < query.query.to_ns);
    oat_alert_query_free(&query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct oat_options options = {.projects = {{.name = "default"}}, .project_count = 1};
    struct oat_alert_rules rules = {0};
    char error[600] = "";
    unsigned line, column;
    if (oat_alert_rules_read_text(&options, PATH, (const char *)data, size, &rules, error, sizeof error)) {
        fuzz_require(rules.count <= OAT_ALERT_RULES_MAX && rules.webhook_count <= OAT_ALERT_WEBHOOKS_MAX);
        for (size_t i = 0; i < rules.count; i++)
            check_rule(&rules, &rules.all[i]);
    } else {
        fuzz_require(sscanf(error, PATH ":%u:%u: ", &line, &column) == 2);
        fuzz_require(line > 0 && column > 0);
    }
    oat_alert_rules_free(&rules);
    return 0;
}
