/* By RFC 8794 (EBML) and RFC 9559 (Matroska). */
#include "media/webm.h"

#define DEPTH_MAX    6u
#define ELEMENTS_MAX 20000u
#define NS_PER_MS    1000000.0
#define DURATION_MAX 4e15 /* milliseconds that are believed */

/* With their marker bits, as they stand in files. */
enum element {
    ID_EBML = 0x1a45dfa3,
    ID_DOC_TYPE = 0x4282,
    ID_SEGMENT = 0x18538067,
    ID_INFO = 0x1549a966,
    ID_SCALE = 0x2ad7b1,
    ID_DURATION = 0x4489,
    ID_TRACKS = 0x1654ae6b,
    ID_TRACK = 0xae,
    ID_CODEC = 0x86,
    ID_VIDEO = 0xe0,
    ID_WIDTH = 0xb0,
    ID_HEIGHT = 0xba,
    ID_AUDIO = 0xe1,
    ID_FREQUENCY = 0xb5,
    ID_CHANNELS = 0x9f,
};

struct walk {
    oat_media_info *info;
    unsigned elements;
    uint64_t scale_ns;
    double duration; /* in units of scale_ns */
    struct oat_media_bytes doc_type, codec, video_codec, audio_codec;
    bool has_video;
};

/* A number with its own length; without its marker if it is a size. 0 bytes: there is none. */
static size_t read_varint(struct oat_media_bytes b, size_t at, bool is_size, uint64_t *ret)
{
    size_t len = 1;
    if (!oat_media_has(b, at, 1) || b.at[at] == 0)
        return 0;
    while (!(b.at[at] & 0x80 >> (len - 1)))
        len++;
    if (!oat_media_has(b, at, len))
        return 0;
    *ret = oat_media_be(b, at, len);
    uint64_t marker = UINT64_C(1) << 7 * len;
    if (is_size)
        *ret = *ret == 2 * marker - 1 ? UINT64_MAX : *ret - marker; /* all ones: not known */
    return len;
}

static double read_float(struct oat_media_bytes b)
{
    uint64_t bits = oat_media_be(b, 0, b.len <= 8 ? b.len : 8);
    uint32_t half = (uint32_t)bits;
    double wide = 0;
    float narrow;
    if (b.len == 8) {
        memcpy(&wide, &bits, sizeof wide);
    } else if (b.len == 4) {
        memcpy(&narrow, &half, sizeof narrow);
        wide = (double)narrow;
    }
    return wide >= 0 && wide < DURATION_MAX ? wide : 0; /* NaN, too, is 0 */
}

static uint32_t read_small(struct oat_media_bytes b)
{
    uint64_t value = b.len <= 8 ? oat_media_be(b, 0, b.len) : 0;
    return value <= INT32_MAX ? (uint32_t)value : 0;
}

static bool is_parent(uint64_t id)
{
    return id == ID_EBML || id == ID_SEGMENT || id == ID_INFO || id == ID_TRACKS || id == ID_TRACK ||
           id == ID_VIDEO || id == ID_AUDIO;
}

static void read_element(struct walk *walk, uint64_t id, struct oat_media_bytes b)
{
    oat_media_info *info = walk->info;
    switch (id) {
    case ID_DOC_TYPE:
        walk->doc_type = b;
        break;
    case ID_SCALE:
        walk->scale_ns = read_small(b);
        break;
    case ID_DURATION:
        walk->duration = read_float(b);
        break;
    case ID_CODEC:
        walk->codec = b;
        break;
    case ID_WIDTH:
        info->width = read_small(b);
        break;
    case ID_HEIGHT:
        info->height = read_small(b);
        break;
    case ID_FREQUENCY:
        info->sample_rate_hz = read_float(b) < INT32_MAX ? (uint32_t)read_float(b) : 0;
        break;
    case ID_CHANNELS:
        info->channels = (uint16_t)read_small(b);
        break;
    default:
        break;
    }
}

static bool read_elements(struct walk *walk, struct oat_media_bytes in, unsigned depth);

/* A track's codec stands before or behind what says of which kind it is. */
static bool read_parent(struct walk *walk, uint64_t id, struct oat_media_bytes in, unsigned depth)
{
    if (id == ID_TRACK)
        walk->codec = (struct oat_media_bytes){0};
    if (id == ID_VIDEO)
        walk->has_video = true;
    uint32_t width = walk->info->width;
    uint32_t rate_hz = walk->info->sample_rate_hz;
    if (depth >= DEPTH_MAX || !read_elements(walk, in, depth + 1))
        return false;
    if (id == ID_TRACK && walk->info->width != width && !walk->video_codec.at)
        walk->video_codec = walk->codec;
    if (id == ID_TRACK && walk->info->sample_rate_hz != rate_hz && !walk->audio_codec.at)
        walk->audio_codec = walk->codec;
    return true;
}

/* False: an element is not one. */
static bool read_elements(struct walk *walk, struct oat_media_bytes in, unsigned depth)
{
    size_t at = 0;
    while (at < in.len && walk->elements++ < ELEMENTS_MAX) {
        uint64_t id, len;
        size_t id_len = read_varint(in, at, false, &id);
        size_t len_len = id_len ? read_varint(in, at + id_len, true, &len) : 0;
        if (len_len == 0)
            return depth < 2; /* the end of what was given */
        at += id_len + len_len;
        struct oat_media_bytes b = oat_media_part(in, at, len < SIZE_MAX ? (size_t)len : SIZE_MAX);
        if (!is_parent(id))
            read_element(walk, id, b);
        else if (!read_parent(walk, id, b, depth))
            return false;
        if (len > in.len - at)
            break;
        at += (size_t)len;
    }
    return true;
}

/* "V_VP9" is vp9, "A_OPUS" opus; of longer ones the first part, in lower case. */
static void set_codec(oat_media_info *info, struct oat_media_bytes name)
{
    size_t len = 0;
    for (size_t i = 2; i < name.len && len + 1 < sizeof info->codec; i++) {
        uint8_t c = name.at[i];
        if (c == '/' || c <= ' ' || c >= 0x7f)
            break;
        info->codec[len++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    info->codec[len] = '\0';
}

bool oat_media_read_webm(struct oat_media_bytes file, oat_media_info *info)
{
    struct walk walk = {.info = info, .scale_ns = 1000000};
    if (!read_elements(&walk, file, 0))
        return false;
    bool is_webm = oat_media_is(walk.doc_type, 0, "webm");
    info->kind = walk.has_video ? OAT_MEDIA_IS_VIDEO : OAT_MEDIA_IS_AUDIO;
    info->type = walk.has_video ? (is_webm ? "video/webm" : "video/x-matroska")
                                : (is_webm ? "audio/webm" : "audio/x-matroska");
    set_codec(info, walk.has_video ? walk.video_codec : walk.audio_codec);
    double ms = walk.duration * (double)walk.scale_ns / NS_PER_MS;
    info->duration_ms = ms < DURATION_MAX ? (uint64_t)ms : 0;
    return true;
}
