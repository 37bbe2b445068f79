/* By Microsoft's RIFF, ISO 11172-3 and 13818-3 (MP3), ID3v2.4, RFC 9639 (FLAC), RFC 3533 (Ogg), RFC 7845
 * (Opus), Vorbis I. */
#include "media/audio.h"

#include <stdio.h>

#define CHUNKS_MAX  1000u
#define SEEK_MAX    4096u /* bytes before the first frame of an MP3 */
#define OPUS_HZ     48000u
#define KBIT        1000u
#define OGG_LAST    65536u /* bytes at the end where the last page begins */
#define PAGE_HEADER 27u

static void set_codec(oat_media_info *info, const char *codec)
{
    snprintf(info->codec, sizeof info->codec, "%s", codec);
}

/* ---- WAV ---- */

static const char *wav_codec(uint64_t format)
{
    switch (format) {
    case 1:
    case 0xfffe:
        return "pcm";
    case 3:
        return "pcm-float";
    case 6:
        return "alaw";
    case 7:
        return "mulaw";
    case 0x55:
        return "mp3";
    default:
        return "";
    }
}

bool oat_media_read_wav(struct oat_media_bytes file, oat_media_info *info)
{
    uint64_t bytes_per_s = 0;
    size_t at = 12;
    for (unsigned i = 0; i < CHUNKS_MAX && oat_media_has(file, at, 8); i++) {
        uint64_t len = oat_media_le(file, at + 4, 4);
        if (oat_media_is(file, at, "fmt ") && len >= 16) {
            set_codec(info, wav_codec(oat_media_le(file, at + 8, 2)));
            info->channels = (uint16_t)oat_media_le(file, at + 10, 2);
            info->sample_rate_hz = (uint32_t)oat_media_le(file, at + 12, 4);
            bytes_per_s = oat_media_le(file, at + 16, 4);
        } else if (oat_media_is(file, at, "data")) {
            /* A recording that was not closed has no length, or the greatest. */
            uint64_t rest = file.whole - at - 8;
            info->duration_ms = oat_media_ms(len == 0 || len == UINT32_MAX ? rest : len, bytes_per_s);
            break;
        }
        at += 8 + (size_t)len + (len & 1);
    }
    return info->sample_rate_hz > 0 && info->channels > 0;
}

/* ---- MP3 ---- */

struct frame {
    uint32_t rate_hz, kbit_per_s, samples;
    size_t len;
    uint16_t channels;
    bool is_lsf; /* MPEG 2 and 2.5: half as many samples */
};

