/* What media files are, from their bytes, and how many tokens models may count for them. */
#include "oat/media.h"
#include "oat/oat.h"
#include "tests/support/unit.h"

/* A file that is being made. */
struct file {
    uint8_t bytes[4096];
    size_t len;
};

static void put(struct file *f, const void *bytes, size_t len)
{
    assert_true(len <= sizeof f->bytes - f->len);
    memcpy(f->bytes + f->len, bytes, len);
    f->len += len;
}

static void text(struct file *f, const char *s)
{
    put(f, s, strlen(s));
}

static void zeros(struct file *f, size_t len)
{
    static const uint8_t none[1024];
    put(f, none, len);
}

static void be(struct file *f, uint64_t value, unsigned len)
{
    for (unsigned i = len; i-- > 0;) {
        uint8_t byte = (uint8_t)(value >> 8 * i);
        put(f, &byte, 1);
    }
}

static void le(struct file *f, uint64_t value, unsigned len)
{
    for (unsigned i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * i);
        put(f, &byte, 1);
    }
}

/* Describes a file out of memory that ends where it does. */
static oat_media_info describe(const struct file *f)
{
    oat_media_info info = {0};
    uint8_t *exact = malloc(f->len + 1);
    assert_non_null(exact);
    memcpy(exact, f->bytes, f->len);
    assert_int_equal(oat_media_describe(exact, f->len, &info), OAT_OK);
    free(exact);
    return info;
}

static void assert_picture(const struct file *f, const char *type, uint32_t width, uint32_t height)
{
    oat_media_info info = describe(f);
    assert_int_equal(info.kind, OAT_MEDIA_IS_IMAGE);
    assert_string_equal(info.type, type);
    assert_int_equal(info.width, width);
    assert_int_equal(info.height, height);
}

static void assert_sound(const struct file *f, const char *type, const char *codec, uint32_t rate_hz,
                         unsigned channels, uint64_t ms)
{
    oat_media_info info = describe(f);
    assert_int_equal(info.kind, OAT_MEDIA_IS_AUDIO);
    assert_string_equal(info.type, type);
    assert_string_equal(info.codec, codec);
    assert_int_equal(info.sample_rate_hz, rate_hz);
    assert_int_equal(info.channels, channels);
    assert_int_equal(info.duration_ms, ms);
}

/* ---- Pictures ---- */

static void make_png(struct file *f)
{
    text(f, "\x89PNG\r\n\x1a\n");
    be(f, 13, 4);
    text(f, "IHDR");
    be(f, 640, 4);
    be(f, 480, 4);
    zeros(f, 9);
}

static void a_png_has_its_size_and_an_animated_one_its_duration(void **state)
{
    struct file f = {0};
    (void)state;
    make_png(&f);
    assert_picture(&f, "image/png", 640, 480);
    for (unsigned i = 0; i < 2; i++) {
        be(&f, 26, 4);
        text(&f, "fcTL");
        zeros(&f, 20);
        be(&f, 1, 2); /* half a second */
        be(&f, 2, 2);
        zeros(&f, 6);
    }
    assert_int_equal(describe(&f).duration_ms, 1000);
}

static void a_jpeg_has_the_size_of_its_frame_behind_other_segments(void **state)
{
    struct file f = {0};
    (void)state;
    be(&f, 0xffd8, 2);
    be(&f, 0xffe0, 2); /* a thumbnail's frame within a segment is none */
    be(&f, 12, 2);
    be(&f, 0xffc0, 2);
    zeros(&f, 8);
    be(&f, 0xffffc4, 3); /* filling; DHT is no frame */
    be(&f, 2, 2);
    be(&f, 0xffc2, 2);
    be(&f, 17, 2);
    be(&f, 8, 1);
    be(&f, 1080, 2);
    be(&f, 1920, 2);
    assert_picture(&f, "image/jpeg", 1920, 1080);
}

