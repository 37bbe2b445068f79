/* A snapshot that is refreshed shows what is there, and is taken anew only when it has to be. */
#include "oat/lists.h"
#include "tests/support/compact_store.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
    struct oat_maker maker;
    oat_store *store;
    oat_snapshot *snapshot;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    oat_maker_open(&f->maker);
    assert_int_equal(oat_store_open(f->maker.dir, &f->store), OAT_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    oat_snapshot_free(f->snapshot);
    oat_store_close(f->store);
    oat_maker_remove(&f->maker);
    free(f);
    return 0;
}

/* True when another snapshot was taken; either way it then shows this many traces. */
static bool is_taken_anew(struct fixture *f, size_t traces)
{
    const oat_snapshot *before = f->snapshot;
    oat_trace_list *list;
    assert_int_equal(oat_snapshot_refresh(f->store, &f->snapshot), OAT_OK);
    assert_int_equal(oat_trace_list_open(f->snapshot, &(oat_trace_query){0}, &list), OAT_OK);
    assert_int_equal(oat_trace_list_count(list), traces);
    oat_trace_list_close(list);
    return f->snapshot != before;
}

/* A pair of spans 1 .. count, each a trace. Slots: a string and a span for each. */
static void write_pair(struct fixture *f, uint8_t writer, uint32_t count, uint32_t hole, bool sealed)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, writer, 0);
    for (uint32_t i = 1; i <= count; i++) {
        struct oat_disk_span span = oat_maker_span(&pair, i, i, 0, "step", i, i + 5);
        if (i == hole)
            oat_maker_hole(&pair);
        else
            oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    }
    pair.sealed = sealed;
    oat_maker_pair_write(&pair);
}

/* Copies a file of a pair over the one in place, keeping the inode, as a writer changes its files. */
static void overwrite(const char *from, const char *to)
{
    char buffer[4096];
    ssize_t n;
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CLOEXEC);
    assert_true(in >= 0 && out >= 0);
    while ((n = read(in, buffer, sizeof buffer)) > 0)
        assert_int_equal(write(out, buffer, (size_t)n), n);
    close(in);
    close(out);
}

/* The pair's .spans becomes what write_pair makes of these. */
static void rewrite_pair(struct fixture *f, uint8_t writer, uint32_t count, uint32_t hole, bool sealed)
{
    char kept[200], path[200];
    snprintf(path, sizeof path, "%s", oat_maker_path(&f->maker, writer, 0, "spans"));
    snprintf(kept, sizeof kept, "%s/kept", f->maker.dir);
    assert_int_equal(rename(path, kept), 0);
    write_pair(f, writer, count, hole, sealed);
    overwrite(path, kept);
    assert_int_equal(rename(kept, path), 0);
}

static void it_stays_while_nothing_happens(void **state)
{
    struct fixture *f = *state;
    int live = oat_maker_live(&f->maker, 1);
    write_pair(f, 1, 20, 7, false);
    write_pair(f, 2, 3, 0, true);
    assert_true(is_taken_anew(f, 19));
    for (int i = 0; i < 3; i++)
        assert_false(is_taken_anew(f, 19));
    close(live);
}

static void a_store_without_anything_gets_its_first_pair(void **state)
{
    struct fixture *f = *state;
    assert_true(is_taken_anew(f, 0));
    write_pair(f, 1, 3, 0, false);
    assert_false(is_taken_anew(f, 3));
    write_pair(f, 2, 5, 0, false);
    assert_false(is_taken_anew(f, 5));
    assert_false(is_taken_anew(f, 5));
}

static void a_hole_that_is_filled_is_seen(void **state)
{
    struct fixture *f = *state;
    int live = oat_maker_live(&f->maker, 1);
    write_pair(f, 1, 20, 7, false);
    assert_true(is_taken_anew(f, 19));
    rewrite_pair(f, 1, 20, 0, false);
    assert_false(is_taken_anew(f, 20));
    assert_false(is_taken_anew(f, 20));
    close(live);
}

static void slots_that_are_added_are_seen(void **state)
{
    struct fixture *f = *state;
    int live = oat_maker_live(&f->maker, 1);
    write_pair(f, 1, 20, 0, false);
    assert_true(is_taken_anew(f, 20));
    rewrite_pair(f, 1, 21, 0, false);
    assert_false(is_taken_anew(f, 21));
    rewrite_pair(f, 1, 21, 0, true);
    assert_false(is_taken_anew(f, 21));
    assert_false(is_taken_anew(f, 21));
    close(live);
}

static enum oat_shown_status status_of_first(struct fixture *f)
{
    oat_trace_list *list;
    assert_int_equal(oat_trace_list_open(f->snapshot, &(oat_trace_query){0}, &list), OAT_OK);
    enum oat_shown_status status = oat_trace_list_get(list, 0)->status;
    oat_trace_list_close(list);
    return status;
}

/* What runs becomes what was interrupted, also in a sealed pair. */
static void the_death_of_a_writer_is_seen(void **state)
{
    struct fixture *f = *state;
    struct oat_maker_pair pair;
    int live = oat_maker_live(&f->maker, 1);
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "step", 1, 1);
    span.status = OAT_STATUS_OPEN;
    oat_maker_put(&pair, OAT_SLOT_OPEN, &span);
    pair.sealed = true;
    oat_maker_pair_write(&pair);
    assert_true(is_taken_anew(f, 1));
    assert_int_equal(status_of_first(f), OAT_SHOWN_RUNNING);
    close(live);
    assert_false(is_taken_anew(f, 1));
    assert_int_equal(status_of_first(f), OAT_SHOWN_INTERRUPTED);
}

