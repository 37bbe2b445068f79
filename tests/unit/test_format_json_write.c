/* The JSON writer, checked against jansson. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/json_write.h"
#include "format/utf8.h"

static const char *text_of(struct oat_json *json)
{
    static char *text;
    size_t len;
    free(text);
    text = oat_json_take(json, &len);
    assert_non_null(text);
    return text;
}

static const char *string_of(const char *bytes, size_t len)
{
    struct oat_json json = {0};
    oat_json_string(&json, bytes, len);
    return text_of(&json);
}

static const char *double_of(double value)
{
    struct oat_json json = {0};
    oat_json_double(&json, value);
    return text_of(&json);
}

static const char *fixed_of(int64_t value, unsigned decimals)
{
    struct oat_json json = {0};
    oat_json_fixed(&json, value, decimals);
    return text_of(&json);
}

/* Writes the character and returns its bytes. */
static size_t put_utf8(char *dst, uint32_t c)
{
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len; i-- > 1; c >>= 6)
        dst[i] = (char)(0x80 | (c & 0x3f));
    dst[0] = (char)(leads[len] | c);
    return len;
}

static void commas_stand_between_values_only(void **state)
{
    (void)state;
    struct oat_json json = {0};
    oat_json_object_begin(&json);
    oat_json_key(&json, "a");
    oat_json_array_begin(&json);
    oat_json_int(&json, -1);
    oat_json_string(&json, "{", 1);
    oat_json_array_begin(&json);
    oat_json_array_end(&json);
    oat_json_null(&json);
    oat_json_array_end(&json);
    oat_json_key_text(&json, "b\"[", 3);
    oat_json_bool(&json, true);
    oat_json_object_end(&json);
    oat_json_raw(&json, "\n", 1);
    oat_json_object_begin(&json);
    oat_json_object_end(&json);
    assert_string_equal(text_of(&json), "{\"a\":[-1,\"{\",[],null],\"b\\\"[\":true}\n{}");
}

static void every_byte_value_in_a_string_is_valid_json(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        char bytes[3] = {'a', (char)c, 'z'};
        const char *text = string_of(bytes, 3);
        json_error_t error;
        json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
        assert_non_null(value);
        if (c < 128) {
            assert_int_equal(json_string_length(value), 3);
            assert_memory_equal(json_string_value(value), bytes, 3);
        } else {
            assert_string_equal(json_string_value(value), "a\xef\xbf\xbdz");
        }
        json_decref(value);
    }
}

static void control_characters_are_escaped(void **state)
{
    (void)state;
    assert_string_equal(string_of("\0\b\f\n\r\t\x1b\x7f\"\\", 10),
                        "\"\\u0000\\b\\f\\n\\r\\t\\u001b\\u007f\\\"\\\\\"");
}

/* Every code point in a string of the writer's and in one that is embedded: the text is safe to print,
 * and a parser gets the value. */
static void no_hidden_character_comes_out_raw(void **state)
{
    (void)state;
    for (uint32_t c = 1; c < 0x110000; c = c == 0xd7ff ? 0xe000 : c + 1) {
        char text[16] = "\"x";
        size_t len = 2 + put_utf8(text + 2, c);
        struct oat_json json = {0};
        oat_json_array_begin(&json);
        oat_json_string(&json, text + 1, len - 1);
        bool is_valid_inside = c >= 0x20 && c != '"' && c != '\\';
        if (is_valid_inside) {
            memcpy(text + len, "\"", 2);
            oat_json_embed(&json, text, len + 1);
        }
        oat_json_array_end(&json);
        assert_int_equal(oat_utf8_visible_prefix(json.bytes, json.len), json.len);
        json_t *array = json_loadb(json.bytes, json.len, 0, NULL);
        assert_int_equal(json_array_size(array), is_valid_inside ? 2 : 1);
        for (size_t i = 0; i < json_array_size(array); i++) {
            assert_int_equal(json_string_length(json_array_get(array, i)), len - 1);
            assert_memory_equal(json_string_value(json_array_get(array, i)), text + 1, len - 1);
        }
        json_decref(array);
        oat_json_free(&json);
    }
}

static void hidden_characters_are_escaped_as_utf16(void **state)
{
    (void)state;
    assert_string_equal(string_of("a\xc2\x9b\xe2\x80\xae\xe2\x80\x8b\xf3\xa0\x81\x81z", 14),
                        "\"a\\u009b\\u202e\\u200b\\udb40\\udc41z\"");
}

static void invalid_utf8_becomes_the_replacement_character(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        unsigned replaced;
    } cases[] = {
        {"\x80", 1},             /* a continuation alone */
        {"\xc0\xaf", 2},         /* overlong */
        {"\xe0\x80\xaf", 3},     /* overlong */
        {"\xf0\x80\x80\xaf", 4}, /* overlong */
        {"\xed\xa0\x80", 3},     /* a surrogate */
        {"\xf4\x90\x80\x80", 4}, /* above U+10FFFF */
        {"\xf8\x88\x80\x80", 4}, /* five-byte form */
        {"\xe2\x82", 2},         /* cut short */
        {"\xff", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char expected[64] = "\"";
        for (unsigned n = 0; n < cases[i].replaced; n++)
            strcat(expected, "\xef\xbf\xbd");
        strcat(expected, "\"");
        assert_string_equal(string_of(cases[i].bytes, strlen(cases[i].bytes)), expected);
        assert_false(oat_utf8_is_valid(cases[i].bytes, strlen(cases[i].bytes)));
    }
}

static void valid_utf8_stays_as_it_is(void **state)
{
    (void)state;
    const char *text = "\xc3\xa9 \xe2\x82\xac \xf0\x9f\xa6\x9c \xe2\x80\x90 \xed\x9f\xbf \xf4\x8f\xbf\xbf";
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\"", text);
    assert_string_equal(string_of(text, strlen(text)), quoted);
    assert_true(oat_utf8_is_valid(text, strlen(text)));
}

