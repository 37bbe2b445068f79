#include "indexer/hot_index.h"

#include "format/hash.h"
#include "indexer/id_filter.h"

#include <stdlib.h>
#include <string.h>

/* Who chooses ids that are alike makes lookups slower, not wrong. */
static uint64_t hash_of(const uint8_t span_id[8])
{
    return oat_hash64(span_id, 8, 0);
}

static void empty_blocks(struct oat_hot_index *index, size_t first)
{
    for (size_t i = first; i < index->count; i++) {
        memset(&index->blocks[i], 0, sizeof index->blocks[i]);
        index->blocks[i].first_ns = UINT64_MAX;
    }
}

bool oat_hot_index_reserve(struct oat_hot_index *index, size_t rows)
{
    size_t needed = (rows + OAT_BLOCK_ROWS - 1) / OAT_BLOCK_ROWS, known = index->count;
    if (needed > index->capacity) {
        size_t capacity = needed + index->capacity / 8;
        struct oat_hot_block *blocks = realloc(index->blocks, capacity * sizeof *blocks);
        if (!blocks)
            return false;
        index->blocks = blocks;
        index->capacity = capacity;
    }
    if (needed > known)
        index->count = needed;
    empty_blocks(index, known);
    return true;
}

void oat_hot_index_add(struct oat_hot_index *index, size_t row, const uint8_t span_id[8], uint64_t start_ns)
{
    struct oat_hot_block *block = &index->blocks[row / OAT_BLOCK_ROWS];
    if (start_ns < block->first_ns)
        block->first_ns = start_ns;
    if (start_ns > block->last_ns)
        block->last_ns = start_ns;
    oat_id_filter_add(block->filter, sizeof block->filter, hash_of(span_id));
}

void oat_hot_index_clear(struct oat_hot_index *index)
{
    empty_blocks(index, 0);
}

void oat_hot_index_free(struct oat_hot_index *index)
{
    free(index->blocks);
    *index = (struct oat_hot_index){0};
}

bool oat_hot_index_bounds(const struct oat_hot_index *index, size_t block, uint64_t *ret_first_ns,
                          uint64_t *ret_last_ns)
{
    if (block >= index->count || index->blocks[block].first_ns > index->blocks[block].last_ns)
        return false;
    *ret_first_ns = index->blocks[block].first_ns;
    *ret_last_ns = index->blocks[block].last_ns;
    return true;
}

struct oat_hot_lookup oat_hot_index_find(const struct oat_hot_index *index, const uint8_t span_id[8],
                                         size_t first, size_t end)
{
    size_t rows = index->count * OAT_BLOCK_ROWS;
    return (struct oat_hot_lookup){
        .index = index, .row = first, .end = end < rows ? end : rows, .hash = hash_of(span_id)};
}

bool oat_hot_lookup_next(struct oat_hot_lookup *lookup, size_t *ret_first, size_t *ret_end)
{
    while (lookup->row < lookup->end) {
        size_t number = lookup->row / OAT_BLOCK_ROWS, first = lookup->row,
               next = (number + 1) * OAT_BLOCK_ROWS;
        const struct oat_hot_block *block = &lookup->index->blocks[number];
        struct oat_section_view filter = oat_section_view_of(block->filter, sizeof block->filter);
        lookup->row = next;
        if (!oat_id_filter_may_have(&filter, lookup->hash))
            continue;
        *ret_first = first;
        *ret_end = next < lookup->end ? next : lookup->end;
        return true;
    }
    return false;
}
