#include "bench/support/dice.h"

#include "format/hash.h"

void oat_bench_dice_seed(oat_bench_dice *dice, uint64_t seed)
{
    *dice = (oat_bench_dice){0};
    for (uint64_t i = 0; i < 4; i++)
        dice->random.s[i] = oat_hash64(&i, sizeof i, seed);
}

/* Marsaglia's polar method (SIAM Review 6(3), 1964). */
double oat_bench_normal(oat_bench_dice *dice)
{
    double x, y, square;
    if (dice->has_spare) {
        dice->has_spare = false;
        return dice->spare;
    }
    do {
        x = 2 * oat_bench_uniform(dice) - 1;
        y = 2 * oat_bench_uniform(dice) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square == 0);
    double scale = sqrt(-2 * log(square) / square);
    dice->spare = y * scale;
    dice->has_spare = true;
    return x * scale;
}
