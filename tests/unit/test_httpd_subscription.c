/* What clients of /ws ask for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "httpd/subscription.h"

static bool read_text(const char *text, struct oat_subscription *ret, struct oat_answer *answer)
{
    *answer = (struct oat_answer){.request_id = "0123456789abcdef"};
    return oat_subscription_read(text, strlen(text), UINT64_C(1700000000000000000), ret, answer);
}

static void a_filter_is_taken_with_its_text(void **state)
{
    struct oat_subscription s;
    struct oat_answer answer;
    (void)state;
    assert_true(read_text("{\"subscribe\":\"type = llm\",\"kinds\":[\"open\",\"span\"],\"cursor\":\"a.b\"}",
                          &s, &answer));
    assert_non_null(s.filter);
    assert_string_equal(s.text, "type = llm");
    assert_int_equal(s.text_len, 10);
    assert_int_equal(s.kinds, OAT_LIVE_SPAN | OAT_LIVE_OPEN);
    assert_string_equal(s.cursor, "a.b");
    oat_subscription_free(&s);
}

static void nothing_asked_for_is_every_ended_span(void **state)
{
    static const char *const texts[] = {"{}", "{\"subscribe\":null,\"kinds\":null,\"cursor\":null}",
                                        " {\"kinds\":[\"span\"]} ", "{\"subscribe\":\"\"}"};
    struct oat_subscription s;
    struct oat_answer answer;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_true(read_text(texts[i], &s, &answer));
        assert_string_equal(s.text, "");
        assert_int_equal(s.kinds, OAT_LIVE_SPAN);
        assert_string_equal(s.cursor, "");
        oat_subscription_free(&s);
    }
}

/* The error, whose code is as expected. */
static json_t *refused(const char *text, const char *code)
{
    struct oat_subscription s;
    struct oat_answer answer;
    if (read_text(text, &s, &answer))
        fail_msg("taken: %s", text);
    json_t *root = json_loadb(answer.body.bytes, answer.body.len, 0, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(json_object_get(root, "error"), "code")), code);
    oat_json_free(&answer.body);
    return root;
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *text, *code;
    } messages[] = {
        {"", "bad_json"},
        {"hello", "bad_json"},
        {"{} {}", "bad_json"},
        {"[]", "bad_parameter"},
        {"\"type = llm\"", "bad_parameter"},
        {"{\"subscribe\":1}", "bad_parameter"},
        {"{\"subscribe\":\"nonsense = 1\"}", "bad_filter"},
        {"{\"subscribe\":\"type = llm\",\"subscribe\":\"type = tool\"}", "bad_parameter"},
        {"{\"subscribe\":\"trace.errors > 0\"}", "bad_parameter"},
        {"{\"subscribe\":\"not (type = llm or trace.has(type = tool))\"}", "bad_parameter"},
        {"{\"kinds\":[]}", "bad_parameter"},
        {"{\"kinds\":\"span\"}", "bad_parameter"},
        {"{\"kinds\":[\"spans\"]}", "bad_parameter"},
        {"{\"cursor\":7}", "bad_parameter"},
        {"{\"unsubscribe\":true}", "bad_parameter"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        json_decref(refused(messages[i].text, messages[i].code));
}

static void an_error_of_a_filter_has_its_column(void **state)
{
    (void)state;
    json_t *root = refused("{\"subscribe\":\"type = llm and cost >\"}", "bad_filter");
    json_t *error = json_object_get(root, "error");
    assert_int_equal(json_integer_value(json_object_get(error, "column")), 22);
    assert_string_equal(json_string_value(json_object_get(error, "parameter")), "subscribe");
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_is_taken_with_its_text),
        cmocka_unit_test(nothing_asked_for_is_every_ended_span),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(an_error_of_a_filter_has_its_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
