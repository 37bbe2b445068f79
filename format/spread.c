#include "format/spread.h"

#include "format/endian.h"
#include "format/simd.h"

#include <string.h>

static inline uint64_t word_of(const uint8_t *bitmap, unsigned word)
{
    oat_le64 bits;
    memcpy(&bits, bitmap + word * sizeof bits, sizeof bits);
    return oat_le64_get(bits);
}

OAT_ALWAYS_INLINE void count_bits(const uint8_t *bitmap, unsigned end, unsigned *ret)
{
    unsigned count = 0;
    for (unsigned word = 0; word < end / 64; word++)
        count += (unsigned)__builtin_popcountll(word_of(bitmap, word));
    if (end % 64 != 0)
        count += (unsigned)__builtin_popcountll(word_of(bitmap, end / 64) << (64 - end % 64));
    *ret = count;
}

OAT_SIMD_FUNCTION(static, count, count_bits, (const uint8_t *bitmap, unsigned end, unsigned *ret),
                  (bitmap, end, ret))

unsigned oat_spread_rank(const uint8_t *bitmap, unsigned end)
{
    unsigned found;
    count(bitmap, end, &found);
    return found;
}

unsigned oat_spread_count(const uint8_t *bitmap)
{
    return oat_spread_rank(bitmap, OAT_SPREAD_ROWS);
}

/* ---- Gathering bits, and putting them back ---- */

OAT_ALWAYS_INLINE void gather_bits(const uint64_t *rows, const uint8_t *bitmap, uint64_t *ret,
                                   unsigned *ret_count, uint64_t (*extract)(uint64_t, uint64_t))
{
    unsigned count = 0;
    ret[0] = 0;
    for (unsigned word = 0; word < OAT_SPREAD_WORDS; word++) {
        uint64_t among = word_of(bitmap, word), found = extract(rows[word], among);
        ret[count / 64] |= found << count % 64;
        ret[count / 64 + 1] = found >> 1 >> (63 - count % 64);
        count += (unsigned)__builtin_popcountll(among);
    }
    *ret_count = count;
}

OAT_ALWAYS_INLINE void spread_bits(const uint64_t *bits, const uint8_t *bitmap, uint64_t *ret,
                                   uint64_t (*deposit)(uint64_t, uint64_t))
{
    for (unsigned word = 0, count = 0; word < OAT_SPREAD_WORDS; word++) {
        uint64_t among = word_of(bitmap, word);
        uint64_t next = bits[count / 64] >> count % 64 | bits[count / 64 + 1] << 1 << (63 - count % 64);
        ret[word] = deposit(next, among);
        count += (unsigned)__builtin_popcountll(among);
    }
}

static inline uint64_t extract_portable(uint64_t bits, uint64_t among)
{
    uint64_t found = 0;
    for (unsigned i = 0; among != 0; among &= among - 1, i++)
        found |= (uint64_t)((bits & among & -among) != 0) << i;
    return found;
}

static inline uint64_t deposit_portable(uint64_t bits, uint64_t among)
{
    uint64_t found = 0;
    for (; among != 0; among &= among - 1, bits >>= 1)
        found |= (bits & 1) != 0 ? among & -among : 0;
    return found;
}

#ifdef __x86_64__

#define WITH_BMI2 __attribute__((target("popcnt,bmi2")))

WITH_BMI2 static inline uint64_t extract_bmi2(uint64_t bits, uint64_t among)
{
    return _pext_u64(bits, among);
}

WITH_BMI2 static void gather_bmi2(const uint64_t *rows, const uint8_t *bitmap, uint64_t *ret,
                                  unsigned *ret_count)
{
    gather_bits(rows, bitmap, ret, ret_count, extract_bmi2);
}

WITH_BMI2 static inline uint64_t deposit_bmi2(uint64_t bits, uint64_t among)
{
    return _pdep_u64(bits, among);
}

WITH_BMI2 static void spread_bits_bmi2(const uint64_t *bits, const uint8_t *bitmap, uint64_t *ret)
{
    spread_bits(bits, bitmap, ret, deposit_bmi2);
}

/* The first two generations of Zen take hundreds of cycles for what others do in three. */
static bool has_quick_bmi2(void)
{
    return oat_simd_has_avx2() && __builtin_cpu_supports("bmi2") && !__builtin_cpu_is("znver1") &&
           !__builtin_cpu_is("znver2");
}

#else
#define gather_bmi2(rows, bitmap, ret, ret_count) gather_bits(rows, bitmap, ret, ret_count, extract_portable)
#define spread_bits_bmi2(bits, bitmap, ret)       spread_bits(bits, bitmap, ret, deposit_portable)
static bool has_quick_bmi2(void)
{
    return false;
}
#endif

