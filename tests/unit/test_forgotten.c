/* What is forgotten reads as a marker of the same length. */
#include "format/forgotten.h"

#include "format/attrs.h"
#include "oat/oat.h"
#include "tests/support/unit.h"

#include <string.h>

#define SEED     UINT64_C(0x5eed)
#define TEXT_MAX 100u

static const uint8_t redaction_id[16] = {0xab, 0xcd, 0xef, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0xff};

static struct oat_forgotten *forget(const char *text)
{
    struct oat_forgotten_content content = {.id = oat_content_id_of(text, strlen(text), SEED),
                                            .raw_len = strlen(text)};
    memcpy(content.redaction_id, redaction_id, sizeof redaction_id);
    struct oat_forgotten *set = oat_forgotten_new(&content, 1, SEED);
    assert_non_null(set);
    return set;
}

static void assert_marker(const char *text, const char *expected)
{
    char shown[TEXT_MAX];
    struct oat_forgotten *set = forget(text);
    assert_int_equal(strlen(text), strlen(expected));
    memcpy(shown, text, strlen(text) + 1);
    assert_true(oat_forgotten_mask(set, (uint8_t *)shown, strlen(shown)));
    assert_string_equal(shown, expected);
    oat_forgotten_free(set);
}

static void a_marker_is_as_long_as_what_it_stands_for(void **state)
{
    (void)state;
    assert_marker("a text that is longer than the marker that stands for it",
                  "[forgotten abcdef0102030405060708090a0b0cff]            ");
    assert_marker("medium text here", "[forgotten abcd]");
    assert_marker("thirteen char", "[forgotten a]");
    assert_marker("twelve chars", "############");
    assert_marker("abc", "###");
}

static void what_looks_like_json_becomes_a_json_string(void **state)
{
    (void)state;
    assert_marker("{\"role\":\"user\",\"content\":\"of a conversation\"}",
                  "\"[forgotten abcdef0102030405060708090a0b0cf]\"");
    assert_marker("[1]", "\"#\"");
    assert_marker("\"x\"", "\"#\"");
    assert_marker("{ begins only", "[forgotten a]");
}

static void other_bytes_stay(void **state)
{
    (void)state;
    char text[] = "keep me as I am";
    struct oat_forgotten *set = forget("keep me as I was");
    assert_false(oat_forgotten_mask(set, (uint8_t *)text, strlen(text)));
    assert_string_equal(text, "keep me as I am");
    assert_null(oat_forgotten_find(NULL, text, strlen(text)));
    oat_forgotten_free(set);
}

static void two_bytes_are_nobodys_secret(void **state)
{
    (void)state;
    struct oat_forgotten *set = forget("ab");
    assert_null(oat_forgotten_find(set, "ab", 2));
    oat_forgotten_free(set);
}

/* Two attributes: `where` is an array of the secret and a number, the secret is the key of a bool. */
static const uint8_t attributes[] = "\x02"
                                    "\x05where\x06\x02\x01\x06secret\x03\x2a"
                                    "\x06secret\x02\x01";

static void attributes_lose_keys_and_texts_alone(void **state)
{
    (void)state;
    uint8_t bytes[sizeof attributes];
    bool masked = false;
    struct oat_attr_cursor cursor;
    struct oat_forgotten *set = forget("secret");
    memcpy(bytes, attributes, sizeof bytes);
    assert_int_equal(oat_forgotten_mask_attributes(set, bytes, sizeof bytes - 1, &masked), OAT_OK);
    assert_true(masked);
    assert_memory_equal(bytes,
                        "\x02"
                        "\x05where\x06\x02\x01\x06######\x03\x2a"
                        "\x06######\x02\x01",
                        sizeof bytes);
    assert_int_equal(oat_attrs_open(bytes, sizeof bytes - 1, &cursor), OAT_OK);
    oat_forgotten_free(set);
}

static void malformed_attributes_are_refused(void **state)
{
    (void)state;
    uint8_t bytes[sizeof attributes];
    bool masked = false;
    struct oat_forgotten *set = forget("secret");
    memcpy(bytes, attributes, sizeof bytes);
    for (size_t len = 0; len < sizeof bytes - 1; len++)
        assert_int_equal(oat_forgotten_mask_attributes(set, bytes, len, &masked), OAT_E_CORRUPT);
    assert_memory_equal(bytes, attributes, sizeof bytes);
    assert_false(masked);
    oat_forgotten_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_marker_is_as_long_as_what_it_stands_for),
        cmocka_unit_test(what_looks_like_json_becomes_a_json_string),
        cmocka_unit_test(other_bytes_stay),
        cmocka_unit_test(two_bytes_are_nobodys_secret),
        cmocka_unit_test(attributes_lose_keys_and_texts_alone),
        cmocka_unit_test(malformed_attributes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
