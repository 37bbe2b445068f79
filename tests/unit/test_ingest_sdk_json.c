/* Spans as the SDKs send them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "format/ids.h"
#include "ingest/sdk_json.h"
#include "tests/support/record_sink.h"

static struct record record;
static char refusals[2000]; /* "index place field: reason\n" ... */

static void take_refusal(void *arg, const struct oat_sdk_refusal *refusal)
{
    size_t len = strlen(refusals);
    (void)arg;
    snprintf(refusals + len, sizeof refusals - len, "%d %s %s: %s\n", (int)refusal->index, refusal->place,
             refusal->field, refusal->reason);
}

static int read_json(const char *json)
{
    static const struct oat_sdk_refusals to = {take_refusal, NULL};
    record_free(&record);
    record_init(&record);
    refusals[0] = '\0';
    return oat_import_sdk_json(json, strlen(json), &record.sink, &to, &record.report);
}

/* The only span of a body, which is taken. */
static const struct recorded_span *one(const char *json)
{
    assert_int_equal(read_json(json), OAT_OK);
    if (record.count != 1)
        fail_msg("%zu spans; %s", record.count, refusals);
    return &record.spans[0];
}

#define IDS   "\"trace_id\":\"abc-123-def\",\"span_id\":\"span-456\""
#define TIMES "\"start_time\":1699564801.0,\"end_time\":1699564802.5"

static void the_span_of_the_product_page_is_taken(void **state)
{
    (void)state;
    const struct recorded_span *s =
        one("{" IDS "," TIMES ",\"parent_span_id\":\"span-123\",\"name\":\"openai.chat.completions.create\","
            "\"span_type\":\"llm\",\"model\":\"gpt-4o-mini\",\"duration_ms\":1500,\"status\":\"success\","
            "\"usage\":{\"prompt_tokens\":150,\"completion_tokens\":75,\"total_tokens\":225,"
            "\"total_cost\":0.0042},\"inputs\":{\"messages\":[1, 2]},\"outputs\":\"Python\","
            "\"input_preview\":\"cut\"}");
    uint8_t trace_id[16], span_id[8], parent_id[8];
    assert_int_equal(oat_trace_id_of_text("abc-123-def", 11, trace_id), OAT_OK);
    assert_int_equal(oat_span_id_of_text(trace_id, "span-456", 8, span_id), OAT_OK);
    assert_int_equal(oat_span_id_of_text(trace_id, "span-123", 8, parent_id), OAT_OK);
    assert_memory_equal(s->span.trace_id, trace_id, 16);
    assert_memory_equal(s->span.span_id, span_id, 8);
    assert_memory_equal(s->span.parent_id, parent_id, 8);
    assert_int_equal(s->span.type, OAT_LLM);
    assert_int_equal(s->span.status, OAT_STATUS_SUCCESS);
    assert_string_equal(s->text[OAT_TEXT_MODEL], "gpt-4o-mini");
    assert_true(s->span.start_ns == 1699564801000000000u && s->span.end_ns == 1699564802500000000u);
    assert_int_equal(s->span.count[OAT_COUNT_INPUT], 150);
    assert_int_equal(s->span.count[OAT_COUNT_OUTPUT], 75);
    assert_true(s->span.has_cost);
    assert_int_equal(s->span.cost_total_nano, 4200000);
    assert_string_equal(s->input, "{\"messages\":[1, 2]}");
    assert_string_equal(s->output, "Python");
    assert_string_equal(s->attrs, "{\"oat.trace_id\":\"abc-123-def\",\"oat.span_id\":\"span-456\","
                                  "\"oat.parent_span_id\":\"span-123\"}");
}

