#include "format/block_rows.h"
#include "format/hash.h"
#include "format/simd.h"
#include "oat/oat.h"
#include "tests/support/damage_guard.h"
#include "tests/support/golden_test.h"

#include <stdlib.h>

#define SEED UINT64_C(0x0123456789abcdef)

static uint64_t values[OAT_BLOCK_ROWS];
static uint8_t block_bytes[OAT_BLOCK_SIZE_MAX];

/* Fills values with numbers of at most width bits, one of them with all. */
static void fill_width(unsigned width)
{
    golden_fill(values, sizeof values, width);
    for (unsigned i = 0; i < OAT_BLOCK_ROWS; i++)
        values[i] = width == 0 ? 0 : values[i] >> (64 - width);
    if (width > 0)
        values[0] |= UINT64_C(1) << (width - 1);
}

static size_t encode(const uint64_t *from, unsigned count, unsigned column, struct oat_block_bitmaps *bitmaps,
                     uint8_t *dst)
{
    size_t len = oat_block_encode(from, count, column, bitmaps, dst);
    oat_block_seal(dst, len, SEED);
    return len;
}

static void open_block(struct oat_block *block, const uint8_t *bytes, size_t len, unsigned count)
{
    const char *what = NULL;
    int st = oat_block_open(bytes, len, count, NULL, SEED, true, block, &what);
    if (st != OAT_OK)
        fail_msg("refused: %s", what);
}

/* What is read in every way is what was written. Returns the encoding. */
static unsigned require_round_trip(unsigned count)
{
    uint64_t all64[OAT_BLOCK_ROWS];
    uint32_t all32[OAT_BLOCK_ROWS];
    struct oat_block block;
    size_t len = encode(values, count, 1, NULL, block_bytes);

    assert_true(len <= OAT_BLOCK_SIZE_MAX && len % 8 == 0);
    open_block(&block, block_bytes, len, count);
    oat_block_decode64(&block, all64);
    oat_block_decode32(&block, all32);
    assert_memory_equal(all64, values, count * sizeof *values);
    for (unsigned i = 0; i < count; i++)
        assert_true(all32[i] == (uint32_t)values[i]);
    for (unsigned i = 0; i < count; i += 1 + count / 50)
        assert_true(oat_block_get(&block, i) == values[i]);
    assert_true(oat_block_get(&block, count - 1) == values[count - 1]);
    for (unsigned first = 0; first < count; first += 1 + count / 7) {
        unsigned some = 1 + first * 31 % (count - first);
        oat_block_decode_some(&block, first, some, all64);
        assert_memory_equal(all64, values + first, some * sizeof *values);
    }
    for (unsigned i = 0; i < count; i += 1 + count / 50)
        assert_true(values[i] == 0 || oat_block_may_have(&block, values[i]));
    return block.encoding;
}

static void numbers_of_every_width_and_count_round_trip(void **state)
{
    (void)state;
    for (unsigned width = 0; width <= 64; width++) {
        fill_width(width);
        for (unsigned count = 1; count <= OAT_BLOCK_ROWS; count++) {
            oat_simd_most = (width + count) % 3;
            require_round_trip(count);
        }
    }
    oat_simd_most = OAT_SIMD_AVX512;
}

static void great_numbers_over_a_base_take_as_many_bits_as_they_differ(void **state)
{
    (void)state;
    fill_width(10);
    for (unsigned i = 0; i < OAT_BLOCK_ROWS; i++)
        values[i] += UINT64_MAX - 1023;
    values[1] = UINT64_MAX - 1023;
    assert_int_equal(require_round_trip(OAT_BLOCK_ROWS), OAT_BLOCK_PACKED);
    assert_int_equal(encode(values, OAT_BLOCK_ROWS, 1, NULL, block_bytes), 16 + 10 * 128);
}

