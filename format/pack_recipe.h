/* Recipes of a pack: how a payload is put together from chunks.
 * Change this file, change SPEC.md section "Pack" in the same commit.
 *
 * A recipe stands at a place (an offset) of the section BYTES:
 *
 *   check   4 bytes  low half of XXH3-64 over the operations, seed: nonce XOR place *
 *                    OAT_POSITION_PRIME
 *   length  varint   bytes of the operations
 *           the operations, each as in a pair (recipe.h), but for their arguments:
 *   CHUNK, COMMA_CHUNK, COMMA_SPACE_CHUNK, BASE64
 *           zigzag(number of the chunk - the number expected), which is that of the chunk named before
 *           in this recipe + 1, at first 0
 *   BASE    number of this payload - number of the base's, over 0; then varint n, as there */
#ifndef OAT_FORMAT_PACK_RECIPE_H
#define OAT_FORMAT_PACK_RECIPE_H

#include "format/recipe.h"

/* Room for what stands before the operations. */
#define OAT_PACK_RECIPE_HEAD_MAX 14u

/* ---- Writing ---- */

/* Operations in the making: where they expect the next chunk. Zeroed to begin with. */
struct oat_pack_recipe_maker {
    uint32_t expected;
};

/* Encode one operation at dst (OAT_RECIPE_OP_MAX bytes of room); return the bytes written. A literal is
 * put by oat_recipe_put_literal. chunk < 2^31; distance: back to the base's number, over 0. */
size_t oat_pack_recipe_put_chunk(struct oat_pack_recipe_maker *maker, uint8_t *dst, enum oat_recipe_op op,
                                 uint32_t chunk);
size_t oat_pack_recipe_put_base(uint8_t *dst, uint32_t distance, uint64_t len);

/* Encodes what stands before len bytes of operations at a place; dst has room for
 * OAT_PACK_RECIPE_HEAD_MAX bytes. Returns the bytes written. */
size_t oat_pack_recipe_put_head(uint8_t *dst, const uint8_t *ops, size_t len, uint64_t nonce, uint64_t place);

/* ---- Reading ---- */

/* A checked recipe that is being read. Borrows the bytes. */
struct oat_pack_recipe {
    const uint8_t *ops;
    size_t len;
    size_t pos; /* of the next operation */
    uint32_t payload;
    uint32_t expected;
};

/* Opens the recipe at a place of the section's bytes, that of the payload with that number. OAT_OK or
 * OAT_E_CORRUPT: not inside, or the check is wrong. */
int oat_pack_recipe_open(const uint8_t *bytes, uint64_t len, uint64_t place, uint64_t nonce, uint32_t payload,
                         struct oat_pack_recipe *ret);

/* Reads the next operation; step->offset is a chunk's number, or a payload's (BASE, below that of the
 * recipe). Whether there is such a chunk is the caller's to check. OAT_OK, OAT_NOTFOUND at the end,
 * OAT_E_CORRUPT. */
int oat_pack_recipe_next(struct oat_pack_recipe *recipe, struct oat_recipe_step *ret);

#endif
