#include "reader/row_sort.h"
#include "tests/support/golden_test.h"

#include <stdlib.h>

#define COUNT_MAX 300u

static struct oat_row rows[COUNT_MAX];
static uint32_t order[COUNT_MAX];

/* Starts, of which many are equal; places tell the rows apart. */
static void fill(uint32_t count, uint64_t starts)
{
    uint64_t numbers[COUNT_MAX];
    golden_fill(numbers, sizeof numbers, count);
    for (uint32_t i = 0; i < count; i++)
        rows[i] = (struct oat_row){.start_ns = numbers[i] % starts, .place = (uint32_t)(numbers[i] >> 32)};
}

static int compare(const void *x, const void *y)
{
    const struct oat_row *a = x, *b = y;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static void rows_of_any_number_are_sorted_by_the_key_and_the_rest(void **state)
{
    static struct oat_row expected[COUNT_MAX];
    (void)state;
    for (uint32_t count = 0; count <= COUNT_MAX; count++) {
        fill(count, 1 + count / 2);
        memcpy(expected, rows, sizeof rows);
        qsort(expected, count, sizeof *expected, compare);
        oat_row_sort(rows, count, OAT_ROWS_BY_START, compare);
        assert_memory_equal(rows, expected, count * sizeof *rows);
    }
}

static void rows_that_start_together_keep_their_order(void **state)
{
    (void)state;
    for (uint32_t count = 0; count <= COUNT_MAX; count++) {
        fill(count, 1 + count / 2);
        oat_row_starts(rows, count, order);
        for (uint32_t i = 1; i < count; i++) {
            uint64_t before = rows[order[i - 1]].start_ns, here = rows[order[i]].start_ns;
            assert_true(before < here || (before == here && order[i - 1] < order[i]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_any_number_are_sorted_by_the_key_and_the_rest),
        cmocka_unit_test(rows_that_start_together_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
