#include "format/values.h"

#include "format/simd.h"

#include <string.h>

#define LANES 4u
typedef uint64_t lanes __attribute__((vector_size(LANES * sizeof(uint64_t))));
typedef int64_t signed_lanes __attribute__((vector_size(LANES * sizeof(int64_t))));

/* ---- Range ---- */

/* Processors compare signed numbers: of the same order once the highest bit is turned over. */
#define ORDER_BIT (UINT64_C(1) << 63)

OAT_ALWAYS_INLINE void find_range(const uint64_t *values, size_t count, uint64_t *ret_least,
                                  uint64_t *ret_greatest)
{
    lanes x, low = (lanes){0} + values[0], high = low;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        memcpy(&x, values + i, sizeof x);
        signed_lanes ordered = (signed_lanes)(x ^ ORDER_BIT);
        lanes below = (lanes)(ordered < (signed_lanes)(low ^ ORDER_BIT));
        lanes over = (lanes)(ordered > (signed_lanes)(high ^ ORDER_BIT));
        low = (x & below) | (low & ~below);
        high = (x & over) | (high & ~over);
    }
    uint64_t least = low[0], greatest = high[0];
    for (unsigned lane = 1; lane < LANES; lane++) {
        least = low[lane] < least ? low[lane] : least;
        greatest = high[lane] > greatest ? high[lane] : greatest;
    }
    for (; i < count; i++) {
        least = values[i] < least ? values[i] : least;
        greatest = values[i] > greatest ? values[i] : greatest;
    }
    *ret_least = least;
    *ret_greatest = greatest;
}

OAT_SIMD_FUNCTION(, oat_values_range, find_range,
                  (const uint64_t *values, size_t count, uint64_t *ret_least, uint64_t *ret_greatest),
                  (values, count, ret_least, ret_greatest))

/* ---- Counting ---- */

OAT_ALWAYS_INLINE void count_above(const uint64_t *values, size_t count, uint64_t base, unsigned width,
                                   uint64_t *ret)
{
    lanes x, counts = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        memcpy(&x, values + i, sizeof x);
        counts -= (lanes)((x - base) >> width != 0); /* true is -1 */
    }
    uint64_t above = counts[0] + counts[1] + counts[2] + counts[3];
    for (; i < count; i++)
        above += (values[i] - base) >> width != 0;
    *ret = above;
}

OAT_SIMD_FUNCTION(static, above, count_above,
                  (const uint64_t *values, size_t count, uint64_t base, unsigned width, uint64_t *ret),
                  (values, count, base, width, ret))

unsigned oat_values_above(const uint64_t *values, size_t count, uint64_t base, unsigned width)
{
    uint64_t found;
    above(values, count, base, width, &found);
    return (unsigned)found;
}

OAT_ALWAYS_INLINE void count_changes(const uint64_t *values, size_t count, uint64_t *ret)
{
    lanes x, before, counts = {0};
    size_t i = 1;
    for (; i + LANES <= count; i += LANES) {
        memcpy(&x, values + i, sizeof x);
        memcpy(&before, values + i - 1, sizeof before);
        counts -= (lanes)(x != before);
    }
    uint64_t changes = counts[0] + counts[1] + counts[2] + counts[3];
    for (; i < count; i++)
        changes += values[i] != values[i - 1];
    *ret = changes;
}

OAT_SIMD_FUNCTION(static, changes, count_changes, (const uint64_t *values, size_t count, uint64_t *ret),
                  (values, count, ret))

unsigned oat_values_runs(const uint64_t *values, size_t count)
{
    uint64_t found;
    changes(values, count, &found);
    return 1 + (unsigned)found;
}
