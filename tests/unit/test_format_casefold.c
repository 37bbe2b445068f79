#include "format/casefold.h"
#include "tests/support/unit.h"

static void letters_that_differ_in_case_fold_to_one(void **state)
{
    (void)state;
    static const uint32_t pairs[][2] = {
        {'A', 'a'},     {'Z', 'z'},       {0xc9, 0xe9},       {0x100, 0x101},     {0x130a, 0x130a},
        {0x391, 0x3b1}, {0x3a3, 0x3c3},   {0x3c2, 0x3c3},     {0x416, 0x436},     {0x531, 0x561},
        {0x17f, 's'},   {0x212a, 'k'},    {0x1e9e, 0xdf},     {0x10400, 0x10428}, {0xff21, 0xff41},
        {0xb5, 0x3bc},  {0x13a0, 0xab70}, {0x1e921, 0x1e943},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_int_equal(oat_casefold(pairs[i][0]), oat_casefold(pairs[i][1]));
}

static void characters_without_case_stay(void **state)
{
    (void)state;
    static const uint32_t chars[] = {0,     '@',   '[',   '`',    '{',    0x7f,   0xd7,    0xdf,
                                     0x130, 0x131, 0x149, 0x4e2d, 0xac00, 0xfffd, 0x1f600, 0x10ffff};
    for (size_t i = 0; i < sizeof chars / sizeof *chars; i++)
        assert_int_equal(oat_casefold(chars[i]), chars[i]);
}

static void folding_twice_changes_nothing_more(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10ffff; c++)
        assert_int_equal(oat_casefold(oat_casefold(c)), oat_casefold(c));
}

static void the_origins_of_a_character_are_all_that_fold_to_it(void **state)
{
    (void)state;
    uint8_t *expected = calloc(0x110000, 1);
    assert_non_null(expected);
    for (uint32_t c = 0; c <= 0x10ffff; c++)
        expected[oat_casefold(c)]++;
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        uint32_t origins[OAT_CASEFOLD_ORIGINS_MAX];
        if (expected[c] == 0)
            continue;
        unsigned count = oat_casefold_origins(c, origins);
        assert_int_equal(count, expected[c]);
        assert_int_equal(origins[0], c);
        for (unsigned i = 0; i < count; i++)
            assert_int_equal(oat_casefold(origins[i]), c);
    }
    free(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_that_differ_in_case_fold_to_one),
        cmocka_unit_test(characters_without_case_stay),
        cmocka_unit_test(folding_twice_changes_nothing_more),
        cmocka_unit_test(the_origins_of_a_character_are_all_that_fold_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
