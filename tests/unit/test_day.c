/* Days as folders are called. */
#include "format/day.h"
#include "tests/support/unit.h"

static void days_are_written_as_dates(void **state)
{
    (void)state;
    char text[OAT_DAY_TEXT_SIZE];
    oat_day_print(0, text);
    assert_string_equal(text, "1970-01-01");
    oat_day_print(oat_day_of(UINT64_C(1795305600000000000)), text);
    assert_string_equal(text, "2026-11-22");
    oat_day_print(oat_day_of(OAT_TIME_MAX), text);
    assert_string_equal(text, "2262-04-11");
}

static void every_day_comes_back(void **state)
{
    (void)state;
    char text[OAT_DAY_TEXT_SIZE];
    uint32_t day;
    for (uint32_t i = 0; i <= OAT_DAY_MAX; i++) {
        oat_day_print(i, text);
        assert_true(oat_day_parse(text, strlen(text), &day));
        assert_int_equal(day, i);
    }
}

static void other_texts_are_no_days(void **state)
{
    (void)state;
    static const char *const texts[] = {"",           "2026-11-2",  "2026-11-222", "2026-02-30", "2026-13-01",
                                        "2026-00-10", "1969-12-31", "2262-04-12",  "9999-01-01", "2026/11/22",
                                        "+026-11-22", "2026-11-0x", "2026-1 -01",  "latest"};
    uint32_t day;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false(oat_day_parse(texts[i], strlen(texts[i]), &day));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_written_as_dates),
        cmocka_unit_test(every_day_comes_back),
        cmocka_unit_test(other_texts_are_no_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
