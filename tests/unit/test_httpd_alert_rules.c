/* alerts.yaml. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "httpd/alert_query.h"
#include "httpd/alert_rules.h"

#define SECOND UINT64_C(1000000000)
#define PATH   "/etc/oat/alerts.yaml"

static struct oat_alert_rules rules;
static char error[600];

static bool parse(const char *text)
{
    static const struct oat_options options = {
        .projects = {{.name = "default"}, {.name = "support"}},
        .project_count = 2,
    };
    oat_alert_rules_free(&rules);
    return oat_alert_rules_read_text(&options, PATH, text, strlen(text), &rules, error, sizeof error);
}

static void must_parse(const char *text)
{
    if (!parse(text))
        fail_msg("%s", error);
}

static void a_rule_says_what_is_looked_at_and_who_is_told(void **state)
{
    (void)state;
    must_parse("alerts:\n"
               "  dear:\n"
               "    project: support\n"
               "    filter: type = llm and model ~ \"gpt*\"\n"
               "    aggregate: sum:cost\n"
               "    by: [agent, attr.tier]\n"
               "    window: 1d\n"
               "    above: 50\n"
               "    resolve: 40.5\n"
               "    for: 10m\n"
               "    every: 30s\n"
               "    no_data: keep\n"
               "    webhook: [ops, boss]\n"
               "\n"
               "# the other one\n"
               "  slow: {aggregate: 'p95:duration', above: 2.5s}\n"
               "webhooks:\n"
               "  boss: {url: 'http://localhost:1/x'}\n"
               "  spare: {url: 'https://example.org', headers: {Authorization: Bearer x, X-Y: z}}\n"
               "  ops: {url: 'https://example.com/hook'}\n");
    assert_int_equal(rules.count, 2);
    const struct oat_alert_rule *dear = &rules.all[0], *slow = &rules.all[1];
    assert_string_equal(dear->name, "dear");
    assert_string_equal(dear->project, "support");
    assert_string_equal(dear->filter, "type = llm and model ~ \"gpt*\"");
    assert_string_equal(dear->unit, "USD");
    assert_int_equal(dear->by_count, 2);
    assert_int_equal(dear->window_ns, 86400 * SECOND);
    assert_false(dear->is_below);
    assert_true(dear->threshold >= 50 && dear->threshold <= 50 && dear->resolve >= 40.5 &&
                dear->resolve <= 40.5);
    assert_int_equal(dear->for_ns, 600 * SECOND);
    assert_int_equal(dear->every_ns, 30 * SECOND);
    assert_int_equal(dear->no_data, OAT_NO_DATA_KEEP);
    assert_int_equal(dear->webhooks, 1u << 0 | 1u << 2);
    assert_int_equal(dear->line, 2);
    assert_memory_equal(dear->yaml, "  dear:\n    project: support\n", 29);
    assert_non_null(strstr(dear->yaml, "[ops, boss]"));
    assert_string_equal(strstr(dear->yaml, "[ops, boss]"), "[ops, boss]");
    assert_string_equal(slow->yaml, "  slow: {aggregate: 'p95:duration', above: 2.5s}");
    assert_string_equal(slow->project, "default");
    assert_string_equal(slow->unit, "ms");
    assert_true(slow->threshold >= 2500 && slow->threshold <= 2500 && slow->resolve >= 2500);
    assert_int_equal(slow->for_ns, 0);
    assert_int_equal(slow->line, 16);
    assert_string_equal(rules.webhooks[1].headers[1], "X-Y: z");
}

static void the_text_of_a_rule_has_nothing_of_its_neighbours(void **state)
{
    (void)state;
    must_parse("{webhooks: {x: {url: 'http://sécret'}}, alerts: {a: {aggregate: count, above: 1}, "
               "b: {above: 2, aggregate: count}}, }");
    assert_string_equal(rules.all[0].yaml, "a: {aggregate: count, above: 1}");
    assert_string_equal(rules.all[1].yaml, "b: {above: 2, aggregate: count}");
    must_parse("\xef\xbb\xbf{alerts: {a: {aggregate: count, above: 1}}}");
    assert_string_equal(rules.all[0].yaml, "");
    must_parse("alerts:\n a:\n  aggregate: count\n  above: 1");
    assert_string_equal(rules.all[0].yaml, " a:\n  aggregate: count\n  above: 1");
}

static void nothing_is_a_file_too(void **state)
{
    (void)state;
    must_parse("");
    assert_int_equal(rules.count, 0);
    must_parse("alerts: {}\n");
    assert_int_equal(rules.count, 0);
}

static void mistakes_are_told_with_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *expected;
    } bad[] = {
        {"alert: {}", ":1:1: unknown key \"alert\""},
        {"alerts: []", ":1:9: expected alerts"},
        {"alerts: {'a b': {}}", ":1:10: \"a b\" is no name"},
        {"alerts: {a: {}}", ":1:10: rule a has no aggregate"},
        {"alerts: {a: {aggregate: count}}", ":1:10: rule a has no threshold"},
        {"alerts:\n  a:\n    agregate: count\n", ":3:5: unknown key \"agregate\""},
        {"alerts: {a: {aggregate: count, above: 1, above: 2}}", ":1:42: \"above\" is given twice"},
        {"alerts: {a: {aggregate: count, above: 1, below: 0}}", ":1:42: above and below exclude"},
        {"alerts: {a: {aggregate: count, above: many}}", ":1:39: above: expected a number"},
        {"alerts: {a: {aggregate: 'p95:duration', above: soon}}", ":1:48: above: expected a duration"},
        {"alerts: {a: {aggregate: cuont, above: 1}}", ":1:25: aggregate, character 1:"},
        {"alerts: {a: {aggregate: 'min:start', above: 1}}", ":1:25: aggregate: min:start is no number"},
        {"alerts: {a: {aggregate: count, by: modle, above: 1}}", ":1:36: by, character 1:"},
        {"alerts: {a: {aggregate: count, filter: 'type =', above: 1}}", ":1:40: filter, character 7:"},
        {"alerts: {a: {aggregate: count, window: 1y, above: 1}}", ":1:40: window (or day, or month): "},
        {"alerts: {a: {aggregate: count, window: 100d, above: 1}}", ":1:40: window (or day, or month): "},
        {"alerts: {a: {aggregate: count, every: 10ms, above: 1}}", ":1:39: every: expected a duration"},
        {"alerts: {a: {aggregate: count, above: 5, resolve: 6}}", ":1:51: resolve: expected what above"},
        {"alerts: {a: {aggregate: count, below: 5, resolve: 4}}", ":1:51: resolve: expected what below"},
        {"alerts: {a: {aggregate: count, above: 5, no_data: maybe}}", ":1:51: no_data: expected resolve"},
        {"alerts: {a: {aggregate: count, above: 5, webhook: x}}", ":1:51: webhook: there is none"},
        {"alerts: {a: {aggregate: count, above: 5, project: x}}", ":1:51: project: there is none"},
        {"webhooks: {a: {}}", ":1:15: webhook a has no url"},
        {"webhooks: {a: {url: 'file:///etc/passwd'}}", ":1:21: url: expected one that begins"},
        {"webhooks: {a: {url: 'http://x', headers: {'A:': b}}}", ":1:43: \"A:\" is no name of a header"},
        {"webhooks: {a: {url: 'http://x', headers: {A: \"b\\r\\nC: d\"}}}", ":1:46: A: expected a line"},
        {"alerts: {", ":"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (parse(bad[i].yaml))
            fail_msg("taken: %s", bad[i].yaml);
        if (strncmp(error, PATH, strlen(PATH)) != 0 ||
            strncmp(error + strlen(PATH), bad[i].expected, strlen(bad[i].expected)) != 0)
            fail_msg("%s: %s", bad[i].yaml, error);
    }
}

static uint64_t from_of(const char *window, uint64_t now_ns)
{
    char yaml[200];
    struct oat_alert_query query;
    oat_filter_error wrong;
    snprintf(yaml, sizeof yaml, "alerts: {a: {aggregate: count, above: 1, window: %s}}", window);
    must_parse(yaml);
    assert_int_equal(oat_alert_query_make(&rules.all[0], now_ns, &query, &wrong), OAT_OK);
    uint64_t from_ns = query.query.from_ns;
    assert_int_equal(query.query.to_ns, now_ns);
    oat_alert_query_free(&query);
    return from_ns;
}

static void windows_roll_or_begin_with_the_day_or_month(void **state)
{
    (void)state;
    const uint64_t now = 1795365296 * SECOND + 5; /* 2026-11-22T16:34:56Z */
    assert_int_equal(from_of("90m", now), now - 5400 * SECOND);
    assert_int_equal(from_of("day", now), 1795305600 * SECOND);
    assert_int_equal(from_of("month", now), 1793491200 * SECOND);
}

static int tear_down(void **state)
{
    (void)state;
    oat_alert_rules_free(&rules);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_says_what_is_looked_at_and_who_is_told),
        cmocka_unit_test(the_text_of_a_rule_has_nothing_of_its_neighbours),
        cmocka_unit_test(nothing_is_a_file_too),
        cmocka_unit_test(mistakes_are_told_with_line_and_column),
        cmocka_unit_test(windows_roll_or_begin_with_the_day_or_month),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
