/* By ISO 14496-12 (boxes), 14496-14, 23008-12 and AV1 Image File Format. */
#include "media/mp4.h"

#define DEPTH_MAX 8u
#define BOXES_MAX 20000u

enum track { TRACK_OTHER, TRACK_VIDEO, TRACK_AUDIO };

struct walk {
    oat_media_info *info;
    unsigned boxes; /* that were looked at */
    enum track track;
    bool has_video, has_audio;
};

static bool is(const uint8_t type[4], const char *name)
{
    return memcmp(type, name, 4) == 0;
}

/* Bytes before the boxes that a box has inside; -1: it has none that matter. */
static int inside(const uint8_t type[4])
{
    static const char *const plain[] = {"moov", "trak", "mdia", "minf", "stbl", "iprp", "ipco"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (is(type, plain[i]))
            return 0;
    return is(type, "meta") ? 4 : -1;
}

/* A codec's four characters as text. */
static void set_codec(oat_media_info *info, struct oat_media_bytes name)
{
    size_t len = 0;
    for (size_t i = 0; i < 4 && i < name.len; i++)
        if (name.at[i] > ' ' && name.at[i] < 0x7f)
            info->codec[len++] = (char)name.at[i];
    info->codec[len] = '\0';
}

static uint64_t duration_of(struct oat_media_bytes box)
{
    bool wide = oat_media_be(box, 0, 1) == 1;
    uint64_t scale = oat_media_be(box, wide ? 20 : 12, 4);
    return oat_media_ms(oat_media_be(box, wide ? 24 : 16, wide ? 8 : 4), scale);
}

static void read_size(struct walk *walk, uint64_t width, uint64_t height)
{
    oat_media_info *info = walk->info;
    if (width > INT32_MAX || height > INT32_MAX || width * height <= (uint64_t)info->width * info->height)
        return;
    info->width = (uint32_t)width;
    info->height = (uint32_t)height;
}

/* The first description of a track's samples. */
static void read_samples(struct walk *walk, struct oat_media_bytes box)
{
    struct oat_media_bytes entry = oat_media_part(box, 8, (size_t)oat_media_be(box, 8, 4));
    bool names_film = walk->track == TRACK_VIDEO && !walk->has_video;
    if (names_film || (walk->track == TRACK_AUDIO && !walk->has_video && !walk->has_audio))
        set_codec(walk->info, oat_media_part(entry, 4, 4));
    if (walk->track == TRACK_VIDEO) {
        walk->has_video = true;
        read_size(walk, oat_media_be(entry, 32, 2), oat_media_be(entry, 34, 2));
    } else if (walk->track == TRACK_AUDIO && !walk->has_audio) {
        walk->has_audio = true;
        walk->info->channels = (uint16_t)oat_media_be(entry, 24, 2);
        walk->info->sample_rate_hz = (uint32_t)oat_media_be(entry, 32, 2);
    }
}

static void read_box(struct walk *walk, const uint8_t type[4], struct oat_media_bytes box)
{
    if (is(type, "mvhd"))
        walk->info->duration_ms = duration_of(box);
    else if (is(type, "hdlr"))
        walk->track = oat_media_is(box, 8, "vide")   ? TRACK_VIDEO
                      : oat_media_is(box, 8, "soun") ? TRACK_AUDIO
                                                     : TRACK_OTHER;
    else if (is(type, "ispe"))
        read_size(walk, oat_media_be(box, 4, 4), oat_media_be(box, 8, 4));
    else if (is(type, "stsd"))
        read_samples(walk, box);
}

/* False: a box is not as long as it has to be. */
static bool read_boxes(struct walk *walk, struct oat_media_bytes in, unsigned depth)
{
    size_t at = 0;
    while (oat_media_has(in, at, 8) && walk->boxes++ < BOXES_MAX) {
        uint64_t len = oat_media_be(in, at, 4), header = 8;
        const uint8_t *type = in.at + at + 4;
        if (len == 1) {
            len = oat_media_be(in, at + 8, 8);
            header = 16;
        } else if (len == 0) {
            len = in.len - at; /* to the end */
        }
        if (len < header)
            return false;
        struct oat_media_bytes box = oat_media_part(in, at + header, (size_t)(len - header));
        int skip = inside(type);
        if (skip < 0)
            read_box(walk, type, box);
        else if (depth < DEPTH_MAX &&
                 !read_boxes(walk, oat_media_part(box, (size_t)skip, SIZE_MAX), depth + 1))
            return false;
        if (len > in.len - at)
            break; /* the rest was not given */
        at += (size_t)len;
    }
    return true;
}

bool oat_media_read_mp4(struct oat_media_bytes file, oat_media_info *info)
{
    struct walk walk = {.info = info};
    if (!read_boxes(&walk, file, 0))
        return false;
    if (oat_media_is(file, 8, "avif") || oat_media_is(file, 8, "avis")) {
        info->kind = OAT_MEDIA_IS_IMAGE;
        info->type = "image/avif";
        return info->width > 0 && info->height > 0;
    }
    bool is_sound = (walk.has_audio && !walk.has_video) || oat_media_is(file, 8, "M4A ");
    info->kind = is_sound ? OAT_MEDIA_IS_AUDIO : OAT_MEDIA_IS_VIDEO;
    info->type = is_sound ? "audio/mp4" : oat_media_is(file, 8, "qt  ") ? "video/quicktime" : "video/mp4";
    return true;
}
