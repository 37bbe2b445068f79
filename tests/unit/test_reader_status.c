/* What is running, interrupted or unknown: OPEN slots, liveness, status. */
#include "tests/support/nth.h"
#include "tests/support/reader_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void put_open(struct oat_maker_pair *pair, uint32_t trace, uint32_t span)
{
    struct oat_disk_span open = oat_maker_span(pair, trace, span, 0, "long", 0, 0);
    open.status = OAT_STATUS_OPEN;
    oat_maker_put(pair, OAT_SLOT_OPEN, &open);
}

static void an_open_span_runs_while_its_writer_lives_and_is_interrupted_after(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    put_open(&pair, 1, 1);
    oat_maker_pair_write(&pair);
    int live = oat_maker_live(&f->maker, 1);
    oat_fixture_take(f);
    assert_int_equal(oat_fixture_trace(f, 0).status, OAT_SHOWN_RUNNING);
    assert_int_equal(oat_fixture_trace(f, 0).end_ns, 0);
    close(live);
    assert_int_equal(oat_fixture_trace(f, 0).status, OAT_SHOWN_RUNNING); /* a snapshot never changes */
    oat_fixture_take(f);
    assert_int_equal(oat_fixture_trace(f, 0).status, OAT_SHOWN_INTERRUPTED);
}

static void an_open_span_of_another_machine_is_unknown(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    memset(pair.header.machine_id, 0xee, 16);
    memset(pair.header.boot_id, 0xee, 16);
    put_open(&pair, 1, 1);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_fixture_trace(f, 0).status, OAT_SHOWN_UNKNOWN);
}

static void a_writer_of_an_earlier_boot_is_dead(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    memset(pair.header.boot_id, 0xee, 16);
    put_open(&pair, 1, 1);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_fixture_trace(f, 0).status, OAT_SHOWN_INTERRUPTED);
}

static void an_open_counts_from_the_newest_carried_pair_on(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    put_open(&pair, 1, 1); /* ended later in a pair that was compacted away */
    put_open(&pair, 2, 1);
    oat_maker_pair_write(&pair);
    oat_maker_pair_begin(&pair, &f->maker, 1, 1);
    put_open(&pair, 2, 1);
    oat_maker_pair_write(&pair);
    oat_maker_pair_begin(&pair, &f->maker, 1, 2);
    pair.flags = 0; /* the writer died before it had carried all */
    put_open(&pair, 3, 1);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_nth_count(f->snapshot), 2);
}

static void writers_carry_and_are_counted_each_for_itself(void **state)
{
    struct oat_fixture *f = *state;
    oat_store_figures figures;
    for (uint8_t writer = 1; writer <= 3; writer++) {
        for (uint32_t seq = 0; seq < 2; seq++) {
            struct oat_maker_pair pair;
            oat_maker_pair_begin(&pair, &f->maker, writer, seq);
            if (writer == 2)
                pair.flags = 0; /* its first pair is gone: all that is there counts */
            put_open(&pair, 10u * writer + seq, 1);
            oat_maker_pair_write(&pair);
        }
    }
    int live = oat_maker_live(&f->maker, 2);
    oat_fixture_take(f);
    close(live);
    assert_int_equal(oat_nth_count(f->snapshot), 4);
    oat_snapshot_figures(f->snapshot, &figures);
    assert_int_equal(figures.open_spans, 4);
    assert_int_equal(figures.writers_alive, 1);
    assert_int_equal(figures.writers_dead, 2);
}

static void a_span_hides_its_open_wherever_it_lies(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "long", 0, 5000);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_pair_write(&pair);
    oat_maker_pair_begin(&pair, &f->maker, 1, 1);
    put_open(&pair, 1, 1);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_fixture_trace(f, 0).span_count, 1);
    assert_int_equal(oat_fixture_trace(f, 0).status, OAT_SHOWN_SUCCESS);
    oat_store_figures figures;
    oat_snapshot_figures(f->snapshot, &figures);
    assert_int_equal(figures.replacements, 0);
}

static void a_local_parent_that_is_not_here_counts_as_open(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span local = oat_maker_span(&pair, 1, 2, 1, "child", 10, 20);
    local.flags = oat_le32_of(OAT_SPAN_PARENT_LOCAL);
    struct oat_disk_span remote = oat_maker_span(&pair, 2, 2, 1, "child", 0, 20);
    remote.flags = oat_le32_of(OAT_SPAN_PARENT_REMOTE);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &local);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &remote);
    oat_maker_pair_write(&pair);
    int live = oat_maker_live(&f->maker, 1);
    oat_fixture_take(f);
    assert_int_equal(oat_fixture_trace(f, 0).status, OAT_SHOWN_RUNNING);
    assert_int_equal(oat_fixture_trace(f, 1).status, OAT_SHOWN_SUCCESS);
    close(live);
    oat_fixture_take(f);
    assert_int_equal(oat_fixture_trace(f, 0).status, OAT_SHOWN_INTERRUPTED);
    assert_int_equal(oat_fixture_trace(f, 1).status, OAT_SHOWN_SUCCESS);
}