static void a_gif_lasts_as_long_as_its_frames(void **state)
{
    struct file f = {0};
    (void)state;
    text(&f, "GIF89a");
    le(&f, 30, 2);
    le(&f, 20, 2);
    le(&f, 0x80, 1); /* two colours */
    zeros(&f, 2 + 6);
    for (unsigned i = 0; i < 3; i++) {
        be(&f, 0x21f904, 3);
        le(&f, 0, 1);
        le(&f, 25, 2); /* hundredths */
        zeros(&f, 2);
        be(&f, 0x2c, 1);
        zeros(&f, 9);
        le(&f, 2, 1);
        le(&f, 1, 1);
        zeros(&f, 2);
    }
    be(&f, 0x3b, 1);
    assert_picture(&f, "image/gif", 30, 20);
    assert_int_equal(describe(&f).duration_ms, 750);
}

static void webp_of_each_kind_has_a_size(void **state)
{
    struct file lossy = {0}, lossless = {0}, extended = {0};
    (void)state;
    text(&lossy, "RIFF....WEBPVP8 ");
    le(&lossy, 10, 4);
    zeros(&lossy, 3);
    text(&lossy, "\x9d\x01\x2a");
    le(&lossy, 0x4000 | 550, 2); /* with scaling, which is for the display */
    le(&lossy, 368, 2);
    assert_picture(&lossy, "image/webp", 550, 368);
    text(&lossless, "RIFF....WEBPVP8L");
    le(&lossless, 5, 4);
    le(&lossless, 0x2f, 1);
    le(&lossless, 385 | 394 << 14, 4);
    assert_picture(&lossless, "image/webp", 386, 395);
    text(&extended, "RIFF....WEBPVP8X");
    le(&extended, 10, 4);
    zeros(&extended, 4);
    le(&extended, 99999, 3);
    le(&extended, 0, 3);
    assert_picture(&extended, "image/webp", 100000, 1);
}

/* ---- Sounds ---- */

static void a_wav_lasts_as_long_as_its_data(void **state)
{
    struct file f = {0};
    (void)state;
    text(&f, "RIFF....WAVELIST");
    le(&f, 3, 4); /* odd: one byte of filling */
    zeros(&f, 4);
    text(&f, "fmt ");
    le(&f, 16, 4);
    le(&f, 1, 2);
    le(&f, 2, 2);
    le(&f, 44100, 4);
    le(&f, 176400, 4);
    zeros(&f, 4);
    text(&f, "data");
    le(&f, 441000, 4); /* more than is here */
    assert_sound(&f, "audio/wav", "pcm", 44100, 2, 2500);
}

static void an_mp3_has_the_rate_of_its_first_frame_behind_a_tag(void **state)
{
    struct file f = {0};
    (void)state;
    text(&f, "ID3\x04");
    zeros(&f, 5);
    be(&f, 10, 1);
    zeros(&f, 10);
    for (unsigned i = 0; i < 2; i++) {
        be(&f, 0xfffb9064, 4); /* MPEG 1, layer III, 128 kbit/s, 44,100 Hz: 417 bytes */
        zeros(&f, 413);
    }
    assert_sound(&f, "audio/mpeg", "mp3", 44100, 2, 834 * 8 * 1000 / 128000);
    memcpy(f.bytes + 20 + 36, "Xing\0\0\0\1\0\0\3\xe8", 12); /* 1,000 frames */
    assert_sound(&f, "audio/mpeg", "mp3", 44100, 2, 26122);
}

static void two_frames_in_a_row_are_an_mp3_and_one_is_chance(void **state)
{
    struct file f = {0};
    oat_media_info info;
    (void)state;
    be(&f, 0xfff3c0c4, 4); /* MPEG 2, 128 kbit/s, mono, 22,050 Hz */
    zeros(&f, 1000);
    assert_int_equal(oat_media_describe(f.bytes, f.len, &info), OAT_NOTFOUND);
    size_t len = 72 * 128000 / 22050;
    memcpy(f.bytes + len, f.bytes, 4);
    assert_int_equal(describe(&f).channels, 1);
    assert_int_equal(describe(&f).sample_rate_hz, 22050);
}

static void put_streaminfo(struct file *f)
{
    zeros(f, 10);
    be(f, UINT64_C(48000) << 44 | UINT64_C(1) << 41 | UINT64_C(15) << 36 | 480000, 8);
    zeros(f, 16);
}

static void a_flac_counts_its_samples(void **state)
{
    struct file f = {0};
    (void)state;
    text(&f, "fLaC");
    be(&f, 0x80000022, 4);
    put_streaminfo(&f);
    assert_sound(&f, "audio/flac", "flac", 48000, 2, 10000);
}

