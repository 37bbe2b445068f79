/* Small traces that stand as trees already come out as those that are sorted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "format/slot.h"
#include "reader/identity.h"
#include "reader/tree.h"
#include "reader/tree_order.h"
#include "tests/support/run_random.h"

#define ROUNDS 3000u

struct trace {
    struct oat_row rows[OAT_TREE_ORDERED_MAX + 1];
    uint32_t count;
};

static void set_id(uint8_t id[8], uint64_t number)
{
    memcpy(id, &number, sizeof number);
}

/* Spans with different ids, few starts, and parents among those before them, elsewhere, or none. */
static struct trace any_trace(uint64_t *seed)
{
    struct trace trace = {.count = 1 + (uint32_t)oat_run_below(seed, OAT_TREE_ORDERED_MAX)};
    uint64_t starts = 1 + oat_run_below(seed, 100);
    for (uint32_t i = 0; i < trace.count; i++) {
        struct oat_row *row = &trace.rows[i];
        *row = (struct oat_row){.start_ns = 1000 + oat_run_below(seed, starts), .place = i, .type = OAT_LLM};
        row->end_ns = row->start_ns + 1;
        set_id(row->span_id, (oat_run_below(seed, UINT64_MAX) & ~UINT64_C(0xff)) | (i + 1));
        if (i > 0 && oat_run_below(seed, 8) > 0)
            memcpy(row->parent_id, trace.rows[oat_run_below(seed, i)].span_id, 8);
        else if (oat_run_below(seed, 2) > 0)
            set_id(row->parent_id, UINT64_C(0xff)); /* is not here */
        if (oat_run_below(seed, 2) > 0)
            row->flags = OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT);
        row->call_id = oat_run_below(seed, 4);
    }
    return trace;
}

static void shuffle(struct trace *trace, uint64_t *seed)
{
    for (uint32_t i = trace->count; i > 1; i--) {
        uint32_t k = (uint32_t)oat_run_below(seed, i);
        struct oat_row row = trace->rows[i - 1];
        trace->rows[i - 1] = trace->rows[k];
        trace->rows[k] = row;
    }
}

static void sort(struct trace *trace)
{
    struct oat_tree_scratch scratch = {0};
    struct oat_repeats repeats = {0};
    assert_int_equal(oat_identity_join(NULL, trace->rows, trace->count, &repeats), trace->count);
    assert_int_equal(oat_tree_build(NULL, trace->rows, trace->count, NULL, &scratch), OAT_OK);
    oat_tree_free(&scratch);
}

static void forget_places(struct trace *trace)
{
    for (uint32_t i = 0; i < trace->count; i++) {
        trace->rows[i].parent = 12345;
        trace->rows[i].depth = 12345;
        trace->rows[i].counted = false;
    }
}

static void assert_same(const struct trace *found, const struct trace *expected)
{
    for (uint32_t i = 0; i < expected->count; i++) {
        const struct oat_row *a = &found->rows[i], *b = &expected->rows[i];
        assert_int_equal(a->place, b->place);
        assert_int_equal(a->parent, b->parent);
        assert_int_equal(a->depth, b->depth);
        assert_int_equal(a->counted, b->counted);
    }
}

static void what_was_sorted_stands_in_order(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct trace sorted = any_trace(&seed), again;
        sort(&sorted);
        again = sorted;
        forget_places(&again);
        assert_true(oat_tree_ordered(again.rows, again.count));
        assert_same(&again, &sorted);
    }
}

static void what_is_taken_is_what_sorting_makes(void **state)
{
    (void)state;
    uint64_t seed = 2;
    unsigned taken = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct trace trace = any_trace(&seed), sorted;
        if (oat_run_below(&seed, 2) > 0)
            trace.count = 1 + trace.count % 5; /* is in order at times */
        shuffle(&trace, &seed);
        sorted = trace;
        sort(&sorted);
        if (!oat_tree_ordered(trace.rows, trace.count))
            continue;
        assert_same(&trace, &sorted);
        taken++;
    }
    assert_true(taken > 10 && taken < ROUNDS / 2);
}

static void others_are_left_to_sorting(void **state)
{
    (void)state;
    uint64_t seed = 3;
    struct trace trace = any_trace(&seed);
    trace.count = 2;
    sort(&trace);
    struct trace twice = trace, cycle = trace, of_itself = trace, great = {.count = OAT_TREE_ORDERED_MAX + 1};
    memcpy(twice.rows[1].span_id, twice.rows[0].span_id, 8);
    assert_false(oat_tree_ordered(twice.rows, twice.count));
    memcpy(cycle.rows[0].parent_id, cycle.rows[1].span_id, 8);
    memcpy(cycle.rows[1].parent_id, cycle.rows[0].span_id, 8);
    assert_false(oat_tree_ordered(cycle.rows, cycle.count));
    memcpy(of_itself.rows[0].parent_id, of_itself.rows[0].span_id, 8);
    assert_false(oat_tree_ordered(of_itself.rows, of_itself.count));
    for (uint32_t i = 0; i < great.count; i++)
        set_id(great.rows[i].span_id, i + 1);
    assert_false(oat_tree_ordered(great.rows, great.count));
    assert_false(oat_tree_ordered(great.rows, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sorted_stands_in_order),
        cmocka_unit_test(what_is_taken_is_what_sorting_makes),
        cmocka_unit_test(others_are_left_to_sorting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
