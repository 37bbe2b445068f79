/* Decoders and memory that they share with others. */
#include "tests/support/record_sink.h"
#include "tests/support/unit.h"

#include "ingest/detect.h"
#include "ingest/sdk_json.h"

#define MOST ((size_t)1 << 20)

static void ignore(void *arg, const struct oat_sdk_refusal *refusal)
{
    (void)arg;
    (void)refusal;
}

static int import_sdk(const char *text, size_t len, struct record *record)
{
    const struct oat_sdk_refusals refusals = {ignore, NULL};
    return oat_import_sdk_json(text, len, &record->sink, &refusals, &record->report);
}

static int import_any(const char *text, size_t len, struct record *record)
{
    return oat_import_buffer(OAT_FORMAT_AUTO, text, len, &record->sink, &record->report);
}

#define IDS "\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"0102030405060708\""

static const struct body {
    const char *text;
    int (*import)(const char *text, size_t len, struct record *record);
} bodies[] = {
    {"{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{" IDS ",\"name\":\"n\",\"attributes\":"
     "[{\"key\":\"gen_ai.prompt\",\"value\":{\"stringValue\":\"[{\\\"role\\\":\\\"user\\\"}]\"}}]}]}]}]}",
     import_any},
    {"{\"messages\":[{\"role\":\"user\",\"content\":\"Why?\"},{\"role\":\"assistant\",\"content\":\"So\"}]}",
     import_any},
    {"{\"data\":[{\"traceID\":\"0a\",\"processes\":{\"p1\":{\"serviceName\":\"s\"}},\"spans\":[{\"traceID\":"
     "\"0a\",\"spanID\":\"0b\",\"operationName\":\"o\",\"startTime\":1,\"duration\":1,\"processID\":\"p1\"}]}"
     "]}",
     import_any},
    {"[{\"trace_id\":\"a\",\"span_id\":\"b\",\"name\":\"n\",\"start_time\":1,\"end_time\":2,"
     "\"inputs\":{\"q\":[1,2,3]}}]",
     import_sdk},
};

/* The result, of an import that may take so much. It gives all back. */
static int import(const struct body *body, size_t limit, uint64_t *ret_spans)
{
    struct oat_memory_budget budget = {.limit_bytes = limit};
    struct record record;
    record_init(&record);
    record.sink.budget = &budget;
    int result = body->import(body->text, strlen(body->text), &record);
    *ret_spans = record.report.spans;
    record_free(&record);
    assert_int_equal(budget.used_bytes, 0);
    return result;
}

/* Neither as something else, nor as a part of it. */
static void what_there_is_no_memory_for_is_not_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        uint64_t spans, all;
        bool refused = false, taken = false;
        assert_int_equal(import(&bodies[i], MOST, &all), OAT_OK);
        assert_true(all > 0);
        for (size_t limit = 0; limit <= MOST / 4; limit += 1 << 10) {
            int result = import(&bodies[i], limit, &spans);
            refused |= result == OAT_E_NOMEM;
            taken |= result == OAT_OK && spans == all;
            assert_true(result == OAT_E_NOMEM || (result == OAT_OK && spans == all));
        }
        assert_true(refused && taken);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_there_is_no_memory_for_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