static void put_page(struct file *f, uint64_t position, uint32_t serial, const void *packet, size_t len)
{
    text(f, "OggS");
    zeros(f, 2);
    le(f, position, 8);
    le(f, serial, 4);
    zeros(f, 8);
    le(f, 1, 1);
    le(f, len, 1);
    put(f, packet, len);
}

static void an_ogg_lasts_to_the_position_of_its_last_page(void **state)
{
    struct file opus = {0}, vorbis = {0};
    (void)state;
    put_page(&opus, 0, 7, "OpusHead\1\2\x38\1\0\0\0\0\0\0\0", 19);
    put_page(&opus, 48000 * 3 + 312, 7, "x", 1);
    put_page(&opus, 999999, 8, "x", 1); /* of another stream */
    assert_sound(&opus, "audio/ogg", "opus", 48000, 2, 3000);
    put_page(&vorbis, 0, 7, "\1vorbis\0\0\0\0\1\x44\xac\0\0", 16);
    put_page(&vorbis, 44100, 7, "x", 1);
    assert_sound(&vorbis, "audio/ogg", "vorbis", 44100, 1, 1000);
}

/* ---- Films ---- */

static size_t begin_box(struct file *f, const char *type)
{
    be(f, 0, 4);
    text(f, type);
    return f->len - 8;
}

static void end_box(struct file *f, size_t at)
{
    struct file len = {0};
    be(&len, f->len - at, 4);
    memcpy(f->bytes + at, len.bytes, 4);
}

static void put_track(struct file *f, const char *handler, const char *codec)
{
    size_t trak = begin_box(f, "trak"), mdia = begin_box(f, "mdia"), hdlr = begin_box(f, "hdlr");
    zeros(f, 8);
    text(f, handler);
    end_box(f, hdlr);
    size_t minf = begin_box(f, "minf"), stbl = begin_box(f, "stbl"), stsd = begin_box(f, "stsd");
    zeros(f, 4);
    be(f, 1, 4);
    size_t entry = begin_box(f, codec);
    zeros(f, 16);
    be(f, 2, 2); /* channels, or nothing */
    zeros(f, 6);
    be(f, strcmp(handler, "vide") == 0 ? 1280 : 48000, 2);
    be(f, strcmp(handler, "vide") == 0 ? 720 : 0, 2);
    zeros(f, 40);
    end_box(f, entry);
    end_box(f, stsd);
    end_box(f, stbl);
    end_box(f, minf);
    end_box(f, mdia);
    end_box(f, trak);
}

static void make_mp4(struct file *f, const char *brand, bool film)
{
    size_t ftyp = begin_box(f, "ftyp");
    text(f, brand);
    zeros(f, 4);
    end_box(f, ftyp);
    size_t mdat = begin_box(f, "mdat");
    zeros(f, 100);
    end_box(f, mdat);
    size_t moov = begin_box(f, "moov"), mvhd = begin_box(f, "mvhd");
    zeros(f, 12);
    be(f, 600, 4);
    be(f, 3300, 4);
    end_box(f, mvhd);
    put_track(f, "soun", "mp4a");
    if (film)
        put_track(f, "vide", "avc1");
    end_box(f, moov);
}

static void a_film_has_the_size_and_codec_of_its_picture_and_the_rate_of_its_sound(void **state)
{
    static const char *const brands[] = {"isom", "qt  "}, *const types[] = {"video/mp4", "video/quicktime"};
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct file f = {0};
        make_mp4(&f, brands[i], true);
        oat_media_info info = describe(&f);
        assert_int_equal(info.kind, OAT_MEDIA_IS_VIDEO);
        assert_string_equal(info.type, types[i]);
        assert_string_equal(info.codec, "avc1");
        assert_true(info.width == 1280 && info.height == 720 && info.duration_ms == 5500);
        assert_true(info.sample_rate_hz == 48000 && info.channels == 2);
    }
}

static void an_mp4_without_pictures_is_a_sound(void **state)
{
    struct file f = {0};
    (void)state;
    make_mp4(&f, "isom", false);
    assert_sound(&f, "audio/mp4", "mp4a", 48000, 2, 5500);
}

