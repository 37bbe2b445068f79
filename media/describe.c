#include "media/describe.h"

#include "media/audio.h"
#include "media/image.h"
#include "media/mp4.h"
#include "media/webm.h"
#include "oat/oat.h"

/* What a file begins with, and who reads it; the first that fits. */
static const struct format {
    const char *begin;
    size_t at2;
    const char *begin2; /* likewise at at2; "": anything */
    enum oat_media_kind kind;
    const char *type, *codec;
    bool (*read)(struct oat_media_bytes file, oat_media_info *info);
} formats[] = {
    {"\x89PNG\r\n\x1a\n", 0, "", OAT_MEDIA_IS_IMAGE, "image/png", "", oat_media_read_png},
    {"\xff\xd8\xff", 0, "", OAT_MEDIA_IS_IMAGE, "image/jpeg", "", oat_media_read_jpeg},
    {"GIF87a", 0, "", OAT_MEDIA_IS_IMAGE, "image/gif", "", oat_media_read_gif},
    {"GIF89a", 0, "", OAT_MEDIA_IS_IMAGE, "image/gif", "", oat_media_read_gif},
    {"RIFF", 8, "WEBP", OAT_MEDIA_IS_IMAGE, "image/webp", "", oat_media_read_webp},
    {"RIFF", 8, "WAVE", OAT_MEDIA_IS_AUDIO, "audio/wav", "", oat_media_read_wav},
    {"fLaC", 0, "", OAT_MEDIA_IS_AUDIO, "audio/flac", "flac", oat_media_read_flac},
    {"OggS", 0, "", OAT_MEDIA_IS_AUDIO, "audio/ogg", "", oat_media_read_ogg},
    {"", 4, "ftyp", OAT_MEDIA_IS_VIDEO, "video/mp4", "", oat_media_read_mp4},
    {"\x1a\x45\xdf\xa3", 0, "", OAT_MEDIA_IS_VIDEO, "video/webm", "", oat_media_read_webm},
    {"ID3", 0, "", OAT_MEDIA_IS_AUDIO, "audio/mpeg", "mp3", oat_media_read_mp3},
};

static const struct format mp3 = {"", 0, "", OAT_MEDIA_IS_AUDIO, "audio/mpeg", "mp3", oat_media_read_mp3};

static const struct format *format_of(struct oat_media_bytes file)
{
    size_t at;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (oat_media_is(file, 0, formats[i].begin) && oat_media_is(file, formats[i].at2, formats[i].begin2))
            return &formats[i];
    return oat_media_find_mp3(file, &at) ? &mp3 : NULL;
}

int oat_media_describe_beginning(const void *bytes, size_t len, uint64_t whole, oat_media_info *ret)
{
    struct oat_media_bytes file = {bytes, len, whole};
    const struct format *format = format_of(file);
    if (!format)
        return OAT_NOTFOUND;
    oat_media_info info = {.kind = format->kind, .type = format->type};
    if (!format->read(file, &info))
        return OAT_E_INVALID;
    *ret = info;
    return OAT_OK;
}

int oat_media_describe(const void *bytes, size_t len, oat_media_info *ret)
{
    return oat_media_describe_beginning(bytes, len, len, ret);
}
