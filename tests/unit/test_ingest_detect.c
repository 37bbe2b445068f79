/* Telling formats apart, and the span exports of other systems. */
#include "tests/support/record_sink.h"
#include "tests/support/unit.h"

#include "format/ids.h"
#include "ingest/detect.h"

static int import(struct record *record, const void *data, size_t len)
{
    record_init(record);
    return oat_import_buffer(OAT_FORMAT_AUTO, data, len, &record->sink, &record->report);
}

static void formats_are_told_apart_by_content(void **state)
{
    (void)state;
#define IDS "\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"1112131415161718\""
    static const struct {
        const char *text;
        enum oat_import_kind kind;
        const char *what;
    } cases[] = {
        {"{\"resourceSpans\":[]}", OAT_KIND_OTLP_JSON, "OTLP JSON"},
        {"\xef\xbb\xbf [{\"resourceSpans\":[]}]", OAT_KIND_OTLP_JSON, "OTLP JSON"},
        {"{\"trace\":{},\"observations\":[]}", OAT_KIND_TRACE_EXPORT, "Langfuse trace export"},
        {"[{\"spanContext\":{" IDS "}}]", OAT_KIND_TRACE_EXPORT, "OpenTelemetry JS spans"},
        {"[{\"role\":\"user\"}]", OAT_KIND_CHAT, "message list"},
        {"[[{\"role\":\"user\"}]]", OAT_KIND_CHAT, "list of conversations"},
        {"[{\"traj\":[{\"role\":\"user\"}]}]", OAT_KIND_CHAT, "tau-bench trajectories"},
        {"\n# aider chat started at 2024-05-21 10:00:00\n", OAT_KIND_CHAT, "aider chat history"},
        {"", OAT_KIND_NOT_A_TRACE, "empty"},
        {" \n", OAT_KIND_NOT_A_TRACE, "empty"},
        {"hello", OAT_KIND_NOT_A_TRACE, "text, no trace"},
        {"\n\nhello", OAT_KIND_NOT_A_TRACE, "text, no trace"},
        {"[section]\nkey = value\n", OAT_KIND_NOT_A_TRACE, "text, no trace"},
        {" \n[tool.black]\nline-length = 100\n", OAT_KIND_NOT_A_TRACE, "text, no trace"},
        {"[null-device]\n", OAT_KIND_NOT_A_TRACE, "text, no trace"},
        {"[2024-05-21 10:00:00] started\n", OAT_KIND_NOT_A_TRACE, "text, no trace"},
        {"{% if user %}hello{% endif %}", OAT_KIND_NOT_A_TRACE, "text, no trace"},
        {"\xff\xfe\x01", OAT_KIND_NOT_A_TRACE, "binary data, no trace"},
        {"{}", OAT_KIND_NOT_A_TRACE, "JSON without spans or messages"},
        {"[]", OAT_KIND_NOT_A_TRACE, "JSON without spans or messages"},
        {"[1,2]", OAT_KIND_NOT_A_TRACE, "JSON without spans or messages"},
        {"[ -1.5e3 ]", OAT_KIND_NOT_A_TRACE, "JSON without spans or messages"},
        {"[true, null]", OAT_KIND_NOT_A_TRACE, "JSON without spans or messages"},
        {"{\"resourceLogs\":[]}", OAT_KIND_NOT_A_TRACE, "OTLP logs, no spans"},
        {"{\"resourceMetrics\":[]}", OAT_KIND_NOT_A_TRACE, "OTLP metrics, no spans"},
        {"{\"$defs\":{},\"type\":\"array\"}", OAT_KIND_NOT_A_TRACE, "JSON schema"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record r;
        if (import(&r, cases[i].text, strlen(cases[i].text)) != OAT_OK || r.report.kind != cases[i].kind ||
            strcmp(r.report.what, cases[i].what) != 0)
            fail_msg("%s: kind %d, %s", cases[i].text, r.report.kind,
                     r.report.what ? r.report.what : "nothing");
        record_free(&r);
    }
}

static void protobuf_is_told_by_its_shape(void **state)
{
    (void)state;
    static const uint8_t request[] = {0x0a, 0x02, 0x12, 0x00, 0x0a, 0x00};
    static const uint8_t cut[] = {0x0a, 0x05, 0x12, 0x03, 0xff};
    struct record r;
    assert_int_equal(import(&r, request, sizeof request), OAT_OK);
    assert_int_equal(r.report.kind, OAT_KIND_OTLP_PROTO);
    record_free(&r);
    assert_int_equal(import(&r, cut, sizeof cut), OAT_E_INVALID);
    assert_int_equal(r.report.kind, OAT_KIND_OTLP_PROTO);
    record_free(&r);
}

static void broken_json_fails_with_its_place(void **state)
{
    (void)state;
    struct record r;
    assert_int_equal(import(&r, "{\"a\":1", 6), OAT_E_INVALID);
    assert_string_equal(r.report.place, "byte 6");
    record_free(&r);
    assert_int_equal(import(&r, "[1,", 3), OAT_E_INVALID);
    assert_string_equal(r.report.place, "byte 3");
    record_free(&r);
    assert_int_equal(import(&r, "[", 1), OAT_E_INVALID);
    record_free(&r);
}

static void a_named_format_is_not_guessed(void **state)
{
    (void)state;
    struct record r;
    record_init(&r);
    assert_int_equal(oat_import_buffer(OAT_FORMAT_CHAT, "{\"resourceSpans\":[]}", 20, &r.sink, &r.report),
                     OAT_E_INVALID);
    assert_string_equal(r.report.reason, "no conversation of a known shape");
    assert_int_equal(oat_import_buffer(OAT_FORMAT_OTLP_PROTO, "[]", 2, &r.sink, &r.report), OAT_E_INVALID);
}

static void langfuse_observations_become_spans(void **state)
{
    (void)state;
    static const char text[] =
        "{\"trace\":{\"id\":\"0102030405060708090a0b0c0d0e0f10\",\"name\":\"t\",\"sessionId\":\"s\","
        "\"userId\":\"u\","
        "\"input\":\"trace in\",\"tags\":[\"a\"]},\"observations\":["
        "{\"id\":\"1112131415161718\",\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"type\":\"SPAN\","
        "\"name\":\"root\","
        "\"startTime\":\"2025-06-11T14:01:32.598Z\",\"endTime\":\"2025-06-11T14:01:39.589Z\",\"level\":"
        "\"DEFAULT\","
        "\"usageDetails\":{},\"costDetails\":{},\"totalCost\":0},"
        "{\"id\":\"not-hex\",\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"parentObservationId\":"
        "\"1112131415161718\","
        "\"type\":\"GENERATION\",\"name\":\"gen\",\"startTime\":\"2025-06-11T14:01:33Z\",\"endTime\":"
        "\"2025-06-11T14:01:34Z\",\"completionStartTime\":\"2025-06-11T14:01:33.250Z\",\"model\":\"gpt\","
        "\"level\":\"ERROR\","
        "\"statusMessage\":\"late\",\"input\":\"[{\\\"role\\\":\\\"user\\\"}]\",\"output\":{\"a\": "
        "1},\"usageDetails\":"
        "{\"input\":3,\"output\":4,\"total\":7},\"costDetails\":{\"total\":0.5},\"environment\":\"dev\"}]}";
    struct record r;
    assert_int_equal(import(&r, text, sizeof text - 1), OAT_OK);
    assert_int_equal(r.count, 2);
    const struct recorded_span *root = record_find(&r, "root"), *gen = record_find(&r, "gen");
    assert_int_equal(root->span.type, OAT_CHAIN);
    assert_string_equal(root->input, "trace in");
    assert_string_equal(root->text[OAT_TEXT_SESSION], "s");
    assert_false(root->span.has_cost);
    assert_true(root->span.end_ns - root->span.start_ns == UINT64_C(6991000000));
    assert_int_equal(gen->span.type, OAT_LLM);
    assert_string_equal(gen->input, "[{\"role\":\"user\"}]");
    assert_string_equal(gen->output, "{\"a\": 1}");
    assert_string_equal(gen->text[OAT_TEXT_MODEL], "gpt");
    assert_string_equal(gen->text[OAT_TEXT_ENVIRONMENT], "dev");
    assert_string_equal(gen->text[OAT_TEXT_USER], "u");
    assert_int_equal(gen->span.status, OAT_STATUS_ERROR);
    assert_string_equal(gen->error, "late");
    assert_int_equal(gen->span.count[OAT_COUNT_INPUT], 3);
    assert_int_equal(gen->span.cost_total_nano, 500000000);
    assert_int_equal(gen->span.ttft_us, 250000);
    assert_memory_equal(gen->span.parent_id, root->span.span_id, 8);
    assert_non_null(strstr(gen->attrs, "\"oat.span_id\":\"not-hex\""));
    record_free(&r);
}

static void openinference_ids_of_any_text_are_told_apart(void **state)
{
    (void)state;
#define SPAN(id, parent)                                                                                     \
    "{\"name\":\"" id "\",\"context\":{\"trace_id\":\"t-1\",\"span_id\":\"" id "\"},\"parent_id\":" parent   \
    ",\"span_kind\":\"AGENT\",\"start_time\":\"2026-07-09T00:00:00+00:00\",\"end_time\":\"2026-07-09T00:00:" \
    "35+00:00\","                                                                                            \
    "\"status_code\":\"ERROR\",\"status_message\":\"m\",\"attributes\":{\"session.id\":\"s\"},\"events\":[{" \
    "\"name\":\"e\","                                                                                        \
    "\"timestamp\":\"2026-07-09T00:00:01Z\",\"attributes\":{\"k\":1}}]}"
    static const char text[] = "{\"case\":[" SPAN("0000000000000000", "null") "," SPAN(
        "0000000000000001", "\"0000000000000000\"") "," SPAN("s03", "\"0000000000000001\"") "]}";
    struct record r;
    assert_int_equal(import(&r, text, sizeof text - 1), OAT_OK);
    assert_int_equal(r.count, 3);
    assert_memory_not_equal(r.spans[0].span.span_id, r.spans[1].span.span_id, 8);
    assert_memory_equal(r.spans[1].span.parent_id, r.spans[0].span.span_id, 8);
    assert_memory_equal(r.spans[2].span.parent_id, r.spans[1].span.span_id, 8);
    assert_int_equal(r.spans[0].span.type, OAT_AGENT);
    assert_int_equal(r.spans[0].span.status, OAT_STATUS_ERROR);
    assert_string_equal(r.spans[0].events,
                        "[{\"name\":\"e\",\"time\":1783555201000000000,\"attrs\":{\"k\":1}}]");
    assert_non_null(strstr(r.spans[2].attrs, "\"oat.trace_id\":\"t-1\""));
    record_free(&r);
}

static void jaeger_answers_become_spans(void **state)
{
    (void)state;
    static const char text[] =
        "{\"data\":[{\"traceID\":\"83a9efd15c1c98a977e0711cc93ee28b\",\"spans\":[{\"traceID\":"
        "\"83a9efd15c1c98a977e0711cc93ee28b\",\"spanID\":\"e127af99e3b3e074\",\"operationName\":\"op\","
        "\"references\":[{"
        "\"refType\":\"CHILD_OF\",\"spanID\":\"909541b92cf05311\"}],\"startTime\":1706678909209712,"
        "\"duration\":123,"
        "\"tags\":[{\"key\":\"span.kind\",\"type\":\"string\",\"value\":\"server\"},{\"key\":\"otel.status_"
        "code\",\"value\":"
        "\"ERROR\"},{\"key\":\"n\",\"type\":\"int64\",\"value\":7}],\"logs\":[{\"timestamp\":"
        "1706678909209713,\"fields\":[{"
        "\"key\":\"event\",\"value\":\"ev\"}]}],\"processID\":\"p1\"}],\"processes\":{\"p1\":{"
        "\"serviceName\":\"svc\","
        "\"tags\":[{\"key\":\"host\",\"value\":\"h\"}]}}}]}";
    struct record r;
    assert_int_equal(import(&r, text, sizeof text - 1), OAT_OK);
    assert_int_equal(r.count, 1);
    const struct recorded_span *s = &r.spans[0];
    char hex[17];
    oat_hex_print(s->span.parent_id, 8, hex);
    assert_string_equal(hex, "909541b92cf05311");
    assert_true(s->span.start_ns == UINT64_C(1706678909209712000) &&
                s->span.end_ns - s->span.start_ns == 123000);
    assert_string_equal(s->text[OAT_TEXT_SERVICE], "svc");
    assert_int_equal(s->span.status, OAT_STATUS_ERROR);
    assert_non_null(strstr(s->events, "\"name\":\"ev\",\"time\":1706678909209713000"));
    assert_non_null(strstr(s->attrs, "\"n\":7"));
    assert_non_null(strstr(s->attrs, "\"resource.host\":\"h\""));
    record_free(&r);
}

static void jaegers_error_tag_and_following_references_are_kept(void **state)
{
    (void)state;
#define JAEGER(references)                                                                                   \
    "{\"data\":[{\"traceID\":\"1\",\"spans\":[{\"traceID\":\"83a9efd15c1c98a977e0711cc93ee28b\",\"spanID\":" \
    "\"e127af99e3b3e074\",\"operationName\":\"op\",\"references\":[" references                              \
    "],\"startTime\":1,\"duration\":1,\"tags\":[{\"key\":\"error\",\"type\":\"bool\",\"value\":true}]}]}]}"
#define FOLLOWS                                                                                              \
    "{\"refType\":\"FOLLOWS_FROM\",\"traceID\":\"93a9efd15c1c98a977e0711cc93ee28b\",\"spanID\":"             \
    "\"a127af99e3b3e074\"}"
#define CHILD                                                                                                \
    "{\"refType\":\"CHILD_OF\",\"traceID\":\"83a9efd15c1c98a977e0711cc93ee28b\",\"spanID\":"                 \
    "\"909541b92cf05311\"}"
    static const char text[] = JAEGER(FOLLOWS "," CHILD);
    struct record r;
    assert_int_equal(import(&r, text, sizeof text - 1), OAT_OK);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.spans[0].span.status, OAT_STATUS_ERROR);
    assert_int_equal(r.spans[0].span.parent_id[0], 0x90);
    assert_string_equal(
        r.spans[0].links,
        "[{\"trace\":\"93a9efd15c1c98a977e0711cc93ee28b\",\"span\":\"a127af99e3b3e074\",\"attrs\":{}}]");
    record_free(&r);
}