static void an_avif_has_the_size_of_its_largest_part(void **state)
{
    struct file f = {0};
    (void)state;
    size_t ftyp = begin_box(&f, "ftyp");
    text(&f, "avif");
    zeros(&f, 4);
    end_box(&f, ftyp);
    size_t meta = begin_box(&f, "meta");
    zeros(&f, 4);
    size_t iprp = begin_box(&f, "iprp"), ipco = begin_box(&f, "ipco");
    for (unsigned side = 256; side <= 1024; side += 768) {
        size_t ispe = begin_box(&f, "ispe");
        zeros(&f, 4);
        be(&f, side, 4);
        be(&f, side / 2, 4);
        end_box(&f, ispe);
    }
    end_box(&f, ipco);
    end_box(&f, iprp);
    end_box(&f, meta);
    assert_picture(&f, "image/avif", 1024, 512);
}

static void a_webm_says_what_its_tracks_are(void **state)
{
    static const uint8_t head[] = "\x1a\x45\xdf\xa3\x87\x42\x82\x84webm"
                                  "\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" /* of unknown length */
                                  "\x15\x49\xa9\x66\x92\x2a\xd7\xb1\x83\x0f\x42\x40\x44\x89\x88"
                                  "\x40\xa3\x88\x00\x00\x00\x00\x00" /* 2500.0 */
                                  "\x16\x54\xae\x6b\xa8"
                                  "\xae\x91\x86\x85V_VP9\xe0\x88\xb0\x82\x02\x80\xba\x82\x01\x68"
                                  "\xae\x93\x86\x86"
                                  "A_OPUS\xe1\x89\xb5\x84\x47\x3b\x80\x00\x9f\x81\x02";
    struct file f = {0};
    (void)state;
    put(&f, head, sizeof head - 1);
    oat_media_info info = describe(&f);
    assert_int_equal(info.kind, OAT_MEDIA_IS_VIDEO);
    assert_string_equal(info.type, "video/webm");
    assert_string_equal(info.codec, "vp9");
    assert_true(info.width == 640 && info.height == 360 && info.duration_ms == 2500);
    assert_true(info.sample_rate_hz == 48000 && info.channels == 2);
}

/* ---- Hostile ---- */

static void what_is_no_medium_or_contradicts_itself_is_told_apart(void **state)
{
    struct file f = {0};
    oat_media_info info;
    (void)state;
    assert_int_equal(oat_media_describe("", 0, &info), OAT_NOTFOUND);
    assert_int_equal(oat_media_describe("{\"a\": 1}", 8, &info), OAT_NOTFOUND);
    assert_int_equal(oat_media_describe("%PDF-1.7", 8, &info), OAT_NOTFOUND);
    make_png(&f);
    f.bytes[16] = f.bytes[17] = f.bytes[18] = f.bytes[19] = 0; /* width 0 */
    assert_int_equal(oat_media_describe(f.bytes, f.len, &info), OAT_E_INVALID);
    assert_int_equal(oat_media_describe("\xff\xd8\xff\xe0\0\0", 6, &info), OAT_E_INVALID);
    assert_int_equal(oat_media_describe("\0\0\0\4ftypisom", 12, &info), OAT_E_INVALID);
}

/* ---- Tokens ---- */

