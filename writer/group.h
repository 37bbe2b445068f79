/* The linked LZ4 group of one thread: chunks compressed one after the other out of one contiguous
 * buffer, each against those before it. What the stream remembers is always exactly what a reader
 * has decoded when it comes to the next block. */
#ifndef OAT_WRITER_GROUP_H
#define OAT_WRITER_GROUP_H

#include "format/entry.h"

typedef struct oat_group oat_group;

/* NULL when out of memory. */
oat_group *oat_group_new(void);
void oat_group_free(oat_group *group);

/* Room that oat_group_compress needs at dst for a chunk of len bytes. */
size_t oat_group_bound(size_t len);

/* Compresses one chunk of 1 .. OAT_CHUNK_MAX bytes to dst. Returns how it is stored: GROUP (then
 * *ret_first tells whether it begins a group), LZ4 or RAW; and the bytes at dst. alone: media and
 * the like, which would only push text out of the history. */
enum oat_entry_kind oat_group_compress(oat_group *group, const void *raw, size_t len, bool alone,
                                       uint8_t *dst, size_t *ret_stored_len, bool *ret_first);

/* The next block begins a group: for the file is another one, or a block was not committed. */
void oat_group_end(oat_group *group);

#endif
