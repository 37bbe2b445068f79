/* Comparing batches, with and without what only some processors can do. */
#include "reader/compare.h"

#include "format/simd.h"
#include "tests/support/run_random.h"
#include "tests/support/unit.h"

#define ROUNDS 300u

/* Numbers of any size, and often those around a bound. */
static uint64_t draw(uint64_t *seed, uint64_t bound)
{
    uint64_t any = oat_run_below(seed, UINT64_MAX);
    return any % 4 == 0 ? bound + any / 4 % 3 - 1 : any >> any % 64;
}

static bool bit(const uint64_t bits[OAT_BATCH_WORDS], unsigned row)
{
    return bits[row / 64] >> row % 64 & 1;
}

static void check_wide(uint64_t *seed)
{
    uint64_t values[OAT_BATCH_ROWS], bits[OAT_BATCH_WORDS];
    int64_t low = (int64_t)draw(seed, 0), high = (int64_t)draw(seed, (uint64_t)low);
    int64_t least = low < high ? low : high, greatest = low < high ? high : low;
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i++)
        values[i] = draw(seed, (uint64_t)(i % 2 ? least : greatest));
    oat_compare_range64(values, least, greatest, bits);
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i++)
        assert_int_equal(bit(bits, i), (int64_t)values[i] >= least && (int64_t)values[i] <= greatest);
}

static void check_narrow(uint64_t *seed)
{
    uint32_t values[OAT_BATCH_ROWS];
    uint64_t inside[OAT_BATCH_WORDS], any[OAT_BATCH_WORDS];
    uint32_t low = (uint32_t)draw(seed, 0), high = (uint32_t)draw(seed, low);
    uint32_t least = low < high ? low : high, greatest = low < high ? high : low;
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i++)
        values[i] = (uint32_t)draw(seed, i % 2 ? least : greatest);
    oat_compare_range32(values, least, greatest, inside);
    oat_compare_bits32(values, low, any);
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i++) {
        assert_int_equal(bit(inside, i), values[i] >= least && values[i] <= greatest);
        assert_int_equal(bit(any, i), (values[i] & low) != 0);
    }
}

/* Of many rows or of few, of no other. */
static void check_kept(uint64_t *seed)
{
    uint32_t values[OAT_BATCH_ROWS];
    uint64_t rows[OAT_BATCH_WORDS], inside[OAT_BATCH_WORDS], any[OAT_BATCH_WORDS];
    uint32_t low = (uint32_t)draw(seed, 0),
             high = low + (uint32_t)oat_run_below(seed, UINT64_C(1) + UINT32_MAX - low);
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i++)
        values[i] = (uint32_t)draw(seed, i % 2 ? low : high);
    uint64_t few = oat_run_below(seed, 4);
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++)
        rows[word] = few ? few << oat_run_below(seed, 60) : oat_run_below(seed, UINT64_MAX);
    memcpy(inside, rows, sizeof rows);
    memcpy(any, rows, sizeof rows);
    oat_rows_keep_range32(values, low, high, inside);
    oat_rows_keep_bits32(values, low, any);
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i++) {
        assert_int_equal(bit(inside, i), bit(rows, i) && values[i] >= low && values[i] <= high);
        assert_int_equal(bit(any, i), bit(rows, i) && (values[i] & low) != 0);
    }
}

static void bits_say_which_values_are_in_range(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (unsigned i = 0; i < ROUNDS; i++) {
        oat_simd_most = i % 3;
        check_wide(&seed);
        check_narrow(&seed);
        check_kept(&seed);
    }
    oat_simd_most = OAT_SIMD_AVX512;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bits_say_which_values_are_in_range)};
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
