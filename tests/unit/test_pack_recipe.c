/* Recipes of a pack. */
#include "format/pack_recipe.h"

#include "oat/oat.h"
#include "tests/support/unit.h"

#define NONCE   UINT64_C(77)
#define PLACE   5u
#define PAYLOAD 10u

/* A recipe at its place, with the bytes before it. */
struct made {
    uint8_t bytes[256];
    size_t len;
};

static struct made make(const uint8_t *ops, size_t len)
{
    struct made made = {.len = PLACE};
    made.len += oat_pack_recipe_put_head(made.bytes + PLACE, ops, len, NONCE, PLACE);
    memcpy(made.bytes + made.len, ops, len);
    made.len += len;
    return made;
}

static int open_made(const struct made *made, struct oat_pack_recipe *ret)
{
    return oat_pack_recipe_open(made->bytes, made->len, PLACE, NONCE, PAYLOAD, ret);
}

static void operations_come_back_as_they_were(void **state)
{
    (void)state;
    static const uint32_t chunks[] = {5, 6, 7, 3, 1u << 30, 0};
    static const enum oat_recipe_op kinds[] = {
        OAT_RECIPE_CHUNK,  OAT_RECIPE_COMMA_CHUNK, OAT_RECIPE_COMMA_SPACE_CHUNK,
        OAT_RECIPE_BASE64, OAT_RECIPE_CHUNK,       OAT_RECIPE_CHUNK};
    struct oat_pack_recipe_maker maker = {0};
    struct oat_pack_recipe recipe;
    struct oat_recipe_step step;
    uint8_t ops[128];
    size_t len = oat_pack_recipe_put_base(ops, PAYLOAD, 1000);
    len += oat_recipe_put_literal(ops + len, "abc", 3);
    for (size_t i = 0; i < 6; i++)
        len += oat_pack_recipe_put_chunk(&maker, ops + len, kinds[i], chunks[i]);
    struct made made = make(ops, len);

    assert_int_equal(open_made(&made, &recipe), OAT_OK);
    assert_int_equal(oat_pack_recipe_next(&recipe, &step), OAT_OK);
    assert_int_equal(step.op, OAT_RECIPE_BASE);
    assert_int_equal(step.offset, 0);
    assert_int_equal(step.len, 1000);
    assert_int_equal(oat_pack_recipe_next(&recipe, &step), OAT_OK);
    assert_int_equal(step.op, OAT_RECIPE_LITERAL);
    assert_memory_equal(step.literal, "abc", step.len);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(oat_pack_recipe_next(&recipe, &step), OAT_OK);
        assert_int_equal(step.op, kinds[i]);
        assert_int_equal(step.offset, chunks[i]);
    }
    assert_int_equal(oat_pack_recipe_next(&recipe, &step), OAT_NOTFOUND);
}

static void chunks_in_a_row_take_a_byte_each(void **state)
{
    (void)state;
    struct oat_pack_recipe_maker maker = {0};
    uint8_t op[OAT_RECIPE_OP_MAX];
    oat_pack_recipe_put_chunk(&maker, op, OAT_RECIPE_CHUNK, 1000000);
    for (uint32_t chunk = 1000001; chunk < 1000010; chunk++)
        assert_int_equal(oat_pack_recipe_put_chunk(&maker, op, OAT_RECIPE_COMMA_CHUNK, chunk), 1);
}

static void any_flip_is_seen(void **state)
{
    (void)state;
    struct oat_pack_recipe recipe;
    uint8_t ops[32];
    size_t len = oat_recipe_put_literal(ops, "some literal text", 17);
    struct made made = make(ops, len);
    assert_int_equal(open_made(&made, &recipe), OAT_OK);
    for (size_t bit = PLACE * 8; bit < made.len * 8; bit++) {
        made.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(open_made(&made, &recipe), OAT_E_CORRUPT);
        made.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void a_recipe_of_another_place_or_past_the_end_is_refused(void **state)
{
    (void)state;
    struct oat_pack_recipe recipe;
    const uint8_t op = OAT_RECIPE_CHUNK;
    struct made made = make(&op, 1);
    for (uint64_t len = 0; len < made.len; len++)
        assert_int_equal(oat_pack_recipe_open(made.bytes, len, PLACE, NONCE, PAYLOAD, &recipe),
                         OAT_E_CORRUPT);
    assert_int_equal(oat_pack_recipe_open(made.bytes + 1, made.len - 1, PLACE - 1, NONCE, PAYLOAD, &recipe),
                     OAT_E_CORRUPT);
    assert_int_equal(oat_pack_recipe_open(made.bytes, made.len, PLACE, NONCE + 1, PAYLOAD, &recipe),
                     OAT_E_CORRUPT);
    assert_int_equal(oat_pack_recipe_open(made.bytes, made.len, UINT64_MAX, NONCE, PAYLOAD, &recipe),
                     OAT_E_CORRUPT);
}

/* The last of the operations is refused. */
static void assert_refused(const uint8_t *ops, size_t len)
{
    struct oat_pack_recipe recipe;
    struct oat_recipe_step step;
    int result;
    struct made made = make(ops, len);
    assert_int_equal(open_made(&made, &recipe), OAT_OK);
    while ((result = oat_pack_recipe_next(&recipe, &step)) == OAT_OK) {
    }
    assert_int_equal(result, OAT_E_CORRUPT);
}

static void hostile_operations_are_refused(void **state)
{
    (void)state;
    uint8_t ops[64];
    assert_refused((const uint8_t[]){6}, 1); /* reserved */
    assert_refused((const uint8_t[]){7}, 1);
    assert_refused((const uint8_t[]){0x80}, 1);        /* a varint cut short */
    assert_refused((const uint8_t[]){2 << 3, 'a'}, 2); /* a literal past the end */
    assert_refused((const uint8_t[]){OAT_RECIPE_BASE}, 1);
    assert_refused((const uint8_t[]){OAT_RECIPE_BASE, 0}, 2);                      /* itself */
    assert_refused((const uint8_t[]){(PAYLOAD + 1) << 3 | OAT_RECIPE_BASE, 0}, 2); /* before the first */
    assert_refused((const uint8_t[]){0, 1 << 3 | OAT_RECIPE_BASE, 0}, 3);          /* not first */
    assert_refused((const uint8_t[]){1 << 3 | OAT_RECIPE_CHUNK}, 1);               /* chunk -1 */
    /* A chunk beyond 32 bits, from a place within. */
    struct oat_pack_recipe_maker maker = {0};
    size_t len = oat_pack_recipe_put_chunk(&maker, ops, OAT_RECIPE_CHUNK, UINT32_MAX - 1);
    ops[len++] = OAT_RECIPE_CHUNK;
    assert_refused(ops, len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_come_back_as_they_were),
        cmocka_unit_test(chunks_in_a_row_take_a_byte_each),
        cmocka_unit_test(any_flip_is_seen),
        cmocka_unit_test(a_recipe_of_another_place_or_past_the_end_is_refused),
        cmocka_unit_test(hostile_operations_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