unsigned oat_spread_gather(const uint64_t *rows, const uint8_t *bitmap, uint64_t ret[OAT_SPREAD_WORDS + 1])
{
    unsigned gathered;
    if (has_quick_bmi2())
        gather_bmi2(rows, bitmap, ret, &gathered);
    else
        gather_bits(rows, bitmap, ret, &gathered, extract_portable);
    return gathered;
}

void oat_spread_bits(const uint64_t *bits, const uint8_t *bitmap, uint64_t ret[OAT_SPREAD_WORDS])
{
    if (has_quick_bmi2())
        spread_bits_bmi2(bits, bitmap, ret);
    else
        spread_bits(bits, bitmap, ret, deposit_portable);
}

/* ---- Spreading values ---- */

#define DEFINE_PORTABLE(bits)                                                                                \
    static void spread##bits##_portable(const uint##bits##_t *values, const uint8_t *bitmap,                 \
                                        uint##bits##_t *dst)                                                 \
    {                                                                                                        \
        memset(dst, 0, OAT_SPREAD_ROWS * sizeof *dst);                                                       \
        for (unsigned word = 0; word < OAT_SPREAD_WORDS; word++)                                             \
            for (uint64_t left = word_of(bitmap, word); left != 0; left &= left - 1)                         \
                dst[64 * word + (unsigned)__builtin_ctzll(left)] = *values++;                                \
    }

DEFINE_PORTABLE(32)
DEFINE_PORTABLE(64)

#ifdef __x86_64__

/* By eight bits, for each of them: how many are set below it, or -1 where it is not set itself. */
#define BELOW(bits, i) ((bits) >> (i)&1 ? __builtin_popcount((bits) & ((1 << (i)) - 1)) : -1)
#define OF_ONE(bits)                                                                                         \
    {                                                                                                        \
        BELOW(bits, 0), BELOW(bits, 1), BELOW(bits, 2), BELOW(bits, 3), BELOW(bits, 4), BELOW(bits, 5),      \
            BELOW(bits, 6), BELOW(bits, 7)                                                                   \
    }
#define OF_4(bits)  OF_ONE(bits), OF_ONE(bits + 1), OF_ONE(bits + 2), OF_ONE(bits + 3)
#define OF_16(bits) OF_4(bits), OF_4(bits + 4), OF_4(bits + 8), OF_4(bits + 12)
#define OF_64(bits) OF_16(bits), OF_16(bits + 16), OF_16(bits + 32), OF_16(bits + 48)
static const int8_t places[256][8] = {OF_64(0), OF_64(64), OF_64(128), OF_64(192)};

/* Eight rows at a time, and no branch on their bits: each takes its value from among the next eight. */
OAT_WITH_AVX2 static void spread32_avx2(const uint32_t *values, const uint8_t *bitmap, uint32_t *dst)
{
    for (unsigned i = 0; i < OAT_SPREAD_ROWS / 8; i++, dst += 8) {
        __m128i bytes = _mm_loadl_epi64((const void *)places[bitmap[i]]);
        __m256i place = _mm256_cvtepi8_epi32(bytes);
        __m256i next = _mm256_permutevar8x32_epi32(_mm256_loadu_si256((const void *)values), place);
        _mm256_storeu_si256((void *)dst, _mm256_andnot_si256(_mm256_srai_epi32(place, 31), next));
        values += __builtin_popcount(bitmap[i]);
    }
}

/* Four of 64 bits are four pairs of 32. */
OAT_WITH_AVX2 static void spread64_avx2(const uint64_t *values, const uint8_t *bitmap, uint64_t *dst)
{
    const __m256i upper = _mm256_set1_epi64x(INT64_C(1) << 32);
    for (unsigned i = 0; i < OAT_SPREAD_ROWS / 4; i++, dst += 4) {
        unsigned bits = bitmap[i / 2] >> i % 2 * 4 & 15;
        __m128i bytes = _mm_loadl_epi64((const void *)places[bits]);
        __m256i place = _mm256_cvtepi8_epi32(_mm_unpacklo_epi8(bytes, bytes));
        __m256i pair = _mm256_or_si256(_mm256_slli_epi32(place, 1), upper);
        __m256i next = _mm256_permutevar8x32_epi32(_mm256_loadu_si256((const void *)values), pair);
        _mm256_storeu_si256((void *)dst, _mm256_andnot_si256(_mm256_srai_epi32(place, 31), next));
        values += __builtin_popcount(bits);
    }
}

#else
#define spread32_avx2 spread32_portable
#define spread64_avx2 spread64_portable
#endif

void oat_spread32(const uint32_t *values, const uint8_t *bitmap, uint32_t *dst)
{
    if (oat_simd_has_avx2())
        spread32_avx2(values, bitmap, dst);
    else
        spread32_portable(values, bitmap, dst);
}

void oat_spread64(const uint64_t *values, const uint8_t *bitmap, uint64_t *dst)
{
    if (oat_simd_has_avx2())
        spread64_avx2(values, bitmap, dst);
    else
        spread64_portable(values, bitmap, dst);
}
