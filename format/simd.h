/* Inner loops several times: for processors with AVX-512, with AVX2, and for all of the architecture.
 *
 * A loop is written once, as a function that is always inlined, and compiled under these sets of
 * instructions; or, where that is not enough, once with the intrinsics of each. Which one runs is
 * found out when it is called: not by ifunc or target_clones, since sanitizers cannot start with
 * those. */
#ifndef OAT_FORMAT_SIMD_H
#define OAT_FORMAT_SIMD_H

#include <stdbool.h>

#define OAT_ALWAYS_INLINE static inline __attribute__((always_inline))

enum oat_simd {
    OAT_SIMD_PORTABLE = 0, /* what every processor can do */
    OAT_SIMD_AVX2,
    OAT_SIMD_AVX512,
};

/* No more than this is used. For tests, while one thread runs. */
extern enum oat_simd oat_simd_most;

#ifdef __x86_64__
#include <immintrin.h>
#define OAT_WITH_AVX2   __attribute__((target("avx2,popcnt,bmi")))
#define OAT_WITH_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,popcnt,bmi")))
static inline bool oat_simd_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") &&
           __builtin_cpu_supports("bmi") && oat_simd_most >= OAT_SIMD_AVX2;
}
static inline bool oat_simd_has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           oat_simd_most >= OAT_SIMD_AVX512 && oat_simd_has_avx2();
}
#else
#define OAT_WITH_AVX2
#define OAT_WITH_AVX512
static inline bool oat_simd_has_avx2(void)
{
    return false;
}
static inline bool oat_simd_has_avx512(void)
{
    return false;
}
#endif

/* Defines function `name`, which returns nothing, of the always-inlined `body`. linkage: static, or
 * nothing. Parameters and arguments stand in parentheses. */
#define OAT_SIMD_FUNCTION(linkage, name, body, parameters, arguments)                                        \
    OAT_WITH_AVX2 static void body##_avx2 parameters                                                         \
    {                                                                                                        \
        body arguments;                                                                                      \
    }                                                                                                        \
    linkage void name parameters                                                                             \
    {                                                                                                        \
        if (oat_simd_has_avx2())                                                                             \
            body##_avx2 arguments;                                                                           \
        else                                                                                                 \
            body arguments;                                                                                  \
    }

/* The same of two bodies: body_32 has vectors of 32 bytes, which AVX2 has and the compiler makes smaller ones
 * of, body_64 those of 64 bytes that AVX-512 has, for which it makes bad code otherwise. */
#define OAT_SIMD_SIZED_FUNCTION(linkage, name, body, parameters, arguments)                                  \
    OAT_WITH_AVX512 static void body##_avx512 parameters                                                     \
    {                                                                                                        \
        body##_64 arguments;                                                                                 \
    }                                                                                                        \
    OAT_WITH_AVX2 static void body##_avx2 parameters                                                         \
    {                                                                                                        \
        body##_32 arguments;                                                                                 \
    }                                                                                                        \
    linkage void name parameters                                                                             \
    {                                                                                                        \
        if (oat_simd_has_avx512())                                                                           \
            body##_avx512 arguments;                                                                         \
        else if (oat_simd_has_avx2())                                                                        \
            body##_avx2 arguments;                                                                           \
        else                                                                                                 \
            body##_32 arguments;                                                                             \
    }

#endif
