/* Pieces of JSON: what printf and plain loops write, and nothing beyond the room for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "format/json_put.h"

#define UNTOUCHED '#'

/* What a piece is put into. */
static char room[200];

static char *fresh(void)
{
    memset(room, UNTOUCHED, sizeof room);
    return room;
}

static void assert_put(const char *end, const char *expected, size_t most)
{
    size_t len = strlen(expected);
    assert_int_equal(end - room, len);
    assert_memory_equal(room, expected, len);
    for (size_t i = most; i < sizeof room; i++)
        assert_int_equal(room[i], UNTOUCHED);
}

/* Numbers of all lengths: around each power of ten, and many others. */
static size_t make_numbers(uint64_t ret[400])
{
    size_t count = 0;
    uint64_t power = 1, mixed = 88172645463325252;
    for (unsigned digits = 0; digits < 20; digits++, power *= 10) {
        ret[count++] = power - 1;
        ret[count++] = power;
        ret[count++] = power + 1;
        ret[count++] = power * 9;
    }
    for (; count < 400; count++) {
        mixed = mixed * 6364136223846793005u + 1442695040888963407u;
        ret[count] = mixed >> count % 64;
    }
    ret[0] = UINT64_MAX;
    ret[1] = (uint64_t)INT64_MAX + 1; /* of a signed one: the least */
    return count;
}

static void numbers_are_those_of_printf(void **state)
{
    (void)state;
    uint64_t numbers[400];
    char expected[32];
    for (size_t i = 0, count = make_numbers(numbers); i < count; i++) {
        snprintf(expected, sizeof expected, "%" PRIu64, numbers[i]);
        assert_put(oat_json_put_uint(fresh(), numbers[i]), expected, OAT_JSON_NUMBER_ROOM);
        snprintf(expected, sizeof expected, "%" PRId64, (int64_t)numbers[i]);
        assert_put(oat_json_put_int(fresh(), (int64_t)numbers[i]), expected, OAT_JSON_NUMBER_ROOM);
    }
}

/* The digits of value with a point before the last `decimals`, at least one on each side of it. */
static void print_fixed(int64_t value, unsigned decimals, char *ret, size_t size)
{
    char digits[32];
    uint64_t magnitude = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    int len = snprintf(digits, sizeof digits, "%0*" PRIu64, (int)decimals + 1, magnitude);
    int whole = len - (int)decimals, keep = len;
    while (keep > whole + 1 && digits[keep - 1] == '0')
        keep--;
    snprintf(ret, size, "%s%.*s.%.*s", value < 0 ? "-" : "", whole, digits, keep - whole, digits + whole);
}

static void the_point_of_fixed_numbers_is_where_it_belongs(void **state)
{
    (void)state;
    uint64_t numbers[400];
    char expected[40];
    for (size_t i = 0, count = make_numbers(numbers); i < count; i++)
        for (unsigned decimals = 1; decimals <= 18; decimals++) {
            print_fixed((int64_t)numbers[i], decimals, expected, sizeof expected);
            assert_put(oat_json_put_fixed(fresh(), (int64_t)numbers[i], decimals), expected,
                       OAT_JSON_NUMBER_ROOM);
        }
}

static void seconds_are_the_digits_with_a_point(void **state)
{
    (void)state;
    uint64_t numbers[400];
    char expected[40], digits[OAT_JSON_NUMBER_ROOM];
    for (size_t i = 0, count = make_numbers(numbers); i < count; i++) {
        int64_t value = (int64_t)(numbers[i] >> 1);
        print_fixed(value, 9, expected, sizeof expected);
        size_t len = (size_t)(oat_json_put_int(digits, value) - digits);
        assert_put(oat_json_put_seconds(fresh(), digits, len), expected, OAT_JSON_NUMBER_ROOM);
    }
}

static void hex_has_two_digits_for_each_byte(void **state)
{
    (void)state;
    uint8_t bytes[32];
    for (size_t len = 0; len <= sizeof bytes; len++) {
        for (unsigned first = 0; first < 256; first += 5) {
            char expected[2 * sizeof bytes + 3] = "\"";
            for (size_t i = 0; i < len; i++) {
                bytes[i] = (uint8_t)(first + 37 * i);
                snprintf(expected + 1 + 2 * i, 3, "%02x", bytes[i]);
            }
            strcat(expected, "\"");
            assert_put(oat_json_put_hex(fresh(), bytes, len), expected, 2 * len + 2 + OAT_JSON_SLACK);
        }
    }
}

static void plain_text_ends_before_what_is_to_be_escaped(void **state)
{
    (void)state;
    char text[40];
    for (size_t len = 0; len <= sizeof text; len++)
        for (size_t at = 0; at < len; at++)
            for (unsigned c = 0; c < 256; c++) {
                bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
                memset(text, '~', sizeof text);
                text[at] = (char)c;
                size_t taken = oat_json_put_plain(fresh(), text, len);
                assert_int_equal(taken, plain ? len : at);
                assert_memory_equal(room, text, taken);
                assert_int_equal(room[len], UNTOUCHED);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_printf),
        cmocka_unit_test(the_point_of_fixed_numbers_is_where_it_belongs),
        cmocka_unit_test(seconds_are_the_digits_with_a_point),
        cmocka_unit_test(hex_has_two_digits_for_each_byte),
        cmocka_unit_test(plain_text_ends_before_what_is_to_be_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