static void ids_in_hex_are_taken_as_they_are(void **state)
{
    (void)state;
    char hex[33];
    const struct recorded_span *s =
        one("{\"trace_id\":\"0102030405060708090A0B0C0D0E0F10\","
            "\"span_id\":\"0102030405060708\",\"parent_span_id\":null," TIMES "}");
    oat_hex_print(s->span.trace_id, 16, hex);
    assert_string_equal(hex, "0102030405060708090a0b0c0d0e0f10");
    oat_hex_print(s->span.span_id, 8, hex);
    assert_string_equal(hex, "0102030405060708");
    assert_true(oat_id_is_zero(s->span.parent_id, 8));
    assert_string_equal(s->attrs, "{}");
}

static void attributes_metadata_and_unknown_members_are_kept(void **state)
{
    (void)state;
    const struct recorded_span *s =
        one("{" IDS "," TIMES ",\"attributes\":{\"a\":1,\"b\":{\"base64\":\"/w==\"}},"
            "\"metadata\":{\"m\":true},\"tags\":[\"x\"],\"usage\":{\"own\":2}}");
    assert_non_null(strstr(s->attrs, "\"tags\":[\"x\"]"));
    assert_non_null(strstr(s->attrs, "\"own\":2"));
    assert_non_null(strstr(s->attrs, "\"a\":1"));
    assert_non_null(strstr(s->attrs, "\"m\":true"));
}

static void times_come_in_several_forms(void **state)
{
    (void)state;
    const struct recorded_span *s =
        one("{" IDS ",\"start_time\":1.5,\"start_time_unix_nano\":\"1500000001\",\"duration_ms\":0.25}");
    assert_int_equal(s->span.start_ns, 1500000001);
    assert_int_equal(s->span.end_ns, 1500250001);
    s = one("{" IDS ",\"start_time\":\"1970-01-01T00:00:02Z\",\"end_time\":\"1970-01-01T00:00:03Z\"}");
    assert_true(s->span.start_ns == 2000000000u && s->span.end_ns == 3000000000u);
}

static void an_error_makes_a_failed_span(void **state)
{
    (void)state;
    const struct recorded_span *s = one("{" IDS "," TIMES ",\"error\":\"ValueError: no\"}");
    assert_int_equal(s->span.status, OAT_STATUS_ERROR);
    assert_string_equal(s->error, "ValueError: no");
    assert_int_equal(one("{" IDS "," TIMES ",\"status\":\"ok\"}")->span.status, OAT_STATUS_SUCCESS);
}

static void payloads_are_what_they_were(void **state)
{
    (void)state;
    assert_string_equal(
        one("{" IDS "," TIMES ",\"inputs\":{\"media_type\":\"image/png\",\"base64\":\"aGk=\"}}")->input,
        "hi");
    assert_string_equal(one("{" IDS "," TIMES ",\"inputs\":\"text\",\"input_info\":"
                            "{\"media_type\":\"application/json\",\"size_bytes\":6}}")
                            ->input,
                        "\"text\"");
    assert_string_equal(one("{" IDS "," TIMES ",\"inputs\":\"{\\\"a\",\"input_info\":"
                            "{\"media_type\":\"application/json\",\"size_bytes\":3}}")
                            ->input,
                        "{\"a");
    assert_string_equal(one("{" IDS "," TIMES ",\"inputs\":null,\"input_info\":"
                            "{\"media_type\":\"application/json\",\"size_bytes\":4}}")
                            ->input,
                        "null");
    assert_null(one("{" IDS "," TIMES ",\"inputs\":null,\"input_info\":null}")->span.input.bytes);
}

static void events_and_links_keep_their_ids(void **state)
{
    (void)state;
    const struct recorded_span *s =
        one("{" IDS "," TIMES ",\"events\":[{\"name\":\"e\",\"time\":2.0,\"attributes\":{\"k\":1}},7],"
            "\"links\":[{\"trace_id\":\"0102030405060708090a0b0c0d0e0f10\",\"span_id\":\"0102030405060708\"},"
            "{\"trace_id\":\"short\"}]}");
    assert_int_equal(s->span.event_count, 1);
    assert_int_equal(s->span.link_count, 1);
    assert_non_null(strstr(s->events, "\"name\":\"e\""));
}

