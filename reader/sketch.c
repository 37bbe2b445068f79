#include "reader/sketch.h"

#include <stdlib.h>
#include <string.h>

#define LIST_MAX  128u /* values; then counts take over */
#define LIST_STEP 8u

/* round(2^16 * (2^(i / 35) - 1)) */
const uint32_t oat_sketch_starts[OAT_SKETCH_OCTAVE + 1] = {
    0,     1311,  2648,  4012,  5403,  6822,  8269,  9745,  11251, 12787, 14353, 15951,
    17581, 19244, 20939, 22669, 24433, 26233, 28068, 29940, 31850, 33798, 35785, 37811,
    39879, 41987, 44138, 46331, 48569, 50851, 53179, 55554, 57975, 60446, 62966, 65536,
};

const uint8_t oat_sketch_bin_of_64th[64] = {
    0,  0,  1,  2,  3,  3,  4,  5,  5,  6,  7,  8,  8,  9,  9,  10, 11, 11, 12, 13, 13, 14,
    14, 15, 16, 16, 17, 17, 18, 18, 19, 19, 20, 20, 21, 22, 22, 23, 23, 24, 24, 24, 25, 25,
    26, 26, 27, 27, 28, 28, 29, 29, 30, 30, 30, 31, 31, 32, 32, 32, 33, 33, 34, 34,
};

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t greatest(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* ---- Adding ------------------------------------------------------------------------------------- */

/* Counts bins [first, first + bin_count) from now on; what lies below counts for the lowest. Nothing
 * that is counted lies above. */
static bool move_to(struct oat_sketch *sketch, uint32_t first, uint32_t bin_count)
{
    uint64_t *counts = calloc(bin_count, sizeof *counts);
    if (!counts)
        return false;
    for (uint32_t i = 0; i < sketch->bin_count; i++)
        if (sketch->counts[i] > 0)
            counts[greatest(sketch->first + i, first) - first] += sketch->counts[i];
    for (uint32_t i = 0; i < sketch->list_len; i++)
        counts[greatest(sketch->list[i], first) - first]++;
    free(sketch->counts);
    *sketch = (struct oat_sketch){.counts = counts, .first = first, .bin_count = bin_count};
    return true;
}

/* The lowest and the highest bin that the sketch has values in, and `bin`. */
static void find_ends(const struct oat_sketch *sketch, uint32_t bin, uint32_t *ret_low, uint32_t *ret_high)
{
    *ret_low = *ret_high = bin;
    for (uint32_t i = 0; i < sketch->list_len; i++) {
        *ret_low = least(*ret_low, sketch->list[i]);
        *ret_high = greatest(*ret_high, sketch->list[i]);
    }
    for (uint32_t i = 0; i < sketch->bin_count; i++) {
        if (sketch->counts[i] == 0)
            continue;
        *ret_low = least(*ret_low, sketch->first + i);
        *ret_high = greatest(*ret_high, sketch->first + i);
    }
}

/* Makes the run of bins reach `bin`, and a quarter further in that direction; or, when that is too long,
 * from the highest as far down as may be. */
static bool make_room(struct oat_sketch *sketch, uint32_t bin)
{
    uint32_t low, high;
    find_ends(sketch, bin, &low, &high);
    uint32_t more = (high - low) / 4 + LIST_STEP;
    if (high - low + 1 + more >= OAT_SKETCH_BINS_MAX)
        low = greatest(low, greatest(high, OAT_SKETCH_BINS_MAX - 1) - (OAT_SKETCH_BINS_MAX - 1));
    else if (bin == low)
        low = greatest(low, more) - more;
    else
        high += more;
    return move_to(sketch, low, high - low + 1);
}

static bool add_to_list(struct oat_sketch *sketch, uint32_t bin)
{
    if (sketch->list_len == sketch->list_capacity) {
        uint32_t capacity = greatest(LIST_STEP, 2 * sketch->list_capacity);
        uint16_t *list = realloc(sketch->list, capacity * sizeof *list);
        if (!list)
            return false;
        sketch->list = list;
        sketch->list_capacity = capacity;
    }
    sketch->list[sketch->list_len++] = (uint16_t)bin;
    return true;
}

/* True when the run of bins is as long as may be and its highest bin is in use: what lies below it is
 * below what is told apart. */
static bool is_below(const struct oat_sketch *sketch, uint32_t bin)
{
    return bin < sketch->first && sketch->bin_count == OAT_SKETCH_BINS_MAX &&
           sketch->counts[OAT_SKETCH_BINS_MAX - 1] > 0;
}

bool oat_sketch_add_bin(struct oat_sketch *sketch, uint32_t bin, uint64_t count)
{
    if (sketch->bin_count == 0 && count == 1 && sketch->list_len < LIST_MAX)
        return add_to_list(sketch, bin);
    if (bin - sketch->first >= sketch->bin_count && !is_below(sketch, bin) && !make_room(sketch, bin))
        return false;
    sketch->counts[greatest(bin, sketch->first) - sketch->first] += count;
    return true;
}

bool oat_sketch_merge(struct oat_sketch *sketch, const struct oat_sketch *with)
{
    bool ok = true;
    for (uint32_t i = 0; i < with->list_len && ok; i++)
        ok = oat_sketch_add_bin(sketch, with->list[i], 1);
    for (uint32_t i = 0; i < with->bin_count && ok; i++)
        if (with->counts[i] > 0)
            ok = oat_sketch_add_bin(sketch, with->first + i, with->counts[i]);
    return ok;
}

/* ---- Asking ------------------------------------------------------------------------------------- */

uint64_t oat_sketch_count(const struct oat_sketch *sketch)
{
    uint64_t count = sketch->list_len;
    for (uint32_t i = 0; i < sketch->bin_count; i++)
        count += sketch->counts[i];
    return count;
}

/* The least number of 0 or more in a bin, counted from OAT_SKETCH_ZERO_BIN. */
static double first_of_bin(uint32_t bin)
{
    if (bin < OAT_SKETCH_EXACT)
        return bin;
    bin -= OAT_SKETCH_EXACT;
    uint32_t octave = bin / OAT_SKETCH_OCTAVE, start = oat_sketch_starts[bin % OAT_SKETCH_OCTAVE];
    double exact = (double)(UINT64_C(1) << (octave + OAT_SKETCH_EXACT_BITS)) * (1 + start / 65536.0);
    double whole = (double)(uint64_t)exact;
    return whole < exact ? whole + 1 : whole;
}

/* What is answered for a bin: the number between its least and its greatest that is equally far from both,
 * in proportion. */
static double value_of_bin(uint32_t bin)
{
    bool negative = bin < OAT_SKETCH_ZERO_BIN;
    uint32_t size_bin = negative ? OAT_SKETCH_ZERO_BIN - bin : bin - OAT_SKETCH_ZERO_BIN;
    double low = first_of_bin(size_bin), value = low;
    if (size_bin >= OAT_SKETCH_EXACT) {
        double high = first_of_bin(size_bin + 1) - 1;
        value = 2 * low * (high / (low + high));
    }
    return negative ? -value : value;
}

static int compare_bins(const void *a, const void *b)
{
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

bool oat_sketch_quantile(const struct oat_sketch *sketch, double share, double *ret)
{
    uint16_t sorted[LIST_MAX];
    uint64_t count = oat_sketch_count(sketch), below = 0;
    if (count == 0)
        return false;
    uint64_t rank = (uint64_t)(share * (double)(count - 1));
    if (sketch->bin_count == 0) {
        memcpy(sorted, sketch->list, sketch->list_len * sizeof *sorted);
        qsort(sorted, sketch->list_len, sizeof *sorted, compare_bins);
        *ret = value_of_bin(sorted[rank]);
        return true;
    }
    uint32_t at = 0;
    while (at + 1 < sketch->bin_count && (below += sketch->counts[at]) <= rank)
        at++;
    *ret = value_of_bin(sketch->first + at);
    return true;
}

size_t oat_sketch_bytes(const struct oat_sketch *sketch)
{
    return sketch->bin_count * sizeof *sketch->counts + sketch->list_capacity * sizeof *sketch->list;
}

void oat_sketch_free(struct oat_sketch *sketch)
{
    free(sketch->counts);
    *sketch = (struct oat_sketch){0};
}
