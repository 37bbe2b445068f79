/* Attribute values as JSON text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "format/limits.h"
#include "ingest/value_json.h"

static struct oat_arena arena;

static int clear_arena(void **state)
{
    (void)state;
    oat_arena_clear(&arena);
    return 0;
}

static const char *text_of(oat_value value)
{
    struct oat_json json = {0};
    oat_json_value(&json, &value);
    return oat_json_into_arena(&json, &arena).bytes;
}

static const char *real(double value)
{
    return text_of((oat_value){.type = OAT_VALUE_DOUBLE, .u.real = value});
}

static oat_value string(const char *text)
{
    return (oat_value){.type = OAT_VALUE_STRING, .len = strlen(text), .u.string = text};
}

static void doubles_read_back_and_integers_among_them_have_no_fraction(void **state)
{
    (void)state;
    assert_string_equal(real(1), "1");
    assert_string_equal(real(-42), "-42");
    assert_string_equal(real(0.1), "0.1");
    assert_string_equal(real(999999999999999), "999999999999999");
    assert_string_equal(real(1e15), "1e+15");
    assert_string_equal(real(1e300), "1e+300");
}

static void numbers_that_json_lacks_are_strings(void **state)
{
    (void)state;
    assert_string_equal(real((double)NAN), "\"NaN\"");
    assert_string_equal(real((double)INFINITY), "\"Infinity\"");
    assert_string_equal(real((double)-INFINITY), "\"-Infinity\"");
}

static void text_that_is_json_keeps_its_bytes(void **state)
{
    (void)state;
    oat_value list = string("[1,\n 2]"), half = string("[1"), text = string("a\nb");
    struct oat_json json = {0};
    oat_json_nested(&json, &list);
    assert_string_equal(oat_json_into_arena(&json, &arena).bytes, "[1,\n 2]");
    oat_json_nested(&json, &half);
    assert_string_equal(oat_json_into_arena(&json, &arena).bytes, "\"[1\"");
    oat_json_nested(&json, &text);
    assert_string_equal(oat_json_into_arena(&json, &arena).bytes, "\"a\\nb\"");
}

static void what_lies_too_deep_is_null(void **state)
{
    (void)state;
    oat_value levels[OAT_VALUE_DEPTH_MAX + 2] = {{.type = OAT_VALUE_BOOL, .u.boolean = true}};
    for (size_t i = 1; i < sizeof levels / sizeof *levels; i++)
        levels[i] = (oat_value){.type = OAT_VALUE_ARRAY, .len = 1, .u.array = &levels[i - 1]};
    assert_non_null(strstr(text_of(levels[OAT_VALUE_DEPTH_MAX]), "[true]"));
    assert_non_null(strstr(text_of(levels[OAT_VALUE_DEPTH_MAX + 1]), "[null]"));
}

static void a_text_that_does_not_fit_the_arena_fails_it(void **state)
{
    (void)state;
    struct oat_arena small = {.limit = 8};
    struct oat_json json = {0};
    oat_json_cstring(&json, "longer than that");
    assert_null(oat_json_into_arena(&json, &small).bytes);
    assert_true(small.failed && small.over_limit);
    assert_null(json.bytes);
    oat_arena_clear(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(doubles_read_back_and_integers_among_them_have_no_fraction, clear_arena),
        cmocka_unit_test_teardown(numbers_that_json_lacks_are_strings, clear_arena),
        cmocka_unit_test_teardown(text_that_is_json_keeps_its_bytes, clear_arena),
        cmocka_unit_test_teardown(what_lies_too_deep_is_null, clear_arena),
        cmocka_unit_test(a_text_that_does_not_fit_the_arena_fails_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
