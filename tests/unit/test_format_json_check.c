/* The JSON validator: what it takes, any strict parser takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "format/json_check.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_json_is_accepted),
        cmocka_unit_test(invalid_json_is_refused),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(validator_is_as_strict_as_a_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
