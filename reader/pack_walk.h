/* Walking over what a payload of a pack is made of. */
#ifndef OAT_READER_PACK_WALK_H
#define OAT_READER_PACK_WALK_H

#include "reader/pack.h"

/* As oat_pack_pieces, over the first `max` bytes of a payload, with a decoder of the pack that reads what is
 * cut, and says what is forgotten. fn may use it. */
int oat_pack_walk(struct oat_pack *pack, struct oat_pack_decoder *decoder, uint32_t number, uint64_t max,
                  oat_piece_fn fn, void *arg);

#endif
