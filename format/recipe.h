/* Recipes: how a payload is put together from chunks.
 * Change this file, change SPEC.md section "Recipes" in the same commit.
 *
 * The stored bytes of a RECIPE entry are operations, each a varint v: operation v & 7, argument
 * v >> 3. The text they produce, one after the other, is the payload.
 *   0 LITERAL       argument: length; that many bytes follow
 *   1 CHUNK         argument: distance / 8 back from this entry to a chunk entry; its raw bytes
 *   2 COMMA_CHUNK   "," and then as CHUNK
 *   3 COMMA_SPACE_CHUNK  ", " and then as CHUNK
 *   4 BASE          only first. argument: distance / 8 back to an earlier RECIPE; a varint n
 *                   follows: the first n bytes of what that one produces
 *   5 BASE64        as CHUNK, its raw bytes in base64 (RFC 4648 section 4, padded, no line breaks) */
#ifndef OAT_FORMAT_RECIPE_H
#define OAT_FORMAT_RECIPE_H

#include <stddef.h>
#include <stdint.h>

enum oat_recipe_op {
    OAT_RECIPE_LITERAL = 0,
    OAT_RECIPE_CHUNK = 1,
    OAT_RECIPE_COMMA_CHUNK = 2,
    OAT_RECIPE_COMMA_SPACE_CHUNK = 3,
    OAT_RECIPE_BASE = 4,
    OAT_RECIPE_BASE64 = 5,
};

/* One decoded operation. */
struct oat_recipe_step {
    enum oat_recipe_op op;
    const uint8_t *literal; /* LITERAL: into the recipe's bytes */
    uint64_t len;           /* LITERAL: bytes; BASE: bytes of the base's expansion */
    uint64_t offset;        /* CHUNK..., BASE, BASE64: file offset of the entry referred to */
};

/* Room one encoded operation needs, literal bytes aside. */
#define OAT_RECIPE_OP_MAX 20u

/* Encode one operation at dst; return the bytes written. `offset`: of the recipe's own entry. */
size_t oat_recipe_put_literal(uint8_t *dst, const void *bytes, size_t len);
size_t oat_recipe_put_chunk(uint8_t *dst, enum oat_recipe_op op, uint64_t offset, uint64_t chunk_offset);
size_t oat_recipe_put_base(uint8_t *dst, uint64_t offset, uint64_t base_offset, uint64_t len);

/* Reads the operation at ops[*pos] of a recipe whose entry stands at `offset`; moves *pos behind
 * it. Returns OAT_OK, OAT_NOTFOUND at the end, or OAT_E_CORRUPT: an unknown operation, a literal
 * past the end, a reference that is not strictly earlier, a BASE that is not first. */
int oat_recipe_next(const uint8_t *ops, size_t len, size_t *pos, uint64_t offset,
                    struct oat_recipe_step *ret);

/* The fixed text an operation puts before its chunk: "", "," or ", ". */
const char *oat_recipe_lead(enum oat_recipe_op op);

#endif
