/* The record of a span as JSON: its greatest figures, and what memory does to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "export/record_json.h"
#include "format/json_put.h"
#include "format/slot.h"

/* Longer texts make room for themselves. */
#define LONGEST_SHORT                                                                                        \
    "123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456"

static struct oat_record_writer writer;
static const struct oat_given nothing_given;

static oat_span_view greatest_figures(void)
{
    oat_span_view span = {
        .start_ns = INT64_MAX - 2,
        .end_ns = INT64_MAX,
        .type = OAT_GUARDRAIL,
        .status = OAT_SHOWN_LOST_CONTACT,
        .otel_status = OAT_OTEL_UNSET,
        .flags = OAT_SPAN_SYNTHETIC_TIME,
        .has_ttft = true,
        .ttft_us = UINT32_MAX,
        .has_prompt_version = true,
        .prompt_version = UINT32_MAX,
        .has_cost = true,
        .has_cost_input = true,
        .has_cost_output = true,
        .cost_total_nano = INT64_MIN,
        .cost_input_nano = INT64_MIN,
        .cost_output_nano = INT64_MIN,
        .cost_source = OAT_COST_COMPUTED,
        .sample_rate = 0.123456789,
    };
    memset(span.trace_id, 0xab, sizeof span.trace_id);
    memset(span.span_id, 0xcd, sizeof span.span_id);
    memset(span.parent_id, 0xef, sizeof span.parent_id);
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++) {
        span.has_count[i] = true;
        span.count[i] = UINT32_MAX;
    }
    return span;
}

static json_t *parse(struct oat_json *json)
{
    json_error_t error;
    oat_json_object_end(json);
    json_t *value = json_loadb(json->bytes, json->len, JSON_REJECT_DUPLICATES, &error);
    if (!value)
        fail_msg("%s: %.*s", error.text, (int)json->len, json->bytes);
    return value;
}

static void the_greatest_figures_fit_into_the_room(void **state)
{
    (void)state;
    struct oat_json json = {0};
    oat_span_view span = greatest_figures();
    const oat_text text = {LONGEST_SHORT, sizeof LONGEST_SHORT - 1};
    const struct oat_given given = {.trace_id = text, .span_id = text, .parent_span_id = text};
    for (unsigned i = 1; i < OAT_TEXT_FIELDS; i++)
        span.text[i] = text;
    oat_record_writer_init(&writer);
    oat_json_object_begin(&json);
    oat_json_record(&json, &writer, &span, &given);
    assert_true(json.len + OAT_JSON_NUMBER_ROOM <= OAT_RECORD_ROOM);
    json_t *shown = parse(&json), *usage = json_object_get(shown, "usage");
    assert_int_equal(json_integer_value(json_object_get(usage, "total_tokens")), 2 * (json_int_t)UINT32_MAX);
    assert_string_equal(json_string_value(json_object_get(usage, "total_cost_nano_usd")),
                        "-9223372036854775808");
    assert_string_equal(json_string_value(json_object_get(shown, "end_time_unix_nano")),
                        "9223372036854775807");
    assert_true(json_is_null(json_object_get(shown, "name")));
    json_decref(shown);
    oat_json_free(&json);
}

static void texts_are_as_long_as_they_are(void **state)
{
    (void)state;
    static char text[100000];
    struct oat_json json = {0};
    oat_span_view span = greatest_figures();
    struct oat_given given = {.span_id = {"given", 5}};
    memset(text, '"', sizeof text);
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++)
        span.text[i] = (oat_text){text, sizeof text - i};
    oat_record_writer_init(&writer);
    oat_json_object_begin(&json);
    oat_json_record(&json, &writer, &span, &given);
    json_t *shown = parse(&json);
    assert_string_equal(json_string_value(json_object_get(shown, "span_id")), "given");
    assert_string_equal(json_string_value(json_object_get(shown, "span_id_hex")), "cdcdcdcdcdcdcdcd");
    assert_int_equal(json_string_length(json_object_get(shown, "name")), sizeof text);
    assert_int_equal(json_string_length(json_object_get(shown, "model")), sizeof text - OAT_TEXT_MODEL);
    json_decref(shown);
    oat_json_free(&json);
}

