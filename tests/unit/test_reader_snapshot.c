/* Snapshots of stores made through format/. */
#include "format/attrs.h"
#include "tests/support/nth.h"
#include "tests/support/reader_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void an_empty_store_has_no_traces(void **state)
{
    struct oat_fixture *f = *state;
    oat_fixture_take(f);
    assert_int_equal(oat_nth_count(f->snapshot), 0);
    assert_int_equal(oat_snapshot_problem_count(f->snapshot), 0);
}

static void spans_come_in_tree_order_with_their_fields(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span root = oat_maker_span(&pair, 1, 1, 0, "plan a trip", 0, 900);
    struct oat_disk_span late = oat_maker_span(&pair, 1, 2, 1, "second", 500, 800);
    struct oat_disk_span early = oat_maker_span(&pair, 1, 3, 1, "first", 100, 400);
    struct oat_disk_span inner = oat_maker_span(&pair, 1, 4, 3, "inner", 150, 300);
    early.type = OAT_LLM;
    early.text[OAT_TEXT_MODEL] = oat_maker_string(&pair, "gpt-4o");
    early.count[OAT_COUNT_INPUT] = oat_le32_of(120);
    early.count[OAT_COUNT_OUTPUT] = oat_le32_of(30);
    early.cost_total_nano = oat_le64_of(1500000);
    early.flags = oat_le32_of(OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT) | OAT_SPAN_HAS_COUNT(OAT_COUNT_OUTPUT) |
                              OAT_SPAN_HAS_COST | OAT_COST_COMPUTED << OAT_SPAN_COST_SOURCE_SHIFT);
    inner.status = OAT_STATUS_ERROR;
    oat_maker_put(&pair, OAT_SLOT_SPAN, &late);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &inner);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &early);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &root);
    pair.sealed = true;
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);

    oat_trace_view trace = oat_fixture_trace(f, 0);
    oat_assert_text(trace.name, "plan a trip");
    oat_assert_text(trace.model, "gpt-4o");
    assert_int_equal(trace.status, OAT_SHOWN_SUCCESS);
    assert_int_equal(trace.span_count, 4);
    assert_int_equal(trace.error_count, 1);
    assert_int_equal(trace.llm_calls, 1);
    assert_int_equal(trace.depth, 3);
    assert_int_equal(trace.input_tokens, 120);
    assert_int_equal(trace.cost_total_nano, 1500000);
    assert_int_equal(trace.end_ns - trace.start_ns, 900000000);

    oat_span_view *spans;
    size_t count;
    assert_int_equal(oat_nth_spans(f->snapshot, 0, &spans, &count), OAT_OK);
    assert_int_equal(count, 4);
    oat_assert_text(spans[0].text[OAT_TEXT_NAME], "plan a trip");
    oat_assert_text(spans[1].text[OAT_TEXT_NAME], "first");
    oat_assert_text(spans[2].text[OAT_TEXT_NAME], "inner");
    oat_assert_text(spans[3].text[OAT_TEXT_NAME], "second");
    assert_int_equal(spans[2].depth, 2);
    assert_int_equal(spans[2].parent_index, 1);
    assert_int_equal(spans[2].status, OAT_SHOWN_ERROR);
    assert_int_equal(spans[1].cost_source, OAT_COST_COMPUTED);
    assert_false(spans[1].has_ttft);
    assert_null(spans[1].text[OAT_TEXT_SERVICE].bytes);
    free(spans);
    assert_int_equal(oat_snapshot_problem_count(f->snapshot), 0);
}

static void of_repeats_the_greater_end_wins_and_is_counted(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span once = oat_maker_span(&pair, 1, 1, 0, "once", 0, 100);
    struct oat_disk_span again = oat_maker_span(&pair, 1, 1, 0, "again", 0, 200);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &again);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &once);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &again);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_fixture_trace(f, 0).span_count, 1);
    oat_assert_text(oat_fixture_trace(f, 0).name, "again");
    oat_store_figures figures;
    oat_snapshot_figures(f->snapshot, &figures);
    assert_int_equal(figures.spans, 1);
    assert_int_equal(figures.replacements, 2);
}

