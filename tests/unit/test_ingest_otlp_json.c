/* OTLP JSON: encodings, what is lenient, what is rejected and where. */
#include "tests/support/record_sink.h"
#include "tests/support/unit.h"

#include "format/ids.h"
#include "ingest/otlp_json.h"

#define IDS            "\"traceId\":\"0102030405060708090A0B0C0D0E0F10\",\"spanId\":\"1112131415161718\""
#define REQUEST(spans) "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[" spans "]}]}]}"

static int import(struct record *record, const char *text)
{
    record_init(record);
    return oat_import_otlp_json(text, strlen(text), &record->sink, &record->report);
}

static void a_whole_request_decodes(void **state)
{
    (void)state;
    struct record r;
    assert_int_equal(
        import(
            &r,
            "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
            "{\"stringValue\":\"svc\"}},{\"key\":\"service.version\",\"value\":{\"stringValue\":\"1.2\"}},"
            "{\"key\":\"deployment.environment\",\"value\":{\"stringValue\":\"prod\"}},{\"key\":\"host."
            "name\","
            "\"value\":{\"stringValue\":\"h\"}}]},\"scopeSpans\":[{\"scope\":{\"name\":\"lib\",\"version\":"
            "\"9\","
            "\"attributes\":[{\"key\":\"a\",\"value\":{\"boolValue\":true}}]},\"spans\":[{" IDS
            ",\"parentSpanId\":\"2122232425262728\",\"name\":\"n\",\"kind\":2,\"startTimeUnixNano\":\"1000\","
            "\"endTimeUnixNano\":3000,\"traceState\":\"k=v\",\"status\":{\"code\":1},\"unknownKey\":[1,2]}]}]"
            "}]}"),
        OAT_OK);
    assert_int_equal(r.count, 1);
    const struct recorded_span *s = &r.spans[0];
    char hex[33];
    oat_hex_print(s->span.trace_id, 16, hex);
    assert_string_equal(hex, "0102030405060708090a0b0c0d0e0f10");
    oat_hex_print(s->span.parent_id, 8, hex);
    assert_string_equal(hex, "2122232425262728");
    assert_true(s->span.start_ns == 1000 && s->span.end_ns == 3000);
    assert_string_equal(s->text[OAT_TEXT_SERVICE], "svc");
    assert_string_equal(s->text[OAT_TEXT_ENVIRONMENT], "prod");
    assert_int_equal(s->span.status, OAT_STATUS_SUCCESS);
    assert_int_equal(s->span.otel_status, OAT_OTEL_OK);
    assert_string_equal(
        s->attrs, "{\"oat.service_version\":\"1.2\",\"resource.host.name\":\"h\",\"otel.scope.name\":\"lib\","
                  "\"otel.scope.version\":\"9\",\"otel.scope.a\":true,\"otel.kind\":\"server\","
                  "\"otel.trace_state\":\"k=v\"}");
    record_free(&r);
}

static void every_kind_of_value_decodes(void **state)
{
    (void)state;
    static const struct {
        const char *value, *expected;
    } cases[] = {
        {"{\"stringValue\":\"a\\u0000b\"}", "\"a\\u0000b\""},
        {"{\"intValue\":\"-9223372036854775808\"}", "-9223372036854775808"},
        {"{\"intValue\":7}", "7"},
        {"{\"doubleValue\":0.1}", "0.1"},
        {"{\"doubleValue\":\"NaN\"}", "\"NaN\""},
        {"{\"doubleValue\":\"-Infinity\"}", "\"-Infinity\""},
        {"{\"boolValue\":false}", "false"},
        {"{\"bytesValue\":\"-_8\"}", "\"+/8=\""},
        {"{\"bytesValue\":\"AQID\"}", "\"AQID\""},
        {"{\"arrayValue\":{\"values\":[{\"intValue\":1},{}]}}", "[1,null]"},
        {"{\"arrayValue\":{}}", "[]"},
        {"{\"kvlistValue\":{\"values\":[{\"key\":\"x\",\"value\":{\"stringValue\":\"y\"}}]}}",
         "{\"x\":\"y\"}"},
        {"{}", "null"},
        {"null", "null"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512], expected[128];
        struct record r;
        snprintf(text, sizeof text, REQUEST("{" IDS ",\"attributes\":[{\"key\":\"k\",\"value\":%s}]}"),
                 cases[i].value);
        snprintf(expected, sizeof expected, "{\"k\":%s}", cases[i].expected);
        assert_int_equal(import(&r, text), OAT_OK);
        assert_int_equal(r.count, 1);
        assert_string_equal(r.spans[0].attrs, expected);
        record_free(&r);
    }
}

