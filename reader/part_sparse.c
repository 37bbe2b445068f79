#include "reader/part_sparse.h"

#include <string.h>

#include "format/spread.h"
#include "reader/compare.h"
#include "reader/loops.h"

/* True when a vector's values are its column's, or these as zigzag numbers, whatever they are. */
static bool is_as_stored(enum oat_vector vector)
{
    return vector == OAT_VECTOR_COST || vector == OAT_VECTOR_TTFT || vector >= OAT_VECTOR_TOKENS;
}

int oat_part_sparse(struct oat_part_vectors *vectors, struct oat_batch *batch, enum oat_vector vector,
                    void *dst, struct oat_sparse *ret)
{
    const struct oat_block *block;
    if (!is_as_stored(vector))
        return OAT_NOTFOUND;
    int result = oat_part_open_block(vectors, batch, oat_part_column_of(vector), false, &block);
    if (result == OAT_OK && !block->bitmap)
        result = OAT_NOTFOUND;
    if (result != OAT_OK)
        return result;
    const uint32_t count = block->packed_count, words = (count + 63) / 64;
    const size_t size = vector < OAT_VECTOR_WIDE_COUNT ? sizeof(uint64_t) : sizeof(uint32_t);
    if (vector < OAT_VECTOR_WIDE_COUNT)
        oat_block_decode_present64(block, dst);
    else
        oat_block_decode_present32(block, dst);
    memset((uint8_t *)dst + count * size, 0, (64 * words - count) * size);
    if (vector == OAT_VECTOR_COST)
        oat_loop_unzigzag(dst, words);
    *ret = (struct oat_sparse){block->bitmap, count};
    return OAT_OK;
}

/* Rows in the range of a block that has numbers of some; the others are 0. */
static void range_of_present(const struct oat_block *block, uint32_t low, uint32_t high,
                             uint64_t ret[OAT_BATCH_WORDS])
{
    uint32_t values[OAT_BATCH_ROWS];
    uint64_t inside[OAT_SPREAD_WORDS + 1];
    oat_block_decode_present32(block, values);
    oat_compare_range32(values, low, high, inside);
    inside[OAT_SPREAD_WORDS] = 0;
    oat_spread_bits(inside, block->bitmap, ret);
    for (unsigned word = 0; low == 0 && word < OAT_BATCH_WORDS; word++)
        ret[word] |= ~oat_le64_load(block->bitmap + word * sizeof(oat_le64));
}

int oat_part_range(struct oat_part_vectors *vectors, struct oat_batch *batch, enum oat_vector vector,
                   uint32_t low, uint32_t high, uint64_t ret[OAT_BATCH_WORDS])
{
    const struct oat_block *block;
    struct oat_block shown;
    uint32_t values[OAT_BATCH_ROWS];
    if (vector == OAT_VECTOR_FLAGS || vector == OAT_VECTOR_TRACE)
        return OAT_NOTFOUND;
    int result = oat_part_open_block(vectors, batch, oat_part_column_of(vector), false, &block);
    if (result == OAT_OK && !oat_part_is_bounded(vectors, vector, block))
        result = OAT_NOTFOUND;
    if (result != OAT_OK)
        return result;
    if (vector == OAT_VECTOR_STATUS) {
        shown = *block;
        shown.base += OAT_PART_STATUS_SHOWN; /* bounded: all values are over it */
        block = &shown;
    }
    if (oat_block_range(block, low, high, ret))
        return OAT_OK;
    if (block->bitmap) {
        range_of_present(block, low, high, ret);
        return OAT_OK;
    }
    oat_block_decode32(block, values);
    oat_compare_range32(values, low, high, ret);
    return OAT_OK;
}
