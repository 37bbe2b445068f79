#include "format/limits.h"
#include "format/recipe.h"
#include "format/varint.h"
#include "oat/oat.h"
#include "tests/support/damage_guard.h"
#include "tests/support/golden_test.h"

#define OFFSET UINT64_C(100000)

static void varints_round_trip_at_every_width(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits <= 64; bits++) {
        uint64_t around = bits == 64 ? 0 : UINT64_C(1) << bits;
        for (uint64_t x = around - 1; x != around + 2; x++) {
            uint8_t bytes[OAT_VARINT_MAX];
            uint64_t found;
            size_t n = oat_varint_put(bytes, x);
            assert_int_equal(n, oat_varint_size(x));
            uint8_t *at = oat_damage_guard(bytes, n);
            assert_int_equal(oat_varint_get(at, n, &found), n);
            assert_true(found == x);
            for (size_t cut = 0; cut < n; cut++)
                assert_int_equal(oat_varint_get(at, cut, &found), 0);
            oat_damage_guard_free(at, n);
        }
    }
}

static void varints_too_long_or_too_great_are_refused(void **state)
{
    (void)state;
    const uint8_t longer_than_needed[][10] = {{0x80, 0}, {0xff, 0x80, 0}, {0x80, 0x80, 0x80, 0}};
    const uint8_t over_64_bits[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2};
    const uint8_t eleven[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1};
    uint64_t x;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(oat_varint_get(longer_than_needed[i], 10, &x), 0);
    assert_int_equal(oat_varint_get(over_64_bits, sizeof over_64_bits, &x), 0);
    assert_int_equal(oat_varint_get(eleven, sizeof eleven, &x), 0);
}

static void every_operation_round_trips(void **state)
{
    (void)state;
    uint8_t ops[200];
    size_t n = oat_recipe_put_base(ops, OFFSET, OAT_BLOBS_HEADER_SIZE, 123456);
    n += oat_recipe_put_literal(ops + n, "{\"a\":", 5);
    n += oat_recipe_put_chunk(ops + n, OAT_RECIPE_CHUNK, OFFSET, OFFSET - 8);
    n += oat_recipe_put_chunk(ops + n, OAT_RECIPE_COMMA_CHUNK, OFFSET, 256);
    n += oat_recipe_put_chunk(ops + n, OAT_RECIPE_COMMA_SPACE_CHUNK, OFFSET, 264);
    n += oat_recipe_put_chunk(ops + n, OAT_RECIPE_BASE64, OFFSET, 800);
    n += oat_recipe_put_literal(ops + n, "", 0);

    const struct oat_recipe_step expected[] = {
        {.op = OAT_RECIPE_BASE, .offset = 256, .len = 123456},
        {.op = OAT_RECIPE_LITERAL, .len = 5},
        {.op = OAT_RECIPE_CHUNK, .offset = OFFSET - 8},
        {.op = OAT_RECIPE_COMMA_CHUNK, .offset = 256},
        {.op = OAT_RECIPE_COMMA_SPACE_CHUNK, .offset = 264},
        {.op = OAT_RECIPE_BASE64, .offset = 800},
        {.op = OAT_RECIPE_LITERAL, .len = 0},
    };
    uint8_t *at = oat_damage_guard(ops, n);
    size_t pos = 0;
    for (size_t i = 0; i < 7; i++) {
        struct oat_recipe_step step;
        assert_int_equal(oat_recipe_next(at, n, &pos, OFFSET, &step), OAT_OK);
        assert_int_equal(step.op, expected[i].op);
        assert_true(step.offset == expected[i].offset && step.len == expected[i].len);
        if (i == 1)
            assert_memory_equal(step.literal, "{\"a\":", 5);
    }
    struct oat_recipe_step none;
    assert_int_equal(oat_recipe_next(at, n, &pos, OFFSET, &none), OAT_NOTFOUND);
    oat_damage_guard_free(at, n);
}

static void refused(const uint8_t *ops, size_t len, size_t from, uint64_t offset)
{
    struct oat_recipe_step step;
    uint8_t *at = oat_damage_guard(ops, len);
    size_t pos = from;
    assert_int_equal(oat_recipe_next(at, len, &pos, offset, &step), OAT_E_CORRUPT);
    assert_int_equal(pos, from);
    oat_damage_guard_free(at, len);
}

static void refuse_reference(enum oat_recipe_op op, uint64_t distance8, uint64_t offset)
{
    uint8_t ops[2 * OAT_VARINT_MAX];
    size_t n = oat_varint_put(ops, distance8 << 3 | op);
    n += oat_varint_put(ops + n, 1);
    refused(ops, n, 0, offset);
}

static void references_must_be_strictly_earlier_entries(void **state)
{
    (void)state;
    for (unsigned op = OAT_RECIPE_CHUNK; op <= OAT_RECIPE_BASE64; op++) {
        refuse_reference(op, 0, OFFSET);
        refuse_reference(op, OFFSET / 8, OFFSET);
        refuse_reference(op, OFFSET / 8 + 1, OFFSET);
        refuse_reference(op, (OFFSET - OAT_BLOBS_HEADER_SIZE) / 8 + 1, OFFSET);
        refuse_reference(op, UINT64_MAX >> 3, OFFSET);
    }
}

static void unknown_operations_are_refused(void **state)
{
    (void)state;
    refuse_reference(6, 1, OFFSET);
    refuse_reference(7, 1, OFFSET);
}

static void a_base_that_is_not_first_is_refused(void **state)
{
    (void)state;
    uint8_t ops[64];
    size_t first = oat_recipe_put_literal(ops, "x", 1);
    size_t n = first + oat_recipe_put_base(ops + first, OFFSET, 256, 1);
    refused(ops, n, first, OFFSET);
}

static void cut_operations_are_refused(void **state)
{
    (void)state;
    uint8_t ops[64];
    size_t n = oat_recipe_put_literal(ops, "literal", 7);
    for (size_t cut = 1; cut < n; cut++)
        refused(ops, cut, 0, OFFSET);
    n = oat_recipe_put_base(ops, OFFSET, 256, 1u << 20);
    for (size_t cut = 1; cut < n; cut++)
        refused(ops, cut, 0, OFFSET);
    n = oat_varint_put(ops, UINT64_MAX << 3 | OAT_RECIPE_LITERAL);
    refused(ops, n, 0, OFFSET);
}

static void leads_are_the_fixed_texts(void **state)
{
    (void)state;
    assert_string_equal(oat_recipe_lead(OAT_RECIPE_CHUNK), "");
    assert_string_equal(oat_recipe_lead(OAT_RECIPE_COMMA_CHUNK), ",");
    assert_string_equal(oat_recipe_lead(OAT_RECIPE_COMMA_SPACE_CHUNK), ", ");
    assert_string_equal(oat_recipe_lead(OAT_RECIPE_BASE64), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(varints_round_trip_at_every_width),
        cmocka_unit_test(varints_too_long_or_too_great_are_refused),
        cmocka_unit_test(every_operation_round_trips),
        cmocka_unit_test(references_must_be_strictly_earlier_entries),
        cmocka_unit_test(unknown_operations_are_refused),
        cmocka_unit_test(a_base_that_is_not_first_is_refused),
        cmocka_unit_test(cut_operations_are_refused),
        cmocka_unit_test(leads_are_the_fixed_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
