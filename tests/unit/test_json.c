/* The JSON writer and the validator, checked against jansson. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "export/json.h"
#include "export/json_check.h"
#include "export/payload_json.h"
#include "format/attrs.h"
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

/* ---- Writer --------------------------------------------------------------------------------------- */

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
    const char *text = "\xc3\xa9 \xe2\x82\xac \xf0\x9f\xa6\x9c \xe2\x80\xa8 \xed\x9f\xbf \xf4\x8f\xbf\xbf";
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\"", text);
    assert_string_equal(string_of(text, strlen(text)), quoted);
    assert_true(oat_utf8_is_valid(text, strlen(text)));
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
    const char *payload = "\r\n {\"a\":\r\n [1,\n2] , \"b\": \"x\\ny\"}\n";
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

/* ---- Validator ------------------------------------------------------------------------------------ */

static void valid_json_is_accepted(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        "[]",
        " [ ] ",
        "0",
        "-0",
        "-0.5e-10",
        "1E+5",
        "12345678901234567890123",
        "\"\"",
        "\"\\u00e9\\ud83e\\udd9c\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "null",
        " true ",
        "{\"a\":{\"b\":[1,2,{\"c\":[]}]},\"d\":\"\"}",
        "[{},[],\"\",1]",
        "{\"a\" : 1 , \"a\":\n2}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_true(oat_json_is_valid(texts[i], strlen(texts[i])));
}

static void invalid_json_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:2}",
        "[1 2]",
        "[}",
        "{]",
        "[1}",
        "{\"a\":1]",
        "01",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "-",
        "0x10",
        "NaN",
        "Infinity",
        "nul",
        "truefalse",
        "1 2",
        "{} {}",
        "'a'",
        "\"",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\t\"",
        "\"\n\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\x80\"",
        "\"\xed\xa0\x80\"",
        "[1]x",
        "// c\n1",
        "\xef\xbb\xbf[]",
        "[\x0b]",
        "\"\\",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "tru",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (oat_json_is_valid(texts[i], strlen(texts[i])))
            fail_msg("accepted: %s", texts[i]);
    assert_false(oat_json_is_valid("\"a\0b\"", 5));
    assert_false(oat_json_is_valid("1\0", 2));
    assert_false(oat_json_is_valid("\"\\\0\"", 4));
}

static bool nested_is_valid(size_t depth, const char *open, const char *close)
{
    size_t open_len = strlen(open), close_len = strlen(close);
    size_t len = depth * (open_len + close_len) + 1;
    char *text = malloc(len);
    for (size_t i = 0; i < depth; i++)
        memcpy(text + i * open_len, open, open_len);
    text[depth * open_len] = '1';
    for (size_t i = 0; i < depth; i++)
        memcpy(text + depth * open_len + 1 + i * close_len, close, close_len);
    bool valid = oat_json_is_valid(text, len);
    free(text);
    return valid;
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    assert_true(nested_is_valid(OAT_JSON_DEPTH_MAX, "[", "]"));
    assert_false(nested_is_valid(OAT_JSON_DEPTH_MAX + 1, "[", "]"));
    assert_true(nested_is_valid(OAT_JSON_DEPTH_MAX / 2, "{\"a\":[", "]}"));
    assert_false(nested_is_valid(OAT_JSON_DEPTH_MAX / 2, "{\"a\":[", "}]"));
    assert_false(nested_is_valid(1000000, "[", "]"));
    assert_false(nested_is_valid(1000000, "[", ""));
    assert_false(nested_is_valid(1000000, "{\"a\":", "}"));
}

