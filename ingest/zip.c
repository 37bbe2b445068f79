#define ZLIB_CONST /* next_in is const, as it should be */
#include "ingest/zip.h"

#include "format/limits.h"
#include "oat/oat.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define END_SIZE       22u
#define DIRECTORY_SIZE 46u
#define LOCAL_SIZE     30u

static uint16_t le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)le16(p) | (uint32_t)le16(p + 2) << 16;
}

static bool is_signature(const uint8_t *p, uint8_t c, uint8_t d)
{
    return p[0] == 'P' && p[1] == 'K' && p[2] == c && p[3] == d;
}

bool oat_zip_open(struct oat_zip *zip, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    if (len < END_SIZE || !is_signature(bytes, 3, 4))
        return false;
    /* The end record is last, before a comment of at most 64 KiB. */
    size_t lowest = len > END_SIZE + 0xffff ? len - END_SIZE - 0xffff : 0;
    for (size_t at = len - END_SIZE + 1; at-- > lowest;) {
        if (!is_signature(bytes + at, 5, 6))
            continue;
        uint32_t size = le32(bytes + at + 12), offset = le32(bytes + at + 16);
        if (!oat_range_ok(offset, size, at))
            return false;
        *zip = (struct oat_zip){bytes, len, offset, (size_t)offset + size, offset};
        return true;
    }
    return false;
}

bool oat_zip_is_damaged(const struct oat_zip *zip)
{
    return zip->at != zip->directory_end;
}

bool oat_zip_next(struct oat_zip *zip, struct oat_zip_entry *ret)
{
    if (!oat_range_ok(zip->at, DIRECTORY_SIZE, zip->directory_end))
        return false;
    const uint8_t *p = zip->data + zip->at;
    if (!is_signature(p, 1, 2))
        return false;
    size_t name_len = le16(p + 28), more = (size_t)le16(p + 30) + le16(p + 32);
    if (!oat_range_ok(zip->at + DIRECTORY_SIZE, name_len + more, zip->directory_end))
        return false;
    *ret = (struct oat_zip_entry){
        .name = (const char *)p + DIRECTORY_SIZE,
        .name_len = name_len,
        .flags = le16(p + 8),
        .method = le16(p + 10),
        .crc = le32(p + 16),
        .packed_len = le32(p + 20),
        .raw_len = le32(p + 24),
        .header = le32(p + 42),
    };
    zip->at += DIRECTORY_SIZE + name_len + more;
    return true;
}

/* Inflates exactly raw_len bytes. */
static int inflate_all(const uint8_t *packed, uint32_t packed_len, uint8_t *raw, uint32_t raw_len)
{
    z_stream stream = {0};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return OAT_E_NOMEM;
    stream.next_in = packed;
    stream.avail_in = packed_len;
    stream.next_out = raw;
    stream.avail_out = raw_len;
    int result = inflate(&stream, Z_FINISH);
    bool whole = result == Z_STREAM_END && stream.avail_out == 0;
    inflateEnd(&stream);
    return whole ? OAT_OK : OAT_E_CORRUPT;
}

int oat_zip_read(const struct oat_zip *zip, const struct oat_zip_entry *entry, size_t max_len,
                 uint8_t **ret_bytes, size_t *ret_len)
{
    int result = OAT_E_CORRUPT;
    uint8_t *raw = NULL;
    if (entry->raw_len > max_len)
        return OAT_E_LIMIT;
    if ((entry->flags & 1) || (entry->method != 0 && entry->method != 8))
        return OAT_E_UNSUPPORTED;
    if (!oat_range_ok(entry->header, LOCAL_SIZE, zip->len) || !is_signature(zip->data + entry->header, 3, 4))
        return OAT_E_CORRUPT;
    const uint8_t *local = zip->data + entry->header;
    size_t start = entry->header + LOCAL_SIZE + le16(local + 26) + le16(local + 28);
    if (!oat_range_ok(start, entry->packed_len, zip->len))
        return OAT_E_CORRUPT;
    /* Deflate shrinks at most about 1032 times: a larger claim is a lie, and costs no memory. */
    if (entry->raw_len / 1100 > entry->packed_len)
        return OAT_E_CORRUPT;
    raw = malloc((size_t)entry->raw_len + 1);
    if (!raw)
        return OAT_E_NOMEM;
    if (entry->method == 8)
        result = inflate_all(zip->data + start, entry->packed_len, raw, entry->raw_len);
    else if (entry->packed_len == entry->raw_len) {
        memcpy(raw, zip->data + start, entry->raw_len);
        result = OAT_OK;
    }
    if (result == OAT_OK && crc32(0, raw, entry->raw_len) != entry->crc)
        result = OAT_E_CORRUPT;
    if (result != OAT_OK) {
        free(raw);
        return result;
    }
    raw[entry->raw_len] = '\0';
    *ret_bytes = raw;
    *ret_len = entry->raw_len;
    return OAT_OK;
}
