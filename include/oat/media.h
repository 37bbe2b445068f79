/* OpenAgentTrace: what images, sounds and films are, from their bytes, and how many tokens models may count
 * for them. Needs no tracer. */
#ifndef OAT_MEDIA_H
#define OAT_MEDIA_H

#include "oat/config.h"

#ifdef __cplusplus
extern "C" {
#endif

enum oat_media_kind { OAT_MEDIA_IS_IMAGE = 1, OAT_MEDIA_IS_AUDIO = 2, OAT_MEDIA_IS_VIDEO = 3 };

/* What the headers of a file say; 0 or "" where they do not say it. */
typedef struct oat_media_info {
    enum oat_media_kind kind;
    const char *type;        /* "image/png", ...; static storage */
    char codec[16];          /* "pcm", "mp3", "vp9", "avc1", ...: printable ASCII */
    uint32_t width, height;  /* pixels, as coded: rotation is not applied */
    uint64_t duration_ms;    /* of animated images too */
    uint32_t sample_rate_hz; /* of sound */
    uint16_t channels;
} oat_media_info;

/* Reads the headers of PNG, JPEG, GIF, WebP, AVIF, WAV, MP3, FLAC, Ogg, MP4, QuickTime or WebM. bytes: the
 * file, or its beginning (what lies behind is then not known: an MP4 may have everything at its end).
 * OAT_OK; OAT_NOTFOUND: it is none of them; OAT_E_INVALID: it begins as one and its headers contradict
 * themselves. *ret is set on OAT_OK only. Reads a bounded part of it, whatever it says; any thread. */
OAT_API int oat_media_describe(const void *bytes, size_t len, oat_media_info *ret);

enum oat_media_detail {
    OAT_MEDIA_DETAIL_AUTO = 0, /* as the provider takes it when nothing is said */
    OAT_MEDIA_DETAIL_LOW = 1,
    OAT_MEDIA_DETAIL_HIGH = 2,
};

/* How many input tokens a model is likely to count for it: an estimate by the rules that providers have
 * published (docs/media.md); never to be added to what a provider reports. model: its name, as given to the
 * provider, up to NUL. OAT_OK; OAT_NOTFOUND: nothing is known of such models, or too little of the medium. */
OAT_API int oat_media_estimate_tokens(const char *model, const oat_media_info *info,
                                      enum oat_media_detail detail, uint64_t *ret_tokens);

#ifdef __cplusplus
}
#endif

#endif
