#include "format/attrs.h"
#include "format/dictionary.h"
#include "oat/oat.h"
#include "tests/support/damage_guard.h"
#include "tests/support/golden_test.h"

#include <stdlib.h>

static const struct oat_texts words = {
    .bytes = (const uint8_t *)"gpt-4oclaude\0x",
    .ends = (const oat_le32[]){{{6}}, {{6}}, {{14}}},
    .count = 3,
};

/* key 0 "user", key 1 "n"; attributes user="pro", n=5, user=[true] */
static const uint8_t value_bytes[] = {1, 3, 'p', 'r', 'o', 3, 10, 6, 1, 2, 1};
static const struct oat_texts keys = {
    .bytes = (const uint8_t *)"usern", .ends = (const oat_le32[]){{{4}}, {{5}}}, .count = 2};
static const struct oat_texts attributes = {
    .bytes = value_bytes, .ends = (const oat_le32[]){{{5}}, {{7}}, {{11}}}, .count = 3};
static const oat_le32 key_of[] = {{{0}}, {{1}}, {{0}}};

static uint8_t section[200];

static size_t encode_words(void)
{
    oat_text_dictionary_encode(&words, section);
    return oat_text_dictionary_size(&words);
}

static size_t encode_attributes(void)
{
    oat_attribute_dictionary_encode(&keys, key_of, &attributes, section);
    return oat_attribute_dictionary_size(&keys, &attributes);
}

static int open_texts(const uint8_t *bytes, size_t len, struct oat_text_dictionary *ret,
                      const char **ret_what)
{
    const struct oat_section_view view = oat_section_view_of(bytes, len);
    return oat_text_dictionary_open(&view, ret, ret_what);
}

static int open_attributes(const uint8_t *bytes, size_t len, struct oat_attribute_dictionary *ret,
                           const char **ret_what)
{
    const struct oat_section_view view = oat_section_view_of(bytes, len);
    return oat_attribute_dictionary_open(&view, ret, ret_what);
}

static void require_text(const struct oat_text_dictionary *d, uint64_t code, const char *text, size_t len)
{
    size_t found_len = SIZE_MAX;
    const uint8_t *found = oat_text_dictionary_get(d, code, &found_len);
    assert_non_null(found);
    assert_int_equal(found_len, len);
    assert_memory_equal(found, text, len);
}

static void texts_read_back_by_code(void **state)
{
    (void)state;
    struct oat_text_dictionary d;
    const char *what;
    size_t len = encode_words();
    assert_int_equal(open_texts(section, len, &d, &what), OAT_OK);
    assert_int_equal(d.count, 3);
    require_text(&d, 1, "gpt-4o", 6);
    require_text(&d, 2, "", 0);
    require_text(&d, 3, "claude\0x", 8);
}