static const char *winner(struct oat_fixture *f, bool swapped)
{
    static char name[8];
    struct oat_maker_pair pair;
    for (uint32_t seq = 0; seq < 2; seq++) {
        oat_maker_pair_begin(&pair, &f->maker, 1, seq);
        oat_maker_string(&pair, "slot numbers differ between the pairs");
        bool first = (seq == 0) != swapped;
        struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, first ? "alpha" : "beta", 0, 100);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
        oat_maker_pair_write(&pair);
    }
    oat_fixture_take(f);
    oat_text text = oat_fixture_trace(f, 0).name;
    snprintf(name, sizeof name, "%.*s", (int)text.len, text.bytes);
    return name;
}

static void a_tie_is_decided_by_content_not_by_place(void **state)
{
    struct oat_fixture *f = *state;
    char first[8];
    snprintf(first, sizeof first, "%s", winner(f, false));
    assert_string_equal(winner(f, true), first);
}

static void a_tombstone_hides_its_trace(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_disk_tombstone tombstone = {.id = oat_le64_of(1)};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    oat_maker_trace_id(tombstone.trace_id, 1);
    oat_maker_put(&pair, OAT_SLOT_TOMBSTONE, &tombstone);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "hidden", 0, 10);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    span = oat_maker_span(&pair, 2, 1, 0, "shown", 0, 10);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_nth_count(f->snapshot), 1);
    oat_assert_text(oat_fixture_trace(f, 0).name, "shown");
}

static void put_event(struct oat_maker_pair *pair, uint64_t id, uint32_t span, uint64_t time_ms,
                      const char *name)
{
    struct oat_disk_event event = {.id = oat_le64_of(id), .time_ns = oat_le64_of(OAT_MAKER_MS(time_ms))};
    oat_maker_trace_id(event.trace_id, 1);
    oat_maker_span_id(event.span_id, span);
    event.name = oat_maker_string(pair, name);
    oat_maker_put(pair, OAT_SLOT_EVENT, &event);
}

static void events_links_and_scores_are_joined_by_span_and_own_id(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    put_event(&pair, 7, 1, 30, "retry");
    put_event(&pair, 8, 1, 20, "timeout");
    put_event(&pair, 7, 1, 30, "retry");
    put_event(&pair, 7, 2, 30, "of another span");
    struct oat_disk_link link = {.id = oat_le64_of(1), .remote = 1};
    oat_maker_trace_id(link.trace_id, 1);
    oat_maker_span_id(link.span_id, 1);
    oat_maker_trace_id(link.target_trace_id, 99);
    oat_maker_put(&pair, OAT_SLOT_LINK, &link);
    double value = 0.5;
    struct oat_disk_score score = {.id = oat_le64_of(1), .has_value = 1};
    memcpy(&score.value, &value, sizeof value);
    oat_maker_trace_id(score.trace_id, 1);
    score.name = oat_maker_string(&pair, "helpful");
    oat_maker_put(&pair, OAT_SLOT_SCORE, &score);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "root", 0, 100);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);

    oat_event_view *events;
    oat_link_view *links;
    oat_score_view *scores;
    oat_span_view *spans;
    size_t count;
    uint8_t id[8];
    oat_maker_span_id(id, 1);
    assert_int_equal(oat_nth_events(f->snapshot, 0, id, &events, &count), OAT_OK);
    assert_int_equal(count, 2);
    oat_assert_text(events[0].name, "timeout");
    oat_assert_text(events[1].name, "retry");
    assert_int_equal(oat_nth_links(f->snapshot, 0, id, &links, &count), OAT_OK);
    assert_int_equal(count, 1);
    assert_int_equal(links[0].target.trace_id[15], 99);
    assert_true(links[0].target.remote);
    assert_int_equal(oat_nth_scores(f->snapshot, 0, NULL, &scores, &count), OAT_OK);
    assert_int_equal(count, 1);
    oat_assert_text(scores[0].name, "helpful");
    assert_true(scores[0].has_value && scores[0].value > 0.4 && scores[0].value < 0.6);
    assert_int_equal(oat_nth_spans(f->snapshot, 0, &spans, &count), OAT_OK);
    assert_int_equal(spans[0].event_count, 2);
    assert_int_equal(spans[0].link_count, 1);
    free(events);
    free(links);
    free(scores);
    free(spans);
}

