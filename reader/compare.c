#include "reader/compare.h"

#include "format/simd.h"

/* ---- Whatever the processor: loops of a fixed length, without branches, of which compilers make vectors. */

static void range64_portable(const uint64_t *values, int64_t low, int64_t high, uint64_t ret[OAT_BATCH_WORDS])
{
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++, values += 64) {
        uint8_t inside[64];
        for (unsigned i = 0; i < 64; i++)
            inside[i] = ((int64_t)values[i] >= low) & ((int64_t)values[i] <= high);
        ret[word] = oat_bits_of_bytes(inside);
    }
}

static void range32_portable(const uint32_t *values, uint32_t low, uint32_t high,
                             uint64_t ret[OAT_BATCH_WORDS])
{
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++, values += 64) {
        uint8_t inside[64];
        for (unsigned i = 0; i < 64; i++)
            inside[i] = (values[i] >= low) & (values[i] <= high);
        ret[word] = oat_bits_of_bytes(inside);
    }
}

static void bits32_portable(const uint32_t *values, uint32_t bits, uint64_t ret[OAT_BATCH_WORDS])
{
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++, values += 64) {
        uint8_t any[64];
        for (unsigned i = 0; i < 64; i++)
            any[i] = (values[i] & bits) != 0;
        ret[word] = oat_bits_of_bytes(any);
    }
}

/* ---- AVX2: an instruction takes a bit from each number that was compared ---- */

#ifdef __x86_64__

OAT_WITH_AVX2 static void range64_avx2(const uint64_t *values, int64_t low, int64_t high,
                                       uint64_t ret[OAT_BATCH_WORDS])
{
    const __m256i least = _mm256_set1_epi64x(low), greatest = _mm256_set1_epi64x(high);
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++) {
        uint64_t outside = 0;
        for (unsigned i = 0; i < 64; i += 4, values += 4) {
            __m256i v = _mm256_loadu_si256((const void *)values);
            __m256i out = _mm256_or_si256(_mm256_cmpgt_epi64(least, v), _mm256_cmpgt_epi64(v, greatest));
            outside |= (uint64_t)_mm256_movemask_pd(_mm256_castsi256_pd(out)) << i;
        }
        ret[word] = ~outside;
    }
}

/* A bit of each of 32 numbers, which are 0 or -1. Packing leaves the halves of registers where they were. */
OAT_WITH_AVX2 static inline uint64_t bits_of_32(__m256i a, __m256i b, __m256i c, __m256i d)
{
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    __m256i words = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    return (uint32_t)_mm256_movemask_epi8(_mm256_permutevar8x32_epi32(words, order));
}

OAT_WITH_AVX2 static inline __m256i is_inside(const uint32_t *values, __m256i least, __m256i greatest)
{
    __m256i v = _mm256_loadu_si256((const void *)values);
    return _mm256_cmpeq_epi32(_mm256_min_epu32(_mm256_max_epu32(v, least), greatest), v);
}

OAT_WITH_AVX2 static inline uint64_t inside_of_32(const uint32_t *values, __m256i least, __m256i greatest)
{
    return bits_of_32(is_inside(values, least, greatest), is_inside(values + 8, least, greatest),
                      is_inside(values + 16, least, greatest), is_inside(values + 24, least, greatest));
}

OAT_WITH_AVX2 static void range32_avx2(const uint32_t *values, uint32_t low, uint32_t high,
                                       uint64_t ret[OAT_BATCH_WORDS])
{
    const __m256i least = _mm256_set1_epi32((int)low), greatest = _mm256_set1_epi32((int)high);
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++, values += 64)
        ret[word] = inside_of_32(values, least, greatest) | inside_of_32(values + 32, least, greatest) << 32;
}

OAT_WITH_AVX2 static inline __m256i has_none(const uint32_t *values, __m256i bits)
{
    __m256i v = _mm256_loadu_si256((const void *)values);
    return _mm256_cmpeq_epi32(_mm256_and_si256(v, bits), _mm256_setzero_si256());
}

OAT_WITH_AVX2 static inline uint64_t none_of_32(const uint32_t *values, __m256i bits)
{
    return bits_of_32(has_none(values, bits), has_none(values + 8, bits), has_none(values + 16, bits),
                      has_none(values + 24, bits));
}

OAT_WITH_AVX2 static void bits32_avx2(const uint32_t *values, uint32_t bits, uint64_t ret[OAT_BATCH_WORDS])
{
    const __m256i wanted = _mm256_set1_epi32((int)bits);
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++, values += 64)
        ret[word] = ~(none_of_32(values, wanted) | none_of_32(values + 32, wanted) << 32);
}

/* ---- AVX-512: comparing gives a bit of each number ---- */

OAT_WITH_AVX512 static void range64_avx512(const uint64_t *values, int64_t low, int64_t high,
                                           uint64_t ret[OAT_BATCH_WORDS])
{
    const __m512i least = _mm512_set1_epi64(low), greatest = _mm512_set1_epi64(high);
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++) {
        uint64_t inside = 0;
        for (unsigned i = 0; i < 64; i += 8, values += 8) {
            __m512i v = _mm512_loadu_si512((const void *)values);
            __mmask8 over = _mm512_cmpge_epi64_mask(v, least);
            inside |= (uint64_t)_mm512_mask_cmple_epi64_mask(over, v, greatest) << i;
        }
        ret[word] = inside;
    }
}

OAT_WITH_AVX512 static void range32_avx512(const uint32_t *values, uint32_t low, uint32_t high,
                                           uint64_t ret[OAT_BATCH_WORDS])
{
    const __m512i least = _mm512_set1_epi32((int)low), range = _mm512_set1_epi32((int)(high - low));
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++) {
        uint64_t inside = 0;
        for (unsigned i = 0; i < 64; i += 16, values += 16) {
            __m512i over = _mm512_sub_epi32(_mm512_loadu_si512((const void *)values), least);
            inside |= (uint64_t)_mm512_cmple_epu32_mask(over, range) << i;
        }
        ret[word] = inside;
    }
}

