/* By the W3C's PNG 3, ITU T.81 (JPEG), GIF89a and RFC 9649 (WebP). */
#include "media/image.h"

#define CHUNKS_MAX 100000u /* of one file that are looked at */
#define MS_PER_CS  10u     /* GIF counts in hundredths of a second */

static bool sized(oat_media_info *info, uint64_t width, uint64_t height)
{
    info->width = (uint32_t)width;
    info->height = (uint32_t)height;
    return width > 0 && height > 0 && width <= INT32_MAX && height <= INT32_MAX;
}

bool oat_media_read_png(struct oat_media_bytes file, oat_media_info *info)
{
    size_t at = 8;
    if (!oat_media_is(file, at + 4, "IHDR") || oat_media_be(file, at, 4) != 13 ||
        !sized(info, oat_media_be(file, 16, 4), oat_media_be(file, 20, 4)))
        return false;
    /* An animation: its frames' delays, before and between the image data. */
    for (unsigned i = 0; i < CHUNKS_MAX && oat_media_has(file, at, 12); i++) {
        uint64_t len = oat_media_be(file, at, 4);
        if (oat_media_is(file, at + 4, "fcTL") && len == 26) {
            uint64_t over = oat_media_be(file, at + 30, 2);
            info->duration_ms += oat_media_ms(oat_media_be(file, at + 28, 2), over ? over : 100);
        }
        at += 12 + (size_t)len;
    }
    return true;
}

/* A frame header: SOF0..15 without DHT, JPG and DAC. */
static bool is_frame(uint8_t marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

bool oat_media_read_jpeg(struct oat_media_bytes file, oat_media_info *info)
{
    size_t at = 2;
    for (unsigned i = 0; i < CHUNKS_MAX && oat_media_has(file, at, 4) && file.at[at] == 0xff; i++) {
        uint8_t marker = file.at[at + 1];
        if (marker == 0xff) { /* filling */
            at++;
            continue;
        }
        if (is_frame(marker))
            return oat_media_has(file, at, 9) &&
                   sized(info, oat_media_be(file, at + 7, 2), oat_media_be(file, at + 5, 2));
        uint64_t len = oat_media_be(file, at + 2, 2);
        if (len < 2 || marker == 0xd9 || marker == 0xda)
            return false;
        at += 2 + (size_t)len;
    }
    return false;
}

/* The end of a run of GIF's sub-blocks. */
static size_t skip_blocks(struct oat_media_bytes file, size_t at)
{
    while (at < file.len && file.at[at] != 0)
        at += 1 + (size_t)file.at[at];
    return at + 1;
}

static size_t gif_table(uint64_t flags)
{
    return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

bool oat_media_read_gif(struct oat_media_bytes file, oat_media_info *info)
{
    if (!sized(info, oat_media_le(file, 6, 2), oat_media_le(file, 8, 2)))
        return false;
    size_t at = 13 + gif_table(oat_media_le(file, 10, 1));
    for (unsigned i = 0; i < CHUNKS_MAX && at < file.len; i++) {
        if (file.at[at] == 0x21) {
            if (oat_media_is(file, at + 1, "\xf9\x04"))
                info->duration_ms += MS_PER_CS * oat_media_le(file, at + 4, 2);
            at = skip_blocks(file, at + 2);
        } else if (file.at[at] == 0x2c) {
            at = skip_blocks(file, at + 11 + gif_table(oat_media_le(file, at + 9, 1)));
        } else {
            break;
        }
    }
    return true;
}

bool oat_media_read_webp(struct oat_media_bytes file, oat_media_info *info)
{
    bool found = false;
    size_t at = 12;
    for (unsigned i = 0; i < CHUNKS_MAX && oat_media_has(file, at, 8); i++) {
        struct oat_media_bytes chunk = oat_media_part(file, at + 8, (size_t)oat_media_le(file, at + 4, 4));
        if (oat_media_is(file, at, "VP8X")) {
            found = oat_media_has(chunk, 0, 10) &&
                    sized(info, 1 + oat_media_le(chunk, 4, 3), 1 + oat_media_le(chunk, 7, 3));
        } else if (oat_media_is(file, at, "ANMF")) {
            info->duration_ms += oat_media_le(chunk, 12, 3);
        } else if (!found && oat_media_is(file, at, "VP8 ")) {
            return oat_media_is(chunk, 3, "\x9d\x01\x2a") &&
                   sized(info, oat_media_le(chunk, 6, 2) & 0x3fff, oat_media_le(chunk, 8, 2) & 0x3fff);
        } else if (!found && oat_media_is(file, at, "VP8L")) {
            uint64_t bits = oat_media_le(chunk, 1, 4);
            return oat_media_has(chunk, 0, 5) && chunk.at[0] == 0x2f &&
                   sized(info, 1 + (bits & 0x3fff), 1 + (bits >> 14 & 0x3fff));
        }
        at += 8 + (size_t)oat_media_le(file, at + 4, 4);
        at += at & 1;
    }
    return found;
}
