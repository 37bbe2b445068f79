#include "format/time_text.h"
#include "tests/support/unit.h"

static bool parse(const char *text, uint64_t *ret_ns)
{
    return oat_time_parse(text, strlen(text), ret_ns);
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
        {"2026-06-06T08:25:09.225Z", UINT64_C(1780734309225000000)},
        {"2100-03-01T00:00:00.1234567891Z", UINT64_C(4107542400123456789)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t ns = 1;
        if (!parse(cases[i].text, &ns) || ns != cases[i].ns)
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
        "2024-02-30",
        "2023-02-29",
        "2024-04-31",
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
        if (parse(cases[i], &ns))
            fail_msg("%s was taken", cases[i]);
    assert_int_equal(ns, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_of_every_common_form_are_read),
        cmocka_unit_test(what_is_no_time_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
