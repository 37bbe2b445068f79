/* Calls that two instrumentations report at once are counted once, wherever compaction puts the reports. */
#include "tests/support/compact_store.h"
#include "tests/support/run_totals.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

#define SPANS 9u

/* A report of usage in the trace. */
struct report {
    uint8_t parent; /* index + 1; 0: the root */
    uint32_t tokens;
    const char *call; /* NULL: none given */
};

/* Two layers over each call: one knows the call's id, or the other does, or both, side by side or nested. */
static const struct report reports[SPANS] = {
    {0, 111, NULL}, {1, 40, "call-1"}, {2, 40, "call-1"}, {1, 30, "call-2"}, {1, 30, "call-2"},
    {1, 20, NULL},  {6, 20, "call-3"}, {1, 20, "call-3"}, {1, 5, NULL},
};
/* call-1, call-2, call-3 (the deeper report) and the one without an id. */
#define INPUT_TOKENS (40u + 30u + 20u + 5u)

static void put_report(const struct oat_run_writer *w, unsigned i)
{
    const struct report *report = &reports[i];
    uint8_t span_id[8] = {[7] = (uint8_t)(i + 1)};
    oat_span_context parent = {.trace_id = {[15] = 1}, .span_id = {[7] = report->parent}};
    oat_span_options options = {.span_id = span_id,
                                .start_ns = OAT_MAKER_MS(i),
                                .parent = report->parent ? &parent : NULL,
                                .trace_id = report->parent ? NULL : parent.trace_id,
                                .new_trace = !report->parent,
                                .detached = true};
    oat_span *span = oat_span_start_with(w->tracer, OAT_LLM, "call", &options);
    assert_non_null(span);
    oat_span_set_count(span, OAT_COUNT_INPUT, report->tokens);
    oat_span_set_count(span, OAT_COUNT_OUTPUT, report->tokens * 2);
    oat_span_set_cost(span, report->tokens * 1000, -1, -1, OAT_COST_REPORTED);
    if (report->call)
        oat_span_set_call_id(span, report->call, strlen(report->call));
    oat_span_end_at(span, OAT_MAKER_MS(100 - i));
}

static void assert_totals(const struct oat_run_writer *w)
{
    char why[OAT_RUN_WHY_SIZE];
    struct oat_run_view view = oat_run_look(w);
    oat_trace_list *list;
    if (!oat_run_totals_match(view.snapshot, why))
        fail_msg("%s", why);
    assert_int_equal(oat_trace_list_open(view.snapshot, &(oat_trace_query){0}, &list), OAT_OK);
    assert_int_equal(oat_trace_list_count(list), 1);
    const oat_trace_view *trace = oat_trace_list_get(list, 0);
    assert_int_equal(trace->span_count, SPANS);
    assert_int_equal(trace->input_tokens, INPUT_TOKENS);
    assert_int_equal(trace->output_tokens, INPUT_TOKENS * 2);
    assert_int_equal(trace->cost_total_nano, INPUT_TOKENS * 1000);
    oat_trace_list_close(list);
    oat_run_view_close(&view);
}

static void compact(struct oat_run_writer *w, bool full)
{
    struct oat_compact_options options = oat_compact_plain();
    struct oat_compact_summary summary;
    char why[OAT_COMPACT_WHY_SIZE];
    options.full = full;
    if (oat_compact_store(w->dir, &options, &summary, why) != OAT_OK)
        fail_msg("%s", why);
}

/* The first reports go into parts before the others are made. */
static void split_at(unsigned split, bool backwards)
{
    void *state;
    oat_run_writer_set_up(&state);
    struct oat_run_writer *w = state;
    for (unsigned i = 0; i < SPANS; i++) {
        if (i == split) {
            oat_run_writer_reopen(w);
            compact(w, false);
        }
        put_report(w, backwards ? SPANS - 1 - i : i);
    }
    assert_totals(w);
    oat_run_writer_reopen(w);
    compact(w, false);
    assert_totals(w);
    compact(w, true);
    assert_totals(w);
    oat_run_writer_tear_down(&state);
}

static void sums_are_the_same_wherever_the_reports_are(void **state)
{
    (void)state;
    for (unsigned split = 0; split <= SPANS; split++)
        split_at(split, false);
}

static void sums_are_the_same_when_children_come_first(void **state)
{
    (void)state;
    for (unsigned split = 0; split <= SPANS; split++)
        split_at(split, true);
}

/* Each report in a part of its own, the first ones merged meanwhile. */
static void sums_are_the_same_when_every_report_is_compacted_alone(void **state)
{
    (void)state;
    void *inner;
    oat_run_writer_set_up(&inner);
    struct oat_run_writer *w = inner;
    for (unsigned i = 0; i < SPANS; i++) {
        put_report(w, (i * 4 + 2) % SPANS);
        oat_run_writer_reopen(w);
        compact(w, i == SPANS / 2);
    }
    assert_totals(w);
    compact(w, true);
    assert_totals(w);
    oat_run_writer_tear_down(&inner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_the_same_wherever_the_reports_are),
        cmocka_unit_test(sums_are_the_same_when_children_come_first),
        cmocka_unit_test(sums_are_the_same_when_every_report_is_compacted_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
