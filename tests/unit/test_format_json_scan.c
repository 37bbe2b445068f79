#include "format/json_scan.h"
#include "tests/support/damage_guard.h"
#include "tests/support/golden_test.h"

#include <stdlib.h>

/* The length of the value at pos, read from memory that ends where the text ends. */
static size_t value_len(const char *text, size_t pos)
{
    size_t len = strlen(text);
    char *at = (char *)oat_damage_guard(text, len);
    size_t n = oat_json_value_len(at, len, pos);
    oat_damage_guard_free((uint8_t *)at, len);
    return n;
}

static void values_end_where_they_end(void **state)
{
    (void)state;
    assert_int_equal(value_len("\"a\"", 0), 3);
    assert_int_equal(value_len("\"\" ", 0), 2);
    assert_int_equal(value_len("\"a\\\"b\",", 0), 6);
    assert_int_equal(value_len("\"a\\\\\"b\"", 0), 5);
    assert_int_equal(value_len("[1, {\"]\": \"}\"}] ", 0), 15);
    assert_int_equal(value_len("x[]", 1), 2);
    assert_int_equal(value_len("-1.5e3,", 0), 6);
    assert_int_equal(value_len("true}", 0), 4);
    assert_int_equal(value_len("null", 0), 4);
}

static void unfinished_values_have_no_length(void **state)
{
    (void)state;
    const char *const texts[] = {"",     "\"",         "\"a", "\"a\\\"", "[", "{", "[[]",
                                 "[\"]", "{\"a\":\"}", ",",   "]",       "}", ":", " 1"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(value_len(texts[i], 0), 0);
    assert_int_equal(value_len("1", 1), 0);
    assert_int_equal(value_len("1", 9), 0);
}

static void every_prefix_of_a_container_is_unfinished(void **state)
{
    (void)state;
    const char text[] = "{\"k\\\\\": [\"\\\"]\", {}, [[1]], true], \"\": null}";
    size_t whole = sizeof text - 1;
    for (size_t len = 0; len < whole; len++) {
        char *at = (char *)oat_damage_guard(text, len);
        assert_int_equal(oat_json_value_len(at, len, 0), 0);
        oat_damage_guard_free((uint8_t *)at, len);
    }
    assert_int_equal(value_len(text, 0), whole);
}

static void a_nul_byte_ends_a_word(void **state)
{
    (void)state;
    assert_int_equal(oat_json_value_len("12\0"
                                        "34",
                                        5, 0),
                     2);
}

static void depth_and_backslashes_cost_no_stack_and_no_square(void **state)
{
    (void)state;
    size_t len = 4u << 20;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, '[', len / 2);
    memset(text + len / 2, ']', len / 2);
    assert_int_equal(oat_json_value_len(text, len, 0), len);
    memset(text, '\\', len);
    text[0] = text[len - 1] = '"';
    assert_int_equal(oat_json_value_len(text, len, 0), len);
    for (size_t i = 1; i + 2 < len; i += 2)
        text[i + 1] = '"';
    assert_int_equal(oat_json_value_len(text, len, 0), len);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_end_where_they_end),
        cmocka_unit_test(unfinished_values_have_no_length),
        cmocka_unit_test(every_prefix_of_a_container_is_unfinished),
        cmocka_unit_test(a_nul_byte_ends_a_word),
        cmocka_unit_test(depth_and_backslashes_cost_no_stack_and_no_square),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