static void a_few_great_numbers_do_not_widen_the_others(void **state)
{
    (void)state;
    struct oat_block block;
    fill_width(12);
    for (unsigned i = 0; i < OAT_BLOCK_ROWS; i += 100)
        values[i] = UINT64_MAX - i;
    assert_int_equal(require_round_trip(OAT_BLOCK_ROWS), OAT_BLOCK_PACKED);
    size_t len = encode(values, OAT_BLOCK_ROWS, 1, NULL, block_bytes);
    assert_int_equal(len, 16 + 12 * 128 + 24 + 11 * 8);
    open_block(&block, block_bytes, len, OAT_BLOCK_ROWS);
    assert_int_equal(block.exception_count, 11);
    for (unsigned i = 0; i < OAT_BLOCK_ROWS; i++)
        assert_true(oat_block_get(&block, i) == values[i]);
}

static void numbers_among_zeros_get_a_bitmap(void **state)
{
    (void)state;
    uint64_t present[OAT_BLOCK_ROWS];
    struct oat_block block;
    fill_width(40);
    values[0] = UINT64_MAX; /* an exception */
    unsigned n = 1;
    for (unsigned i = 1; i < OAT_BLOCK_ROWS; i++)
        values[i] = i % 3 == 0 ? values[i] | 1 : 0;
    assert_int_equal(require_round_trip(OAT_BLOCK_ROWS), OAT_BLOCK_PACKED);
    assert_int_equal(require_round_trip(OAT_BLOCK_ROWS - 5), OAT_BLOCK_PACKED);

    size_t len = encode(values, OAT_BLOCK_ROWS, 1, NULL, block_bytes);
    assert_true(len < 16 + 128 + 41 * 128 / 3 + 100);
    open_block(&block, block_bytes, len, OAT_BLOCK_ROWS);
    oat_block_decode_present64(&block, present);
    assert_true(present[0] == UINT64_MAX);
    for (unsigned i = 3; i < OAT_BLOCK_ROWS; i += 3)
        assert_true(present[n++] == values[i]);
    assert_int_equal(block.packed_count, n);
    for (unsigned i = 0; i < OAT_BLOCK_ROWS; i++)
        assert_true(oat_block_get(&block, i) == values[i]);
}

/* Runs of 31 to 60 numbers of width bits. */
static void fill_runs(unsigned width)
{
    uint64_t run_values[OAT_BLOCK_ROWS];
    fill_width(width);
    memcpy(run_values, values, sizeof values);
    for (unsigned i = 0, run = 0; i < OAT_BLOCK_ROWS; run++)
        for (unsigned left = 31 + run * 7 % 30; left > 0 && i < OAT_BLOCK_ROWS; left--)
            values[i++] = run_values[run];
}

static void numbers_that_repeat_are_runs(void **state)
{
    (void)state;
    for (unsigned width = 4; width <= 54; width++) {
        fill_runs(width);
        assert_int_equal(require_round_trip(OAT_BLOCK_ROWS), OAT_BLOCK_RUNS);
        for (unsigned count = 1; count <= OAT_BLOCK_ROWS; count++)
            require_round_trip(count);
    }
    fill_runs(64); /* a run would not fit a word */
    assert_int_equal(require_round_trip(OAT_BLOCK_ROWS), OAT_BLOCK_PACKED);
}

static void runs_among_zeros_get_a_bitmap(void **state)
{
    (void)state;
    struct oat_block block;
    fill_runs(20);
    for (unsigned i = 0; i < OAT_BLOCK_ROWS; i++)
        values[i] = i % 3 == 0 ? values[i] | 1 : 0;
    assert_int_equal(require_round_trip(OAT_BLOCK_ROWS), OAT_BLOCK_RUNS);
    size_t len = encode(values, OAT_BLOCK_ROWS, 1, NULL, block_bytes);
    open_block(&block, block_bytes, len, OAT_BLOCK_ROWS);
    assert_non_null(block.bitmap);
}

