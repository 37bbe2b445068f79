/* Overview, latency and cost of a window of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "httpd/window.h"
#include "tests/support/run_ask.h"
#include "tests/support/run_writer.h"

#include <string.h>

#define S_NS   UINT64_C(1000000000)
#define DAY_NS (86400 * S_NS)
#define NOON   (UINT64_C(1700000000) / 86400 * DAY_NS + DAY_NS / 2)

/* ---- What is in the store: one day with three requests, and the day before with one ---------------- */

static oat_span *start(struct oat_run_writer *w, enum oat_span_type type, const char *name, uint64_t start_ns,
                       const oat_span *parent)
{
    const oat_span_options options = {.start_ns = start_ns, .parent_span = parent, .detached = true};
    return oat_span_start_with(w->tracer, type, name, &options);
}

static void call_model(struct oat_run_writer *w, const oat_span *request, const char *model,
                       uint64_t start_ns, int64_t cost_nano)
{
    oat_span *call = start(w, OAT_LLM, "call", start_ns, request);
    oat_span_set_text(call, OAT_TEXT_MODEL, model, OAT_NUL);
    oat_span_set_text(call, OAT_TEXT_AGENT, "helper", OAT_NUL);
    oat_span_set_text(call, OAT_TEXT_PROMPT_NAME, "greet", OAT_NUL);
    oat_span_set_prompt_version(call, 7);
    oat_span_set_count(call, OAT_COUNT_INPUT, 100);
    oat_span_set_count(call, OAT_COUNT_OUTPUT, 20);
    if (cost_nano > 0)
        oat_span_set_cost(call, cost_nano, -1, -1, OAT_COST_REPORTED);
    oat_span_end_at(call, start_ns + S_NS);
}

static void check(struct oat_run_writer *w, const oat_span *request, uint64_t start_ns, bool triggered)
{
    oat_span *guard = start(w, OAT_GUARDRAIL, "moderation", start_ns, request);
    oat_span_set_attr_bool(guard, "guardrail.triggered", triggered);
    oat_span_end_at(guard, start_ns + S_NS / 10);
}

static void write_requests(struct oat_run_writer *w)
{
    oat_span *request = start(w, OAT_AGENT, "one", NOON + 1 * S_NS, NULL);
    call_model(w, request, "large", NOON + 1 * S_NS, 5000000);
    check(w, request, NOON + 2 * S_NS, true);
    oat_span_end_at(request, NOON + 3 * S_NS);
    request = start(w, OAT_AGENT, "two", NOON + 10 * S_NS, NULL);
    call_model(w, request, "small", NOON + 10 * S_NS, 1000000);
    check(w, request, NOON + 11 * S_NS, false);
    oat_span_end_at(request, NOON + 14 * S_NS);
    request = start(w, OAT_AGENT, "three", NOON + 3700 * S_NS, NULL);
    call_model(w, request, "unpriced", NOON + 3700 * S_NS, 0);
    oat_span_set_error(request, "it broke", OAT_NUL);
    oat_span_end_at(request, NOON + 3706 * S_NS);
    request = start(w, OAT_AGENT, "yesterday", NOON - DAY_NS + S_NS, NULL);
    call_model(w, request, "large", NOON - DAY_NS + S_NS, 2000000);
    oat_span_end_at(request, NOON - DAY_NS + 2 * S_NS);
}

static char window_text[160];

/* The day of the three requests, and more of a query. */
static const char *that_day(const char *more)
{
    snprintf(window_text, sizeof window_text, "to=%llu&window=24h%s",
             (unsigned long long)((NOON + DAY_NS) / S_NS), more);
    return window_text;
}

/* ---- What is answered ------------------------------------------------------------------------------ */

static double number(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_number(value))
        fail_msg("%s is no number", name);
    return json_number_value(value);
}

static const json_t *row_of(const json_t *answer, const char *list, const char *name, const char *value)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(answer, list), i,
                       row) if (json_is_string(json_object_get(row, name)) &&
                                strcmp(json_string_value(json_object_get(row, name)), value) == 0) return row;
    fail_msg("%s has no row whose %s is %s", list, name, value);
    return NULL;
}

static void the_overview_stands_beside_the_window_before(void **state)
{
    struct oat_run_writer *w = *state;
    write_requests(w);
    json_t *answer = oat_run_get(w->dir, "/analytics/overview", that_day(""));
    assert_float_equal(number(answer, "requests"), 3, 0);
    assert_float_equal(number(answer, "error_rate"), 1.0 / 3, 1e-9);
    assert_float_equal(number(answer, "total_cost"), 0.006, 1e-12);
    assert_float_equal(number(answer, "total_tokens"), 360, 0);
    assert_float_equal(number(answer, "avg_latency_ms"), 4000, 1e-6);
    assert_float_equal(number(answer, "p95_latency_ms"), 4000, 40);
    assert_float_equal(number(answer, "guardrail_checks"), 2, 0);
    assert_float_equal(number(answer, "guardrail_triggers"), 1, 0);
    assert_null(json_object_get(answer, "series"));
    const json_t *previous = json_object_get(answer, "previous");
    assert_float_equal(number(previous, "to"), number(answer, "from"), 0);
    assert_float_equal(number(previous, "requests"), 1, 0);
    assert_float_equal(number(previous, "total_cost"), 0.002, 1e-12);
    assert_float_equal(number(previous, "guardrail_triggers"), 0, 0);
    json_decref(answer);
}

