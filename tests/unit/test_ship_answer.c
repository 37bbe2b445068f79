/* What a daemon answers to a shipper: read strictly, whoever answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "ship/answer.h"

static struct oat_ship_answer answer;

static bool parse(const char *text)
{
    return oat_ship_answer_parse(text, strlen(text), &answer);
}

static void what_is_there_is_read(void **state)
{
    (void)state;
    assert_true(parse("{\"writer\": \"0c\", \"seq\": 3, \"ended\": true, \"complete\": false,"
                      " \"ranges\": [[7, 9]], \"blob_bytes\": 480, \"slots\": 5}"));
    assert_true(answer.ended && !answer.complete && !answer.is_empty);
    assert_int_equal(answer.blob_bytes, 480);
    assert_int_equal(answer.slots, 5);
    assert_true(parse("{\"ended\":false,\"complete\":true}"));
    assert_true(answer.complete && !answer.ended && !answer.is_empty);
}

static void nothing_there_is_told_from_something(void **state)
{
    (void)state;
    assert_true(parse("{\"complete\":false,\"ranges\":[],\"blob_bytes\":256,\"slots\":0}") &&
                answer.is_empty);
    assert_true(parse("{\"complete\":false,\"ranges\":[[1,2]],\"slots\":0}") && !answer.is_empty);
}

static void an_error_says_why_in_printable_characters(void **state)
{
    (void)state;
    assert_true(parse("{\"error\":{\"code\":\"gap\",\"message\":\"begin at \xc3\xa4\"}}"));
    assert_string_equal(answer.message, "begin at ??");
    assert_true(parse("{\"message\":\"not of an error\",\"error\":[]}"));
    assert_string_equal(answer.message, "");
}

static void a_store_that_the_writer_writes_to_itself_is_told_from_other_errors(void **state)
{
    (void)state;
    assert_true(parse("{\"error\":{\"code\":\"own_segment\",\"message\":\"its own\"}}") && answer.is_own);
    assert_true(parse("{\"error\":{\"code\":\"not_yours\"},\"code\":\"own_segment\"}") && !answer.is_own);
}

static void numbers_that_cannot_be_are_none(void **state)
{
    (void)state;
    assert_true(parse("{\"blob_bytes\":99999999999999,\"slots\":262129}"));
    assert_int_equal(answer.blob_bytes, 0);
    assert_int_equal(answer.slots, 0);
    assert_true(parse("{\"blob_bytes\":-8,\"slots\":1e3}"));
    assert_int_equal(answer.blob_bytes, 0);
    assert_int_equal(answer.slots, 0);
}

static void what_is_no_object_is_no_answer(void **state)
{
    static const char *const texts[] = {"", "[]", "<html>", "{\"slots\":1", "{} x", "\"{}\""};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false(parse(texts[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_read),
        cmocka_unit_test(nothing_there_is_told_from_something),
        cmocka_unit_test(an_error_says_why_in_printable_characters),
        cmocka_unit_test(a_store_that_the_writer_writes_to_itself_is_told_from_other_errors),
        cmocka_unit_test(numbers_that_cannot_be_are_none),
        cmocka_unit_test(what_is_no_object_is_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