OAT_WITH_AVX512 static void bits32_avx512(const uint32_t *values, uint32_t bits,
                                          uint64_t ret[OAT_BATCH_WORDS])
{
    const __m512i wanted = _mm512_set1_epi32((int)bits);
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++) {
        uint64_t any = 0;
        for (unsigned i = 0; i < 64; i += 16, values += 16)
            any |= (uint64_t)_mm512_test_epi32_mask(_mm512_loadu_si512((const void *)values), wanted) << i;
        ret[word] = any;
    }
}

#else
#define range64_avx2   range64_portable
#define range64_avx512 range64_portable
#define range32_avx2   range32_portable
#define range32_avx512 range32_portable
#define bits32_avx2    bits32_portable
#define bits32_avx512  bits32_portable
#endif

/* ---- Any ---- */

void oat_compare_range64(const uint64_t *values, int64_t low, int64_t high, uint64_t ret[OAT_BATCH_WORDS])
{
    if (oat_simd_has_avx512())
        range64_avx512(values, low, high, ret);
    else if (oat_simd_has_avx2())
        range64_avx2(values, low, high, ret);
    else
        range64_portable(values, low, high, ret);
}

void oat_compare_range32(const uint32_t *values, uint32_t low, uint32_t high, uint64_t ret[OAT_BATCH_WORDS])
{
    if (oat_simd_has_avx512())
        range32_avx512(values, low, high, ret);
    else if (oat_simd_has_avx2())
        range32_avx2(values, low, high, ret);
    else
        range32_portable(values, low, high, ret);
}

void oat_compare_bits32(const uint32_t *values, uint32_t bits, uint64_t ret[OAT_BATCH_WORDS])
{
    if (oat_simd_has_avx512())
        bits32_avx512(values, bits, ret);
    else if (oat_simd_has_avx2())
        bits32_avx2(values, bits, ret);
    else
        bits32_portable(values, bits, ret);
}

/* ---- Sets of rows ---- */

void oat_rows_keep(uint64_t rows[OAT_BATCH_WORDS], const uint64_t with[OAT_BATCH_WORDS])
{
    for (unsigned i = 0; i < OAT_BATCH_WORDS; i++)
        rows[i] &= with[i];
}

void oat_rows_drop(uint64_t rows[OAT_BATCH_WORDS], const uint64_t without[OAT_BATCH_WORDS])
{
    for (unsigned i = 0; i < OAT_BATCH_WORDS; i++)
        rows[i] &= ~without[i];
}

void oat_rows_join(uint64_t rows[OAT_BATCH_WORDS], const uint64_t with[OAT_BATCH_WORDS])
{
    for (unsigned i = 0; i < OAT_BATCH_WORDS; i++)
        rows[i] |= with[i];
}

void oat_rows_set_first(uint64_t rows[OAT_BATCH_WORDS], uint32_t count)
{
    for (uint32_t word = 0; word < OAT_BATCH_WORDS; word++) {
        uint32_t n = count > 64 * word ? count - 64 * word : 0;
        rows[word] = n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
    }
}

bool oat_rows_any(const uint64_t rows[OAT_BATCH_WORDS])
{
    for (unsigned i = 0; i < OAT_BATCH_WORDS; i++)
        if (rows[i] != 0)
            return true;
    return false;
}

OAT_ALWAYS_INLINE void count_rows(const uint64_t rows[OAT_BATCH_WORDS], uint32_t *ret)
{
    uint32_t count = 0;
    for (unsigned i = 0; i < OAT_BATCH_WORDS; i++)
        count += (uint32_t)__builtin_popcountll(rows[i]);
    *ret = count;
}

OAT_SIMD_FUNCTION(static, count, count_rows, (const uint64_t rows[OAT_BATCH_WORDS], uint32_t *ret),
                  (rows, ret))

uint32_t oat_rows_count(const uint64_t rows[OAT_BATCH_WORDS])
{
    uint32_t found;
    count(rows, &found);
    return found;
}

/* ---- Some rows ---- */

#define FEW_ROWS 32u /* are sooner compared one by one */

/* Keeps of the rows, which are few, those for which `fits`, an expression of `value`, is true. */
#define KEEP_FEW(values, rows, fits)                                                                         \
    for (unsigned word = 0; word < OAT_BATCH_WORDS; word++)                                                  \
        for (uint64_t left = (rows)[word]; left != 0; left &= left - 1) {                                    \
            uint32_t value = (values)[64 * word + (unsigned)__builtin_ctzll(left)];                          \
            (rows)[word] ^= (fits) ? 0 : left & -left;                                                       \
        }

void oat_rows_keep_range32(const uint32_t *values, uint32_t low, uint32_t high,
                           uint64_t rows[OAT_BATCH_WORDS])
{
    uint64_t inside[OAT_BATCH_WORDS];
    if (oat_rows_count(rows) <= FEW_ROWS) {
        KEEP_FEW(values, rows, value >= low && value <= high)
        return;
    }
    oat_compare_range32(values, low, high, inside);
    oat_rows_keep(rows, inside);
}

void oat_rows_keep_bits32(const uint32_t *values, uint32_t bits, uint64_t rows[OAT_BATCH_WORDS])
{
    uint64_t any[OAT_BATCH_WORDS];
    if (oat_rows_count(rows) <= FEW_ROWS) {
        KEEP_FEW(values, rows, value & bits)
        return;
    }
    oat_compare_bits32(values, bits, any);
    oat_rows_keep(rows, any);
}
