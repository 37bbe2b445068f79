/* Bitmaps of blocks, with and without what only some processors can do. */
#include "format/spread.h"

#include "format/simd.h"
#include "tests/support/run_random.h"
#include "tests/support/unit.h"

#define ROUNDS 200u

struct drawn {
    uint8_t bitmap[OAT_SPREAD_ROWS / 8];
    uint64_t wide[OAT_SPREAD_ROWS + OAT_SPREAD_AHEAD];
    uint32_t narrow[OAT_SPREAD_ROWS + OAT_SPREAD_AHEAD];
};

/* About `share` of 16 rows have a bit. */
static void draw(struct drawn *d, uint64_t share, uint64_t *seed)
{
    memset(d->bitmap, 0, sizeof d->bitmap);
    for (unsigned i = 0; i < OAT_SPREAD_ROWS; i++)
        if (oat_run_below(seed, 16) < share)
            d->bitmap[i / 8] |= (uint8_t)(1u << i % 8);
    for (unsigned i = 0; i < OAT_SPREAD_ROWS + OAT_SPREAD_AHEAD; i++) {
        d->wide[i] = oat_run_below(seed, UINT64_MAX) | 1;
        d->narrow[i] = (uint32_t)d->wide[i];
    }
}

static bool has_bit(const struct drawn *d, unsigned row)
{
    return d->bitmap[row / 8] >> row % 8 & 1;
}

static void check(const struct drawn *d)
{
    uint64_t wide[OAT_SPREAD_ROWS];
    uint32_t narrow[OAT_SPREAD_ROWS];
    unsigned count = 0;
    oat_spread64(d->wide, d->bitmap, wide);
    oat_spread32(d->narrow, d->bitmap, narrow);
    for (unsigned i = 0; i < OAT_SPREAD_ROWS; i++) {
        if (i % 37 == 0)
            assert_int_equal(oat_spread_rank(d->bitmap, i), count);
        assert_int_equal(wide[i], has_bit(d, i) ? d->wide[count] : 0);
        assert_int_equal(narrow[i], has_bit(d, i) ? d->narrow[count] : 0);
        count += has_bit(d, i);
    }
    assert_int_equal(oat_spread_count(d->bitmap), count);
}

static void check_gathered(const struct drawn *d)
{
    uint64_t gathered[OAT_SPREAD_WORDS + 1];
    unsigned count = 0, found = oat_spread_gather(d->wide, d->bitmap, gathered);
    for (unsigned i = 0; i < OAT_SPREAD_ROWS; i++) {
        if (!has_bit(d, i))
            continue;
        assert_int_equal(gathered[count / 64] >> count % 64 & 1, d->wide[i / 64] >> i % 64 & 1);
        count++;
    }
    assert_int_equal(found, count);
    if (count % 64 != 0)
        assert_int_equal(gathered[count / 64] >> count % 64, 0);
}

/* What was gathered goes back to where it was, and nothing stands elsewhere. */
static void check_put_back(const struct drawn *d)
{
    uint64_t gathered[OAT_SPREAD_WORDS + 1] = {0}, found[OAT_SPREAD_WORDS];
    unsigned count = oat_spread_gather(d->wide, d->bitmap, gathered);
    if (count < OAT_SPREAD_ROWS)
        gathered[count / 64] |= UINT64_MAX << count % 64; /* bits that are of no row */
    oat_spread_bits(gathered, d->bitmap, found);
    for (unsigned i = 0; i < OAT_SPREAD_ROWS; i++)
        assert_int_equal(found[i / 64] >> i % 64 & 1, has_bit(d, i) ? d->wide[i / 64] >> i % 64 & 1 : 0);
}

static void bits_are_put_back_in_order(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct drawn d;
        draw(&d, i % 17, &seed);
        check_put_back(&d);
        oat_simd_most = OAT_SIMD_PORTABLE;
        check_put_back(&d);
        oat_simd_most = OAT_SIMD_AVX512;
    }
}

static void bits_are_gathered_in_order(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct drawn d;
        draw(&d, i % 17, &seed);
        check_gathered(&d);
        oat_simd_most = OAT_SIMD_PORTABLE;
        check_gathered(&d);
        oat_simd_most = OAT_SIMD_AVX512;
    }
}

static void values_stand_where_their_bits_are_and_zeros_elsewhere(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct drawn d;
        draw(&d, i % 17, &seed);
        check(&d);
        oat_simd_most = OAT_SIMD_PORTABLE;
        check(&d);
        oat_simd_most = OAT_SIMD_AVX512;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_where_their_bits_are_and_zeros_elsewhere),
        cmocka_unit_test(bits_are_gathered_in_order),
        cmocka_unit_test(bits_are_put_back_in_order),
    };
    return cmocka_run_group_tests_name("spread", tests, NULL, NULL);
}
