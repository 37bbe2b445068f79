/* A bounded table from 128-bit content ids to a 64-bit value (where the bytes are). Used for the
 * chunks and the strings of one pair. Forgetting an entry costs space, never correctness. */
#ifndef OAT_WRITER_DEDUP_H
#define OAT_WRITER_DEDUP_H

#include "format/hash.h"

#include <stdbool.h>

typedef struct oat_dedup oat_dedup;

/* max_entries: a bound, rounded up to a power of two, at least 128; memory grows up to 32 bytes an
 * entry as entries come. NULL when out of memory. */
oat_dedup *oat_dedup_new(size_t max_entries);
void oat_dedup_free(oat_dedup *dedup);

/* Looks a value up. Safe from many threads. */
bool oat_dedup_find(oat_dedup *dedup, const oat_content_id *id, uint64_t *ret_value);

/* Remembers a value, which must be committed in its file already. Safe from many threads; an
 * entry of the same id is replaced; a full table forgets the one that was not asked for longest
 * among a few; out of memory forgets this one. */
void oat_dedup_put(oat_dedup *dedup, const oat_content_id *id, uint64_t value);

#endif