/* Layer III alone. */
static bool read_frame(struct oat_media_bytes file, size_t at, struct frame *ret)
{
    static const uint16_t kbits[2][15] = {
        {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
        {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
    };
    static const uint32_t rates_hz[3] = {44100, 48000, 32000};
    uint64_t word = oat_media_be(file, at, 4);
    unsigned version = word >> 19 & 3, rate = word >> 10 & 3, kbit = word >> 12 & 15;
    if (word >> 21 != 0x7ff || version == 1 || (word >> 17 & 3) != 1 || rate == 3 || kbit == 0 || kbit == 15)
        return false;
    ret->is_lsf = version != 3;
    ret->rate_hz = rates_hz[rate] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
    ret->kbit_per_s = kbits[ret->is_lsf][kbit];
    ret->samples = ret->is_lsf ? 576 : 1152;
    ret->channels = (word >> 6 & 3) == 3 ? 1 : 2;
    ret->len = ret->samples / 8 * ret->kbit_per_s * KBIT / ret->rate_hz + (word >> 9 & 1);
    return true;
}

static size_t skip_id3(struct oat_media_bytes file)
{
    if (!oat_media_is(file, 0, "ID3") || !oat_media_has(file, 0, 10))
        return 0;
    size_t len = 0;
    for (unsigned i = 6; i < 10; i++)
        len = len << 7 | (file.at[i] & 0x7f);
    return 10 + len + (file.at[5] & 0x10 ? 10 : 0);
}

bool oat_media_find_mp3(struct oat_media_bytes file, size_t *ret_at)
{
    size_t from = skip_id3(file);
    struct frame frame, next;
    for (size_t at = from; at < from + (from ? SEEK_MAX : 1) && oat_media_has(file, at, 4); at++)
        if (read_frame(file, at, &frame) &&
            (read_frame(file, at + frame.len, &next) || (from && !oat_media_has(file, at + frame.len, 4)))) {
            *ret_at = at;
            return true;
        }
    return false;
}

bool oat_media_read_mp3(struct oat_media_bytes file, oat_media_info *info)
{
    struct frame frame;
    size_t at;
    if (!oat_media_find_mp3(file, &at) || !read_frame(file, at, &frame))
        return false;
    set_codec(info, "mp3");
    info->sample_rate_hz = frame.rate_hz;
    info->channels = frame.channels;
    size_t side = frame.is_lsf ? (frame.channels == 1 ? 9 : 17) : (frame.channels == 1 ? 17 : 32);
    size_t xing = at + 4 + side, vbri = at + 36;
    uint64_t frames = 0;
    if ((oat_media_is(file, xing, "Xing") || oat_media_is(file, xing, "Info")) &&
        oat_media_be(file, xing + 4, 4) & 1)
        frames = oat_media_be(file, xing + 8, 4);
    else if (oat_media_is(file, vbri, "VBRI"))
        frames = oat_media_be(file, vbri + 14, 4);
    info->duration_ms = frames ? oat_media_ms(frames * frame.samples, frame.rate_hz)
                               : oat_media_ms((file.whole - at) * 8, (uint64_t)frame.kbit_per_s * KBIT);
    return true;
}

/* ---- FLAC ---- */

/* STREAMINFO: sample rate 20 bits, channels 3, bits 5, samples 36. */
static bool read_streaminfo(struct oat_media_bytes info_block, oat_media_info *info)
{
    uint64_t word = oat_media_be(info_block, 10, 8);
    info->sample_rate_hz = (uint32_t)(word >> 44);
    info->channels = (uint16_t)((word >> 41 & 7) + 1);
    info->duration_ms = oat_media_ms(word & 0xfffffffff, info->sample_rate_hz);
    set_codec(info, "flac");
    return info->sample_rate_hz > 0;
}

bool oat_media_read_flac(struct oat_media_bytes file, oat_media_info *info)
{
    return oat_media_has(file, 4, 38) && (file.at[4] & 0x7f) == 0 &&
           read_streaminfo(oat_media_part(file, 8, 34), info);
}

/* ---- Ogg ---- */

/* The position that the last page of a stream ends at, in samples. */
static uint64_t last_position(struct oat_media_bytes file, uint64_t serial)
{
    size_t first = file.len > OGG_LAST ? file.len - OGG_LAST : 0;
    for (size_t at = file.len - PAGE_HEADER + 1; at-- > first;)
        if (oat_media_is(file, at, "OggS") && oat_media_le(file, at + 14, 4) == serial) {
            uint64_t position = oat_media_le(file, at + 6, 8);
            if (position != UINT64_MAX)
                return position;
        }
    return 0;
}

bool oat_media_read_ogg(struct oat_media_bytes file, oat_media_info *info)
{
    size_t segments = (size_t)oat_media_le(file, 26, 1);
    if (!oat_media_has(file, 0, PAGE_HEADER + segments))
        return false;
    struct oat_media_bytes packet = oat_media_part(file, PAGE_HEADER + segments, SIZE_MAX);
    uint64_t samples = last_position(file, oat_media_le(file, 14, 4));
    if (oat_media_is(packet, 0, "OpusHead")) {
        uint64_t skipped = oat_media_le(packet, 10, 2);
        set_codec(info, "opus");
        info->channels = (uint16_t)oat_media_le(packet, 9, 1);
        info->sample_rate_hz = OPUS_HZ;
        info->duration_ms = oat_media_ms(samples > skipped ? samples - skipped : 0, OPUS_HZ);
    } else if (oat_media_is(packet, 0, "\x01vorbis")) {
        set_codec(info, "vorbis");
        info->channels = (uint16_t)oat_media_le(packet, 11, 1);
        info->sample_rate_hz = (uint32_t)oat_media_le(packet, 12, 4);
        info->duration_ms = oat_media_ms(samples, info->sample_rate_hz);
    } else if (oat_media_is(packet, 0,
                            "\x7f"
                            "FLAC") &&
               oat_media_has(packet, 17, 34)) {
        return read_streaminfo(oat_media_part(packet, 17, 34), info);
    }
    return true;
}
