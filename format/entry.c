#include "format/entry.h"

#include "format/varint.h"

#include <string.h>

#define KIND_OFFSET 4u
#define ID_OFFSET   5u
#define LENS_OFFSET 13u

static uint32_t entry_check(const uint8_t *src, size_t len, uint64_t nonce, uint64_t offset)
{
    uint64_t seed = nonce ^ (offset / OAT_BLOB_UNIT * OAT_POSITION_PRIME);
    return (uint32_t)oat_hash64(src + KIND_OFFSET, len - KIND_OFFSET, seed);
}

/* The check of a recipe covers two ranges; they are hashed one after the other. */
static uint32_t recipe_check(const uint8_t *header, size_t header_len, const uint8_t *stored,
                             size_t stored_len, uint64_t nonce, uint64_t offset)
{
    uint64_t seed = nonce ^ (offset / OAT_BLOB_UNIT * OAT_POSITION_PRIME);
    uint64_t of_header = oat_hash64(header + KIND_OFFSET, header_len - KIND_OFFSET, seed);
    return (uint32_t)oat_hash64(stored, stored_len, of_header);
}

size_t oat_entry_encode(uint8_t *dst, struct oat_entry *entry, const void *stored, uint64_t nonce,
                        uint64_t offset)
{
    size_t n = LENS_OFFSET;
    dst[KIND_OFFSET] = (uint8_t)entry->kind;
    memcpy(dst + ID_OFFSET, entry->id8, sizeof entry->id8);
    n += oat_varint_put(dst + n, entry->raw_len);
    n += oat_varint_put(dst + n, entry->stored_len);
    if (entry->kind == OAT_ENTRY_GROUP)
        n += oat_varint_put(dst + n, entry->pred_offset ? (offset - entry->pred_offset) / OAT_BLOB_UNIT : 0);

    uint32_t check = entry->kind == OAT_ENTRY_RECIPE
                         ? recipe_check(dst, n, stored, (size_t)entry->stored_len, nonce, offset)
                         : entry_check(dst, n, nonce, offset);
    oat_le32 check_le = oat_le32_of(check);
    memcpy(dst, &check_le, sizeof check_le);
    entry->header_len = (uint32_t)n;
    return n;
}

static bool lengths_ok(const struct oat_entry *e)
{
    switch (e->kind) {
    case OAT_ENTRY_RAW:
        return e->raw_len > 0 && e->raw_len <= OAT_CHUNK_MAX && e->stored_len == e->raw_len;
    case OAT_ENTRY_LZ4:
        return e->raw_len > 0 && e->raw_len <= OAT_CHUNK_MAX && e->stored_len > 0 &&
               e->stored_len < e->raw_len;
    case OAT_ENTRY_GROUP:
        return e->raw_len > 0 && e->raw_len <= OAT_CHUNK_GROUP_MAX && e->stored_len > 0 &&
               e->stored_len < e->raw_len;
    case OAT_ENTRY_RECIPE:
        return e->raw_len <= OAT_PAYLOAD_MAX && e->stored_len <= OAT_RECIPE_STORED_MAX;
    default:
        return false;
    }
}

/* Reads the varints. Returns the header length, 0 when avail is too short for them, -1 when they
 * are wrong. */
static int decode_lens(const uint8_t *src, size_t avail, uint64_t offset, struct oat_entry *e)
{
    uint64_t back = 0;
    uint64_t *fields[] = {&e->raw_len, &e->stored_len, &back};
    int field_count = e->kind == OAT_ENTRY_GROUP ? 3 : 2;
    size_t n = LENS_OFFSET;

    for (int i = 0; i < field_count; i++) {
        size_t used = oat_varint_get(src + n, avail - n, fields[i]);
        if (used == 0)
            return avail - n < OAT_VARINT_MAX ? 0 : -1;
        n += used;
    }
    if (back > offset / OAT_BLOB_UNIT || (back > 0 && offset - back * OAT_BLOB_UNIT < OAT_BLOBS_HEADER_SIZE))
        return -1;
    e->pred_offset = back ? offset - back * OAT_BLOB_UNIT : 0;
    return (int)n;
}

static int need_more(size_t need, size_t *ret_need)
{
    if (ret_need)
        *ret_need = need;
    return OAT_E_LIMIT;
}

int oat_entry_decode(const uint8_t *src, size_t avail, uint64_t nonce, uint64_t offset, struct oat_entry *ret,
                     size_t *ret_need)
{
    struct oat_entry e = {0};
    if (avail < OAT_ENTRY_HEADER_MIN)
        return need_more(OAT_ENTRY_HEADER_MIN, ret_need);
    if (src[KIND_OFFSET] == OAT_ENTRY_NONE)
        return OAT_NOTFOUND;
    if (src[KIND_OFFSET] > OAT_ENTRY_RECIPE)
        return OAT_E_CORRUPT;
    e.kind = (enum oat_entry_kind)src[KIND_OFFSET];
    memcpy(e.id8, src + ID_OFFSET, sizeof e.id8);

    int n = decode_lens(src, avail, offset, &e);
    if (n == 0)
        return need_more(OAT_ENTRY_HEADER_MAX, ret_need);
    if (n < 0 || !lengths_ok(&e))
        return OAT_E_CORRUPT;
    e.header_len = (uint32_t)n;

    uint32_t check;
    if (e.kind == OAT_ENTRY_RECIPE) {
        if (avail - e.header_len < e.stored_len)
            return need_more(e.header_len + (size_t)e.stored_len, ret_need);
        check = recipe_check(src, e.header_len, src + e.header_len, (size_t)e.stored_len, nonce, offset);
    } else {
        check = entry_check(src, e.header_len, nonce, offset);
    }
    oat_le32 stored_check;
    memcpy(&stored_check, src, sizeof stored_check);
    if (check != oat_le32_get(stored_check))
        return OAT_E_CORRUPT;
    *ret = e;
    return OAT_OK;
}

bool oat_entry_raw_ok(const struct oat_entry *entry, const void *raw, size_t raw_len, uint64_t hash_seed)
{
    if (raw_len != entry->raw_len)
        return false;
    oat_content_id id = oat_content_id_of(raw, raw_len, hash_seed);
    return memcmp(id.b, entry->id8, sizeof entry->id8) == 0;
}

struct oat_disk_blob_ref oat_blob_ref_make(uint64_t offset, const uint8_t id8[8], uint64_t raw_len,
                                           uint8_t media, uint8_t flags)
{
    struct oat_disk_blob_ref ref = {
        .offset8 = oat_le32_of((uint32_t)(offset / OAT_BLOB_UNIT)),
        .raw_len = oat_le48_of(raw_len),
        .media = media,
        .flags = flags,
    };
    memcpy(ref.id4, id8, sizeof ref.id4);
    return ref;
}
