/* Numbers and times out of text. */
#include "tests/support/unit.h"

#include "ingest/number.h"

static oat_text text(const char *s)
{
    return (oat_text){s, strlen(s)};
}

static void a_time_may_stand_in_quotes(void **state)
{
    (void)state;
    uint64_t ns = 7;
    assert_true(oat_parse_time(text("\"1970-01-01T00:00:01Z\""), &ns) && ns == 1000000000);
    assert_true(oat_parse_time(text("1970-01-01T00:00:02Z"), &ns) && ns == 2000000000);
    assert_false(oat_parse_time(text("\""), &ns));
    assert_false(oat_parse_time((oat_text){0}, &ns));
    assert_int_equal(ns, 2000000000);
}

static void numbers_must_be_whole_and_fit(void **state)
{
    (void)state;
    uint64_t u = 0;
    int64_t i = 0;
    double d = 0;
    assert_true(oat_parse_uint(text("18446744073709551615"), &u) && u == UINT64_MAX);
    assert_false(oat_parse_uint(text("18446744073709551616"), &u) && u != UINT64_MAX);
    assert_false(oat_parse_uint(text("-1"), &u));
    assert_false(oat_parse_uint(text("1.5"), &u));
    assert_false(oat_parse_uint(text(""), &u));
    assert_true(oat_parse_int(text("-9223372036854775808"), &i) && i == INT64_MIN);
    assert_false(oat_parse_int(text("0x10"), &i));
    assert_false(oat_parse_double(text("inf"), &d));
    assert_false(oat_parse_double(text(" 1"), &d));
    assert_false(oat_parse_double(text("1 "), &d));
    assert_true(oat_parse_double(text("-2.5e3"), &d) && d < -2499 && d > -2501);
}

static void money_and_seconds_convert_or_refuse(void **state)
{
    (void)state;
    int64_t nano = 0;
    uint64_t ns = 0;
    assert_true(oat_nano_of_usd(0.0036336, &nano) && nano == 3633600);
    assert_true(oat_nano_of_usd(-1.5, &nano) && nano == -1500000000);
    assert_false(oat_nano_of_usd(1e10, &nano));
    assert_true(oat_ns_of_seconds(1712382710.5, &ns) && ns == UINT64_C(1712382710500000000));
    assert_false(oat_ns_of_seconds(-1, &ns));
    assert_false(oat_ns_of_seconds(1e30, &ns));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_may_stand_in_quotes),
        cmocka_unit_test(numbers_must_be_whole_and_fit),
        cmocka_unit_test(money_and_seconds_convert_or_refuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
