#include "format/block_rows.h"

#include "format/packed.h"
#include "format/runs.h"
#include "format/spread.h"

#include <string.h>

static uint64_t bitmap_word(const struct oat_block *block, unsigned word)
{
    oat_le64 bits;
    memcpy(&bits, block->bitmap + word * sizeof bits, sizeof bits);
    return oat_le64_get(bits);
}

/* The first exception at that index or behind it. */
static unsigned find_exception(const struct oat_block *block, unsigned index)
{
    unsigned first = 0, end = block->exception_count; /* the exceptions that may be it */
    while (first < end) {
        unsigned middle = first + (end - first) / 2;
        if (oat_block_exception_at(block, middle) < index)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

/* Of the numbers that are stored, [first, first + count). */
static void read_some(const struct oat_block *block, unsigned first, unsigned count, uint64_t *dst)
{
    uint64_t near[OAT_BLOCK_ROWS];
    if (block->encoding == OAT_BLOCK_RUNS) {
        oat_runs_read_some(block->packed, block->run_count, block->width, block->base, first, count, dst);
        return;
    }
    unsigned ahead = first % OAT_PACKED_LANES_MAX;
    oat_packed_read64(block->packed, first - ahead, first + count, block->width, block->base, near);
    memcpy(dst, near + ahead, count * sizeof *dst);
    for (unsigned e = find_exception(block, first);
         e < block->exception_count && oat_block_exception_at(block, e) - first < count; e++)
        dst[oat_block_exception_at(block, e) - first] = oat_block_exception(block, e);
}

void oat_block_decode_some(const struct oat_block *block, unsigned first, unsigned count, uint64_t *dst)
{
    uint64_t present[OAT_BLOCK_ROWS];
    if (!block->bitmap) {
        read_some(block, first, count, dst);
        return;
    }
    unsigned before = oat_spread_rank(block->bitmap, first);
    unsigned among = oat_spread_rank(block->bitmap, first + count) - before;
    if (among > 0)
        read_some(block, before, among, present);
    for (unsigned i = 0, next = 0; i < count; i++) {
        unsigned row = first + i;
        dst[i] = block->bitmap[row / 8] >> row % 8 & 1 ? present[next++] : 0;
    }
}

uint64_t oat_block_get(const struct oat_block *block, unsigned row)
{
    unsigned index = row;
    if (block->bitmap) {
        if ((bitmap_word(block, row / 64) >> row % 64 & 1) == 0)
            return 0;
        index = oat_spread_rank(block->bitmap, row);
    }
    if (block->encoding == OAT_BLOCK_RUNS)
        return block->base + oat_runs_get(block->packed, block->run_count, block->width, index);
    unsigned e = find_exception(block, index);
    if (e < block->exception_count && oat_block_exception_at(block, e) == index)
        return oat_block_exception(block, e);
    return block->base + oat_packed_get(block->packed, block->width, index);
}
