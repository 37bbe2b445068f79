/* Finding chunks of a pack by their content. */
#ifndef OAT_READER_PACK_FIND_H
#define OAT_READER_PACK_FIND_H

#include "reader/pack.h"

/* Reads the chunk of a content id, under the pack's hash seed. *ret_bytes is the caller's: free(). OAT_OK;
 * OAT_NOTFOUND: the pack has no such chunk, or it is forgotten; OAT_E_NOMEM; OAT_E_CORRUPT (reported). Any
 * thread. */
int oat_pack_find_chunk(struct oat_pack *pack, const uint8_t id[16], uint8_t **ret_bytes, size_t *ret_len);

#endif