static void a_compaction_is_seen(void **state)
{
    struct fixture *f = *state;
    struct oat_compact_options options = oat_compact_plain();
    struct oat_compact_summary summary;
    char why[OAT_COMPACT_WHY_SIZE];
    write_pair(f, 1, 4, 0, true);
    assert_true(is_taken_anew(f, 4));
    assert_int_equal(oat_compact_store(f->maker.dir, &options, &summary, why), OAT_OK);
    assert_true(is_taken_anew(f, 4));
    assert_false(is_taken_anew(f, 4));
    write_pair(f, 2, 6, 0, true);
    assert_false(is_taken_anew(f, 6));
}

/* What is wrong is said by a new snapshot: once, and not again at every refresh. */
static void damage_is_said_once(void **state)
{
    struct fixture *f = *state;
    struct oat_maker_pair pair;
    write_pair(f, 1, 4, 0, true);
    assert_true(is_taken_anew(f, 4));
    oat_maker_pair_begin(&pair, &f->maker, 2, 0);
    struct oat_disk_span span = oat_maker_span(&pair, 9, 1, 0, "step", 1, 5);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    pair.slots[OAT_SLOT_SIZE + 30] ^= 1;
    pair.sealed = true;
    oat_maker_pair_write(&pair);
    assert_true(is_taken_anew(f, 4));
    assert_int_equal(oat_snapshot_problem_count(f->snapshot), 1);
    assert_false(is_taken_anew(f, 4));
    assert_int_equal(oat_snapshot_problem_count(f->snapshot), 1);
}

/* A second span for each of the traces: their rows move behind all others, and the gaps are closed. */
static void spans_are_found_wherever_their_rows_are_moved(void **state)
{
    const uint32_t traces = 1500;
    struct fixture *f = *state;
    struct oat_maker_pair pair;
    uint8_t span_id[8], found[16], expected[16];
    size_t others;
    write_pair(f, 1, traces, 0, false);
    assert_true(is_taken_anew(f, traces));
    oat_maker_pair_begin(&pair, &f->maker, 2, 0);
    for (uint32_t i = 1; i <= traces; i++) {
        struct oat_disk_span span = oat_maker_span(&pair, i, traces + i, i, "step", i, i + 5);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    }
    oat_maker_pair_write(&pair);
    assert_false(is_taken_anew(f, traces));
    for (uint32_t i = 1; i <= 2 * traces; i++) {
        oat_maker_span_id(span_id, i);
        oat_maker_trace_id(expected, i <= traces ? i : i - traces);
        assert_int_equal(oat_snapshot_find_span(f->snapshot, span_id, found, &others), OAT_OK);
        assert_memory_equal(found, expected, sizeof expected);
    }
    oat_maker_span_id(span_id, 2 * traces + 1);
    assert_int_equal(oat_snapshot_find_span(f->snapshot, span_id, found, &others), OAT_NOTFOUND);
}

/* A span of trace 1 and its parent, by their numbers; 0: none. */
struct child {
    uint32_t span, parent;
    bool parent_is_there;
};

static void write_children(struct fixture *f, uint8_t writer, const struct child *children, size_t count)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, writer, 0);
    for (const struct child *c = children; c < children + count; c++) {
        struct oat_disk_span span = oat_maker_span(&pair, 1, c->span, c->parent, "step", c->span, 100);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    }
    oat_maker_pair_write(&pair);
}

static void expect_child(const oat_span_view *spans, size_t count, const struct child *child)
{
    uint8_t span_id[8], parent_id[8] = {0};
    size_t i = 0;
    oat_maker_span_id(span_id, child->span);
    if (child->parent != 0)
        oat_maker_span_id(parent_id, child->parent);
    while (i < count && memcmp(spans[i].span_id, span_id, sizeof span_id) != 0)
        i++;
    assert_true(i < count);
    assert_memory_equal(spans[i].parent_id, parent_id, sizeof parent_id);
    if (child->parent_is_there)
        assert_memory_equal(spans[spans[i].parent_index].span_id, parent_id, sizeof parent_id);
    else
        assert_int_equal(spans[i].parent_index, UINT32_MAX);
}

static void expect_children(const struct fixture *f, const struct child *children, size_t count)
{
    uint8_t trace_id[16];
    oat_trace *trace;
    size_t span_count;
    oat_maker_trace_id(trace_id, 1);
    assert_int_equal(oat_trace_open(f->snapshot, trace_id, &trace), OAT_OK);
    const oat_span_view *spans = oat_trace_spans(trace, &span_count);
    assert_int_equal(span_count, count);
    for (size_t i = 0; i < count; i++)
        expect_child(spans, span_count, &children[i]);
    oat_trace_close(trace);
}

static void parents_have_their_ids_also_when_they_come_later_or_never(void **state)
{
    struct fixture *f = *state;
    const struct child first[] = {{2, 1, false}, {3, 2, true}, {4, 9, false}};
    const struct child then[] = {{1, 0, false}, {5, 4, true}};
    const struct child all[] = {{1, 0, false}, {2, 1, true}, {3, 2, true}, {4, 9, false}, {5, 4, true}};
    write_children(f, 1, first, 3);
    assert_true(is_taken_anew(f, 1));
    expect_children(f, first, 3);
    write_children(f, 2, then, 2);
    assert_false(is_taken_anew(f, 1));
    expect_children(f, all, 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_stays_while_nothing_happens),
        TEST(a_store_without_anything_gets_its_first_pair),
        TEST(a_hole_that_is_filled_is_seen),
        TEST(slots_that_are_added_are_seen),
        TEST(the_death_of_a_writer_is_seen),
        TEST(a_compaction_is_seen),
        TEST(damage_is_said_once),
        TEST(parents_have_their_ids_also_when_they_come_later_or_never),
        TEST(spans_are_found_wherever_their_rows_are_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
