/* Entries of a blob segment: one chunk or one recipe each, at a multiple of 8 bytes.
 * Change this file, change SPEC.md section "Blob segment" in the same commit.
 *
 *   0  check   4 bytes  low half of h = XXH3-64 over bytes 4 .. end of header, seed: nonce XOR
 *                       (offset / 8) * OAT_POSITION_PRIME; of a RECIPE: low half of XXH3-64 over
 *                       its stored bytes, seed h
 *   4  kind    1 byte   enum oat_entry_kind
 *   5  id8     8 bytes  first bytes of the content id of the raw bytes: their checksum
 *  13  raw     varint   raw bytes
 *      stored  varint   stored bytes
 *      back    varint   GROUP only: distance / 8 back to the predecessor; 0 = first of its group
 *      the stored bytes, then zeros to a multiple of 8 */
#ifndef OAT_FORMAT_ENTRY_H
#define OAT_FORMAT_ENTRY_H

#include "format/hash.h"
#include "format/limits.h"
#include "format/slot.h"

#include <stdbool.h>

enum oat_entry_kind {
    OAT_ENTRY_NONE = 0,   /* a hole */
    OAT_ENTRY_RAW = 1,    /* a chunk as it is; stored = raw */
    OAT_ENTRY_LZ4 = 2,    /* a chunk, one independent LZ4 block */
    OAT_ENTRY_GROUP = 3,  /* a chunk, an LZ4 block that continues its predecessor's */
    OAT_ENTRY_RECIPE = 4, /* operations that make a payload of chunks (recipe.h) */
};

#define OAT_ENTRY_HEADER_MIN 15u
#define OAT_ENTRY_HEADER_MAX (13u + 3u * 10u)

struct oat_entry {
    enum oat_entry_kind kind;
    uint8_t id8[8];
    uint64_t raw_len;
    uint64_t stored_len;
    uint64_t pred_offset; /* of the predecessor in the group; 0 = first of its group */
    uint32_t header_len;  /* bytes before the stored bytes; set by encode and decode */
};

/* Encodes a header for an entry at `offset` (a multiple of 8) into dst, which has room for
 * OAT_ENTRY_HEADER_MAX bytes. stored: the stored bytes; read for a RECIPE only, may be NULL
 * otherwise. Sets entry->header_len and returns it. */
size_t oat_entry_encode(uint8_t *dst, struct oat_entry *entry, const void *stored, uint64_t nonce,
                        uint64_t offset);

/* Decodes a header read from `offset`; avail: bytes at src. *ret_need, when not NULL, is set with
 * OAT_E_LIMIT. Returns
 *   OAT_OK         *ret is set; for a RECIPE the check covered its stored bytes too
 *   OAT_NOTFOUND   a hole (kind 0)
 *   OAT_E_LIMIT    avail is too short: *ret_need bytes are needed to decide
 *   OAT_E_CORRUPT  the check, a length or the predecessor is wrong */
int oat_entry_decode(const uint8_t *src, size_t avail, uint64_t nonce, uint64_t offset, struct oat_entry *ret,
                     size_t *ret_need);

/* Bytes the entry takes in the file, padding included. */
static inline uint64_t oat_entry_size(const struct oat_entry *entry)
{
    return (entry->header_len + entry->stored_len + OAT_BLOB_UNIT - 1) & ~(uint64_t)(OAT_BLOB_UNIT - 1);
}

/* Checks decoded bytes against the entry: length and id8 under the pair's hash seed. */
bool oat_entry_raw_ok(const struct oat_entry *entry, const void *raw, size_t raw_len, uint64_t hash_seed);

/* ---- References ---- */

static inline uint64_t oat_blob_ref_offset(const struct oat_disk_blob_ref *ref)
{
    return (uint64_t)oat_le32_get(ref->offset8) * OAT_BLOB_UNIT;
}

static inline bool oat_blob_ref_is_none(const struct oat_disk_blob_ref *ref)
{
    return oat_le32_get(ref->offset8) == 0 && !(ref->flags & OAT_REF_LOST);
}

/* offset: of the entry, a multiple of 8 below OAT_BLOBS_FILE_MAX; raw_len <= OAT_PAYLOAD_MAX. */
struct oat_disk_blob_ref oat_blob_ref_make(uint64_t offset, const uint8_t id8[8], uint64_t raw_len,
                                           uint8_t media, uint8_t flags);

#endif
