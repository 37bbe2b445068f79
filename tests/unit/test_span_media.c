/* What pictures are is noted beside the payloads that they are, or are in. */
#include "format/base64.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

#define PICTURE_LEN 1500u

/* A PNG's beginning, and something behind it. */
static void make_picture(uint8_t picture[PICTURE_LEN])
{
    static const uint8_t head[] = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\2\x80\0\0\1\xe0\x08\2\0\0\0";
    for (unsigned i = 0; i < PICTURE_LEN; i++)
        picture[i] = (uint8_t)(i * 7);
    memcpy(picture, head, sizeof head - 1);
}

/* The spans' attributes as JSON would show them are not needed: their bytes have the texts. */
static bool is_noted(struct oat_run_writer *w, const char *name, const char *key, unsigned times)
{
    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *span = oat_run_span(&view, name);
    uint8_t *bytes;
    size_t len;
    unsigned found = 0;
    bool has_key = false;
    if (oat_payload_read(view.snapshot, &span->attributes, &bytes, &len) == OAT_OK) {
        has_key = memmem(bytes, len, key, strlen(key)) != NULL;
        for (const uint8_t *at = bytes; (at = memmem(at, len - (size_t)(at - bytes), "image/png", 9)); at++)
            found++;
        free(bytes);
    }
    oat_run_view_close(&view);
    return found == times && has_key == (times > 0);
}

static void a_payload_that_is_a_picture_has_its_size_beside_it(void **state)
{
    struct oat_run_writer *w = *state;
    uint8_t picture[PICTURE_LEN];
    make_picture(picture);
    oat_span *span = oat_span_start(w->tracer, OAT_TOOL, "draw");
    oat_span_set_output(span, picture, sizeof picture, "image/png");
    oat_span_end(span);
    assert_true(is_noted(w, "draw", "oat.output.media", 1));
}

static void pictures_in_json_are_described_in_their_order(void **state)
{
    struct oat_run_writer *w = *state;
    uint8_t picture[PICTURE_LEN];
    char base64[PICTURE_LEN * 2], text[3 * sizeof base64];
    make_picture(picture);
    oat_base64_encode(base64, picture, sizeof picture);
    base64[oat_base64_encoded_len(sizeof picture)] = '\0';
    snprintf(text, sizeof text, "{\"a\": \"data:image/png;base64,%s\", \"b\": [\"%s\"], \"c\": 1}", base64,
             base64);
    oat_span *span = oat_span_start(w->tracer, OAT_LLM, "see");
    oat_span_set_input(span, text, OAT_NUL, "application/json");
    oat_span_end(span);
    assert_true(is_noted(w, "see", "oat.input.media", 2));
    struct oat_run_view view = oat_run_look(w);
    oat_run_assert_payload(&view, &oat_run_span(&view, "see")->input, text, strlen(text));
    oat_run_view_close(&view);
}

static void other_payloads_and_later_ones_have_nothing_beside_them(void **state)
{
    struct oat_run_writer *w = *state;
    uint8_t picture[PICTURE_LEN];
    make_picture(picture);
    oat_span *span = oat_span_start(w->tracer, OAT_TOOL, "changed");
    oat_span_set_input(span, picture, sizeof picture, "image/png");
    oat_span_set_input(span, "{\"a\": 1}", OAT_NUL, NULL);
    oat_span_end(span);
    span = oat_span_start(w->tracer, OAT_TOOL, "no picture");
    oat_span_set_input(span, picture + 1, sizeof picture - 1, "image/png");
    oat_span_end(span);
    assert_true(is_noted(w, "changed", "oat.input.media", 0));
    assert_true(is_noted(w, "no picture", "oat.input.media", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(a_payload_that_is_a_picture_has_its_size_beside_it),
        OAT_WRITER_TEST(pictures_in_json_are_described_in_their_order),
        OAT_WRITER_TEST(other_payloads_and_later_ones_have_nothing_beside_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