/* What the validator takes, jansson takes: random edits of a document that has everything in it. */
static void validator_is_as_strict_as_a_parser(void **state)
{
    (void)state;
    static const char base[] = "{\"a\":[1,-2.5e3,\"x\\n\\u00e9\",true,null,{}],\"b\":{\"c\":\"\xc3\xa9\"}}";
    static const char alphabet[] = "{}[],:\"\\ue0-.1 tn\x80\xc3\n";
    uint32_t seed = 7;
    unsigned accepted = 0;
    for (int round = 0; round < 50000; round++) {
        char text[sizeof base];
        memcpy(text, base, sizeof base);
        for (int edits = 0; edits < 2; edits++) {
            seed = seed * 1664525 + 1013904223;
            size_t at = (seed >> 8) % (sizeof base - 1);
            text[at] = alphabet[(seed >> 20) % (sizeof alphabet - 1)];
        }
        size_t len = sizeof base - 1;
        json_t *value =
            json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
        bool valid = oat_json_is_valid(text, len);
        /* jansson refuses numbers that no double holds: that is not grammar. */
        if (valid != (value != NULL) && !strstr(text, "e311") && !strstr(text, "e13"))
            fail_msg("%s: %d", text, valid);
        accepted += valid;
        json_decref(value);
    }
    assert_true(accepted > 1000);
}

/* ---- Payloads ------------------------------------------------------------------------------------- */

static const char *payload_of(const char *media_type, const char *bytes, size_t len)
{
    struct oat_json json = {0};
    oat_json_payload_bytes(&json, media_type, (const uint8_t *)bytes, len);
    return text_of(&json);
}

static void payload_is_json_or_text_or_base64(void **state)
{
    (void)state;
    assert_string_equal(payload_of("application/json", "{\"a\":1}\n", 8), "{\"a\":1}");
    assert_string_equal(payload_of("application/json; charset=utf-8", "[1]", 3), "[1]");
    assert_string_equal(payload_of("application/problem+json", "[1]", 3), "[1]");
    assert_string_equal(payload_of("application/json", "{\"a\":", 5), "\"{\\\"a\\\":\"");
    assert_string_equal(payload_of("text/plain", "42", 2), "\"42\"");
    assert_string_equal(payload_of(NULL, "x", 1), "\"x\"");
    assert_string_equal(payload_of("application/json", "", 0), "\"\"");
    assert_string_equal(payload_of("image/png", "\x89PNG", 4),
                        "{\"media_type\":\"image/png\",\"base64\":\"iVBORw==\"}");
}

static void preview_is_cut_between_characters(void **state)
{
    (void)state;
    char text[1000];
    for (size_t i = 0; i < 250; i++)
        memcpy(text + 4 * i, "\xf0\x9f\xa6\x9c", 4);
    assert_int_equal(oat_preview_len(text, 1000), 800);
    assert_int_equal(oat_preview_len(text, 4), 4);
    for (size_t i = 0; i < 500; i++)
        memcpy(text + 2 * i, "\xc3\xa9", 2);
    text[0] = 'a'; /* now characters start at 0, then a stray byte, then even positions */
    assert_int_equal(oat_preview_len(text, 1000), 2 + 2 * 198);
    memset(text, 'x', sizeof text);
    assert_int_equal(oat_preview_len(text, 1000), 200);
    assert_int_equal(oat_preview_len(text, 0), 0);
}

/* ---- Attributes ----------------------------------------------------------------------------------- */

#define TEXT_VALUE(s)                                                                                        \
    {                                                                                                        \
        .type = OAT_VALUE_STRING, .len = sizeof(s) - 1, .u.string = (s)                                      \
    }

/* Encodes attributes: they have the encoding of a map without its type byte. */
static uint8_t *encode(const oat_attr *attrs, size_t count, size_t *ret_len)
{
    oat_value map = {.type = OAT_VALUE_MAP, .len = count, .u.map = attrs};
    size_t size = oat_value_encoded_size(&map);
    uint8_t *bytes = malloc(size);
    assert_int_equal(oat_value_encode(bytes, &map), size);
    memmove(bytes, bytes + 1, size - 1);
    *ret_len = size - 1;
    return bytes;
}