static void no_code_and_codes_out_of_range_are_no_text(void **state)
{
    (void)state;
    struct oat_text_dictionary d;
    struct oat_attribute_dictionary a;
    const char *what;
    const uint8_t *key, *value;
    size_t len, value_len;
    const uint64_t wrong[] = {0, 4, UINT32_MAX, UINT64_C(1) << 32 | 1, UINT64_MAX};
    assert_int_equal(open_texts(section, encode_words(), &d, &what), OAT_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_null(oat_text_dictionary_get(&d, wrong[i], &len));
    assert_int_equal(open_attributes(section, encode_attributes(), &a, &what), OAT_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(oat_attribute_dictionary_get(&a, wrong[i], &key, &len, &value, &value_len));
}

static void empty_dictionaries_are_good(void **state)
{
    (void)state;
    const struct oat_texts none = {0};
    struct oat_text_dictionary d;
    struct oat_attribute_dictionary a;
    const char *what;
    assert_int_equal(oat_text_dictionary_size(&none), 4);
    oat_text_dictionary_encode(&none, section);
    assert_int_equal(open_texts(section, 4, &d, &what), OAT_OK);
    assert_int_equal(d.count, 0);
    assert_int_equal(oat_attribute_dictionary_size(&none, &none), 8);
    oat_attribute_dictionary_encode(&none, NULL, &none, section);
    assert_int_equal(open_attributes(section, 8, &a, &what), OAT_OK);
}

static void attributes_read_back_by_code(void **state)
{
    (void)state;
    struct oat_attribute_dictionary d;
    const char *what;
    const char *const expected_keys[] = {"user", "n", "user"};
    size_t begin = 0;
    assert_int_equal(open_attributes(section, encode_attributes(), &d, &what), OAT_OK);
    for (uint32_t code = 1; code <= 3; code++) {
        const uint8_t *key, *value;
        size_t key_len, value_len;
        struct oat_attr_value decoded;
        assert_true(oat_attribute_dictionary_get(&d, code, &key, &key_len, &value, &value_len));
        assert_int_equal(key_len, strlen(expected_keys[code - 1]));
        assert_memory_equal(key, expected_keys[code - 1], key_len);
        size_t end = oat_le32_get(attributes.ends[code - 1]);
        assert_int_equal(value_len, end - begin);
        assert_memory_equal(value, value_bytes + begin, value_len);
        assert_int_equal(oat_value_open(value, value_len, &decoded), OAT_OK);
        begin = end;
    }
}

/* What is wrong with a dictionary, or with one of its entries. */
static const char *text_problem(size_t len)
{
    struct oat_text_dictionary d;
    const char *what = "";
    uint8_t *guarded = oat_damage_guard(section, len);
    bool ok = open_texts(guarded, len, &d, &what) == OAT_OK;
    for (uint64_t code = 1; ok && code <= d.count && code < 100; code++) {
        size_t text_len;
        if (!oat_text_dictionary_get(&d, code, &text_len))
            what = "an entry";
    }
    oat_damage_guard_free(guarded, len);
    return what;
}

static const char *attribute_problem(size_t len)
{
    struct oat_attribute_dictionary d;
    const char *what = "";
    uint8_t *guarded = oat_damage_guard(section, len);
    bool ok = open_attributes(guarded, len, &d, &what) == OAT_OK;
    for (uint64_t code = 1; ok && code <= d.values.count && code < 100; code++) {
        const uint8_t *key, *value;
        size_t key_len, value_len;
        if (!oat_attribute_dictionary_get(&d, code, &key, &key_len, &value, &value_len))
            what = "an entry";
    }
    oat_damage_guard_free(guarded, len);
    return what;
}

static void put_number(size_t index, uint32_t number)
{
    oat_le32 x = oat_le32_of(number);
    memcpy(section + 4 * index, &x, sizeof x);
}

static void dictionaries_of_another_length_are_refused(void **state)
{
    (void)state;
    size_t len = encode_words();
    for (size_t cut = 0; cut < len; cut++)
        assert_string_not_equal(text_problem(cut), "");
    assert_string_equal(text_problem(len + 1), "dictionary ends");
    len = encode_attributes();
    for (size_t cut = 0; cut < len; cut++)
        assert_string_not_equal(attribute_problem(cut), "");
    assert_string_equal(attribute_problem(len + 1), "dictionary ends");
}

static void ends_that_go_back_or_outside_are_refused(void **state)
{
    (void)state;
    size_t len = encode_words();
    put_number(1, 7);
    assert_string_equal(text_problem(len), "an entry");
    put_number(1, UINT32_MAX);
    assert_string_equal(text_problem(len), "an entry");
    encode_words();
    put_number(3, 15);
    assert_string_equal(text_problem(len), "dictionary ends");
    put_number(0, UINT32_MAX);
    assert_string_equal(text_problem(len), "dictionary count");
    len = encode_attributes();
    put_number(0, UINT32_MAX);
    assert_string_equal(attribute_problem(len), "dictionary count");
    encode_attributes();
    put_number(1, UINT32_MAX);
    assert_string_equal(attribute_problem(len), "dictionary count");
}

static void attributes_of_unknown_keys_and_malformed_values_are_refused(void **state)
{
    (void)state;
    size_t len = encode_attributes();
    put_number(4, 2);
    assert_string_equal(attribute_problem(len), "an entry");
    encode_attributes();
    section[len - 4] = 8; /* no type */
    assert_string_equal(attribute_problem(len), "an entry");
    encode_attributes();
    section[len - 3] = 2; /* one value more than there is */
    assert_string_equal(attribute_problem(len), "an entry");
    encode_attributes();
    put_number(7, 4); /* "pro" cut short */
    assert_string_equal(attribute_problem(len), "an entry");
}

static void a_value_nested_too_deep_is_over_the_limit(void **state)
{
    (void)state;
    uint8_t bytes[2 * 65];
    struct oat_attr_value value;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i % 2 == 0 ? OAT_VALUE_ARRAY : 1;
    bytes[2 * 64 - 1] = 0; /* the 64th holds nothing */
    assert_int_equal(oat_value_open(bytes, 2 * 64, &value), OAT_OK);
    bytes[2 * 64 - 1] = 1;
    bytes[2 * 65 - 1] = 0;
    assert_int_equal(oat_value_open(bytes, 2 * 65, &value), OAT_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_read_back_by_code),
        cmocka_unit_test(no_code_and_codes_out_of_range_are_no_text),
        cmocka_unit_test(empty_dictionaries_are_good),
        cmocka_unit_test(attributes_read_back_by_code),
        cmocka_unit_test(dictionaries_of_another_length_are_refused),
        cmocka_unit_test(ends_that_go_back_or_outside_are_refused),
        cmocka_unit_test(attributes_of_unknown_keys_and_malformed_values_are_refused),
        cmocka_unit_test(a_value_nested_too_deep_is_over_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