static void a_series_has_a_point_for_every_hour(void **state)
{
    struct oat_run_writer *w = *state;
    write_requests(w);
    json_t *answer = oat_run_get(w->dir, "/analytics/overview", that_day("&every=1h"));
    const json_t *series = json_object_get(answer, "series");
    assert_int_equal(json_array_size(series), 24);
    assert_float_equal(number(json_array_get(series, 0), "requests"), 2, 0);
    assert_float_equal(number(json_array_get(series, 1), "requests"), 1, 0);
    assert_true(json_is_null(json_object_get(json_array_get(series, 1), "total_cost")));
    assert_float_equal(number(json_array_get(series, 2), "requests"), 0, 0);
    assert_float_equal(number(answer, "requests"), 3, 0);
    json_decref(answer);
}

static void a_filter_chooses_whole_requests(void **state)
{
    struct oat_run_writer *w = *state;
    write_requests(w);
    json_t *answer =
        oat_run_get(w->dir, "/analytics/overview", that_day("&q=model%3Dlarge+or+model%3Dsmall"));
    assert_float_equal(number(answer, "requests"), 2, 0);
    assert_float_equal(number(answer, "guardrail_checks"), 2, 0);
    assert_float_equal(number(json_object_get(answer, "previous"), "requests"), 1, 0);
    json_decref(answer);
}

static void latency_is_by_span_type(void **state)
{
    struct oat_run_writer *w = *state;
    write_requests(w);
    json_t *answer = oat_run_get(w->dir, "/analytics/latency", that_day("&every=12h&q=not+name%3Dthree"));
    const json_t *llm = row_of(answer, "by_span_type", "span_type", "llm");
    assert_float_equal(number(llm, "count"), 3, 0);
    assert_float_equal(number(llm, "p50_ms"), 1000, 10);
    assert_float_equal(number(llm, "max_ms"), 1000, 1e-6);
    assert_float_equal(number(row_of(answer, "by_span_type", "span_type", "agent"), "count"), 2, 0);
    assert_int_equal(json_array_size(json_object_get(answer, "series")), 3);
    json_decref(answer);
}

static void cost_is_by_model_agent_prompt_and_hour(void **state)
{
    struct oat_run_writer *w = *state;
    write_requests(w);
    json_t *answer = oat_run_get(w->dir, "/analytics/cost", that_day("&by=model"));
    assert_float_equal(number(row_of(answer, "by_model", "model", "large"), "total_cost"), 0.005, 1e-12);
    const json_t *unpriced = row_of(answer, "by_model", "model", "unpriced");
    assert_true(json_is_null(json_object_get(unpriced, "total_cost")));
    assert_float_equal(number(unpriced, "total_tokens"), 120, 0);
    assert_float_equal(number(row_of(answer, "by_agent", "agent", "helper"), "calls"), 3, 0);
    const json_t *prompt = row_of(answer, "by_prompt", "prompt_name", "greet");
    assert_float_equal(number(prompt, "prompt_version"), 7, 0);
    assert_float_equal(number(prompt, "total_cost"), 0.006, 1e-12);
    assert_int_equal(json_array_size(json_object_get(answer, "series")), 3);
    assert_float_equal(number(row_of(answer, "series", "model", "unpriced"), "time"),
                       (double)(NOON / S_NS + 3600), 0);
    json_decref(answer);
}

static void without_a_store_nothing_happened(void **state)
{
    (void)state;
    json_t *answer = oat_run_get("/nonexistent", "/analytics/overview", "every=1h");
    assert_float_equal(number(answer, "requests"), 0, 0);
    assert_true(json_is_null(json_object_get(answer, "total_cost")));
    json_decref(answer);
    answer = oat_run_get("/nonexistent", "/analytics/cost", NULL);
    assert_int_equal(json_array_size(json_object_get(answer, "by_model")), 0);
    json_decref(answer);
}

static void windows_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "window=0s",          "window=tomorrow", "window=-1h",
        "from=-1h&window=1h", "from=now",        "from=-1h&to=-2h",
        "every=1ms",          "every=0",         "every=1h&to=4102444800&from=2000-01-01",
        "q=type+%3D",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        json_decref(oat_run_ask("/nonexistent", "GET", "/analytics/overview", bad[i], NULL, 400));
    json_decref(oat_run_ask("/nonexistent", "GET", "/analytics/cost", "by=colour", NULL, 400));
    json_decref(oat_run_ask("/nonexistent", "GET", "/analytics/cost", "limit=0", NULL, 400));
}

static void the_window_before_is_as_long(void **state)
{
    (void)state;
    const struct oat_window window = {.from_ns = 1000, .to_ns = 1600, .every_ns = 7};
    struct oat_window before = oat_window_before(&window);
    assert_int_equal(before.from_ns, 400);
    assert_int_equal(before.to_ns, 1000);
    assert_int_equal(before.every_ns, 7);
    const struct oat_window first = {.from_ns = 5, .to_ns = 1600};
    assert_int_equal(oat_window_before(&first).from_ns, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(the_overview_stands_beside_the_window_before),
        OAT_WRITER_TEST(a_series_has_a_point_for_every_hour),
        OAT_WRITER_TEST(a_filter_chooses_whole_requests),
        OAT_WRITER_TEST(latency_is_by_span_type),
        OAT_WRITER_TEST(cost_is_by_model_agent_prompt_and_hour),
        cmocka_unit_test(without_a_store_nothing_happened),
        cmocka_unit_test(windows_that_make_no_sense_are_refused),
        cmocka_unit_test(the_window_before_is_as_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
