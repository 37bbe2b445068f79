/* The form in which answers go out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <zlib.h>

#include "httpd/represent.h"

/* An answer of so many bytes that compress well. The caller frees its body. */
static struct oat_answer answer_of(size_t len, bool tagged)
{
    struct oat_answer answer = {.status = 200, .tagged = tagged};
    for (size_t i = 0; i < len; i++)
        oat_json_raw(&answer.body, &"0123456789"[i % 10], 1);
    return answer;
}

static void gzip_is_used_when_the_header_takes_it(void **state)
{
    (void)state;
    static const char *const taking[] = {"gzip", "deflate, gzip",           "GZIP",       "gzip;q=0.001",
                                         "*",    "br;q=1.0 , gzip ; q=0.5", "*;q=0, gzip"};
    static const char *const refusing[] = {"",       "identity", "gzip;q=0",    "gzip; q=0.000",
                                           "gzippy", "*;q=0",    "gzip;q=0, *", ",,;"};
    assert_false(oat_accepts_gzip(NULL));
    for (size_t i = 0; i < sizeof taking / sizeof *taking; i++)
        assert_true(oat_accepts_gzip(taking[i]));
    for (size_t i = 0; i < sizeof refusing / sizeof *refusing; i++)
        assert_false(oat_accepts_gzip(refusing[i]));
}

static void a_tag_is_found_in_a_list_of_them(void **state)
{
    (void)state;
    const char *tag = "W/\"abc\"";
    assert_true(oat_names_tag("W/\"abc\"", tag));
    assert_true(oat_names_tag("\"abc\"", tag));
    assert_true(oat_names_tag("\"x\",\"y\" , W/\"abc\" ", tag));
    assert_true(oat_names_tag("*", tag));
    assert_false(oat_names_tag(NULL, tag));
    assert_false(oat_names_tag("", tag));
    assert_false(oat_names_tag("abc, \"ab\", W/", tag));
}

static void a_compressed_body_reads_back(void **state)
{
    (void)state;
    struct oat_answer answer = answer_of(50000, false);
    char back[50000];
    z_stream stream = {0};
    oat_represent(&answer, &(struct oat_forms){.gzip = true}, SIZE_MAX);
    assert_true(answer.gzip);
    assert_in_range(answer.body.len, 20, 5000);
    stream.next_in = (Bytef *)answer.body.bytes;
    stream.avail_in = (uInt)answer.body.len;
    stream.next_out = (Bytef *)back;
    stream.avail_out = sizeof back;
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.total_out, sizeof back);
    assert_memory_equal(back, "0123456789012345", 16);
    inflateEnd(&stream);
    oat_json_free(&answer.body);
}

static void bodies_that_are_small_or_too_large_stay_as_they_are(void **state)
{
    (void)state;
    struct oat_answer small = answer_of(500, false), large = answer_of(5000, false);
    oat_represent(&small, &(struct oat_forms){.gzip = true}, SIZE_MAX);
    oat_represent(&large, &(struct oat_forms){.gzip = true}, 4999);
    assert_false(small.gzip || large.gzip);
    assert_int_equal(large.body.len, 5000);
    oat_json_free(&small.body);
    oat_json_free(&large.body);
}

static void a_client_that_has_the_answer_gets_no_body(void **state)
{
    (void)state;
    struct oat_answer answer = answer_of(2000, true), again = answer_of(2000, true);
    struct oat_answer other = answer_of(2001, true), untagged = answer_of(2000, false);
    oat_represent(&answer, &(struct oat_forms){0}, SIZE_MAX);
    assert_int_equal(answer.status, 200);
    struct oat_forms forms = {.gzip = true, .if_none_match = answer.tag};
    oat_represent(&again, &forms, SIZE_MAX);
    assert_int_equal(again.status, 304);
    assert_int_equal(again.body.len, 0);
    assert_false(again.gzip);
    assert_string_equal(again.tag, answer.tag);
    oat_represent(&other, &forms, SIZE_MAX);
    assert_int_equal(other.status, 200);
    oat_represent(&untagged, &forms, SIZE_MAX);
    assert_int_equal(untagged.status, 200);
    oat_json_free(&answer.body);
    oat_json_free(&again.body);
    oat_json_free(&other.body);
    oat_json_free(&untagged.body);
}

static void an_error_has_no_tag(void **state)
{
    (void)state;
    struct oat_answer answer = answer_of(100, true);
    oat_answer_error(&answer, 404, "not_found", "no such trace");
    oat_represent(&answer, &(struct oat_forms){.if_none_match = "*"}, SIZE_MAX);
    assert_int_equal(answer.status, 404);
    assert_string_equal(answer.tag, "");
    oat_json_free(&answer.body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_is_used_when_the_header_takes_it),
        cmocka_unit_test(a_tag_is_found_in_a_list_of_them),
        cmocka_unit_test(a_compressed_body_reads_back),
        cmocka_unit_test(bodies_that_are_small_or_too_large_stay_as_they_are),
        cmocka_unit_test(a_client_that_has_the_answer_gets_no_body),
        cmocka_unit_test(an_error_has_no_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
