/* A trace is one trace, however far apart the days of its spans are and whenever each was compacted. */
#include "tests/support/compact_store.h"
#include "tests/support/run_totals.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#define FAR_DAYS UINT64_C(100)
#define TRACES   3u

/* Each trace has a root on the first day and a child of it FAR_DAYS later; `late` says which. */
static void write_half(struct oat_compact_fixture *f, bool late)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, late ? 2 : 1, 0);
    for (uint32_t trace = 1; trace <= TRACES; trace++) {
        uint64_t start_ms = late ? FAR_DAYS * COMPACT_DAY_MS : 0;
        oat_compact_put_span(&pair, trace, late ? 100 + trace : trace, late ? trace : 0, start_ms + trace,
                             start_ms + 500);
    }
    oat_maker_pair_write(&pair);
}

/* Lists by every order, and the sums of what is listed, know of TRACES traces with two spans each. */
static void assert_whole(const struct oat_compact_fixture *f)
{
    oat_store *store;
    oat_snapshot *snapshot;
    char why[OAT_RUN_WHY_SIZE];
    assert_int_equal(oat_store_open(f->maker.dir, &store), OAT_OK);
    assert_int_equal(oat_snapshot_take(store, &snapshot), OAT_OK);
    if (!oat_run_totals_match(snapshot, why))
        fail_msg("%s", why);
    for (int sort = OAT_SORT_START; sort <= OAT_SORT_ERRORS; sort++) {
        oat_trace_list *list;
        oat_trace_query query = {.sort = (enum oat_trace_sort)sort, .ascending = true};
        assert_int_equal(oat_trace_list_open(snapshot, &query, &list), OAT_OK);
        assert_int_equal(oat_trace_list_count(list), TRACES);
        for (size_t i = 0; i < TRACES; i++) {
            const oat_trace_view *trace = oat_trace_list_get(list, i);
            assert_int_equal(trace->span_count, 2);
            assert_int_equal(trace->input_tokens % 10, 0);
            assert_int_equal(trace->end_ns - trace->start_ns,
                             (FAR_DAYS * COMPACT_DAY_MS + 500 - trace->trace_id[15]) * 1000000);
        }
        oat_trace_list_close(list);
    }
    oat_snapshot_free(snapshot);
    oat_store_close(store);
}

static void assert_same(struct oat_compact_fixture *f)
{
    oat_compact_fixture_assert_same(f);
    assert_whole(f);
}

/* Both halves as hot pairs, for what has to be shown; then they go, the first one compacted. */
static void prepare(struct oat_compact_fixture *f, bool late_first)
{
    write_half(f, false);
    write_half(f, true);
    oat_compact_fixture_look(f);
    assert_whole(f);
    for (uint8_t writer = 1; writer <= 2; writer++) {
        assert_int_equal(remove(oat_maker_path(&f->maker, writer, 0, "spans")), 0);
        assert_int_equal(remove(oat_maker_path(&f->maker, writer, 0, "blobs")), 0);
    }
    write_half(f, late_first);
    oat_compact_fixture_do(f);
}

static void compacted_apart(struct oat_compact_fixture *f, bool late_first)
{
    prepare(f, late_first);
    write_half(f, !late_first);
    assert_same(f); /* one half in a part, the other in a pair */
    oat_compact_fixture_do(f);
    assert_int_equal(oat_compact_fixture_part_count(f), 2);
    assert_same(f);
}

static void halves_compacted_one_after_the_other_are_one_trace(void **state)
{
    compacted_apart(*state, false);
}

static void halves_compacted_the_later_one_first_are_one_trace(void **state)
{
    compacted_apart(*state, true);
}

static void a_day_that_is_merged_keeps_its_far_traces(void **state)
{
    struct oat_compact_fixture *f = *state;
    compacted_apart(f, true);
    for (uint8_t writer = 3; writer <= 4; writer++) { /* further spans of the first day, then of the last */
        struct oat_maker_pair pair;
        oat_maker_pair_begin(&pair, &f->maker, writer, 0);
        oat_compact_put_span(&pair, TRACES + 1, writer, 0,
                             (writer - 3) * FAR_DAYS * COMPACT_DAY_MS + 1000 + writer,
                             (writer - 3) * FAR_DAYS * COMPACT_DAY_MS + 1100);
        oat_maker_pair_write(&pair);
        oat_compact_fixture_do(f);
        f->options.full = true;
        oat_compact_fixture_look(f);
        oat_compact_fixture_do(f);
        f->options.full = false;
        assert_int_equal(oat_compact_fixture_part_count(f), 2);
        oat_compact_fixture_assert_same(f);
    }
}