static void attributes_keep_their_types(void **state)
{
    (void)state;
    const oat_value items[] = {TEXT_VALUE("a"), {.type = OAT_VALUE_NULL}};
    const oat_attr inner[] = {{"k\n", 2, {.type = OAT_VALUE_BOOL, .u.boolean = true}}};
    const oat_attr attrs[] = {
        {"s", 1, TEXT_VALUE("x\"")},
        {"i", 1, {.type = OAT_VALUE_INT, .u.integer = INT64_C(9007199254740993)}},
        {"d", 1, {.type = OAT_VALUE_DOUBLE, .u.real = 2}},
        {"b", 1, {.type = OAT_VALUE_BYTES, .len = 2, .u.bytes = (const uint8_t *)"\xff\x00"}},
        {"a", 1, {.type = OAT_VALUE_ARRAY, .len = 2, .u.array = items}},
        {"m", 1, {.type = OAT_VALUE_MAP, .len = 1, .u.map = inner}},
    };
    size_t len;
    uint8_t *bytes = encode(attrs, 6, &len);
    struct oat_json json = {0};
    oat_json_attrs(&json, bytes, len);
    assert_string_equal(text_of(&json),
                        "{\"s\":\"x\\\"\",\"i\":9007199254740993,\"d\":2.0,\"b\":{\"base64\":\"/wA=\"},"
                        "\"a\":[\"a\",null],\"m\":{\"k\\n\":true}}");
    free(bytes);
}

static void attributes_about_the_span_itself_are_fields(void **state)
{
    (void)state;
    const oat_attr attrs[] = {
        {"oat.trace_id", 12, TEXT_VALUE("run-7")},
        {"oat.session_id", 14, TEXT_VALUE("long session")},
        {"oat.start_given", 15, TEXT_VALUE("never")},
        {"oat.span_id", 11, {.type = OAT_VALUE_INT, .u.integer = 3}},
    };
    size_t len;
    uint8_t *bytes = encode(attrs, 4, &len);
    struct oat_given given;
    assert_true(oat_attrs_given(bytes, len, &given));
    assert_int_equal(given.trace_id.len, 5);
    assert_memory_equal(given.trace_id.bytes, "run-7", 5);
    assert_memory_equal(given.text[OAT_TEXT_SESSION].bytes, "long session", 12);
    assert_null(given.span_id.bytes);

    struct oat_json json = {0};
    oat_json_attrs(&json, bytes, len);
    assert_string_equal(text_of(&json), "{\"oat.start_given\":\"never\",\"oat.span_id\":3}");
    free(bytes);
}

static void malformed_attributes_are_null(void **state)
{
    (void)state;
    struct oat_given given;
    assert_false(oat_attrs_given((const uint8_t *)"\x05\x01", 2, &given));
    struct oat_json json = {0};
    oat_json_attrs(&json, (const uint8_t *)"\x05\x01", 2);
    assert_string_equal(text_of(&json), "null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_stand_between_values_only),
        cmocka_unit_test(every_byte_value_in_a_string_is_valid_json),
        cmocka_unit_test(control_characters_are_escaped),
        cmocka_unit_test(invalid_utf8_becomes_the_replacement_character),
        cmocka_unit_test(valid_utf8_stays_as_it_is),
        cmocka_unit_test(doubles_read_back_the_same),
        cmocka_unit_test(numbers_that_json_lacks_are_null),
        cmocka_unit_test(fixed_point_is_exact),
        cmocka_unit_test(large_integers_keep_every_digit),
        cmocka_unit_test(base64_pads),
        cmocka_unit_test(embedded_json_stays_on_one_line),
        cmocka_unit_test(text_grows_over_many_steps),
        cmocka_unit_test(valid_json_is_accepted),
        cmocka_unit_test(invalid_json_is_refused),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(validator_is_as_strict_as_a_parser),
        cmocka_unit_test(payload_is_json_or_text_or_base64),
        cmocka_unit_test(preview_is_cut_between_characters),
        cmocka_unit_test(attributes_keep_their_types),
        cmocka_unit_test(attributes_about_the_span_itself_are_fields),
        cmocka_unit_test(malformed_attributes_are_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
