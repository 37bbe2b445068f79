/* Some rows of a block, without decoding the others. Any thread. */
#ifndef OAT_FORMAT_BLOCK_ROWS_H
#define OAT_FORMAT_BLOCK_ROWS_H

#include "format/block.h"

/* One row. row < rows. */
uint64_t oat_block_get(const struct oat_block *block, unsigned row);

/* Rows [first, first + count), which the block has. dst has room for count values. */
void oat_block_decode_some(const struct oat_block *block, unsigned first, unsigned count, uint64_t *dst);

#endif
