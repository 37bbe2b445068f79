#include "httpd/sniff.h"

#include <stdbool.h>
#include <string.h>

/* Bytes that a type has at some place. */
struct magic {
    const char *type;
    size_t at, len;
    const char *bytes;
    const char *then; /* and 4 bytes at 8; NULL: any */
};

static const struct magic magics[] = {
    {"image/png", 0, 8, "\x89PNG\r\n\x1a\n", NULL},
    {"image/jpeg", 0, 3, "\xff\xd8\xff", NULL},
    {"image/gif", 0, 6, "GIF87a", NULL},
    {"image/gif", 0, 6, "GIF89a", NULL},
    {"image/webp", 0, 4, "RIFF", "WEBP"},
    {"image/avif", 4, 4, "ftyp", "avif"},
    {"image/avif", 4, 4, "ftyp", "avis"},
    {"audio/wav", 0, 4, "RIFF", "WAVE"},
    {"audio/mpeg", 0, 3, "ID3", NULL},
    {"audio/flac", 0, 4, "fLaC", NULL},
    {"audio/ogg", 0, 4, "OggS", NULL},
    {"video/mp4", 4, 4, "ftyp", "isom"},
    {"video/mp4", 4, 4, "ftyp", "iso2"},
    {"video/mp4", 4, 4, "ftyp", "mp41"},
    {"video/mp4", 4, 4, "ftyp", "mp42"},
    {"video/mp4", 4, 4, "ftyp", "avc1"},
    {"video/mp4", 4, 4, "ftyp", "M4V "},
    {"video/webm", 0, 4, "\x1a\x45\xdf\xa3", NULL},
};

static bool has(const struct magic *magic, const uint8_t *bytes, size_t len)
{
    return len >= magic->at + magic->len && memcmp(bytes + magic->at, magic->bytes, magic->len) == 0 &&
           (!magic->then || (len >= 12 && memcmp(bytes + 8, magic->then, 4) == 0));
}

/* A frame of MPEG audio, layer III, without tags before it. */
static bool is_mp3_frame(const uint8_t *bytes, size_t len)
{
    return len >= 4 && bytes[0] == 0xff && (bytes[1] & 0xe6) == 0xe2 && (bytes[1] & 0x18) != 0x08 &&
           bytes[2] >> 4 != 0xf && bytes[2] >> 4 != 0 && (bytes[2] & 0x0c) != 0x0c;
}

const char *oat_sniff_media(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (has(&magics[i], bytes, len))
            return magics[i].type;
    return is_mp3_frame(bytes, len) ? "audio/mpeg" : NULL;
}