static void a_text_beyond_memory_fails_and_overruns_nothing(void **state)
{
    (void)state;
    struct oat_json json = {0};
    oat_span_view span = greatest_figures();
    span.text[OAT_TEXT_NAME] = (oat_text){"n", SIZE_MAX - 2}; /* nobody looks at it */
    oat_record_writer_init(&writer);
    oat_json_object_begin(&json);
    oat_json_record(&json, &writer, &span, &nothing_given);
    assert_true(json.failed);
    assert_true(json.len <= json.capacity);
    oat_json_free(&json);
}

/* Neighbours with the same texts: short and long ones, some with escapes, and some that are given. */
static void texts_of_neighbours_are_written_again(void **state)
{
    (void)state;
    static const char with_quotes[] = "a \"quoted\" text", plain[] = "plain";
    struct oat_json json = {0};
    oat_span_view span = greatest_figures();
    const struct oat_given given = {.text[OAT_TEXT_SERVICE] = {"another", 7}};
    span.text[OAT_TEXT_NAME] = (oat_text){with_quotes, sizeof with_quotes - 1};
    span.text[OAT_TEXT_SERVICE] = (oat_text){plain, sizeof plain - 1};
    span.text[OAT_TEXT_MODEL] = (oat_text){LONGEST_SHORT "7", sizeof LONGEST_SHORT};
    span.text[OAT_TEXT_AGENT] = (oat_text){plain, sizeof plain - 1};
    oat_record_writer_init(&writer);
    oat_json_array_begin(&json);
    for (unsigned i = 0; i < 4; i++) {
        span.text[OAT_TEXT_AGENT].len = sizeof plain - 1 - i / 2; /* begins where the others do */
        oat_json_object_begin(&json);
        oat_json_record(&json, &writer, &span, i == 1 ? &given : &nothing_given);
        oat_json_object_end(&json);
    }
    oat_json_array_end(&json);
    json_t *shown = json_loadb(json.bytes, json.len, JSON_REJECT_DUPLICATES, NULL);
    assert_int_equal(json_array_size(shown), 4);
    for (unsigned i = 0; i < 4; i++) {
        json_t *one = json_array_get(shown, i);
        assert_string_equal(json_string_value(json_object_get(one, "name")), with_quotes);
        assert_string_equal(json_string_value(json_object_get(one, "service")), i == 1 ? "another" : plain);
        assert_string_equal(json_string_value(json_object_get(one, "model")), LONGEST_SHORT "7");
        assert_string_equal(json_string_value(json_object_get(one, "agent")), i < 2 ? "plain" : "plai");
    }
    json_decref(shown);
    oat_json_free(&json);
}

static void a_span_without_usage_shows_nulls(void **state)
{
    (void)state;
    struct oat_json json = {0};
    const oat_span_view span = {.type = OAT_TOOL, .status = OAT_SHOWN_SUCCESS, .sample_rate = 1};
    oat_record_writer_init(&writer);
    oat_json_object_begin(&json);
    oat_json_record(&json, &writer, &span, &nothing_given);
    json_t *shown = parse(&json), *usage = json_object_get(shown, "usage"), *value;
    const char *key;
    assert_int_equal(json_object_size(usage), OAT_COUNT_FIELDS + 6);
    json_object_foreach(usage, key, value) assert_true(json_is_null(value));
    json_decref(shown);
    oat_json_free(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_greatest_figures_fit_into_the_room),
        cmocka_unit_test(texts_are_as_long_as_they_are),
        cmocka_unit_test(a_text_beyond_memory_fails_and_overruns_nothing),
        cmocka_unit_test(texts_of_neighbours_are_written_again),
        cmocka_unit_test(a_span_without_usage_shows_nulls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
