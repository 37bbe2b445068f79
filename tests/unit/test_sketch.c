#include "reader/sketch.h"

#include "tests/support/run_random.h"
#include "tests/support/unit.h"

#include <math.h>

#define ERROR_MAX 0.01

static const double shares[] = {0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1};
#define SHARES (sizeof shares / sizeof *shares)

static void add(struct oat_sketch *sketch, int64_t value)
{
    uint32_t bin = oat_sketch_bin(value);
    if (!oat_sketch_add_quickly(sketch, bin))
        assert_true(oat_sketch_add_bin(sketch, bin, 1));
}

static struct oat_sketch sketch_of(const int64_t *values, size_t count)
{
    struct oat_sketch sketch = {0};
    for (size_t i = 0; i < count; i++)
        add(&sketch, values[i]);
    return sketch;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Sorts the values. Quantiles from share `from` on are within the error. */
static void assert_within_error(int64_t *values, size_t count, double from)
{
    struct oat_sketch sketch = sketch_of(values, count);
    assert_int_equal(oat_sketch_count(&sketch), count);
    qsort(values, count, sizeof *values, compare);
    for (size_t i = 0; i < SHARES; i++) {
        double found, expected = (double)values[(size_t)(shares[i] * (double)(count - 1))];
        assert_true(oat_sketch_quantile(&sketch, shares[i], &found));
        if (shares[i] >= from && fabs(found - expected) > ERROR_MAX * fabs(expected))
            fail_msg("share %g of %zu: %.17g is not %.17g", shares[i], count, found, expected);
    }
    oat_sketch_free(&sketch);
}

static void assert_same_answers(const struct oat_sketch *a, const struct oat_sketch *b)
{
    assert_int_equal(oat_sketch_count(a), oat_sketch_count(b));
    for (size_t i = 0; i < SHARES; i++) {
        double x, y;
        assert_true(oat_sketch_quantile(a, shares[i], &x));
        assert_true(oat_sketch_quantile(b, shares[i], &y));
        assert_true(x == y);
    }
}

static double unit_random(uint64_t *seed)
{
    return ((double)(oat_run_next(seed) >> 11) + 1) / 9007199254740993.0;
}

static int64_t log_normal(uint64_t *seed, double mean, double deviation)
{
    double normal = sqrt(-2 * log(unit_random(seed))) * cos(6.283185307179586 * unit_random(seed));
    return (int64_t)exp(mean + deviation * normal);
}

static void the_tables_are_what_their_formula_says(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= OAT_SKETCH_OCTAVE; i++)
        assert_int_equal(oat_sketch_starts[i], lround(65536 * (exp2(i / (double)OAT_SKETCH_OCTAVE) - 1)));
    for (unsigned i = 0; i < 64; i++) {
        unsigned bin = oat_sketch_bin_of_64th[i], start = i << 10;
        assert_in_range(start, oat_sketch_starts[bin], oat_sketch_starts[bin + 1] - 1);
        if (bin + 2 <= OAT_SKETCH_OCTAVE)
            assert_true(oat_sketch_starts[bin + 2] >= start + 1024);
    }
}

static void bins_ascend_with_values(void **state)
{
    (void)state;
    int64_t values[63 * 7 * 2 + 2];
    size_t count = 0;
    values[count++] = INT64_MIN;
    values[count++] = INT64_MAX;
    for (unsigned shift = 0; shift < 63; shift++)
        for (int64_t near = -3; near <= 3; near++) {
            values[count++] = (INT64_C(1) << shift) + near;
            values[count++] = -(INT64_C(1) << shift) - near;
        }
    qsort(values, count, sizeof *values, compare);
    for (size_t i = 0; i + 1 < count; i++)
        assert_true(oat_sketch_bin(values[i]) <= oat_sketch_bin(values[i + 1]));
    assert_true(oat_sketch_bin(INT64_MAX) < OAT_SKETCH_BIN_COUNT);
}

static void an_empty_sketch_has_no_quantile(void **state)
{
    (void)state;
    struct oat_sketch sketch = {0};
    double value;
    assert_false(oat_sketch_quantile(&sketch, 0.5, &value));
    oat_sketch_free(&sketch);
}

static void small_numbers_are_exact(void **state)
{
    (void)state;
    struct oat_sketch sketch = {0};
    for (int64_t value = -63; value < 64; value++) {
        double found;
        add(&sketch, value);
        assert_true(oat_sketch_quantile(&sketch, 1, &found));
        assert_true(found == (double)value);
    }
    oat_sketch_free(&sketch);
}

static void log_normal_durations_are_within_one_percent(void **state)
{
    (void)state;
    static int64_t values[200000];
    uint64_t seed = 1;
    static const double deviations[] = {0.01, 0.5, 1.5, 3, 4};
    for (size_t d = 0; d < sizeof deviations / sizeof *deviations; d++)
        for (size_t count = 1; count <= 200000; count *= 11) {
            for (size_t i = 0; i < count; i++)
                values[i] = log_normal(&seed, 20, deviations[d]);
            assert_within_error(values, count, 0);
        }
}

