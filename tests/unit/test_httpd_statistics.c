/* Tests of means and shares, against values of tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "httpd/statistics.h"

static void assert_near(double value, double expected, double error)
{
    if (!(fabs(value - expected) <= error))
        fail_msg("%.9g, not %.9g", value, expected);
}

/* count values whose mean and deviation are these, the same for each run. */
static struct oat_sample sample_of(size_t count, double mean, double deviation)
{
    struct oat_sample sample = {0};
    for (size_t i = 0; i < count; i++)
        oat_sample_add(&sample, mean + (i % 2 ? deviation : -deviation));
    return sample;
}

static void tails_are_those_of_the_tables(void **state)
{
    (void)state;
    static const struct {
        double t, degrees, tails;
    } table[] = {
        {12.7062, 1, 0.05},   {4.30265, 2, 0.05},    {2.228139, 10, 0.05},  {3.169273, 10, 0.01},
        {2.042272, 30, 0.05}, {1.983972, 100, 0.05}, {1.959964, 1e9, 0.05}, {0, 5, 1},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_near(oat_t_tails(table[i].t, table[i].degrees), table[i].tails, 1e-6);
    assert_near(oat_t_tails(-2.228139, 10), 0.05, 1e-6);
}

static void a_mean_has_an_interval(void **state)
{
    (void)state;
    struct oat_sample sample = {0};
    struct oat_interval interval;
    for (int i = 1; i <= 5; i++)
        oat_sample_add(&sample, i);
    assert_near(sample.mean, 3, 1e-12);
    assert_true(oat_sample_interval(&sample, &interval));
    assert_near(interval.low, 3 - 2.776445 * sqrt(2.5 / 5), 1e-5);
    assert_near(interval.high, 3 + 2.776445 * sqrt(2.5 / 5), 1e-5);
    struct oat_sample one = {0};
    oat_sample_add(&one, 7);
    assert_false(oat_sample_interval(&one, &interval));
}

static void a_share_has_an_interval_within_0_and_1(void **state)
{
    (void)state;
    struct oat_interval interval;
    assert_true(oat_share_interval(0, 10, &interval));
    assert_near(interval.low, 0, 1e-12);
    assert_near(interval.high, 0.277533, 1e-5);
    assert_true(oat_share_interval(5, 10, &interval));
    assert_near(interval.low, 0.236593, 1e-5);
    assert_near(interval.high, 0.763407, 1e-5);
    assert_false(oat_share_interval(0, 0, &interval));
}

static void means_that_differ_are_told_apart(void **state)
{
    (void)state;
    struct oat_sample a = sample_of(100, 10, 1), b = sample_of(100, 10.1, 1), c = sample_of(100, 11, 1);
    struct oat_difference difference;
    assert_true(oat_welch_test(&a, &b, &difference));
    assert_near(difference.value, 0.1, 1e-9);
    assert_true(difference.p > 0.05 && difference.interval.low < 0 && difference.interval.high > 0);
    assert_true(oat_welch_test(&a, &c, &difference));
    assert_true(difference.p < 1e-6 && difference.interval.low > 0);
    struct oat_sample same = sample_of(50, 3, 0);
    assert_true(oat_welch_test(&same, &same, &difference));
    assert_near(difference.p, 1, 0);
}

static void shares_that_differ_are_told_apart(void **state)
{
    (void)state;
    struct oat_difference difference;
    assert_true(oat_share_test(30, 1000, 60, 1000, &difference));
    assert_near(difference.value, 0.03, 1e-12);
    assert_near(difference.p, 0.0012125, 1e-6);
    assert_true(oat_share_test(0, 40, 0, 40, &difference));
    assert_near(difference.p, 1, 0);
}

static void few_values_prove_nothing(void **state)
{
    (void)state;
    struct oat_sample few = sample_of(OAT_SAMPLE_LEAST - 1, 1, 1), many = sample_of(1000, 9, 1);
    struct oat_difference difference;
    assert_false(oat_welch_test(&few, &many, &difference));
    assert_false(oat_welch_test(&many, &few, &difference));
    assert_false(oat_share_test(0, OAT_SAMPLE_LEAST - 1, 900, 1000, &difference));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tails_are_those_of_the_tables),
        cmocka_unit_test(a_mean_has_an_interval),
        cmocka_unit_test(a_share_has_an_interval_within_0_and_1),
        cmocka_unit_test(means_that_differ_are_told_apart),
        cmocka_unit_test(shares_that_differ_are_told_apart),
        cmocka_unit_test(few_values_prove_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
