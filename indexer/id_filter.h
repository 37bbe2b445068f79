/* Which ids a table surely does not have: what is asked of each part before its index.
 * Change this file, change SPEC.md section "Id filter" in the same commit.
 *
 *   u64 word[n]   one for each 8 rows, 1 or more
 *
 * Of the hash h of an id (id_index.h): its word is the upper 32 bits of h, times n, over 2^32; in it are set
 * the bits that the lowest five times 6 bits of h name. One in twenty of other ids has all of them. */
#ifndef OAT_INDEXER_ID_FILTER_H
#define OAT_INDEXER_ID_FILTER_H

#include "format/section_view.h"

/* Bytes of a filter of count rows. */
size_t oat_id_filter_size(uint32_t count);

/* Writes that many bytes at dst: hashes[r] is the hash of the id of row r. */
void oat_id_filter_build(const uint64_t *hashes, uint32_t count, uint8_t *dst);

/* Adds the hash of an id to a filter of len bytes, at first zeros. */
void oat_id_filter_add(uint8_t *filter, size_t len, uint64_t hash);

/* False: no row has an id of this hash. view: the content of a filter; an empty one, or one that is damaged,
 * has whatever is asked for. Thread-safe. */
bool oat_id_filter_may_have(const struct oat_section_view *view, uint64_t hash);

#endif