static void tokens_are_estimated_as_providers_say(void **state)
{
    static const struct {
        const char *model;
        uint32_t width, height;
        enum oat_media_detail detail;
        uint64_t tokens;
    } cases[] = {
        {"gpt-4o", 1024, 1024, OAT_MEDIA_DETAIL_AUTO, 765},    /* 768 x 768: 85 + 4 x 170 */
        {"gpt-4o", 2048, 4096, OAT_MEDIA_DETAIL_HIGH, 1105},   /* 768 x 1536: 85 + 6 x 170 */
        {"gpt-4o", 2048, 4096, OAT_MEDIA_DETAIL_LOW, 85},      /* whatever the size */
        {"openai/gpt-4o", 64, 64, OAT_MEDIA_DETAIL_AUTO, 255}, /* one tile */
        {"gpt-4o-mini", 1024, 1024, OAT_MEDIA_DETAIL_AUTO, 2833 + 4 * 5667},
        {"o4-mini", 1024, 1024, OAT_MEDIA_DETAIL_AUTO, 1762},      /* 1,024 patches x 1.72 */
        {"gpt-4.1-mini", 1800, 2400, OAT_MEDIA_DETAIL_AUTO, 2353}, /* 33 x 44 patches x 1.62 */
        {"claude-sonnet-4-5", 1000, 750, OAT_MEDIA_DETAIL_AUTO, 1000},
        {"us.anthropic.claude-sonnet-4-5-v1:0", 8000, 8000, OAT_MEDIA_DETAIL_AUTO, 1600},
        {"gemini-2.5-flash", 384, 384, OAT_MEDIA_DETAIL_AUTO, 258},
        {"gemini-2.5-flash", 1536, 768, OAT_MEDIA_DETAIL_AUTO, 516},
        {"gemini-3-pro-preview", 10, 10, OAT_MEDIA_DETAIL_AUTO, 1120},
        {"gemini-3-pro-preview", 10, 10, OAT_MEDIA_DETAIL_LOW, 280},
        {"pixtral-large-latest", 160, 320, OAT_MEDIA_DETAIL_AUTO, 200},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        oat_media_info info = {OAT_MEDIA_IS_IMAGE, "image/png", "", cases[i].width, cases[i].height, 0, 0, 0};
        uint64_t tokens = 0;
        assert_int_equal(oat_media_estimate_tokens(cases[i].model, &info, cases[i].detail, &tokens), OAT_OK);
        assert_int_equal(tokens, cases[i].tokens);
    }
}

static void sound_and_film_count_by_the_second_where_that_is_known(void **state)
{
    oat_media_info sound = {.kind = OAT_MEDIA_IS_AUDIO, .duration_ms = 2500};
    oat_media_info film = {.kind = OAT_MEDIA_IS_VIDEO, .duration_ms = 10000};
    uint64_t tokens;
    (void)state;
    assert_int_equal(oat_media_estimate_tokens("gemini-2.5-pro", &sound, OAT_MEDIA_DETAIL_AUTO, &tokens),
                     OAT_OK);
    assert_int_equal(tokens, 80);
    assert_int_equal(oat_media_estimate_tokens("gemini-2.5-pro", &film, OAT_MEDIA_DETAIL_AUTO, &tokens),
                     OAT_OK);
    assert_int_equal(tokens, 2630);
    assert_int_equal(oat_media_estimate_tokens("gpt-realtime", &sound, OAT_MEDIA_DETAIL_AUTO, &tokens),
                     OAT_OK);
    assert_int_equal(tokens, 25);
    assert_int_equal(oat_media_estimate_tokens("claude-opus-4-1", &sound, OAT_MEDIA_DETAIL_AUTO, &tokens),
                     OAT_NOTFOUND);
    assert_int_equal(oat_media_estimate_tokens("llama3.2", &film, OAT_MEDIA_DETAIL_AUTO, &tokens),
                     OAT_NOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_png_has_its_size_and_an_animated_one_its_duration),
        cmocka_unit_test(a_jpeg_has_the_size_of_its_frame_behind_other_segments),
        cmocka_unit_test(a_gif_lasts_as_long_as_its_frames),
        cmocka_unit_test(webp_of_each_kind_has_a_size),
        cmocka_unit_test(a_wav_lasts_as_long_as_its_data),
        cmocka_unit_test(an_mp3_has_the_rate_of_its_first_frame_behind_a_tag),
        cmocka_unit_test(two_frames_in_a_row_are_an_mp3_and_one_is_chance),
        cmocka_unit_test(a_flac_counts_its_samples),
        cmocka_unit_test(an_ogg_lasts_to_the_position_of_its_last_page),
        cmocka_unit_test(a_film_has_the_size_and_codec_of_its_picture_and_the_rate_of_its_sound),
        cmocka_unit_test(an_mp4_without_pictures_is_a_sound),
        cmocka_unit_test(an_avif_has_the_size_of_its_largest_part),
        cmocka_unit_test(a_webm_says_what_its_tracks_are),
        cmocka_unit_test(what_is_no_medium_or_contradicts_itself_is_told_apart),
        cmocka_unit_test(tokens_are_estimated_as_providers_say),
        cmocka_unit_test(sound_and_film_count_by_the_second_where_that_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
