#include "format/attrs.h"
#include "format/endian.h"
#include "format/limits.h"
#include "format/varint.h"
#include "tests/support/damage_guard.h"
#include "tests/support/golden_test.h"

#include <math.h>
#include <stdlib.h>

/* One attribute "k" with the value, encoded; the caller's to free. */
static uint8_t *encode_one(const oat_value *value, size_t *ret_len)
{
    size_t size = oat_value_encoded_size(value);
    uint8_t *bytes = malloc(3 + size);
    assert_non_null(bytes);
    assert_true(size > 0);
    memcpy(bytes, "\x01\x01k", 3);
    assert_int_equal(oat_value_encode(bytes + 3, value), size);
    *ret_len = 3 + size;
    return bytes;
}

/* The encoded value as oat_attrs_next gives it; scalars only. */
static struct oat_attr_value round_trip(const oat_value *value)
{
    size_t len, key_len;
    const uint8_t *key;
    struct oat_attr_cursor cursor;
    struct oat_attr_value found;
    uint8_t *bytes = encode_one(value, &len);
    uint8_t *at = oat_damage_guard(bytes, len);
    assert_int_equal(oat_attrs_open(at, len, &cursor), OAT_OK);
    assert_true(oat_attrs_next(&cursor, &key, &key_len, &found));
    assert_int_equal(key_len, 1);
    assert_int_equal(found.type, value->type);
    struct oat_attr_value none;
    assert_false(oat_attrs_next(&cursor, &key, &key_len, &none));
    oat_damage_guard_free(at, len);
    free(bytes);
    return found;
}

static void integers_round_trip_at_their_limits(void **state)
{
    (void)state;
    const int64_t numbers[] = {0, 1, -1, 63, 64, -64, -65, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        oat_value v = {.type = OAT_VALUE_INT, .u.integer = numbers[i]};
        assert_true(round_trip(&v).integer == numbers[i]);
    }
}

static void every_double_keeps_its_bits(void **state)
{
    (void)state;
    const uint64_t payload_nan = UINT64_C(0x7ff8000000abcdef);
    double odd_nan;
    memcpy(&odd_nan, &payload_nan, sizeof odd_nan);
    const double numbers[] = {0.0, -0.0, 1.5, -1e308, 5e-324, (double)INFINITY, -(double)INFINITY, odd_nan};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        oat_value v = {.type = OAT_VALUE_DOUBLE, .u.real = numbers[i]};
        double found = round_trip(&v).real;
        assert_memory_equal(&found, &numbers[i], sizeof found);
    }
}

static void booleans_and_null_round_trip(void **state)
{
    (void)state;
    oat_value v = {.type = OAT_VALUE_BOOL, .u.boolean = true};
    assert_true(round_trip(&v).boolean);
    v.u.boolean = false;
    assert_false(round_trip(&v).boolean);
    v = (oat_value){.type = OAT_VALUE_NULL};
    round_trip(&v);
}

static void containers_and_texts_round_trip(void **state)
{
    (void)state;
    const oat_value items[] = {{.type = OAT_VALUE_STRING, .len = 3, .u.string = "a\0b"},
                               {.type = OAT_VALUE_ARRAY},
                               {.type = OAT_VALUE_BYTES, .len = 2, .u.bytes = (const uint8_t *)"\xff\xfe"}};
    const oat_attr members[] = {
        {.key = "list", .key_len = 4, .value = {OAT_VALUE_ARRAY, 3, {.array = items}}},
        {.key = "", .key_len = 0, .value = {OAT_VALUE_INT, 0, {.integer = -7}}}};
    const oat_value map = {OAT_VALUE_MAP, 2, {.map = members}};
    size_t len, key_len;
    const uint8_t *key;
    struct oat_attr_cursor top;
    struct oat_attr_value v, item;
    uint8_t *bytes = encode_one(&map, &len);

    assert_int_equal(oat_attrs_open(bytes, len, &top), OAT_OK);
    assert_true(oat_attrs_next(&top, &key, &key_len, &v));
    struct oat_attr_cursor in_map = v.children;
    assert_true(oat_attrs_next(&in_map, &key, &key_len, &v));
    assert_int_equal(key_len, 4);
    assert_memory_equal(key, "list", 4);
    struct oat_attr_cursor in_list = v.children;
    assert_true(oat_values_next(&in_list, &item));
    assert_int_equal(item.len, 3);
    assert_memory_equal(item.bytes, "a\0b", 3);
    assert_true(oat_values_next(&in_list, &item));
    assert_int_equal(item.type, OAT_VALUE_ARRAY);
    assert_false(oat_values_next(&item.children, &v));
    assert_true(oat_values_next(&in_list, &item));
    assert_int_equal(item.type, OAT_VALUE_BYTES);
    assert_false(oat_values_next(&in_list, &item));
    assert_true(oat_attrs_next(&in_map, &key, &key_len, &v));
    assert_int_equal(key_len, 0);
    assert_int_equal(v.integer, -7);
    assert_false(oat_attrs_next(&in_map, &key, &key_len, &v));
    assert_false(oat_attrs_next(&top, &key, &key_len, &v));
    free(bytes);
}