static void the_last_of_equal_attributes_wins_in_the_mapping(void **state)
{
    (void)state;
    struct record r;
    assert_int_equal(
        import(&r, REQUEST("{" IDS ",\"attributes\":["
                           "{\"key\":\"gen_ai.request.model\",\"value\":{\"stringValue\":\"old\"}},"
                           "{\"key\":\"gen_ai.request.model\",\"value\":{\"stringValue\":\"new\"}}]}")),
        OAT_OK);
    assert_string_equal(r.spans[0].text[OAT_TEXT_MODEL], "new");
    record_free(&r);
}

static void ids_of_wrong_length_are_rejected_with_their_path(void **state)
{
    (void)state;
    static const char *const spans[] = {
        "{\"traceId\":\"01\",\"spanId\":\"1112131415161718\"}",
        "{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"111213141516171\"}",
        "{\"traceId\":\"00000000000000000000000000000000\",\"spanId\":\"1112131415161718\"}",
        "{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\"}",
        "{\"traceId\":17,\"spanId\":true}",
        "[]",
    };
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        char text[512];
        struct record r;
        snprintf(text, sizeof text, REQUEST("{" IDS ",\"name\":\"good\"},%s"), spans[i]);
        assert_int_equal(import(&r, text), OAT_OK);
        assert_int_equal(r.count, 1);
        assert_int_equal(r.report.rejected, 1);
        assert_string_equal(r.report.place, "$.resourceSpans[0].scopeSpans[0].spans[1]");
        record_free(&r);
    }
}

static void ids_in_base64_are_taken(void **state)
{
    (void)state;
    struct record r;
    char hex[33];
    assert_int_equal(
        import(&r, REQUEST("{\"traceId\":\"AQIDBAUGBwgJCgsMDQ4PEA==\",\"spanId\":\"ERITFBUWFxg=\"}")),
        OAT_OK);
    assert_int_equal(r.count, 1);
    oat_hex_print(r.spans[0].span.trace_id, 16, hex);
    assert_string_equal(hex, "0102030405060708090a0b0c0d0e0f10");
    record_free(&r);
}

static void a_list_and_lines_of_requests_are_read(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[" REQUEST("{" IDS ",\"name\":\"a\"}") "," REQUEST("{" IDS ",\"name\":\"b\"}") "]",
        REQUEST("{" IDS ",\"name\":\"a\"}") "\n" REQUEST("{" IDS ",\"name\":\"b\"}") "\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct record r;
        assert_int_equal(import(&r, texts[i]), OAT_OK);
        assert_int_equal(r.count, 2);
        assert_non_null(record_find(&r, "b"));
        record_free(&r);
    }
}

static void text_that_is_no_json_is_refused_with_its_place(void **state)
{
    (void)state;
    struct record r;
    assert_int_equal(import(&r, REQUEST("{" IDS "}") "\n{\"resourceSpans\":[}"), OAT_E_INVALID);
    assert_int_equal(r.count, 1);
    assert_string_equal(r.report.reason, "no JSON value");
    assert_true(strncmp(r.report.place, "byte ", 5) == 0);
    record_free(&r);
}

