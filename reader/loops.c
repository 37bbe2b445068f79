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

OAT_ALWAYS_INLINE void unzigzag(uint64_t *values)
{
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i += 4) {
        four v;
        memcpy(&v, values + i, sizeof v);
        v = v >> 1 ^ -(v & 1);
        memcpy(values + i, &v, sizeof v);
    }
}

OAT_SIMD_FUNCTION(, oat_loop_unzigzag, unzigzag, (uint64_t * values), (values))

OAT_ALWAYS_INLINE void join(const uint64_t *values, uint64_t plus, uint64_t *ret)
{
    four all = {0}, next;
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i += 4) {
        memcpy(&next, values + i, sizeof next);
        all |= next + plus;
    }
    *ret = all[0] | all[1] | all[2] | all[3];
}

OAT_SIMD_FUNCTION(static, join_all, join, (const uint64_t *values, uint64_t plus, uint64_t *ret),
                  (values, plus, ret))

uint64_t oat_loop_join(const uint64_t *values, uint64_t plus)
{
    uint64_t all;
    join_all(values, plus, &all);
    return all;
}

/* ---- Sums ---- */

/* Adds the halves of words, so that nothing overflows. */
struct halves {
    four low, high;
};

OAT_ALWAYS_INLINE void add_halves(struct halves *sum, const four *words)
{
    sum->low += *words & UINT32_MAX;
    sum->high += *words >> 32;
}

OAT_ALWAYS_INLINE void sum32(const uint32_t *values, const uint64_t rows[OAT_BATCH_WORDS], uint64_t *ret)
{
    const eight bit = {1, 2, 4, 8, 16, 32, 64, 128};
    struct halves sum = {{0}, {0}};
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i += 8) {
        eight v;
        memcpy(&v, values + i, sizeof v);
        v &= (eight)(((uint32_t)(rows[i / 64] >> i % 64) & bit) != 0);
        four words = (four)v;
        add_halves(&sum, &words);
    }
    four all = sum.low + sum.high;
    *ret = all[0] + all[1] + all[2] + all[3];
}

OAT_SIMD_FUNCTION(static, add32, sum32,
                  (const uint32_t *values, const uint64_t rows[OAT_BATCH_WORDS], uint64_t *ret),
                  (values, rows, ret))

uint64_t oat_loop_sum32(const uint32_t *values, const uint64_t rows[OAT_BATCH_WORDS])
{
    uint64_t sum;
    add32(values, rows, &sum);
    return sum;
}

/* ret: sums of the lower halves, and of the upper ones as signed numbers of 32 bits. */
OAT_ALWAYS_INLINE void sum64(const uint64_t *values, const uint64_t rows[OAT_BATCH_WORDS], uint64_t ret[2])
{
    const four bit = {1, 2, 4, 8};
    const uint64_t sign = UINT64_C(1) << 63, half_sign = sign >> 32;
    struct halves sum = {{0}, {0}};
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i += 4) {
        four v, selected = (four)((rows[i / 64] >> i % 64 & bit) != 0);
        memcpy(&v, values + i, sizeof v);
        v = (v ^ sign) & selected;
        add_halves(&sum, &v);
        sum.high -= selected & half_sign;
    }
    ret[0] = sum.low[0] + sum.low[1] + sum.low[2] + sum.low[3];
    ret[1] = sum.high[0] + sum.high[1] + sum.high[2] + sum.high[3];
}

OAT_SIMD_FUNCTION(static, add64, sum64,
                  (const uint64_t *values, const uint64_t rows[OAT_BATCH_WORDS], uint64_t ret[2]),
                  (values, rows, ret))

oat_int128 oat_loop_sum64(const uint64_t *values, const uint64_t rows[OAT_BATCH_WORDS])
{
    uint64_t halves[2];
    add64(values, rows, halves);
    return (oat_int128)(int64_t)halves[1] * (INT64_C(1) << 32) + halves[0];
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
