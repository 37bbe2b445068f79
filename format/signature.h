/* Signatures: which texts a group of chunks may hold, as a set of bits that a search asks before it decodes
 * the group. Change this file, change SPEC.md section "Text index" in the same commit.
 *
 * A gram is 3, 4 or 6 bytes, one behind the other, of text whose characters are folded (fold_text.h). The
 * signature of a group has the bit of every gram of its bytes, in whichever reading: what a group is found
 * to have not is not in it; what it may have has to be looked for. Grams of 3 serve short texts, longer ones
 * tell phrases apart whose short grams are everywhere.
 *
 * A section SIGNATURES is
 *   group_count  u32
 *   chunk_count  u32, or 0: there are no edges
 *   ends         u32 for each group: where its signature ends among the bits, / 8
 *   edges        4 bytes for each chunk: its first two bytes, and its last two
 *   bits         the signatures
 * with zeros to a multiple of 8 before edges and bits. */
#ifndef OAT_FORMAT_SIGNATURE_H
#define OAT_FORMAT_SIGNATURE_H

#include "format/endian.h"
#include "format/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_SIGNATURE_UNIT 8u /* bytes: their lengths are multiples of it */
#define OAT_EDGES_SIZE     4u
#define OAT_GRAM_MAX       6u

/* Room for any signature. */
#define OAT_SIGNATURE_MAX (OAT_CHUNK_MAX / 10)

/* ---- Making ---- */

/* Bytes that the signature of a group may take, a multiple of 8, so that index and raw bytes are as 1 to
 * over 10 (the group's edges and its end counted); 0: the group is too small for one. */
size_t oat_signature_room(size_t raw_len, uint32_t chunk_count);

/* Makes the signature of a group in `room` bytes: as of oat_signature_room, not 0. Returns the bytes it
 * takes, fewer where fewer do: a multiple of 8. */
size_t oat_signature_make(const uint8_t *raw, size_t raw_len, void *bits, size_t room);

/* The edges of a chunk of len > 0 bytes. Of one that is shorter than 4, bytes stand there twice. */
static inline void oat_edges_of(const uint8_t *chunk, size_t len, uint8_t ret[OAT_EDGES_SIZE])
{
    ret[0] = chunk[0];
    ret[1] = chunk[len > 1];
    ret[2] = chunk[len - 1 - (len > 1)];
    ret[3] = chunk[len - 1];
}

/* ---- Asking ---- */

/* A section that was checked. Borrows its bytes. */
struct oat_signatures {
    uint32_t group_count;
    uint32_t chunk_count; /* 0: no edges */
    const oat_le32 *ends;
    const uint8_t *edges;
    const uint8_t *bits;
};

/* Opens the section of a pack with so many groups and chunks. OAT_OK, or OAT_E_CORRUPT with *ret_what. */
int oat_signatures_open(const uint8_t *bytes, size_t len, uint32_t group_count, uint32_t chunk_count,
                        struct oat_signatures *ret, const char **ret_what);

/* False: the folded text is not in the group, nor anywhere in it where escapes stand for its characters.
 * group < group_count. */
bool oat_signatures_may_have(const struct oat_signatures *signatures, uint32_t group, const char *folded,
                             size_t len);

/* The edges of a chunk, or NULL: not known. */
static inline const uint8_t *oat_signatures_edges(const struct oat_signatures *signatures, uint32_t chunk)
{
    return chunk < signatures->chunk_count ? signatures->edges + (size_t)chunk * OAT_EDGES_SIZE : NULL;
}

#endif
