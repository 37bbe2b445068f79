#include "reader/loops.h"

#include "format/simd.h"

#include <string.h>

/* What a register of AVX2 holds; the compiler makes more of smaller ones. */
typedef uint32_t eight __attribute__((vector_size(32)));
typedef uint64_t four __attribute__((vector_size(32)));

OAT_ALWAYS_INLINE void limit(const uint32_t *values, uint32_t max, uint32_t *ret)
{
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i += 8) {
        eight v;
        memcpy(&v, values + i, sizeof v);
        v &= (eight)(v <= max);
        memcpy(ret + i, &v, sizeof v);
    }
}

OAT_SIMD_FUNCTION(, oat_loop_limit, limit, (const uint32_t *values, uint32_t max, uint32_t *ret),
                  (values, max, ret))

OAT_ALWAYS_INLINE void find_range(const uint32_t *values, uint32_t *ret_least, uint32_t *ret_greatest)
{
    eight least, greatest;
    memcpy(&least, values, sizeof least);
    greatest = least;
    for (unsigned i = 8; i < OAT_BATCH_ROWS; i += 8) {
        eight v;
        memcpy(&v, values + i, sizeof v);
        least ^= (least ^ v) & (eight)(v < least);
        greatest ^= (greatest ^ v) & (eight)(v > greatest);
    }
    *ret_least = least[0];
    *ret_greatest = greatest[0];
    for (unsigned i = 1; i < 8; i++) {
        *ret_least = least[i] < *ret_least ? least[i] : *ret_least;
        *ret_greatest = greatest[i] > *ret_greatest ? greatest[i] : *ret_greatest;
    }
}

OAT_SIMD_FUNCTION(, oat_loop_range, find_range,
                  (const uint32_t *values, uint32_t *ret_least, uint32_t *ret_greatest),
                  (values, ret_least, ret_greatest))

OAT_ALWAYS_INLINE void unzigzag(uint64_t *values, uint32_t words)
{
    for (unsigned i = 0; i < 64 * words; i += 4) {
        four v;
        memcpy(&v, values + i, sizeof v);
        v = v >> 1 ^ -(v & 1);
        memcpy(values + i, &v, sizeof v);
    }
}

OAT_SIMD_FUNCTION(, oat_loop_unzigzag, unzigzag, (uint64_t * values, uint32_t words), (values, words))

OAT_ALWAYS_INLINE void join(const uint64_t *values, uint32_t words, uint64_t plus, uint64_t *ret)
{
    four even = {0}, odd = {0}, first, second;
    for (unsigned i = 0; i < 64 * words; i += 8) {
        memcpy(&first, values + i, sizeof first);
        memcpy(&second, values + i + 4, sizeof second);
        even |= first + plus;
        odd |= second + plus;
    }
    even |= odd;
    *ret = even[0] | even[1] | even[2] | even[3];
}

OAT_SIMD_FUNCTION(static, join_all, join,
                  (const uint64_t *values, uint32_t words, uint64_t plus, uint64_t *ret),
                  (values, words, plus, ret))

uint64_t oat_loop_join(const uint64_t *values, uint32_t words, uint64_t plus)
{
    uint64_t all;
    join_all(values, words, plus, &all);
    return all;
}

/* ---- Sums ---- */

OAT_ALWAYS_INLINE void sum32(const uint32_t *values, const uint64_t *rows, uint32_t words, uint64_t *ret)
{
    const eight bit = {1, 2, 4, 8, 16, 32, 64, 128};
    four sum = {0};
    for (unsigned i = 0; i < 64 * words; i += 8) {
        eight v;
        memcpy(&v, values + i, sizeof v);
        v &= (eight)(((uint32_t)(rows[i / 64] >> i % 64) & bit) == bit);
        sum += ((four)v & UINT32_MAX) + ((four)v >> 32);
    }
    *ret = sum[0] + sum[1] + sum[2] + sum[3];
}

OAT_SIMD_FUNCTION(static, add32, sum32,
                  (const uint32_t *values, const uint64_t *rows, uint32_t words, uint64_t *ret),
                  (values, rows, words, ret))

uint64_t oat_loop_sum32(const uint32_t *values, const uint64_t *rows, uint32_t words)
{
    uint64_t sum;
    add32(values, rows, words, &sum);
    return sum;
}

OAT_ALWAYS_INLINE void sum64(const uint64_t *values, const uint64_t *rows, uint32_t words, uint64_t *ret)
{
    const four bit = {1, 2, 4, 8};
    four sum = {0};
    for (unsigned i = 0; i < 64 * words; i += 4) {
        four v;
        memcpy(&v, values + i, sizeof v);
        sum += v & (four)((rows[i / 64] >> i % 64 & bit) == bit);
    }
    *ret = sum[0] + sum[1] + sum[2] + sum[3];
}

OAT_SIMD_FUNCTION(static, add64, sum64,
                  (const uint64_t *values, const uint64_t *rows, uint32_t words, uint64_t *ret),
                  (values, rows, words, ret))

uint64_t oat_loop_sum64(const uint64_t *values, const uint64_t *rows, uint32_t words)
{
    uint64_t sum;
    add64(values, rows, words, &sum);
    return sum;
}

/* ---- Tables ---- */

static void look_up_portable(const uint32_t *table, uint32_t *values)
{
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i++)
        values[i] = table[values[i]];
}

#ifdef __x86_64__

/* A register has half of the table. */
OAT_WITH_AVX2 static void look_up_avx2(const uint32_t *table, uint32_t *values)
{
    const __m256i low = _mm256_loadu_si256((const void *)table);
    const __m256i high = _mm256_loadu_si256((const void *)(table + 8));
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i += 8) {
        __m256i at = _mm256_loadu_si256((const void *)(values + i));
        __m256 if_low = _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(low, at));
        __m256 if_high = _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(high, at));
        __m256 is_high = _mm256_castsi256_ps(_mm256_slli_epi32(at, 28));
        _mm256_storeu_ps((float *)(values + i), _mm256_blendv_ps(if_low, if_high, is_high));
    }
}

#else
#define look_up_avx2 look_up_portable
#endif

void oat_loop_look_up(const uint32_t *table, uint32_t count, uint32_t *values)
{
    if (count <= OAT_LOOP_TABLE && oat_simd_has_avx2())
        look_up_avx2(table, values);
    else
        look_up_portable(table, values);
}
