#include "format/base64.h"
#include "media/lift.h"
#include "tests/support/blob_fixture.h"
#include "tests/support/unit.h"

static char *encoded(size_t raw_len, size_t *ret_len)
{
    uint64_t seed = raw_len;
    uint8_t *raw = malloc(raw_len + 1);
    oat_test_random_bytes(&seed, raw, raw_len);
    *ret_len = oat_base64_encoded_len(raw_len);
    char *text = malloc(*ret_len);
    oat_base64_encode(text, raw, raw_len);
    free(raw);
    return text;
}

static void base64_has_the_vectors_of_the_rfc(void **state)
{
    (void)state;
    static const char *const vector[][2] = {{"", ""},
                                            {"f", "Zg=="},
                                            {"fo", "Zm8="},
                                            {"foo", "Zm9v"},
                                            {"foob", "Zm9vYg=="},
                                            {"fooba", "Zm9vYmE="},
                                            {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof vector / sizeof *vector; i++) {
        char text[16];
        uint8_t raw[16];
        size_t n = strlen(vector[i][0]), raw_len = 99;
        assert_int_equal(oat_base64_encoded_len(n), strlen(vector[i][1]));
        oat_base64_encode(text, (const uint8_t *)vector[i][0], n);
        assert_memory_equal(text, vector[i][1], strlen(vector[i][1]));
        assert_true(oat_base64_decode(raw, vector[i][1], strlen(vector[i][1]), &raw_len));
        assert_int_equal(raw_len, n);
        assert_memory_equal(raw, vector[i][0], n);
    }
}

static void text_that_would_not_come_back_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"Zg=",  "Zh==",     "Zm9=",     "Z===",      "====", "Zm9v=",
                                      "Zm-v", "Zm 9vYg=", "Zg==Zg==", "Zm9vYmF\n", "=m9v", "Zm9vY"};
    uint8_t raw[16];
    size_t n;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(oat_base64_decode(raw, bad[i], strlen(bad[i]), &n));
}

static bool finds(const char *lead, const char *run, size_t run_len, const char *tail, bool *ret_exact)
{
    struct oat_test_text t = {0};
    size_t pos = 0, len = 0;
    oat_test_text_add(&t, "%s", lead);
    oat_test_text_add_bytes(&t, run, run_len);
    oat_test_text_add(&t, "%s", tail);
    bool found = oat_media_find((const uint8_t *)t.v, 0, t.len, &pos, &len);
    *ret_exact = found && pos == strlen(lead) && len == run_len;
    free(t.v);
    return found;
}

static void images_in_messages_are_found(void **state)
{
    (void)state;
    for (size_t raw_len = 768; raw_len < 900; raw_len++) {
        size_t n;
        bool exact;
        char *run = encoded(raw_len, &n);
        assert_true(finds("{\"url\":\"data:image/png;base64,", run, n, "\"}", &exact) && exact);
        assert_true(finds("{\"type\":\"base64\",\"data\":\"", run, n, "\",\"x\":1}", &exact) && exact);
        free(run);
    }
}

static void what_is_not_canonical_base64_is_left_alone(void **state)
{
    (void)state;
    size_t n;
    bool exact;
    char *run = encoded(3000, &n);
    assert_false(finds("{\"data\":\"", run, 1020, "\"}", &exact));
    assert_false(finds("{\"data\":\"", run, n - 1, "\"}", &exact));
    assert_false(finds("{\"data\":\"x ", run, n, "\"}", &exact));
    assert_false(finds("{\"data\":\"", run, n, " \"}", &exact));
    assert_false(finds("{\"data\":\"", run, n, "", &exact));
    assert_false(finds("{\"data\":\"", run, n, "=\"}", &exact));
    run[n - 1] = '=';
    run[n - 2] = 'B';
    assert_false(finds("{\"data\":\"", run, n, "\"}", &exact));
    free(run);
}

static void an_image_goes_into_the_file_as_its_bytes(void **state)
{
    (void)state;
    static const size_t sizes[] = {768, 769, 40000, OAT_MEDIA_PIECE, OAT_MEDIA_PIECE + 1, 3000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct oat_blob_fixture f;
        struct oat_test_text t = {0};
        size_t n;
        char *run = encoded(sizes[i], &n);
        oat_blob_fixture_open(&f, 1 << 16);
        oat_test_text_add(&t,
                          "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"what is this?\"},"
                          "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,");
        oat_test_text_add_bytes(&t, run, n);
        oat_test_text_add(&t, "\"}}]},{\"role\":\"assistant\",\"content\":\"a cat, I should think\"}]");
        assert_true(oat_blob_fixture_round_trip(&f, t.v, t.len, NULL));
        assert_true(oat_blob_fixture_stored(&f) < sizes[i] + sizes[i] / 50 + 500);
        uint64_t once = oat_blob_fixture_stored(&f);
        t.len--;
        oat_test_text_add(&t, ",{\"role\":\"user\",\"content\":\"and what is it doing?\"}]");
        assert_true(oat_blob_fixture_round_trip(&f, t.v, t.len, NULL));
        assert_true(oat_blob_fixture_stored(&f) < once + 200);
        oat_blob_fixture_close(&f);
        free(t.v);
        free(run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_has_the_vectors_of_the_rfc),
        cmocka_unit_test(text_that_would_not_come_back_is_refused),
        cmocka_unit_test(images_in_messages_are_found),
        cmocka_unit_test(what_is_not_canonical_base64_is_left_alone),
        cmocka_unit_test(an_image_goes_into_the_file_as_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