static void a_bitmap_is_kept_once(void **state)
{
    (void)state;
    struct oat_block_bitmaps bitmaps = {0};
    static uint8_t first[OAT_BLOCK_SIZE_MAX];
    uint64_t all[OAT_BLOCK_ROWS];
    struct oat_block one, other;
    const char *what = NULL;
    fill_width(12);
    for (unsigned i = 0; i < OAT_BLOCK_ROWS; i++)
        values[i] = i % 3 == 0 ? values[i] | 1 : 0;
    size_t first_len = encode(values, OAT_BLOCK_ROWS, 7, &bitmaps, first);
    for (unsigned i = 0; i < OAT_BLOCK_ROWS; i++)
        values[i] *= 5;
    size_t len = encode(values, OAT_BLOCK_ROWS, 9, &bitmaps, block_bytes);
    assert_int_equal(oat_block_alike(first, first_len), 0);
    assert_int_equal(oat_block_alike(block_bytes, len), 7);
    assert_true(len < 16 + 8 + 64 * 16);

    open_block(&one, first, first_len, OAT_BLOCK_ROWS);
    assert_int_equal(oat_block_open(block_bytes, len, OAT_BLOCK_ROWS, one.bitmap, SEED, true, &other, &what),
                     OAT_OK);
    oat_block_decode64(&other, all);
    assert_memory_equal(all, values, sizeof all);
    assert_int_equal(oat_block_open(block_bytes, len, OAT_BLOCK_ROWS, NULL, SEED, true, &other, &what),
                     OAT_E_CORRUPT);
    assert_string_equal(what, "block bitmap");
}

static void one_value_takes_a_header(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= OAT_BLOCK_ROWS; count += 341) {
        for (unsigned i = 0; i < count; i++)
            values[i] = UINT64_C(0xfedcba9876543210);
        assert_int_equal(require_round_trip(count), OAT_BLOCK_CONSTANT);
        assert_int_equal(encode(values, count, 1, NULL, block_bytes), 16);
    }
}

static void a_value_that_no_row_has_is_told_from_what_is_stored(void **state)
{
    (void)state;
    struct oat_block block;
    for (unsigned runs = 0; runs < 2; runs++) {
        for (unsigned i = 0; i < OAT_BLOCK_ROWS; i++)
            values[i] = runs ? 1000 + i / 200 * 10 : 1000;
        size_t len = encode(values, OAT_BLOCK_ROWS, 1, NULL, block_bytes);
        open_block(&block, block_bytes, len, OAT_BLOCK_ROWS);
        assert_true(oat_block_may_have(&block, 1000));
        assert_true(oat_block_may_have(&block, 1050) == (runs == 1));
        for (unsigned i = 1; i < 10; i++)
            assert_false(oat_block_may_have(&block, 1000 + i));
        assert_false(oat_block_may_have(&block, 999));
        assert_false(oat_block_may_have(&block, UINT64_MAX));
    }
}

static void rows_in_a_range_are_told_from_runs(void **state)
{
    (void)state;
    struct oat_block block;
    uint64_t rows[OAT_BLOCK_ROWS / 64];
    for (unsigned round = 0; round < 60; round++) {
        fill_runs(round < 54 ? 1 + round : 3);
        for (unsigned i = 0; round >= 54 && i < OAT_BLOCK_ROWS; i++)
            values[i] = round;
        const unsigned count = round % 2 ? OAT_BLOCK_ROWS : OAT_BLOCK_ROWS - 17;
        uint64_t low = values[100] < values[900] ? values[100] : values[900];
        uint64_t high = values[100] < values[900] ? values[900] : values[100];
        size_t len = encode(values, count, 1, NULL, block_bytes);
        open_block(&block, block_bytes, len, count);
        assert_int_equal(oat_block_range(&block, low, high, rows),
                         !block.bitmap && block.encoding != OAT_BLOCK_PACKED);
        if (block.bitmap || block.encoding == OAT_BLOCK_PACKED)
            continue;
        for (unsigned i = 0; i < count; i++)
            assert_int_equal(rows[i / 64] >> i % 64 & 1, values[i] >= low && values[i] <= high);
        assert_true(oat_block_range(&block, UINT64_MAX, UINT64_MAX, rows));
        for (unsigned i = 0; i < count; i++)
            assert_int_equal(rows[i / 64] >> i % 64 & 1, 0);
    }
}

static void what_was_in_the_buffer_does_not_matter(void **state)
{
    (void)state;
    static uint8_t other[OAT_BLOCK_SIZE_MAX];
    memset(other, 0xff, sizeof other);
    memset(block_bytes, 0, sizeof block_bytes);
    fill_width(12);
    values[7] = UINT64_MAX;
    size_t len = encode(values, 999, 1, NULL, block_bytes);
    assert_int_equal(encode(values, 999, 1, NULL, other), len);
    assert_memory_equal(other, block_bytes, len);
}

