/* Reproducible numbers for tests that draw what they do. */
#ifndef OAT_TESTS_RUN_RANDOM_H
#define OAT_TESTS_RUN_RANDOM_H

#include <stdint.h>

/* A bijection that scatters: neighbouring numbers give unrelated ones. */
static inline uint64_t oat_run_mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* The next number of a sequence whose state is *seed (splitmix64). */
static inline uint64_t oat_run_next(uint64_t *seed)
{
    uint64_t x = *seed;
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    return oat_run_mix(x);
}

/* The next number below n. */
static inline uint64_t oat_run_below(uint64_t *seed, uint64_t n)
{
    return oat_run_next(seed) % n;
}

#endif
