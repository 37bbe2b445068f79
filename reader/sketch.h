/* Quantiles of whole numbers, wrong by 1 % at most, from little memory, mergeable.
 *
 * A DDSketch (C. Masson, J. E. Rim, H. K. Lee: DDSketch, PVLDB 12(12), 2019): values are counted in bins
 * whose width grows with them. Each number below 64 has a bin of its own; above there are 35 bins an
 * octave, so that the ends of a bin are 2^(1/35) = 1.02 apart, and the number that is equally far from
 * both, in proportion, is within 1 % of either. Numbers below 0 have the same bins, mirrored.
 *
 * A sketch of few values is a list of their bins; of many, counts of a run of bins. The run is at most
 * OAT_SKETCH_BINS_MAX long: what is below it counts for its lowest bin, so that high quantiles stay what
 * they are. The same values give the same answers, in whatever order and through whatever merges. */
#ifndef OAT_READER_SKETCH_H
#define OAT_READER_SKETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_SKETCH_BINS_MAX 2048u

/* Zero-initialise; free with oat_sketch_free. One thread at a time. */
struct oat_sketch {
    union {
        uint64_t *counts; /* of bins first .. first + bin_count - 1 */
        uint16_t *list;   /* while bin_count is 0: the bin of each value */
    };
    uint32_t first;
    uint32_t bin_count;
    uint32_t list_len, list_capacity;
};

/* The bin of a value; bins ascend with values. */
static inline uint32_t oat_sketch_bin(int64_t value);

/* Adds a value of a bin where that takes no memory. False: oat_sketch_add_bin has to. */
static inline bool oat_sketch_add_quickly(struct oat_sketch *sketch, uint32_t bin);

/* Adds so many values of a bin. False: out of memory, and the sketch is as it was. */
bool oat_sketch_add_bin(struct oat_sketch *sketch, uint32_t bin, uint64_t count);

/* Adds all values of another sketch. False: out of memory; some may have been added. */
bool oat_sketch_merge(struct oat_sketch *sketch, const struct oat_sketch *with);

uint64_t oat_sketch_count(const struct oat_sketch *sketch);

/* The value below which a share of the others lies: that of rank floor(share * (count - 1)), from 0, in
 * order. share: 0 .. 1. False: the sketch is empty. */
bool oat_sketch_quantile(const struct oat_sketch *sketch, double share, double *ret);

/* Bytes that it has allocated. */
size_t oat_sketch_bytes(const struct oat_sketch *sketch);

void oat_sketch_free(struct oat_sketch *sketch);

/* ---- Bins -------------------------------------------------------------------------------------- */

#define OAT_SKETCH_EXACT      64u /* numbers below have bins of their own */
#define OAT_SKETCH_EXACT_BITS 6u
#define OAT_SKETCH_OCTAVE     35u
#define OAT_SKETCH_ZERO_BIN   (OAT_SKETCH_EXACT + (64u - OAT_SKETCH_EXACT_BITS) * OAT_SKETCH_OCTAVE)
#define OAT_SKETCH_BIN_COUNT  (2u * OAT_SKETCH_ZERO_BIN)

/* Where the bins of an octave begin, in 2^-16 of it; the end of the last follows. */
extern const uint32_t oat_sketch_starts[OAT_SKETCH_OCTAVE + 1];
/* The bin in which each 64th of an octave begins. No bin is smaller than one. */
extern const uint8_t oat_sketch_bin_of_64th[64];

/* The bin of a number of 0 or more, counted from OAT_SKETCH_ZERO_BIN. */
static inline uint32_t oat_sketch_bin_of_size(uint64_t size)
{
    if (size < OAT_SKETCH_EXACT)
        return (uint32_t)size;
    unsigned zeros = (unsigned)__builtin_clzll(size), octave = 63 - zeros - OAT_SKETCH_EXACT_BITS;
    uint32_t part = (uint32_t)(size << zeros >> 47) & 0xffff; /* behind the leading bit */
    uint32_t bin = oat_sketch_bin_of_64th[part >> 10];
    bin += part >= oat_sketch_starts[bin + 1];
    return OAT_SKETCH_EXACT + octave * OAT_SKETCH_OCTAVE + bin;
}

static inline uint32_t oat_sketch_bin(int64_t value)
{
    return value < 0 ? OAT_SKETCH_ZERO_BIN - oat_sketch_bin_of_size(-(uint64_t)value)
                     : OAT_SKETCH_ZERO_BIN + oat_sketch_bin_of_size((uint64_t)value);
}

static inline bool oat_sketch_add_quickly(struct oat_sketch *sketch, uint32_t bin)
{
    uint32_t at = bin - sketch->first;
    if (at >= sketch->bin_count)
        return false;
    sketch->counts[at]++;
    return true;
}

#endif
