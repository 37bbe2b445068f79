/* Numbers and times out of text. */
#include "tests/support/unit.h"

#include "ingest/number.h"

static oat_text text(const char *s)
{
    return (oat_text){s, strlen(s)};
}

static void times_of_every_common_form_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t ns;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.000000001Z", 1},
        {"2000-02-29T12:00:00Z", UINT64_C(951825600000000000)},
        {"2024-12-31T23:59:59.5+01:00", UINT64_C(1735685999500000000)},
        {"2024-12-31T23:59:59.5-0530", UINT64_C(1735709399500000000)},
        {"2025-07-11T22:23:20.148752", UINT64_C(1752272600148752000)},
        {"2024-05-21 19:15:58", UINT64_C(1716318958000000000)},
        {"2024-05-21", UINT64_C(1716249600000000000)},
        {"\"2026-06-06T08:25:09.225Z\"", UINT64_C(1780734309225000000)},
        {"2100-03-01T00:00:00.1234567891Z", UINT64_C(4107542400123456789)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t ns = 1;
        if (!oat_parse_time(text(cases[i].text), &ns) || ns != cases[i].ns)
            fail_msg("%s: %llu, expected %llu", cases[i].text, (unsigned long long)ns,
                     (unsigned long long)cases[i].ns);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "2024",
        "2024-13-01",
        "2024-00-10",
        "2024-01-32",
        "1969-12-31T23:59:59Z",
        "2262-01-01",
        "2024-01-01T",
        "2024-01-01T25:00:00Z",
        "2024-01-01T10:00:00.Z",
        "2024-01-01T10:00:00+",
        "now",
        "2024-01-01T10:00:00Zx",
        "1970-01-01T00:00:00+01:00",
    };
    uint64_t ns = 7;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (oat_parse_time(text(cases[i]), &ns))
            fail_msg("%s was taken", cases[i]);
    assert_int_equal(ns, 7);
    assert_false(oat_parse_time((oat_text){0}, &ns));
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
        cmocka_unit_test(times_of_every_common_form_are_read),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(numbers_must_be_whole_and_fit),
        cmocka_unit_test(money_and_seconds_convert_or_refuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
