/* Where in a growing table in memory a span may be: what the index of ids, its filter and the bounds of
 * blocks are to the table of a part. A lookup by span id, and a scan of a window of time, pass over whole
 * blocks. It takes a byte a row, and little more. */
#ifndef OAT_INDEXER_HOT_INDEX_H
#define OAT_INDEXER_HOT_INDEX_H

#include "format/block.h"

#include <stdbool.h>
#include <stddef.h>

struct oat_hot_block {
    uint64_t first_ns, last_ns;     /* starts of its rows lie between; first > last: it has none */
    uint8_t filter[OAT_BLOCK_ROWS]; /* id_filter.h, of its rows' span ids */
};

/* Begins with zeros. Any thread may look something up while nobody adds. */
struct oat_hot_index {
    struct oat_hot_block *blocks; /* of OAT_BLOCK_ROWS rows each */
    size_t count, capacity;
};

/* Makes room for so many rows in all. False: out of memory, all is as it was. */
bool oat_hot_index_reserve(struct oat_hot_index *index, size_t rows);

/* Adds a row, for which there is room. What the row was before stays: it may be found in vain. */
void oat_hot_index_add(struct oat_hot_index *index, size_t row, const uint8_t span_id[8], uint64_t start_ns);

/* Takes all rows out, and keeps the room. */
void oat_hot_index_clear(struct oat_hot_index *index);
/* Accepts a zeroed one, and leaves one. */
void oat_hot_index_free(struct oat_hot_index *index);

/* Times between which the rows of a block start. False: it is not known. */
bool oat_hot_index_bounds(const struct oat_hot_index *index, size_t block, uint64_t *ret_first_ns,
                          uint64_t *ret_last_ns);

/* A lookup that is under way; as struct oat_id_lookup (id_index.h). */
struct oat_hot_lookup {
    const struct oat_hot_index *index;
    size_t row, end; /* the next row, and the one behind the last */
    uint64_t hash;
};

/* Looks for an id among the rows [first, end) of the table. */
struct oat_hot_lookup oat_hot_index_find(const struct oat_hot_index *index, const uint8_t span_id[8],
                                         size_t first, size_t end);

/* The next rows [*ret_first, *ret_end) of which one may have the id; the caller compares. One in twenty of
 * the other blocks is given in vain. False: no more. */
bool oat_hot_lookup_next(struct oat_hot_lookup *lookup, size_t *ret_first, size_t *ret_end);

#endif