static void traces_are_found_by_id_prefix_and_given_text(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    uint8_t id[16];
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "a", 0, 10);
    memcpy(span.trace_id, "\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89", 16);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    span.trace_id[15] = 0;
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    span.trace_id[0] = 0x11;
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_snapshot_find_trace(f->snapshot, "11cdef01", OAT_NUL, id), OAT_OK);
    assert_int_equal(id[0], 0x11);
    assert_int_equal(oat_snapshot_find_trace(f->snapshot, "ABCDEF01", OAT_NUL, id), OAT_E_AMBIGUOUS);
    assert_int_equal(oat_snapshot_find_trace(f->snapshot, "abcdef0123456789abcdef0123456700", OAT_NUL, id),
                     OAT_OK);
    assert_int_equal(
        oat_snapshot_find_trace(f->snapshot, "abcdef01-2345-6789-abcd-ef0123456789", OAT_NUL, id), OAT_OK);
    assert_int_equal(oat_snapshot_find_trace(f->snapshot, "11cdef0", OAT_NUL, id), OAT_NOTFOUND);
    assert_int_equal(oat_snapshot_find_trace(f->snapshot, "no such", OAT_NUL, id), OAT_NOTFOUND);
}

static struct oat_disk_span with_usage(struct oat_maker_pair *pair, uint32_t span, uint32_t parent,
                                       uint64_t call_id)
{
    struct oat_disk_span s = oat_maker_span(pair, 1, span, parent, "call", span, 100 + span);
    s.count[OAT_COUNT_INPUT] = oat_le32_of(100);
    s.flags = oat_le32_of(OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT));
    s.call_id = oat_le64_of(call_id);
    return s;
}

static void usage_is_counted_once(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span spans[] = {
        with_usage(&pair, 1, 0, 0),  /* sums up what is below it */
        with_usage(&pair, 2, 1, 77), /* counted */
        with_usage(&pair, 3, 1, 77), /* the same call, told twice */
        with_usage(&pair, 4, 1, 0),  /* wraps 5 */
        with_usage(&pair, 5, 4, 0),  /* counted */
    };
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        oat_maker_put(&pair, OAT_SLOT_SPAN, &spans[i]);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    oat_trace_view trace = oat_fixture_trace(f, 0);
    assert_int_equal(trace.input_tokens, 200);
    assert_true(trace.has_input_tokens);
    assert_false(trace.has_output_tokens);
    assert_false(trace.has_cost);
}

static void a_cycle_is_broken_and_reported(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span spans[] = {
        oat_maker_span(&pair, 1, 1, 3, "a", 10, 20),      oat_maker_span(&pair, 1, 2, 1, "b", 20, 30),
        oat_maker_span(&pair, 1, 3, 2, "c", 30, 40),      oat_maker_span(&pair, 1, 4, 3, "below", 35, 36),
        oat_maker_span(&pair, 1, 5, 5, "itself", 50, 60),
    };
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        oat_maker_put(&pair, OAT_SLOT_SPAN, &spans[i]);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    oat_span_view *views;
    size_t count;
    assert_int_equal(oat_nth_spans(f->snapshot, 0, &views, &count), OAT_OK);
    assert_int_equal(count, 5);
    oat_assert_text(views[0].text[OAT_TEXT_NAME], "a");
    oat_assert_text(views[3].text[OAT_TEXT_NAME], "below");
    assert_int_equal(views[3].depth, 3);
    oat_assert_text(views[4].text[OAT_TEXT_NAME], "itself");
    assert_int_equal(views[4].depth, 0);
    free(views);
    assert_int_equal(oat_snapshot_problem_count(f->snapshot), 1);
    assert_string_equal(oat_snapshot_problem(f->snapshot, 0)->found, "a cycle");
    assert_int_equal(oat_snapshot_problem(f->snapshot, 0)->count, 2);
}

static void more_than_10000_levels_are_reported(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "level", 0, 10);
    for (uint32_t i = 1; i <= 10001; i++) {
        oat_maker_span_id(span.span_id, i);
        oat_maker_span_id(span.parent_id, i - 1);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    }
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_fixture_trace(f, 0).span_count, 10001);
    assert_int_equal(oat_fixture_trace(f, 0).depth, 10000);
    assert_int_equal(oat_snapshot_problem_count(f->snapshot), 1);
    assert_string_equal(oat_snapshot_problem(f->snapshot, 0)->what, "span depth");
}