static void a_byte_is_escaped_wherever_it_stands(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        char alone[16], expected[64], bytes[17];
        char c = (char)byte;
        const char *quoted = string_of(&c, 1);
        snprintf(alone, sizeof alone, "%.*s", (int)strlen(quoted) - 2, quoted + 1);
        for (size_t at = 0; at < sizeof bytes; at++) {
            memset(bytes, 'a', sizeof bytes);
            bytes[at] = c;
            snprintf(expected, sizeof expected, "\"%.*s%s%.*s\"", (int)at, "aaaaaaaaaaaaaaaaa", alone,
                     (int)(sizeof bytes - 1 - at), "aaaaaaaaaaaaaaaaa");
            assert_string_equal(string_of(bytes, sizeof bytes), expected);
        }
    }
}

static void doubles_read_back_the_same(void **state)
{
    (void)state;
    uint64_t bits = 0x9e3779b97f4a7c15u;
    for (int i = 0; i < 20000; i++) {
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        double back = strtod(double_of(value), NULL);
        assert_memory_equal(&back, &value, sizeof value);
    }
    assert_string_equal(double_of(0.1), "0.1");
    assert_string_equal(double_of(5), "5.0");
    assert_string_equal(double_of(-999999999999999), "-999999999999999.0");
    assert_string_equal(double_of(1e15), "1e+15");
    assert_string_equal(double_of(-0.0), "-0.0");
    assert_string_equal(double_of(1e300), "1e+300");
}

static void numbers_that_json_lacks_are_null(void **state)
{
    (void)state;
    assert_string_equal(double_of(NAN), "null");
    assert_string_equal(double_of(INFINITY), "null");
    assert_string_equal(double_of(-INFINITY), "null");
}

static void fixed_point_is_exact(void **state)
{
    (void)state;
    assert_string_equal(fixed_of(1699564800123456789, 9), "1699564800.123456789");
    assert_string_equal(fixed_of(1500000000, 9), "1.5");
    assert_string_equal(fixed_of(7300000, 9), "0.0073");
    assert_string_equal(fixed_of(0, 9), "0.0");
    assert_string_equal(fixed_of(-1, 9), "-0.000000001");
    assert_string_equal(fixed_of(3500000000, 6), "3500.0");
    assert_string_equal(fixed_of(INT64_MIN, 9), "-9223372036.854775808");
    assert_string_equal(fixed_of(INT64_MAX, 1), "922337203685477580.7");
}

static void large_integers_keep_every_digit(void **state)
{
    (void)state;
    struct oat_json json = {0};
    oat_json_array_begin(&json);
    oat_json_int(&json, INT64_MIN);
    oat_json_uint(&json, UINT64_MAX);
    oat_json_int_string(&json, INT64_MAX);
    oat_json_array_end(&json);
    assert_string_equal(text_of(&json),
                        "[-9223372036854775808,18446744073709551615,\"9223372036854775807\"]");
}

static void base64_pads(void **state)
{
    (void)state;
    struct oat_json json = {0};
    oat_json_array_begin(&json);
    for (size_t len = 0; len <= 4; len++)
        oat_json_base64(&json, (const uint8_t *)"\xff\xfe\x00\x01", len);
    oat_json_hex(&json, (const uint8_t *)"\xff\xfe\x00\x01", 4);
    oat_json_array_end(&json);
    assert_string_equal(text_of(&json), "[\"\",\"/w==\",\"//4=\",\"//4A\",\"//4AAQ==\",\"fffe0001\"]");
}

static void embedded_json_stays_on_one_line(void **state)
{
    (void)state;
    struct oat_json json = {0};
    const char *payload = "\r\n {\"a\":\r\n\t[1,\n2] , \"b\": \"x\\ny\"}\n";
    oat_json_array_begin(&json);
    oat_json_embed(&json, payload, strlen(payload));
    oat_json_int(&json, 7);
    oat_json_array_end(&json);
    assert_string_equal(text_of(&json), "[{\"a\":   [1, 2] , \"b\": \"x\\ny\"},7]");
}

static void text_grows_over_many_steps(void **state)
{
    (void)state;
    struct oat_json json = {0};
    char *line = malloc(100000);
    memset(line, 'x', 100000);
    oat_json_array_begin(&json);
    for (int i = 0; i < 20; i++)
        oat_json_string(&json, line, 100000);
    oat_json_array_end(&json);
    assert_false(json.failed);
    assert_int_equal(json.len, 1 + 20 * 100002 + 19 + 1);
    oat_json_clear(&json);
    oat_json_null(&json);
    assert_int_equal(json.len, 4);
    oat_json_free(&json);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_stand_between_values_only),
        cmocka_unit_test(every_byte_value_in_a_string_is_valid_json),
        cmocka_unit_test(control_characters_are_escaped),
        cmocka_unit_test(no_hidden_character_comes_out_raw),
        cmocka_unit_test(hidden_characters_are_escaped_as_utf16),
        cmocka_unit_test(invalid_utf8_becomes_the_replacement_character),
        cmocka_unit_test(valid_utf8_stays_as_it_is),
        cmocka_unit_test(a_byte_is_escaped_wherever_it_stands),
        cmocka_unit_test(doubles_read_back_the_same),
        cmocka_unit_test(numbers_that_json_lacks_are_null),
        cmocka_unit_test(fixed_point_is_exact),
        cmocka_unit_test(large_integers_keep_every_digit),
        cmocka_unit_test(base64_pads),
        cmocka_unit_test(embedded_json_stays_on_one_line),
        cmocka_unit_test(text_grows_over_many_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
