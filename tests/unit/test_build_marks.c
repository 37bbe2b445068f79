/* Where events, links and scores go when parts are made. */
#include "tests/support/unit.h"

#include "tests/support/nth.h"
#include "tests/support/shown.h"

#define DAY_MS UINT64_C(86400000)

static void put_span(struct oat_maker_pair *pair, uint32_t trace, uint32_t span, uint32_t parent,
                     uint64_t start_ms, uint64_t end_ms)
{
    struct oat_disk_span s = oat_maker_span(pair, trace, span, parent, "step", start_ms, end_ms);
    oat_maker_put(pair, OAT_SLOT_SPAN, &s);
}

/* ---- Events, links, scores ---- */

static void put_event(struct oat_maker_pair *pair, uint32_t trace, uint32_t span, uint64_t start_ms,
                      uint64_t id)
{
    struct oat_disk_event e = {
        .id = oat_le64_of(id),
        .span_start_ns = oat_le64_of(OAT_MAKER_MS(start_ms)),
        .time_ns = oat_le64_of(OAT_MAKER_MS(start_ms + id % 7)),
        .name = oat_maker_string(pair, id % 2 ? "retry" : "cache hit"),
    };
    oat_maker_trace_id(e.trace_id, trace);
    oat_maker_span_id(e.span_id, span);
    oat_maker_put(pair, OAT_SLOT_EVENT, &e);
}

static void put_link(struct oat_maker_pair *pair, uint32_t trace, uint32_t span, uint64_t start_ms,
                     uint64_t id)
{
    struct oat_disk_link l = {
        .id = oat_le64_of(id),
        .span_start_ns = oat_le64_of(OAT_MAKER_MS(start_ms)),
        .trace_state = oat_maker_string(pair, "vendor=1"),
        .trace_flags = 1,
        .remote = 1,
    };
    oat_maker_trace_id(l.trace_id, trace);
    oat_maker_span_id(l.span_id, span);
    oat_maker_trace_id(l.target_trace_id, trace + 100);
    oat_maker_span_id(l.target_span_id, span + 100);
    oat_maker_put(pair, OAT_SLOT_LINK, &l);
}

/* span 0: of the trace; start_ms UINT64_MAX: not known. */
static void put_score(struct oat_maker_pair *pair, uint32_t trace, uint32_t span, uint64_t start_ms,
                      uint64_t time_ms, uint64_t id)
{
    double value = 0.25 * (double)id;
    struct oat_disk_score s = {
        .id = oat_le64_of(id),
        .time_ns = oat_le64_of(OAT_MAKER_MS(time_ms)),
        .has_value = id % 3 != 0,
        .name = oat_maker_string(pair, "quality"),
        .label = oat_maker_string(pair, id % 2 ? "good" : "bad"),
        .comment = oat_maker_string(pair, "because"),
        .source = oat_maker_string(pair, "judge"),
    };
    memcpy(&s.value, &value, sizeof s.value);
    if (start_ms != UINT64_MAX)
        s.target_start_ns = oat_le64_of(OAT_MAKER_MS(start_ms));
    oat_maker_trace_id(s.trace_id, trace);
    if (span)
        oat_maker_span_id(s.span_id, span);
    oat_maker_put(pair, OAT_SLOT_SCORE, &s);
}

static void events_links_and_scores_stay_with_their_spans(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t n = 1; n <= 30; n++) {
        put_event(&pair, n % 3 + 1, n, n, n);
        put_event(&pair, n % 3 + 1, n, n, n + 1000);
        put_event(&pair, n % 3 + 1, n, n, n); /* again */
        put_span(&pair, n % 3 + 1, n, n > 3 ? n - 3 : 0, n, 100);
        put_link(&pair, n % 3 + 1, n, n, n);
        put_score(&pair, n % 3 + 1, n, n, 500, n);
        put_score(&pair, n % 3 + 1, n, UINT64_MAX, 3 * DAY_MS, n + 100); /* days later, start not known */
        put_score(&pair, n % 3 + 1, 0, UINT64_MAX, 600, n + 200);
    }
    oat_maker_pair_write(&pair);
    oat_compact_and_compare(f, &compact);
    assert_int_equal(compact.output.part_count, 1);
}

static void events_and_scores_find_spans_of_older_parts(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t n = 1; n <= 10; n++)
        put_span(&pair, n % 3 + 1, n, 0, n, 100);
    oat_maker_pair_write(&pair);
    oat_compact_and_compare(f, &compact);
    oat_maker_pair_begin(&pair, &f->maker, 2, 0);
    for (uint32_t n = 1; n <= 10; n++) {
        put_event(&pair, n % 3 + 1, n, n, n);
        put_link(&pair, n % 3 + 1, n, n, n);
        put_score(&pair, n % 3 + 1, n, UINT64_MAX, 3 * DAY_MS, n);
        put_score(&pair, n % 3 + 1, 0, UINT64_MAX, 3 * DAY_MS, n + 50);
    }
    oat_maker_pair_write(&pair);
    oat_compact_and_compare(f, &compact);
    assert_int_equal(compact.output.part_count, 1); /* on the day of the spans */
    assert_int_equal(compact.output.spans, 0);
    compact.merge = true;
    oat_compact_and_compare(f, &compact);
    assert_int_equal(compact.output.part_count, 1);
    assert_int_equal(compact.output.spans, 10);
}

/* A running span gets a link, then its trace is shown from the parts still. */
static void marks_in_pairs_leave_the_spans_of_parts_shown(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    put_span(&pair, 1, 1, 0, 0, 100);
    put_span(&pair, 2, 2, 0, 0, 100);
    oat_maker_pair_write(&pair);
    oat_compact(&compact, f->maker.dir);
    oat_maker_pair_begin(&pair, &f->maker, 2, 0);
    put_link(&pair, 1, 9, 10, 1);
    struct oat_disk_event timeless = {
        .id = oat_le64_of(1), .span_start_ns = oat_le64_of(OAT_MAKER_MS(5)), .time_ns = oat_le64_of(0)};
    oat_maker_trace_id(timeless.trace_id, 2);
    oat_maker_span_id(timeless.span_id, 2);
    oat_maker_put(&pair, OAT_SLOT_EVENT, &timeless);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_nth_count(f->snapshot), 2);
    assert_int_equal(oat_fixture_trace(f, 0).span_count, 1);
    assert_int_equal(oat_fixture_trace(f, 1).span_count, 1);
}

static void marks_without_a_span_make_no_trace(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    oat_store_figures figures;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    put_score(&pair, 1, 1, 0, 5, 1);
    put_link(&pair, 2, 1, 0, 1);
    oat_maker_pair_write(&pair);
    oat_compact(&compact, f->maker.dir);
    oat_fixture_take(f);
    assert_int_equal(oat_snapshot_figures(f->snapshot, &figures), OAT_OK);
    assert_int_equal(figures.traces, 0);
    assert_int_equal(figures.spans, 0);
    assert_int_equal(figures.scores, 1);
    assert_int_equal(oat_nth_count(f->snapshot), 0);
    assert_int_equal(oat_snapshot_verify(f->snapshot, true), OAT_OK);
    assert_int_equal(oat_snapshot_problem_count(f->snapshot), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(events_links_and_scores_stay_with_their_spans),
        OAT_FIXTURE_TEST(events_and_scores_find_spans_of_older_parts),
        OAT_FIXTURE_TEST(marks_in_pairs_leave_the_spans_of_parts_shown),
        OAT_FIXTURE_TEST(marks_without_a_span_make_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
