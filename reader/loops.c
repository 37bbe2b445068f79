#include "reader/loops.h"

#include "format/simd.h"

#include <string.h>

/* Vectors of 32 bytes, and of 64; simd.h. What follows is defined for both. */
typedef uint32_t narrow_32 __attribute__((vector_size(32)));
typedef uint32_t narrow_64 __attribute__((vector_size(64)));
typedef uint64_t wide_32 __attribute__((vector_size(32)));
typedef uint64_t wide_64 __attribute__((vector_size(64)));
#define NARROW_LANES(size) ((size) / sizeof(uint32_t))
#define WIDE_LANES(size)   ((size) / sizeof(uint64_t))

#define DEFINE_LIMIT(size)                                                                                   \
    OAT_ALWAYS_INLINE void limit_##size(const uint32_t *values, uint32_t max, uint32_t *ret)                 \
    {                                                                                                        \
        for (unsigned i = 0; i < OAT_BATCH_ROWS; i += NARROW_LANES(size)) {                                  \
            narrow_##size v;                                                                                 \
            memcpy(&v, values + i, sizeof v);                                                                \
            v &= (narrow_##size)(v <= max);                                                                  \
            memcpy(ret + i, &v, sizeof v);                                                                   \
        }                                                                                                    \
    }

DEFINE_LIMIT(32)
DEFINE_LIMIT(64)
OAT_SIMD_SIZED_FUNCTION(, oat_loop_limit, limit, (const uint32_t *values, uint32_t max, uint32_t *ret),
                        (values, max, ret))

#define DEFINE_FIND_RANGE(size)                                                                              \
    OAT_ALWAYS_INLINE void find_range_##size(const uint32_t *values, uint32_t *ret_least,                    \
                                             uint32_t *ret_greatest)                                         \
    {                                                                                                        \
        narrow_##size least, greatest;                                                                       \
        memcpy(&least, values, sizeof least);                                                                \
        greatest = least;                                                                                    \
        for (unsigned i = NARROW_LANES(size); i < OAT_BATCH_ROWS; i += NARROW_LANES(size)) {                 \
            narrow_##size v;                                                                                 \
            memcpy(&v, values + i, sizeof v);                                                                \
            least ^= (least ^ v) & (narrow_##size)(v < least);                                               \
            greatest ^= (greatest ^ v) & (narrow_##size)(v > greatest);                                      \
        }                                                                                                    \
        *ret_least = least[0];                                                                               \
        *ret_greatest = greatest[0];                                                                         \
        for (unsigned i = 1; i < NARROW_LANES(size); i++) {                                                  \
            *ret_least = least[i] < *ret_least ? least[i] : *ret_least;                                      \
            *ret_greatest = greatest[i] > *ret_greatest ? greatest[i] : *ret_greatest;                       \
        }                                                                                                    \
    }

DEFINE_FIND_RANGE(32)
DEFINE_FIND_RANGE(64)
OAT_SIMD_SIZED_FUNCTION(, oat_loop_range, find_range,
                        (const uint32_t *values, uint32_t *ret_least, uint32_t *ret_greatest),
                        (values, ret_least, ret_greatest))

#define DEFINE_UNZIGZAG(size)                                                                                \
    OAT_ALWAYS_INLINE void unzigzag_##size(uint64_t *values, uint32_t words)                                 \
    {                                                                                                        \
        for (unsigned i = 0; i < 64 * words; i += WIDE_LANES(size)) {                                        \
            wide_##size v;                                                                                   \
            memcpy(&v, values + i, sizeof v);                                                                \
            v = v >> 1 ^ -(v & 1);                                                                           \
            memcpy(values + i, &v, sizeof v);                                                                \
        }                                                                                                    \
    }

DEFINE_UNZIGZAG(32)
DEFINE_UNZIGZAG(64)
OAT_SIMD_SIZED_FUNCTION(, oat_loop_unzigzag, unzigzag, (uint64_t * values, uint32_t words), (values, words))

#define DEFINE_JOIN(size)                                                                                    \
    OAT_ALWAYS_INLINE void join_##size(const uint64_t *values, uint32_t words, uint64_t plus, uint64_t *ret) \
    {                                                                                                        \
        wide_##size even = {0}, odd = {0}, first, second;                                                    \
        for (unsigned i = 0; i < 64 * words; i += 2 * WIDE_LANES(size)) {                                    \
            memcpy(&first, values + i, sizeof first);                                                        \
            memcpy(&second, values + i + WIDE_LANES(size), sizeof second);                                   \
            even |= first + plus;                                                                            \
            odd |= second + plus;                                                                            \
        }                                                                                                    \
        even |= odd;                                                                                         \
        *ret = even[0];                                                                                      \
        for (unsigned i = 1; i < WIDE_LANES(size); i++)                                                      \
            *ret |= even[i];                                                                                 \
    }

DEFINE_JOIN(32)
DEFINE_JOIN(64)
OAT_SIMD_SIZED_FUNCTION(static, join_all, join,
                        (const uint64_t *values, uint32_t words, uint64_t plus, uint64_t *ret),
                        (values, words, plus, ret))

uint64_t oat_loop_join(const uint64_t *values, uint32_t words, uint64_t plus)
{
    uint64_t all;
    join_all(values, words, plus, &all);
    return all;
}

/* ---- Sums ---- */

/* The bits of lanes. */
static const uint32_t narrow_bits[NARROW_LANES(64)] = {1 << 0,  1 << 1,  1 << 2,  1 << 3, 1 << 4,  1 << 5,
                                                       1 << 6,  1 << 7,  1 << 8,  1 << 9, 1 << 10, 1 << 11,
                                                       1 << 12, 1 << 13, 1 << 14, 1 << 15};
static const uint64_t wide_bits[WIDE_LANES(64)] = {1 << 0, 1 << 1, 1 << 2, 1 << 3,
                                                   1 << 4, 1 << 5, 1 << 6, 1 << 7};

#define DEFINE_SUM32(size)                                                                                   \
    OAT_ALWAYS_INLINE void sum32_##size(const uint32_t *values, const uint64_t *rows, uint32_t words,        \
                                        uint64_t *ret)                                                       \
    {                                                                                                        \
        narrow_##size bit;                                                                                   \
        memcpy(&bit, narrow_bits, sizeof bit);                                                               \
        wide_##size sum = {0};                                                                               \
        for (unsigned i = 0; i < 64 * words; i += NARROW_LANES(size)) {                                      \
            narrow_##size v;                                                                                 \
            memcpy(&v, values + i, sizeof v);                                                                \
            v &= (narrow_##size)(((uint32_t)(rows[i / 64] >> i % 64) & bit) == bit);                         \
            sum += ((wide_##size)v & UINT32_MAX) + ((wide_##size)v >> 32);                                   \
        }                                                                                                    \
        *ret = sum[0];                                                                                       \
        for (unsigned i = 1; i < WIDE_LANES(size); i++)                                                      \
            *ret += sum[i];                                                                                  \
    }

DEFINE_SUM32(32)
DEFINE_SUM32(64)
OAT_SIMD_SIZED_FUNCTION(static, add32, sum32,
                        (const uint32_t *values, const uint64_t *rows, uint32_t words, uint64_t *ret),
                        (values, rows, words, ret))

uint64_t oat_loop_sum32(const uint32_t *values, const uint64_t *rows, uint32_t words)
{
    uint64_t sum;
    add32(values, rows, words, &sum);
    return sum;
}

#define DEFINE_SUM64(size)                                                                                   \
    OAT_ALWAYS_INLINE void sum64_##size(const uint64_t *values, const uint64_t *rows, uint32_t words,        \
                                        uint64_t *ret)                                                       \
    {                                                                                                        \
        wide_##size bit, sum = {0};                                                                          \
        memcpy(&bit, wide_bits, sizeof bit);                                                                 \
        for (unsigned i = 0; i < 64 * words; i += WIDE_LANES(size)) {                                        \
            wide_##size v;                                                                                   \
            memcpy(&v, values + i, sizeof v);                                                                \
            sum += v & (wide_##size)((rows[i / 64] >> i % 64 & bit) == bit);                                 \
        }                                                                                                    \
        *ret = sum[0];                                                                                       \
        for (unsigned i = 1; i < WIDE_LANES(size); i++)                                                      \
            *ret += sum[i];                                                                                  \
    }

DEFINE_SUM64(32)
DEFINE_SUM64(64)
OAT_SIMD_SIZED_FUNCTION(static, add64, sum64,
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
