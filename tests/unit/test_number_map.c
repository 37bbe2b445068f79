/* Numbers by key, in bounded memory. */
#include "compactor/number_map.h"

#include "tests/support/unit.h"

static oat_content_id key_of(uint32_t n)
{
    return oat_content_id_of(&n, sizeof n, 7);
}

static void put(struct oat_number_map *map, uint32_t n)
{
    oat_content_id key = key_of(n);
    oat_number_map_put(map, &key, (struct oat_number){.number = n, .len = n + 1, .depth = 2});
}

static bool has(struct oat_number_map *map, uint32_t n)
{
    struct oat_number number;
    oat_content_id key = key_of(n);
    if (!oat_number_map_get(map, &key, &number))
        return false;
    assert_int_equal(number.number, n);
    assert_int_equal(number.len, n + 1);
    assert_int_equal(number.depth, 2);
    return true;
}

static void an_empty_map_knows_nothing(void **state)
{
    (void)state;
    struct oat_number_map map;
    oat_number_map_init(&map, 1 << 20);
    assert_false(has(&map, 1));
    oat_number_map_clear(&map);
}

static void all_is_remembered_while_there_is_memory(void **state)
{
    (void)state;
    struct oat_number_map map;
    oat_number_map_init(&map, UINT64_MAX / 4);
    for (uint32_t n = 0; n < 100000; n++)
        put(&map, n);
    for (uint32_t n = 0; n < 100000; n++)
        assert_true(has(&map, n));
    assert_false(has(&map, 100000));
    oat_number_map_clear(&map);
}

static void the_last_number_of_a_key_counts(void **state)
{
    (void)state;
    struct oat_number_map map;
    struct oat_number number;
    oat_content_id key = key_of(5);
    oat_number_map_init(&map, 0);
    put(&map, 5);
    oat_number_map_put(&map, &key, (struct oat_number){.number = 9});
    assert_true(oat_number_map_get(&map, &key, &number));
    assert_int_equal(number.number, 9);
    oat_number_map_clear(&map);
}

static void what_is_used_is_not_forgotten(void **state)
{
    (void)state;
    struct oat_number_map map;
    uint32_t known = 0;
    oat_number_map_init(&map, 0);
    for (uint32_t n = 0; n < 100000; n++) {
        put(&map, n);
        assert_true(has(&map, 0));
    }
    for (uint32_t n = 0; n < 100000; n++)
        known += has(&map, n);
    assert_in_range(known, 500, 5000);
    oat_number_map_clear(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_knows_nothing),
        cmocka_unit_test(all_is_remembered_while_there_is_memory),
        cmocka_unit_test(the_last_number_of_a_key_counts),
        cmocka_unit_test(what_is_used_is_not_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