static void every_cut_of_an_encoding_is_corrupt(void **state)
{
    (void)state;
    const oat_value items[] = {{OAT_VALUE_STRING, 5, {.string = "hello"}},
                               {OAT_VALUE_DOUBLE, 0, {.real = 2.5}},
                               {OAT_VALUE_BOOL, 0, {.boolean = true}},
                               {OAT_VALUE_INT, 0, {.integer = 1000000}}};
    const oat_value list = {OAT_VALUE_ARRAY, 4, {.array = items}};
    struct oat_attr_cursor cursor;
    size_t len;
    uint8_t *bytes = encode_one(&list, &len);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *at = oat_damage_guard(bytes, cut);
        assert_int_equal(oat_attrs_open(at, cut, &cursor), OAT_E_CORRUPT);
        oat_damage_guard_free(at, cut);
    }
    free(bytes);
}

static void open_gives(const char *bytes, size_t len, int result)
{
    struct oat_attr_cursor cursor;
    uint8_t *at = oat_damage_guard(bytes, len);
    assert_int_equal(oat_attrs_open(at, len, &cursor), result);
    oat_damage_guard_free(at, len);
}

static void malformed_encodings_are_corrupt(void **state)
{
    (void)state;
    open_gives("\x00", 1, OAT_OK);
    open_gives("\x00\x00", 2, OAT_E_CORRUPT);         /* bytes behind the end */
    open_gives("\x80\x00", 2, OAT_E_CORRUPT);         /* not the shortest form */
    open_gives("\x01\x00\x08", 3, OAT_E_CORRUPT);     /* an unknown type */
    open_gives("\x01\x00\x02\x02", 4, OAT_E_CORRUPT); /* a boolean of 2 */
    open_gives("\x01\x00\x01\x05"
               "abc",
               7, OAT_E_CORRUPT);                             /* a text past the end */
    open_gives("\xff\xff\xff\xff\x0f\x00", 6, OAT_E_CORRUPT); /* more entries than bytes */
    open_gives("\x01\x00\x06\xff\xff\xff\x0f\x00", 8, OAT_E_CORRUPT);
    open_gives("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, OAT_E_CORRUPT); /* a length of 2^64-1 */
}

/* `depth` arrays, one in the other, the innermost empty. */
static oat_value nested(oat_value *room, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        room[i] = (oat_value){OAT_VALUE_ARRAY, i + 1 < depth, {.array = &room[i + 1]}};
    return room[0];
}

static void nesting_ends_at_the_same_depth_for_both_sides(void **state)
{
    (void)state;
    oat_value room[OAT_VALUE_DEPTH_MAX + 1];
    oat_value deep = nested(room, OAT_VALUE_DEPTH_MAX);
    struct oat_attr_cursor cursor;
    size_t len;
    uint8_t *bytes = encode_one(&deep, &len);
    assert_int_equal(oat_attrs_open(bytes, len, &cursor), OAT_OK);
    free(bytes);

    deep = nested(room, OAT_VALUE_DEPTH_MAX + 1);
    assert_int_equal(oat_value_encoded_size(&deep), 0);
    uint8_t by_hand[3 + 2 * (OAT_VALUE_DEPTH_MAX + 1)] = {1, 1, 'k'};
    for (size_t i = 0; i <= OAT_VALUE_DEPTH_MAX; i++) {
        by_hand[3 + 2 * i] = OAT_VALUE_ARRAY;
        by_hand[4 + 2 * i] = i < OAT_VALUE_DEPTH_MAX;
    }
    open_gives((const char *)by_hand, sizeof by_hand, OAT_E_LIMIT);
}

static void a_deep_hostile_encoding_ends_quickly(void **state)
{
    (void)state;
    size_t len = 1u << 20;
    char *bytes = malloc(len);
    assert_non_null(bytes);
    memcpy(bytes, "\x01\x00", 2);
    for (size_t i = 2; i + 1 < len; i += 2)
        memcpy(bytes + i, "\x06\x01", 2);
    open_gives(bytes, len, OAT_E_LIMIT);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_round_trip_at_their_limits),
        cmocka_unit_test(every_double_keeps_its_bits),
        cmocka_unit_test(booleans_and_null_round_trip),
        cmocka_unit_test(containers_and_texts_round_trip),
        cmocka_unit_test(every_cut_of_an_encoding_is_corrupt),
        cmocka_unit_test(malformed_encodings_are_corrupt),
        cmocka_unit_test(nesting_ends_at_the_same_depth_for_both_sides),
        cmocka_unit_test(a_deep_hostile_encoding_ends_quickly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