static void traces_come_newest_first_and_has_span_knows_ended_ones(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    uint8_t trace_id[16], span_id[8];
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t i = 1; i <= 500; i++) {
        struct oat_disk_span span = oat_maker_span(&pair, i, i, 0, "run", i * 7919 % 503, 1000);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    }
    struct oat_disk_span open = oat_maker_span(&pair, 600, 600, 0, "long", 0, 0);
    open.status = OAT_STATUS_OPEN;
    oat_maker_put(&pair, OAT_SLOT_OPEN, &open);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_nth_count(f->snapshot), 501);
    for (size_t i = 1; i < 501; i++)
        assert_true(oat_fixture_trace(f, i - 1).start_ns >= oat_fixture_trace(f, i).start_ns);
    oat_maker_trace_id(trace_id, 77);
    oat_maker_span_id(span_id, 77);
    assert_true(oat_snapshot_has_span(f->snapshot, trace_id, span_id));
    oat_maker_span_id(span_id, 78);
    assert_false(oat_snapshot_has_span(f->snapshot, trace_id, span_id));
    oat_maker_trace_id(trace_id, 600);
    oat_maker_span_id(span_id, 600);
    assert_false(oat_snapshot_has_span(f->snapshot, trace_id, span_id));
}

static void copies_of_another_day_are_kept_apart_and_listed(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "today", 0, 10);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    span.start_ns = oat_le64_of(OAT_MAKER_MS(0) - 1000000);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_fixture_trace(f, 0).span_count, 2);
    assert_int_equal(oat_snapshot_verify(f->snapshot, false), OAT_OK);
    assert_int_equal(oat_fixture_problems(f, OAT_PROBLEM_TREE), 1);
}

static void what_stands_in_an_unused_reference_is_no_payload(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_store_figures figures;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "span", 0, 1);
    span.input = oat_maker_blob(&pair, "four", 4, 1);
    span.output.raw_len = oat_le48_of(1000); /* offset 0: none */
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    oat_snapshot_figures(f->snapshot, &figures);
    assert_int_equal(figures.raw_payload_bytes, 4);
}

static void a_media_type_without_a_number_is_named_by_its_attribute(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_span_view *spans;
    size_t count;
    static const oat_attr attr = {
        "oat.output.media_type", 21, {OAT_VALUE_STRING, 10, {.string = "text/x-foo"}}};
    const oat_value attrs = {.type = OAT_VALUE_MAP, .len = 1, .u.map = &attr};
    uint8_t encoded[64];
    size_t len = oat_value_encode(encoded, &attrs);

    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "odd", 0, 1);
    span.output = oat_maker_blob(&pair, "foo", 3, 255);
    span.input = oat_maker_blob(&pair, "bar", 3, 255);
    span.attributes = oat_maker_blob(&pair, encoded + 1, len - 1, 3); /* attributes: a map without its type */
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_nth_spans(f->snapshot, 0, &spans, &count), OAT_OK);
    assert_string_equal(spans[0].output.media_type, "text/x-foo");
    assert_string_equal(spans[0].input.media_type, "application/octet-stream");
    free(spans);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(an_empty_store_has_no_traces),
        OAT_FIXTURE_TEST(spans_come_in_tree_order_with_their_fields),
        OAT_FIXTURE_TEST(of_repeats_the_greater_end_wins_and_is_counted),
        OAT_FIXTURE_TEST(a_tie_is_decided_by_content_not_by_place),
        OAT_FIXTURE_TEST(a_tombstone_hides_its_trace),
        OAT_FIXTURE_TEST(events_links_and_scores_are_joined_by_span_and_own_id),
        OAT_FIXTURE_TEST(traces_are_found_by_id_prefix_and_given_text),
        OAT_FIXTURE_TEST(usage_is_counted_once),
        OAT_FIXTURE_TEST(a_cycle_is_broken_and_reported),
        OAT_FIXTURE_TEST(more_than_10000_levels_are_reported),
        OAT_FIXTURE_TEST(traces_come_newest_first_and_has_span_knows_ended_ones),
        OAT_FIXTURE_TEST(copies_of_another_day_are_kept_apart_and_listed),
        OAT_FIXTURE_TEST(what_stands_in_an_unused_reference_is_no_payload),
        OAT_FIXTURE_TEST(a_media_type_without_a_number_is_named_by_its_attribute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
