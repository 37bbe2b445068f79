/* OTLP over HTTP: what is answered to what, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "httpd/handle_otlp.h"
#include "httpd/otlp_answer.h"
#include "tests/support/run_dir.h"

static char dir[OAT_RUN_PATH_SIZE];
static struct oat_store_writer *writer;
static struct oat_answer answer;
static struct oat_memory_budget budget;

static int set_up(void **state)
{
    (void)state;
    oat_run_dir_make(dir);
    budget.limit_bytes = 1 << 20;
    writer = oat_store_writer_start(dir, &budget);
    return writer ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    oat_store_writer_stop(writer);
    oat_run_dir_remove(dir);
    oat_json_free(&answer.body);
    return 0;
}

/* Leaves the answer in `answer`. Returns its status. */
static int post_bytes(const char *content_type, const char *body, size_t len)
{
    struct oat_project project = {.writer = writer};
    struct oat_call call = {.project = &project, .content_type = content_type, .body = body, .body_len = len};
    oat_json_free(&answer.body);
    answer = (struct oat_answer){.status = 200};
    oat_handle_otlp(&call, &answer);
    return answer.status;
}

static int post_json(const char *body)
{
    return post_bytes("application/json; charset=utf-8", body, strlen(body));
}

static void assert_body(const char *bytes, size_t len)
{
    assert_int_equal(answer.body.len, len);
    if (len > 0)
        assert_memory_equal(answer.body.bytes, bytes, len);
}

#define SPAN(trace_id)                                                                                       \
    "{\"traceId\":\"" trace_id "\",\"spanId\":\"0102030405060708\",\"name\":\"n\","                          \
    "\"startTimeUnixNano\":\"1000000000\",\"endTimeUnixNano\":\"2000000000\"}"
#define REQUEST(spans) "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[" spans "]}]}]}"
#define GOOD           SPAN("0102030405060708090a0b0c0d0e0f10")
#define BAD            SPAN("00000000000000000000000000000000")

static void assert_says(const char *text)
{
    assert_non_null(memmem(answer.body.bytes, answer.body.len, text, strlen(text)));
}

static void a_whole_success_says_nothing(void **state)
{
    (void)state;
    assert_int_equal(post_json(REQUEST(GOOD)), 200);
    assert_string_equal(answer.content_type, "application/json");
    assert_body("{}", 2);
    assert_true(answer.written);
    assert_int_equal(post_bytes("application/x-protobuf", "", 0), 200);
    assert_string_equal(answer.content_type, "application/x-protobuf");
    assert_body("", 0);
    assert_false(answer.written);
}

static void spans_that_are_rejected_are_counted_and_explained(void **state)
{
    (void)state;
    assert_int_equal(post_json(REQUEST(GOOD "," BAD "," BAD)), 200);
    assert_true(answer.written);
    assert_says(
        "{\"partialSuccess\":{\"rejectedSpans\":\"2\",\"errorMessage\":\"2 spans rejected, the first at ");
    assert_int_equal(post_json(REQUEST(BAD)), 200);
    assert_says("logs or metrics");
    assert_false(answer.written);
}

static void what_cannot_be_decoded_is_400_and_an_unknown_type_415(void **state)
{
    (void)state;
    assert_int_equal(post_json("{\"resourceSpans\":["), 400);
    assert_int_equal(post_bytes("application/x-protobuf", "zzz", 3), 400);
    assert_int_equal(post_bytes("text/plain", "{}", 2), 415);
    assert_int_equal(post_bytes(NULL, "{}", 2), 415);
}

static void errors_are_a_status_in_the_encoding_of_the_request(void **state)
{
    (void)state;
    post_bytes("text/plain", "", 0);
    snprintf(answer.message, sizeof answer.message, "no\xff");
    oat_otlp_answer_status(&answer, false);
    assert_string_equal(answer.content_type, "application/x-protobuf");
    assert_body("\x12\x03no?", 5);
    oat_otlp_answer_status(&answer, true);
    assert_string_equal(answer.content_type, "application/json");
    assert_body("{\"message\":\"no?\"}", 17);
}

static void what_memory_is_short_for_is_to_be_sent_again(void **state)
{
    (void)state;
    budget.limit_bytes = 1000;
    assert_int_equal(post_json(REQUEST(GOOD)), 503);
    assert_true(answer.retry_after_s > 0);
    budget.limit_bytes = 1 << 20;
    assert_int_equal(post_json(REQUEST(GOOD)), 200);
    assert_int_equal(budget.used_bytes, 0);
}

/* interop: rejected_spans = 2, error_message = "bad" is 0a 07 08 02 12 03 62 61 64. */
static void partial_success_is_encoded_as_the_reference_does(void **state)
{
    (void)state;
    post_bytes("application/x-protobuf", "", 0);
    oat_otlp_answer_export(&answer, false, 2, "bad");
    assert_body("\x0a\x07\x08\x02\x12\x03"
                "bad",
                9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_success_says_nothing),
        cmocka_unit_test(spans_that_are_rejected_are_counted_and_explained),
        cmocka_unit_test(what_cannot_be_decoded_is_400_and_an_unknown_type_415),
        cmocka_unit_test(errors_are_a_status_in_the_encoding_of_the_request),
        cmocka_unit_test(what_memory_is_short_for_is_to_be_sent_again),
        cmocka_unit_test(partial_success_is_encoded_as_the_reference_does),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