static void a_refused_span_does_not_take_the_others_with_it(void **state)
{
    (void)state;
    assert_int_equal(read_json("[{" IDS "," TIMES "},{\"span_id\":\"x\"," TIMES "},{" IDS "},"
                               "{\"spans\":[{" IDS "," TIMES "},{" IDS "," TIMES
                               ",\"status\":\"running\"}]},3]"),
                     OAT_OK);
    assert_int_equal(record.count, 2);
    assert_int_equal(record.report.rejected, 4);
    assert_string_equal(
        refusals, "1 $[1] trace_id: expected a text of 1 to 4096 bytes\n"
                  "2 $[2] start_time: expected seconds since 1970, or a date and time as RFC 3339 has it\n"
                  "4 $[3].spans[1] status: expected success, ok or error: a span is sent when it has ended\n"
                  "5 $[4] : expected an object\n");
}

static void every_wrong_member_is_named(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"span_type", "\"span_type\":\"dance\""},
        {"name", "\"name\":7"},
        {"prompt_tokens", "\"prompt_tokens\":1.5"},
        {"completion_tokens", "\"usage\":{\"completion_tokens\":-1}"},
        {"total_cost", "\"total_cost\":\"much\""},
        {"input_cost", "\"usage\":{\"input_cost\":-1}"},
        {"ttft_ms", "\"ttft_ms\":-1"},
        {"sample_rate", "\"sample_rate\":2"},
        {"prompt_version", "\"prompt_version\":-1"},
        {"attributes", "\"attributes\":[]"},
        {"metadata", "\"metadata\":3"},
        {"end_time", "\"end_time\":\"soon\""},
        {"parent_span_id", "\"parent_span_id\":5"},
    };
    char json[400], start[64];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(json, sizeof json, "{" IDS "," TIMES ",%s}", wrong[i][1]);
        snprintf(start, sizeof start, "0 $ %s: ", wrong[i][0]);
        assert_int_equal(read_json(json), OAT_OK);
        if (record.count != 0 || strncmp(refusals, start, strlen(start)) != 0)
            fail_msg("%s: %s", json, refusals);
    }
}

static void lines_are_taken_one_by_one(void **state)
{
    (void)state;
    assert_int_equal(read_json("{" IDS "," TIMES "}\n{" IDS "}\n[{" IDS "," TIMES "}]\n"), OAT_OK);
    assert_int_equal(record.count, 2);
    assert_memory_equal(refusals, "1 value 2 start_time: ", 22);
    assert_int_equal(read_json("{" IDS "," TIMES "}\n{"), OAT_E_INVALID);
    assert_int_equal(record.count, 1);
}

static void other_json_is_left_to_others(void **state)
{
    (void)state;
    assert_int_equal(read_json("{\"resourceSpans\":[]}"), OAT_NOTFOUND);
    assert_int_equal(read_json("[{\"role\":\"user\",\"content\":\"x\"}]"), OAT_NOTFOUND);
    assert_int_equal(read_json("7"), OAT_NOTFOUND);
    assert_int_equal(read_json("[]"), OAT_OK);
    assert_int_equal(read_json("[{"), OAT_E_INVALID);
    assert_string_equal(record.report.place, "byte 2");
}

static int tear_down(void **state)
{
    (void)state;
    record_free(&record);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_span_of_the_product_page_is_taken),
        cmocka_unit_test(ids_in_hex_are_taken_as_they_are),
        cmocka_unit_test(attributes_metadata_and_unknown_members_are_kept),
        cmocka_unit_test(times_come_in_several_forms),
        cmocka_unit_test(an_error_makes_a_failed_span),
        cmocka_unit_test(payloads_are_what_they_were),
        cmocka_unit_test(events_and_links_keep_their_ids),
        cmocka_unit_test(a_refused_span_does_not_take_the_others_with_it),
        cmocka_unit_test(every_wrong_member_is_named),
        cmocka_unit_test(lines_are_taken_one_by_one),
        cmocka_unit_test(other_json_is_left_to_others),
    };
    record_init(&record);
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