static void a_byte_order_mark_is_passed_over_in_named_formats_too(void **state)
{
    (void)state;
    static const char otlp[] = "\xef\xbb\xbf{\"resourceSpans\":[]}",
                      chat[] = "\xef\xbb\xbf[{\"role\":\"user\"}]";
    struct record r;
    record_init(&r);
    assert_int_equal(oat_import_buffer(OAT_FORMAT_OTLP_JSON, otlp, sizeof otlp - 1, &r.sink, &r.report),
                     OAT_OK);
    assert_int_equal(oat_import_buffer(OAT_FORMAT_CHAT, chat, sizeof chat - 1, &r.sink, &r.report), OAT_OK);
    record_free(&r);
}

static void a_span_without_ids_gets_them_from_its_content(void **state)
{
    (void)state;
    static const char text[] =
        "{\"scopeName\":\"opencode\",\"spanName\":\"ai.streamText.doStream\",\"attributes\":{"
        "\"ai.operationId\":\"ai.streamText.doStream\"}}";
    struct record a, b;
    assert_int_equal(import(&a, text, sizeof text - 1), OAT_OK);
    assert_int_equal(import(&b, text, sizeof text - 1), OAT_OK);
    assert_int_equal(a.count, 1);
    assert_true(a.spans[0].span.synthetic_time);
    assert_memory_equal(a.spans[0].span.trace_id, b.spans[0].span.trace_id, 16);
    record_free(&a);
    record_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_are_told_apart_by_content),
        cmocka_unit_test(protobuf_is_told_by_its_shape),
        cmocka_unit_test(broken_json_fails_with_its_place),
        cmocka_unit_test(a_named_format_is_not_guessed),
        cmocka_unit_test(langfuse_observations_become_spans),
        cmocka_unit_test(openinference_ids_of_any_text_are_told_apart),
        cmocka_unit_test(jaeger_answers_become_spans),
        cmocka_unit_test(jaegers_error_tag_and_following_references_are_kept),
        cmocka_unit_test(a_byte_order_mark_is_passed_over_in_named_formats_too),
        cmocka_unit_test(a_span_without_ids_gets_them_from_its_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
