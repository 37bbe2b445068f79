/* Numbers out of the headers of media files: a reader that never passes its end. */
#ifndef OAT_MEDIA_BYTES_H
#define OAT_MEDIA_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Some bytes; plain data. */
struct oat_media_bytes {
    const uint8_t *at;
    size_t len;
    uint64_t whole; /* of a file: its length, of which these may be the beginning */
};

static inline bool oat_media_has(struct oat_media_bytes b, size_t offset, size_t len)
{
    return offset <= b.len && len <= b.len - offset;
}

/* What lies in [offset, offset + len), as much of it as there is. */
static inline struct oat_media_bytes oat_media_part(struct oat_media_bytes b, size_t offset, size_t len)
{
    size_t from = offset < b.len ? offset : b.len;
    size_t rest = b.len - from;
    return (struct oat_media_bytes){b.at + from, len < rest ? len : rest, 0};
}

/* True when the text stands there. */
static inline bool oat_media_is(struct oat_media_bytes b, size_t offset, const char *text)
{
    size_t len = strlen(text);
    return oat_media_has(b, offset, len) && memcmp(b.at + offset, text, len) == 0;
}

/* A number of 1 to 8 bytes, big-endian or little-endian; 0 when it is not all there. */
static inline uint64_t oat_media_be(struct oat_media_bytes b, size_t offset, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; oat_media_has(b, offset, len) && i < len; i++)
        value = value << 8 | b.at[offset + i];
    return value;
}

static inline uint64_t oat_media_le(struct oat_media_bytes b, size_t offset, size_t len)
{
    uint64_t value = 0;
    for (size_t i = len; oat_media_has(b, offset, len) && i > 0; i--)
        value = value << 8 | b.at[offset + i - 1];
    return value;
}

/* How long so many units last, in milliseconds; 0: not known, or absurd. */
static inline uint64_t oat_media_ms(uint64_t units, uint64_t per_second)
{
    if (per_second == 0 || units / per_second > UINT32_MAX)
        return 0;
    return units / per_second * 1000 + units % per_second * 1000 / per_second;
}

#endif