static void session_user_and_agent_are_inherited(void **state)
{
    (void)state;
#define SPAN(id, parent, attrs)                                                                              \
    "{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"" id "\",\"parentSpanId\":\"" parent     \
    "\",\"name\":\"" id "\",\"attributes\":[" attrs "]}"
#define ATTR(key, value) "{\"key\":\"" key "\",\"value\":{\"stringValue\":\"" value "\"}}"
    struct record r;
    /* A grandchild comes before its parent; two spans are each other's parent. */
    assert_int_equal(
        import(&r,
               REQUEST(SPAN("0000000000000003", "0000000000000002", "") "," SPAN(
                   "0000000000000002", "0000000000000001",
                   ATTR("gen_ai.agent.name",
                        "inner")) "," SPAN("0000000000000001", "",
                                           ATTR("session.id", "s1") "," ATTR("user.id", "u1") "," ATTR(
                                               "gen_ai.agent.name",
                                               "outer")) "," SPAN("0000000000000008", "0000000000000009",
                                                                  "") "," SPAN("0000000000000009",
                                                                               "0000000000000008",
                                                                               ATTR("session.id", "s2")))),
        OAT_OK);
    assert_int_equal(r.count, 5);
    const struct recorded_span *s = record_find(&r, "0000000000000003");
    assert_string_equal(s->text[OAT_TEXT_SESSION], "s1");
    assert_string_equal(s->text[OAT_TEXT_USER], "u1");
    assert_string_equal(s->text[OAT_TEXT_AGENT], "inner");
    assert_string_equal(record_find(&r, "0000000000000008")->text[OAT_TEXT_SESSION], "s2");
    record_free(&r);
}

static void a_chain_of_many_spans_inherits_to_its_end(void **state)
{
    (void)state;
    enum { SPANS = 5000 };
    char *text = malloc(SPANS * 200 + 200);
    assert_non_null(text);
    size_t len = (size_t)sprintf(text, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[");
    for (int i = SPANS; i >= 1; i--) /* children first */
        len += (size_t)sprintf(text + len,
                               "%s{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"%016x\","
                               "\"parentSpanId\":\"%016x\"%s}",
                               i == SPANS ? "" : ",", i, i - 1,
                               i == 1 ? ",\"attributes\":[" ATTR("session.id", "s") "]" : "");
    len += (size_t)sprintf(text + len, "]}]}]}");
    struct record r;
    record_init(&r);
    assert_int_equal(oat_import_otlp_json(text, len, &r.sink, &r.report), OAT_OK);
    assert_int_equal(r.count, SPANS);
    assert_string_equal(r.spans[0].text[OAT_TEXT_SESSION], "s");
    record_free(&r);
    free(text);
}

/* Lists may be anything in hostile text: objects, strings, numbers. */
static void what_should_be_a_list_may_be_anything(void **state)
{
    (void)state;
    static const char *const things[] = {"{\"a\":1,\"b\":[2],\"c\":{}}", "\"text\"", "7", "true",
                                         "[[],{},1,\"x\"]"};
    static const char *const places[] = {
        "{\"resourceSpans\":%s}",
        "{\"resourceSpans\":[{\"scopeSpans\":%s}]}",
        "{\"resourceSpans\":[{\"resource\":{\"attributes\":%s},\"scopeSpans\":[{\"spans\":[]}]}]}",
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":%s}]}]}",
        REQUEST("{" IDS ",\"attributes\":%s}"),
        REQUEST("{" IDS ",\"events\":%s}"),
        REQUEST("{" IDS ",\"links\":%s}"),
        REQUEST("{" IDS ",\"status\":%s}"),
        REQUEST("{" IDS ",\"attributes\":[{\"key\":\"k\",\"value\":{\"arrayValue\":{\"values\":%s}}}]}"),
        REQUEST("{" IDS ",\"attributes\":[{\"key\":\"k\",\"value\":{\"kvlistValue\":{\"values\":%s}}}]}"),
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        for (size_t k = 0; k < sizeof things / sizeof *things; k++) {
            char text[512];
            struct record r;
            size_t at = (size_t)(strstr(places[i], "%s") - places[i]);
            snprintf(text, sizeof text, "%.*s%s%s", (int)at, places[i], things[k], places[i] + at + 2);
            assert_int_equal(import(&r, text), OAT_OK);
            assert_true(r.count <= 1);
            record_free(&r);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_request_decodes),
        cmocka_unit_test(every_kind_of_value_decodes),
        cmocka_unit_test(the_last_of_equal_attributes_wins_in_the_mapping),
        cmocka_unit_test(ids_of_wrong_length_are_rejected_with_their_path),
        cmocka_unit_test(ids_in_base64_are_taken),
        cmocka_unit_test(a_list_and_lines_of_requests_are_read),
        cmocka_unit_test(text_that_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(what_should_be_a_list_may_be_anything),
        cmocka_unit_test(session_user_and_agent_are_inherited),
        cmocka_unit_test(a_chain_of_many_spans_inherits_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