static void mounted_days_are_linked_in_any_order(void **state)
{
    struct oat_compact_fixture *f = *state;
    static const char *const days[] = {"2026-11-22", "2027-03-02"};
    char path[300], command[700];
    prepare(f, false);
    write_half(f, true);
    oat_compact_fixture_do(f);
    oat_compact_fixture_path(f, "", path);
    snprintf(command, sizeof command, "cp -r %s/days %s/copy", path, path);
    assert_int_equal(system(command), 0);
    for (int order = 0; order < 2; order++) {
        f->options.retention.max_bytes = 1;
        oat_compact_fixture_do(f);
        assert_int_equal(oat_compact_fixture_part_count(f), 0);
        f->options.retention.max_bytes = 0;
        for (int i = 0; i < 2; i++) {
            char day[320];
            const char *mounts[] = {day};
            snprintf(day, sizeof day, "%s/copy/%s", path, days[i ^ order]);
            f->options.mounts = mounts;
            f->options.mount_count = 1;
            oat_compact_fixture_do(f);
            f->options.mount_count = 0;
        }
        assert_same(f);
    }
}

/* An OPEN whose end is in a part goes away, wherever that part's day is. */
static void an_open_span_gives_way_to_its_end_in_a_far_part(void **state)
{
    struct oat_compact_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    oat_compact_put_span(&pair, 1, 1, 0, FAR_DAYS * COMPACT_DAY_MS, FAR_DAYS * COMPACT_DAY_MS + 5);
    oat_maker_pair_write(&pair);
    oat_compact_fixture_look(f);
    oat_compact_fixture_do(f);
    oat_maker_pair_begin(&pair, &f->maker, 2, 0);
    struct oat_disk_span open = oat_maker_span(&pair, 1, 1, 0, "step", 7, 7);
    open.status = OAT_STATUS_OPEN;
    oat_maker_put(&pair, OAT_SLOT_OPEN, &open);
    oat_maker_pair_write(&pair);
    oat_compact_fixture_assert_same(f);
    oat_compact_fixture_do(f);
    oat_compact_fixture_assert_same(f);
    assert_int_equal(oat_compact_fixture_part_count(f), 1);
}

/* Of the parts that stay, a damaged one does not keep another day from being merged. */
static void damage_far_away_does_not_stop_a_merge(void **state)
{
    struct oat_compact_fixture *f = *state;
    char command[700];
    compacted_apart(f, false);
    for (uint8_t writer = 3; writer <= 4; writer++) {
        struct oat_maker_pair pair;
        oat_maker_pair_begin(&pair, &f->maker, writer, 0);
        oat_compact_put_span(&pair, 9, writer, 0, writer, 100);
        oat_maker_pair_write(&pair);
    }
    oat_compact_fixture_do(f);
    assert_int_equal(oat_compact_fixture_part_count(f), 3);
    snprintf(command, sizeof command, "truncate -s 100 %s/days/2027-03-02/*.part", f->maker.dir);
    assert_int_equal(system(command), 0);
    f->options.full = true;
    oat_compact_fixture_do(f);
    assert_int_equal(f->summary.damaged_days, 0);
    assert_int_equal(oat_compact_fixture_part_count(f), 2);
}

#define TEST(name)                                                                                           \
    cmocka_unit_test_setup_teardown(name, oat_compact_fixture_set_up, oat_compact_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(halves_compacted_one_after_the_other_are_one_trace),
        TEST(halves_compacted_the_later_one_first_are_one_trace),
        TEST(a_day_that_is_merged_keeps_its_far_traces),
        TEST(mounted_days_are_linked_in_any_order),
        TEST(an_open_span_gives_way_to_its_end_in_a_far_part),
        TEST(damage_far_away_does_not_stop_a_merge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