static void a_local_parent_that_closes_a_cycle_is_here(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span spans[] = {oat_maker_span(&pair, 1, 1, 2, "a", 0, 10),
                                    oat_maker_span(&pair, 1, 2, 1, "b", 1, 9)};
    for (size_t i = 0; i < 2; i++) {
        spans[i].flags = oat_le32_of(OAT_SPAN_PARENT_LOCAL);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &spans[i]);
    }
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_fixture_trace(f, 0).status, OAT_SHOWN_SUCCESS);
    assert_int_equal(oat_fixture_trace(f, 0).end_ns, OAT_MAKER_MS(10));
}

/* Two writers announce the same span with different starts; which one of them is newer in the
 * directory says nothing. */
static void of_two_announcements_the_later_one_counts(void **state)
{
    struct oat_fixture *f = *state;
    for (uint8_t later = 1; later <= 2; later++) {
        for (uint8_t writer = 1; writer <= 2; writer++) {
            struct oat_maker_pair pair;
            oat_maker_pair_begin(&pair, &f->maker, writer, 0);
            uint64_t start_ms = writer == later ? 7 : 0;
            struct oat_disk_span open = oat_maker_span(&pair, 1, 1, 0, "long", start_ms, start_ms);
            open.status = OAT_STATUS_OPEN;
            oat_maker_put(&pair, OAT_SLOT_OPEN, &open);
            oat_maker_pair_write(&pair);
        }
        oat_fixture_take(f);
        assert_int_equal(oat_fixture_trace(f, 0).span_count, 1);
        assert_int_equal(oat_fixture_trace(f, 0).start_ns, OAT_MAKER_MS(7));
    }
}

static void a_bad_open_is_reported_also_where_opens_do_not_count(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span open = oat_maker_span(&pair, 1, 1, 0, "long", 0, 5); /* a duration */
    open.status = OAT_STATUS_OPEN;
    oat_maker_put(&pair, OAT_SLOT_OPEN, &open);
    oat_maker_pair_write(&pair);
    oat_maker_pair_begin(&pair, &f->maker, 1, 1);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    assert_int_equal(oat_fixture_problems(f, OAT_PROBLEM_CORRUPT), 1);
}

static void a_trace_is_not_called_by_its_child_while_its_root_is_not_here(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span child = oat_maker_span(&pair, 1, 2, 1, "child", 10, 20);
    child.flags = oat_le32_of(OAT_SPAN_PARENT_LOCAL);
    child.text[OAT_TEXT_AGENT] = oat_maker_string(&pair, "helper");
    child.text[OAT_TEXT_SESSION] = oat_maker_string(&pair, "session");
    oat_maker_put(&pair, OAT_SLOT_SPAN, &child);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    oat_trace_view trace = oat_fixture_trace(f, 0);
    assert_true(trace.root_missing);
    assert_null(trace.name.bytes);
    assert_null(trace.agent.bytes);
    oat_assert_text(trace.session, "session");

    oat_maker_pair_begin(&pair, &f->maker, 1, 1);
    struct oat_disk_span root = oat_maker_span(&pair, 1, 1, 0, "root", 0, 0);
    root.status = OAT_STATUS_OPEN;
    oat_maker_put(&pair, OAT_SLOT_OPEN, &root);
    oat_maker_pair_write(&pair);
    oat_fixture_take(f);
    trace = oat_fixture_trace(f, 0);
    assert_false(trace.root_missing);
    oat_assert_text(trace.name, "root");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(an_open_span_runs_while_its_writer_lives_and_is_interrupted_after),
        OAT_FIXTURE_TEST(an_open_span_of_another_machine_is_unknown),
        OAT_FIXTURE_TEST(a_writer_of_an_earlier_boot_is_dead),
        OAT_FIXTURE_TEST(an_open_counts_from_the_newest_carried_pair_on),
        OAT_FIXTURE_TEST(writers_carry_and_are_counted_each_for_itself),
        OAT_FIXTURE_TEST(a_span_hides_its_open_wherever_it_lies),
        OAT_FIXTURE_TEST(a_local_parent_that_is_not_here_counts_as_open),
        OAT_FIXTURE_TEST(a_trace_is_not_called_by_its_child_while_its_root_is_not_here),
        OAT_FIXTURE_TEST(a_local_parent_that_closes_a_cycle_is_here),
        OAT_FIXTURE_TEST(of_two_announcements_the_later_one_counts),
        OAT_FIXTURE_TEST(a_bad_open_is_reported_also_where_opens_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
