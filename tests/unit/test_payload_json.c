/* Payload bytes and encoded attributes as JSON values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "export/payload_json.h"
#include "format/attrs.h"

static const char *text_of(struct oat_json *json)
{
    static char *text;
    size_t len;
    free(text);
    text = oat_json_take(json, &len);
    assert_non_null(text);
    return text;
}

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

static void json_of_a_payload_is_safe_to_print(void **state)
{
    (void)state;
    static const char text[] = "{\"k\xe2\x80\xae\":\n[1.50,\"a\xc2\x9b[2J\x7f\xc3\xa9\"]}";
    assert_string_equal(payload_of("application/json", text, sizeof text - 1),
                        "{\"k\\u202e\": [1.50,\"a\\u009b[2J\\u007f\xc3\xa9\"]}");
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
        {"s", OAT_NUL, {.type = OAT_VALUE_STRING, .len = OAT_NUL, .u.string = "x\""}},
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
        cmocka_unit_test(payload_is_json_or_text_or_base64),
        cmocka_unit_test(json_of_a_payload_is_safe_to_print),
        cmocka_unit_test(preview_is_cut_between_characters),
        cmocka_unit_test(attributes_keep_their_types),
        cmocka_unit_test(attributes_about_the_span_itself_are_fields),
        cmocka_unit_test(malformed_attributes_are_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