/* Small blocks: 0 constant, 1 and 2 packed with exceptions, 3 with a bitmap, 4 of exceptions alone, 5 runs,
 * 6 runs with a bitmap. */
static unsigned make_sample(unsigned which, size_t *ret_len)
{
    static const unsigned encodings[] = {OAT_BLOCK_CONSTANT,
                                         OAT_BLOCK_PACKED,
                                         OAT_BLOCK_PACKED,
                                         OAT_BLOCK_PACKED | OAT_BLOCK_BITMAP,
                                         OAT_BLOCK_PACKED,
                                         OAT_BLOCK_RUNS,
                                         OAT_BLOCK_RUNS | OAT_BLOCK_BITMAP};
    unsigned count = which == 0 ? 1 : which == 3 || which == 6 ? 300 : 100;
    fill_width(which == 1 ? 5 : 45);
    for (unsigned i = count; which >= 5 && i-- > 0;)
        values[i] = values[i / 40];
    for (unsigned i = 0; which >= 3 && which != 5 && i < count; i++)
        values[i] = i % (which == 4 ? 30 : 3) == 1 ? values[i] | 1 : 0;
    if (which == 1 || which == 2)
        values[50] = values[60] = UINT64_MAX;
    *ret_len = encode(values, count, 1, NULL, block_bytes);
    assert_int_equal(block_bytes[4], encodings[which]);
    return count;
}
#define SAMPLES 7

static void every_flipped_bit_is_reported(void **state)
{
    (void)state;
    for (unsigned which = 0; which < SAMPLES; which++) {
        struct oat_block block;
        const char *what;
        size_t len;
        unsigned count = make_sample(which, &len);
        for (size_t bit = 0; bit < len * 8; bit++) {
            what = NULL;
            golden_flip(block_bytes, bit);
            assert_int_equal(oat_block_open(block_bytes, len, count, NULL, SEED, true, &block, &what),
                             OAT_E_CORRUPT);
            assert_non_null(what);
            golden_flip(block_bytes, bit);
        }
        assert_int_equal(oat_block_open(block_bytes, len, count, NULL, SEED ^ 1, true, &block, &what),
                         OAT_E_CORRUPT);
        open_block(&block, block_bytes, len, count);
    }
}

static void read_everything(const struct oat_block *block)
{
    static uint64_t all[OAT_BLOCK_ROWS];
    static uint32_t all32[OAT_BLOCK_ROWS], present[OAT_BLOCK_ROWS];
    uint64_t rows[OAT_BLOCK_ROWS / 64];
    oat_block_decode64(block, all);
    oat_block_decode32(block, all32);
    oat_block_decode_present32(block, present);
    oat_block_range(block, all[0], all[0], rows);
    for (unsigned row = 0; row < block->rows; row++)
        assert_true(oat_block_get(block, row) == all[row]);
    oat_block_may_have(block, all[0] | 1);
}

/* A block that was checked once is opened without its checksum: it must not lead outside even when
 * the bytes have changed since. */
static void flipped_bits_without_the_checksum_never_lead_outside(void **state)
{
    (void)state;
    for (unsigned which = 0; which < SAMPLES; which++) {
        size_t len, opened = 0;
        unsigned count = make_sample(which, &len);
        uint8_t *guarded = oat_damage_guard(block_bytes, len);
        for (size_t bit = 0; bit < len * 8; bit++) {
            struct oat_block block;
            const char *what = NULL;
            golden_flip(guarded, bit);
            if (oat_block_open(guarded, len, count, NULL, SEED, false, &block, &what) == OAT_OK) {
                read_everything(&block);
                opened++;
            } else {
                assert_non_null(what);
            }
            golden_flip(guarded, bit);
        }
        assert_true(opened > 0);
        oat_damage_guard_free(guarded, len);
    }
}

