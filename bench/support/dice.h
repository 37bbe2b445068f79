/* Random numbers with a seed: the same seed gives the same numbers on every machine with IEEE 754
 * arithmetic and the same C library. One thread at a time. */
#ifndef OAT_BENCH_DICE_H
#define OAT_BENCH_DICE_H

#include "format/random.h"

#include <math.h>
#include <stdbool.h>

typedef struct oat_bench_dice {
    oat_random random;
    double spare; /* the second of two normal numbers */
    bool has_spare;
} oat_bench_dice;

void oat_bench_dice_seed(oat_bench_dice *dice, uint64_t seed);

static inline uint64_t oat_bench_draw(oat_bench_dice *dice)
{
    return oat_random_next(&dice->random);
}

/* In [0, 1). */
static inline double oat_bench_uniform(oat_bench_dice *dice)
{
    return (double)(oat_bench_draw(dice) >> 11) * 0x1p-53;
}

/* In [0, count); count > 0. */
static inline uint32_t oat_bench_below(oat_bench_dice *dice, uint32_t count)
{
    return (uint32_t)((oat_bench_draw(dice) >> 32) * count >> 32);
}

static inline bool oat_bench_chance(oat_bench_dice *dice, double share)
{
    return oat_bench_uniform(dice) < share;
}

/* In [0, count), k with a weight of about 1 / (k + 1), as words in a text. */
static inline uint32_t oat_bench_zipf(oat_bench_dice *dice, uint32_t count)
{
    return (uint32_t)exp(oat_bench_uniform(dice) * log((double)count + 1)) - 1;
}

/* Mean 0, deviation 1. */
double oat_bench_normal(oat_bench_dice *dice);

/* exp(normal): half of the draws are below the median. */
static inline double oat_bench_log_normal(oat_bench_dice *dice, double median, double sigma)
{
    return median * exp(sigma * oat_bench_normal(dice));
}

#endif
