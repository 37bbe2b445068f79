/* Asking the kernel for what will be read, all at once, before it is read piece by piece: files are
 * mapped without read-ahead, so each page that is not in memory costs a round trip of its own. Only
 * advice: nothing fails, and what is in memory costs next to nothing. */
#ifndef OAT_READER_PREFETCH_H
#define OAT_READER_PREFETCH_H

#include "format/sections.h"
#include "reader/image.h"

/* A range of a mapping. */
void oat_prefetch(const uint8_t *bytes, uint64_t len);

#define OAT_PREFETCH_ALL UINT64_MAX

/* The head of a group, unless it was read before. */
void oat_prefetch_head(struct oat_image_table *table, uint32_t group);

/* Rows [first, first + count), which are in the table; columns: bit c for column c. */
void oat_prefetch_rows(struct oat_image_table *table, uint64_t columns, uint32_t first, uint32_t count);

/* A whole column of a group, unless it was read before. */
void oat_prefetch_column(struct oat_image_table *table, unsigned column, uint32_t group);

#endif