static void values_at_the_ends_of_bins_are_within_one_percent(void **state)
{
    (void)state;
    for (unsigned octave = 6; octave < 62; octave++) {
        int64_t values[3 * OAT_SKETCH_OCTAVE];
        size_t count = 0;
        for (unsigned i = 0; i < OAT_SKETCH_OCTAVE; i++)
            for (int64_t near = -1; near <= 1; near++) {
                double start = exp2(octave + 16) * (1 + oat_sketch_starts[i] / 65536.0) / 65536;
                values[count++] = (int64_t)start + near;
            }
        assert_within_error(values, count, 0);
        for (size_t i = 0; i < count; i++)
            assert_within_error(&values[i], 1, 0);
    }
}

static void negative_numbers_are_within_one_percent(void **state)
{
    (void)state;
    int64_t values[3000];
    uint64_t seed = 3;
    for (size_t i = 0; i < 3000; i++) {
        int64_t value = log_normal(&seed, 12, 2);
        values[i] = i % 2 ? value : -value;
    }
    assert_within_error(values, 3000, 0);
}

static void what_spans_too_much_keeps_its_high_quantiles(void **state)
{
    (void)state;
    static int64_t values[40000];
    uint64_t seed = 4;
    for (size_t i = 0; i < 40000; i++) {
        int64_t value = (int64_t)(oat_run_next(&seed) >> (1 + oat_run_next(&seed) % 62));
        values[i] = i % 8 ? value : -value;
    }
    assert_within_error(values, 40000, 0.5);
    struct oat_sketch sketch = sketch_of(values, 40000);
    assert_true(oat_sketch_bytes(&sketch) <= OAT_SKETCH_BINS_MAX * 8);
    oat_sketch_free(&sketch);
}

static void the_order_of_values_does_not_matter(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    static int64_t values[COUNT];
    uint64_t seed = 5;
    for (size_t i = 0; i < COUNT; i++)
        values[i] = (int64_t)(oat_run_next(&seed) >> (1 + oat_run_next(&seed) % 63)) * (i % 3 ? 1 : -1);
    struct oat_sketch drawn = sketch_of(values, COUNT);
    qsort(values, COUNT, sizeof *values, compare);
    struct oat_sketch ascending = sketch_of(values, COUNT), descending = {0};
    for (size_t i = COUNT; i-- > 0;)
        add(&descending, values[i]);
    assert_same_answers(&drawn, &ascending);
    assert_same_answers(&drawn, &descending);
    oat_sketch_free(&drawn);
    oat_sketch_free(&ascending);
    oat_sketch_free(&descending);
}

/* Merges sketches of parts of so many values each, that span much or little. */
static void check_merge(size_t count, size_t parts, bool wide)
{
    static int64_t values[20000];
    uint64_t seed = count + parts;
    for (size_t i = 0; i < count; i++)
        values[i] = wide ? (int64_t)(oat_run_next(&seed) >> (1 + oat_run_next(&seed) % 63)) * (i % 5 ? 1 : -1)
                         : log_normal(&seed, 18, 1);
    struct oat_sketch whole = sketch_of(values, count), merged = {0};
    for (size_t part = 0; part < parts; part++) {
        size_t from = count * part / parts, to = count * (part + 1) / parts;
        struct oat_sketch sketch = sketch_of(values + from, to - from);
        assert_true(oat_sketch_merge(&merged, &sketch));
        oat_sketch_free(&sketch);
    }
    assert_same_answers(&whole, &merged);
    oat_sketch_free(&whole);
    oat_sketch_free(&merged);
}

static void merging_gives_what_all_values_together_give(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 100, 127, 128, 129, 300, 20000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t parts = 1; parts <= 9; parts += 2) {
            check_merge(counts[i], parts, false);
            check_merge(counts[i], parts, true);
        }
}

static void few_values_take_little_memory(void **state)
{
    (void)state;
    struct oat_sketch sketch = {0};
    uint64_t seed = 7;
    for (unsigned i = 0; i < 20; i++)
        add(&sketch, log_normal(&seed, 20, 3));
    assert_true(oat_sketch_bytes(&sketch) <= 64);
    oat_sketch_free(&sketch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tables_are_what_their_formula_says),
        cmocka_unit_test(bins_ascend_with_values),
        cmocka_unit_test(an_empty_sketch_has_no_quantile),
        cmocka_unit_test(small_numbers_are_exact),
        cmocka_unit_test(log_normal_durations_are_within_one_percent),
        cmocka_unit_test(values_at_the_ends_of_bins_are_within_one_percent),
        cmocka_unit_test(negative_numbers_are_within_one_percent),
        cmocka_unit_test(what_spans_too_much_keeps_its_high_quantiles),
        cmocka_unit_test(the_order_of_values_does_not_matter),
        cmocka_unit_test(merging_gives_what_all_values_together_give),
        cmocka_unit_test(few_values_take_little_memory),
    };
    return cmocka_run_group_tests_name("sketch", tests, NULL, NULL);
}
