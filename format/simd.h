/* Inner loops twice: for processors with AVX2, and for all of the architecture.
 *
 * A loop is written once, as a function that is always inlined, and compiled under both sets of
 * instructions; or, where that is not enough, once with the intrinsics of AVX2. Which one runs is
 * found out when it is called: not by ifunc or target_clones, since sanitizers cannot start with
 * those. */
#ifndef OAT_FORMAT_SIMD_H
#define OAT_FORMAT_SIMD_H

#include <stdbool.h>

#define OAT_ALWAYS_INLINE static inline __attribute__((always_inline))

/* True: only what every processor can do is used. For tests, while one thread runs. */
extern bool oat_simd_portable;

#ifdef __x86_64__
#include <immintrin.h>
#define OAT_WITH_AVX2 __attribute__((target("avx2,popcnt,bmi")))
static inline bool oat_simd_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") &&
           __builtin_cpu_supports("bmi") && !oat_simd_portable;
}
#else
#define OAT_WITH_AVX2
static inline bool oat_simd_has_avx2(void)
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

#endif