static void a_block_of_another_length_is_refused(void **state)
{
    (void)state;
    for (unsigned which = 0; which < SAMPLES; which++) {
        struct oat_block block;
        const char *what;
        size_t len;
        unsigned count = make_sample(which, &len);
        for (size_t cut = 0; cut < len; cut++) {
            uint8_t *guarded = oat_damage_guard(block_bytes, cut);
            assert_int_equal(oat_block_open(guarded, cut, count, NULL, SEED, false, &block, &what),
                             OAT_E_CORRUPT);
            assert_int_equal(oat_block_open(guarded, cut, count, NULL, SEED, true, &block, &what),
                             OAT_E_CORRUPT);
            oat_damage_guard_free(guarded, cut);
        }
        assert_int_equal(oat_block_open(block_bytes, len + 8, count, NULL, SEED, false, &block, &what),
                         OAT_E_CORRUPT);
    }
}

/* Changes a byte of a sample, makes its checksum right, and returns what is reported. */
static const char *problem_of(unsigned which, size_t at, uint8_t byte)
{
    struct oat_block block;
    const char *what = "nothing";
    size_t len;
    unsigned count = make_sample(which, &len);
    block_bytes[at] = byte;
    oat_le32 check = oat_le32_of((uint32_t)oat_hash64(block_bytes + 4, len - 4, SEED));
    memcpy(block_bytes, &check, sizeof check);
    if (oat_block_open(block_bytes, len, count, NULL, SEED, true, &block, &what) == OAT_OK)
        return "nothing";
    return what;
}

static void bad_fields_are_named(void **state)
{
    (void)state;
    size_t positions = 16 + 2 * 64;
    assert_string_equal(problem_of(1, 4, 2), "nothing");
    assert_string_equal(problem_of(1, 4, 0), "block encoding");
    assert_string_equal(problem_of(1, 4, 4), "block encoding");
    assert_string_equal(problem_of(1, 4, OAT_BLOCK_PACKED | 0x30), "block encoding");
    assert_string_equal(problem_of(0, 4, OAT_BLOCK_CONSTANT | OAT_BLOCK_BITMAP), "block encoding");
    assert_string_equal(problem_of(1, 5, 65), "block width");
    assert_string_equal(problem_of(1, 5, 13), "block length");
    assert_string_equal(problem_of(0, 5, 1), "block width");
    assert_string_equal(problem_of(0, 6, 1), "block exceptions");
    assert_string_equal(problem_of(1, 7, 1), "block length");
    assert_string_equal(problem_of(1, positions, 100), "block exceptions");
    assert_string_equal(problem_of(1, positions, 60), "block exceptions");
    assert_string_equal(problem_of(3, 16 + 127, 0x80), "block bitmap");
    assert_string_equal(problem_of(3, 5, 60), "block length");
    assert_string_equal(problem_of(3, 4, OAT_BLOCK_PACKED | OAT_BLOCK_ALIKE), "block bitmap");
    assert_string_equal(problem_of(5, 5, 55), "block width");
    assert_string_equal(problem_of(5, 6, 9), "block length");
    assert_string_equal(problem_of(5, 16, 0xff), "block runs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_every_width_and_count_round_trip),
        cmocka_unit_test(great_numbers_over_a_base_take_as_many_bits_as_they_differ),
        cmocka_unit_test(a_few_great_numbers_do_not_widen_the_others),
        cmocka_unit_test(numbers_among_zeros_get_a_bitmap),
        cmocka_unit_test(numbers_that_repeat_are_runs),
        cmocka_unit_test(runs_among_zeros_get_a_bitmap),
        cmocka_unit_test(a_bitmap_is_kept_once),
        cmocka_unit_test(one_value_takes_a_header),
        cmocka_unit_test(a_value_that_no_row_has_is_told_from_what_is_stored),
        cmocka_unit_test(rows_in_a_range_are_told_from_runs),
        cmocka_unit_test(what_was_in_the_buffer_does_not_matter),
        cmocka_unit_test(every_flipped_bit_is_reported),
        cmocka_unit_test(flipped_bits_without_the_checksum_never_lead_outside),
        cmocka_unit_test(a_block_of_another_length_is_refused),
        cmocka_unit_test(bad_fields_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
