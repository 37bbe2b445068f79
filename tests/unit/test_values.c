#include "format/simd.h"
#include "format/values.h"
#include "tests/support/golden_test.h"

#define COUNT_MAX 67u /* of several registers, and some behind them */

static uint64_t values[COUNT_MAX];

/* Calls fn with and without what only some processors can do, with numbers of every width and count. */
static void with_all(void (*fn)(size_t count, unsigned width))
{
    for (unsigned most = OAT_SIMD_PORTABLE; most <= OAT_SIMD_AVX512; most++) {
        oat_simd_most = most;
        for (unsigned width = 1; width <= 64; width++) {
            golden_fill(values, sizeof values, width);
            for (unsigned i = 0; i < COUNT_MAX; i++)
                values[i] = i % 3 == 2 ? values[i - 1] : values[i] >> (64 - width);
            for (size_t count = 1; count <= COUNT_MAX; count++)
                fn(count, width);
        }
    }
    oat_simd_most = OAT_SIMD_AVX512;
}

static void require_range(size_t count, unsigned width)
{
    uint64_t least, greatest, expected_least = UINT64_MAX, expected_greatest = 0;
    (void)width;
    for (size_t i = 0; i < count; i++) {
        expected_least = values[i] < expected_least ? values[i] : expected_least;
        expected_greatest = values[i] > expected_greatest ? values[i] : expected_greatest;
    }
    oat_values_range(values, count, &least, &greatest);
    assert_true(least == expected_least);
    assert_true(greatest == expected_greatest);
}

static void require_above(size_t count, unsigned width)
{
    uint64_t least, greatest;
    unsigned expected = 0;
    oat_values_range(values, count, &least, &greatest);
    for (size_t i = 0; i < count; i++)
        expected += (values[i] - least) >> (width - 1) > 0;
    assert_int_equal(oat_values_above(values, count, least, width - 1), expected);
}

static void require_runs(size_t count, unsigned width)
{
    unsigned expected = 1;
    (void)width;
    for (size_t i = 1; i < count; i++)
        expected += values[i] != values[i - 1];
    assert_int_equal(oat_values_runs(values, count), expected);
}

static void the_range_is_of_unsigned_numbers(void **state)
{
    (void)state;
    with_all(require_range);
}

static void numbers_that_need_more_bits_are_counted(void **state)
{
    (void)state;
    with_all(require_above);
}

static void runs_of_equal_numbers_are_counted(void **state)
{
    (void)state;
    with_all(require_runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_range_is_of_unsigned_numbers),
        cmocka_unit_test(numbers_that_need_more_bits_are_counted),
        cmocka_unit_test(runs_of_equal_numbers_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
