/* Verifying finds what listing does not touch. */
#include "tests/support/reader_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NO_SLOT 999u /* a reference behind all slots of these pairs */

static void put_span(struct oat_maker_pair *pair)
{
    struct oat_disk_span span = oat_maker_span(pair, 1, 1, 0, "span", 0, 1);
    span.input = oat_maker_blob(pair, "an input", 8, 1);
    oat_maker_put(pair, OAT_SLOT_SPAN, &span);
}

static void a_payload_file_that_was_cut_since_is_reported(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    put_span(&pair);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(truncate(oat_maker_path(&f->maker, 1, 0, "blobs"), OAT_BLOBS_HEADER_SIZE), 0);
    assert_int_equal(oat_snapshot_verify(f->snapshot, false), OAT_OK);
    assert_int_equal(oat_snapshot_problem_count(f->snapshot), 1);
    const oat_problem *problem = oat_snapshot_problem(f->snapshot, 0);
    assert_string_equal(problem->what, "file length");
    assert_int_equal(problem->offset, OAT_BLOBS_HEADER_SIZE);
}

/* A mark of each kind whose text or attributes are not there; their span is `span`. */
static void put_dangling_marks(struct oat_maker_pair *pair, uint32_t span)
{
    struct oat_disk_blob_ref no_blob = oat_blob_ref_make(4096, (const uint8_t[8]){0}, 1, 3, 0);
    struct oat_disk_event event = {.id = oat_le64_of(1), .attributes = no_blob};
    struct oat_disk_link link = {.id = oat_le64_of(2), .trace_state = oat_le32_of(NO_SLOT)};
    struct oat_disk_score score = {.id = oat_le64_of(3), .comment = oat_le32_of(NO_SLOT + 2)};
    oat_maker_trace_id(event.trace_id, 1);
    oat_maker_trace_id(link.trace_id, 1);
    oat_maker_trace_id(score.trace_id, 1);
    oat_maker_span_id(event.span_id, span);
    oat_maker_span_id(link.span_id, span);
    oat_maker_span_id(score.span_id, span);
    oat_maker_put(pair, OAT_SLOT_EVENT, &event);
    oat_maker_put(pair, OAT_SLOT_LINK, &link);
    oat_maker_put(pair, OAT_SLOT_SCORE, &score);
}

static void deep_follows_marks_whether_their_span_is_there_or_not(void **state)
{
    struct oat_fixture *f = *state;
    for (uint32_t span = 0; span < 3; span++) { /* 0: of the trace, 1: there, 2: not there */
        struct oat_maker_pair pair;
        oat_maker_pair_begin(&pair, &f->maker, 1, 0);
        put_span(&pair);
        put_dangling_marks(&pair, span);
        oat_maker_pair_write(&pair);
        oat_fixture_take(f);
        assert_int_equal(oat_snapshot_problem_count(f->snapshot), 0);
        assert_int_equal(oat_snapshot_verify(f->snapshot, true), OAT_OK);
        assert_int_equal(oat_fixture_problems(f, OAT_PROBLEM_LOST), 3);
    }
}

static void a_dangling_text_is_corruption_in_a_sealed_pair_and_lost_in_a_dead_writers(void **state)
{
    struct oat_fixture *f = *state;
    for (int sealed = 0; sealed < 2; sealed++) {
        struct oat_maker_pair pair;
        oat_maker_pair_begin(&pair, &f->maker, 1, 0);
        struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "span", 0, 1);
        span.text[OAT_TEXT_USER] = oat_le32_of(NO_SLOT);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
        pair.sealed = sealed;
        oat_maker_pair_write(&pair);
        oat_fixture_take(f);
        assert_int_equal(oat_snapshot_verify(f->snapshot, true), OAT_OK);
        assert_int_equal(oat_fixture_problems(f, OAT_PROBLEM_CORRUPT), sealed);
        assert_int_equal(oat_fixture_problems(f, OAT_PROBLEM_LOST), !sealed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(a_payload_file_that_was_cut_since_is_reported),
        OAT_FIXTURE_TEST(deep_follows_marks_whether_their_span_is_there_or_not),
        OAT_FIXTURE_TEST(a_dangling_text_is_corruption_in_a_sealed_pair_and_lost_in_a_dead_writers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
