/* Attributes to fields, dialect by dialect. Spans are written as the OpenTelemetry JS SDK shows
 * them, whose attributes are plain JSON: the mapping is the same for every way in. */
#include "tests/support/record_sink.h"
#include "tests/support/unit.h"

#include "ingest/trace_export.h"

static void map_span(struct record *record, const char *name, const char *attributes, const char *more)
{
    char text[4096];
    int n = snprintf(
        text, sizeof text,
        "[{\"name\":\"%s\",\"spanContext\":{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":"
        "\"1112131415161718\"},\"startTime\":[100,0],\"endTime\":[101,0],\"attributes\":{%s}%s}]",
        name, attributes, more);
    assert_true(n > 0 && (size_t)n < sizeof text);
    record_init(record);
    if (oat_import_trace_export(text, (size_t)n, &record->sink, &record->report) != OAT_OK ||
        record->count != 1)
        fail_msg("not one span: %s", text);
}

/* ---- Types -------------------------------------------------------------------------------- */

static void every_dialect_names_its_span_types(void **state)
{
    (void)state;
    static const struct {
        const char *attributes;
        enum oat_span_type type;
    } cases[] = {
        {"\"oat.span_type\":\"file_io\",\"gen_ai.operation.name\":\"chat\"", OAT_FILE_IO},
        {"\"langfuse.observation.type\":\"generation\"", OAT_LLM},
        {"\"langfuse.observation.type\":\"span\"", OAT_CHAIN},
        {"\"langfuse.observation.type\":\"span\",\"langfuse.observation.model.name\":\"m\"", OAT_LLM},
        {"\"langfuse.observation.type\":\"evaluator\",\"langfuse.observation.model.name\":\"m\"", OAT_CHAIN},
        {"\"langfuse.observation.type\":\"retriever\"", OAT_RETRIEVAL},
        {"\"openinference.span.kind\":\"RERANKER\"", OAT_RERANK},
        {"\"openinference.span.kind\":\"EVALUATOR\"", OAT_CHAIN},
        {"\"langsmith.span.kind\":\"retriever\",\"gen_ai.operation.name\":\"embeddings\"", OAT_RETRIEVAL},
        {"\"mlflow.spanType\":\"\\\"CHAT_MODEL\\\"\"", OAT_LLM},
        {"\"gen_ai.operation.name\":\"chat\"", OAT_LLM},
        {"\"gen_ai.operation.name\":\"embeddings\"", OAT_EMBEDDING},
        {"\"gen_ai.operation.name\":\"execute_tool\"", OAT_TOOL},
        {"\"gen_ai.operation.name\":\"invoke_agent\"", OAT_AGENT},
        {"\"gen_ai.operation.name\":\"invoke_workflow\"", OAT_CHAIN},
        {"\"gen_ai.operation.name\":\"search_memory\"", OAT_MEMORY},
        {"\"gen_ai.operation.name\":\"handoff\"", OAT_HANDOFF},
        {"\"gen_ai.operation.name\":\"something_new\",\"gen_ai.request.model\":\"m\"", OAT_LLM},
        {"\"gen_ai.handoff.to_agent\":\"b\"", OAT_HANDOFF},
        {"\"gen_ai.guardrail.name\":\"g\"", OAT_GUARDRAIL},
        {"\"ai.operationId\":\"ai.streamText\"", OAT_CHAIN},
        {"\"ai.operationId\":\"ai.streamText.doStream\"", OAT_LLM},
        {"\"operation.name\":\"ai.toolCall my-function\"", OAT_TOOL},
        {"\"ai.operationId\":\"ai.embedMany.doEmbed\"", OAT_EMBEDDING},
        {"\"traceloop.span.kind\":\"workflow\"", OAT_CHAIN},
        {"\"traceloop.span.kind\":\"unknown\",\"llm.request.type\":\"rerank\"", OAT_RERANK},
        {"\"gcp.vertex.agent.tool_call_args\":\"{}\"", OAT_TOOL},
        {"\"genkit:metadata:subtype\":\"embedder\"", OAT_EMBEDDING},
        {"\"mcp.method.name\":\"tools/call\"", OAT_TOOL},
        {"\"mcp.method.name\":\"resources/read\"", OAT_RETRIEVAL},
        {"\"mcp.method.name\":\"initialize\"", OAT_CHAIN},
        {"\"gen_ai.memory.store.id\":\"m\"", OAT_MEMORY},
        {"\"retrieval.documents.0.document.id\":\"d\"", OAT_RETRIEVAL},
        {"\"gen_ai.request.model\":\"text-embedding-3-small\"", OAT_EMBEDDING},
        {"\"gen_ai.request.model\":\"rerank-v3\"", OAT_RERANK},
        {"\"llm.model_name\":\"gpt-4o\"", OAT_LLM},
        {"\"langfuse.observation.model.name\":\"gpt-4o\"", OAT_LLM},
        {"\"model_name\":\"text-embedding-3-small\"", OAT_EMBEDDING},
        {"\"request_data\":\"{\\\"model\\\":\\\"gpt-4o\\\"}\"", OAT_LLM},
        {"\"db.system\":\"redis\"", OAT_CACHE},
        {"\"db.system.name\":\"postgresql\"", OAT_DATABASE},
        {"\"db.system\":\"qdrant\"", OAT_RETRIEVAL},
        {"\"db.system\":\"x\",\"db.vector.query.top_k\":3", OAT_RETRIEVAL},
        {"\"http.request.method\":\"GET\"", OAT_HTTP},
        {"\"rpc.system\":\"grpc\"", OAT_HTTP},
        {"\"file.path\":\"/a\"", OAT_FILE_IO},
        {"\"gen_ai.agent.name\":\"a\"", OAT_AGENT},
        {"\"x\":1", OAT_CHAIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record r;
        map_span(&r, "n", cases[i].attributes, "");
        if (r.spans[0].span.type != cases[i].type)
            fail_msg("%s: type %d, expected %d", cases[i].attributes, r.spans[0].span.type, cases[i].type);
        record_free(&r);
    }
    struct record r;
    map_span(&r, "agent_turn", "\"gen_ai.request.model\":\"m\"",
             ",\"instrumentationScope\":{\"name\":\"livekit-agents\"}");
    assert_int_equal(r.spans[0].span.type, OAT_AGENT);
    record_free(&r);
    map_span(&r, "handoff to Billing", "\"openinference.span.kind\":\"TOOL\"", "");
    assert_int_equal(r.spans[0].span.type, OAT_HANDOFF);
    record_free(&r);
}

/* ---- Texts -------------------------------------------------------------------------------- */

static void texts_come_from_the_first_source_that_has_one(void **state)
{
    (void)state;
    static const struct {
        const char *attributes;
        enum oat_text_field field;
        const char *expected;
    } cases[] = {
        {"\"gen_ai.request.model\":\"alias\",\"gen_ai.response.model\":\"exact\"", OAT_TEXT_MODEL, "exact"},
        {"\"mlflow.llm.model\":\"\\\"m1\\\"\"", OAT_TEXT_MODEL, "m1"},
        {"\"request_data\":\"{\\\"model\\\":\\\"m2\\\"}\"", OAT_TEXT_MODEL, "m2"},
        {"\"request_data\":{\"model\":\"m3\"}", OAT_TEXT_MODEL, "m3"},
        {"\"gen_ai.response.model\":\"\",\"ai.model.id\":\"m4\"", OAT_TEXT_MODEL, "m4"},
        {"\"llm.invocation_parameters\":\"{\\\"model\\\":\\\"m5\\\"}\"", OAT_TEXT_MODEL, "m5"},
        {"\"gen_ai.provider.name\":\"OpenAI\"", OAT_TEXT_PROVIDER, "openai"},
        {"\"gen_ai.system\":\"az.ai.openai\"", OAT_TEXT_PROVIDER, "azure.ai.openai"},
        {"\"gen_ai.system\":\"aws.bedrock\"", OAT_TEXT_PROVIDER, "aws.bedrock"},
        {"\"ai.model.provider\":\"openai.chat\"", OAT_TEXT_PROVIDER, "openai"},
        {"\"gen_ai.system\":\"openai.responses\",\"ai.model.provider\":\"openai.responses\"",
         OAT_TEXT_PROVIDER, "openai"},
        {"\"server.address\":\"api.anthropic.com\"", OAT_TEXT_PROVIDER, "anthropic"},
        {"\"server.address\":\"me.openai.azure.com\"", OAT_TEXT_PROVIDER, "azure.ai.openai"},
        {"\"server.address\":\"us-central1-aiplatform.googleapis.com\"", OAT_TEXT_PROVIDER, "gcp.vertex_ai"},
        {"\"server.address\":\"bedrock-runtime.eu-west-1.amazonaws.com\"", OAT_TEXT_PROVIDER, "aws.bedrock"},
        {"\"server.address\":\"mine.s3.eu-west-1.amazonaws.com\"", OAT_TEXT_PROVIDER, ""},
        {"\"server.address\":\".openai.azure.com\"", OAT_TEXT_PROVIDER, ""},
        {"\"server.address\":\"localhost\"", OAT_TEXT_PROVIDER, ""},
        {"\"gen_ai.conversation.id\":\"c1\"", OAT_TEXT_SESSION, "c1"},
        {"\"langsmith.metadata.thread_id\":\"t1\",\"langsmith.trace.session_id\":\"project\"",
         OAT_TEXT_SESSION, "t1"},
        {"\"traceloop.association.properties.session_id\":42", OAT_TEXT_SESSION, "42"},
        {"\"enduser.id\":\"u\"", OAT_TEXT_USER, "u"},
        {"\"ai.telemetry.metadata.userId\":\"u2\"", OAT_TEXT_USER, "u2"},
        {"\"gen_ai.handoff.from_agent\":\"a\"", OAT_TEXT_AGENT, "a"},
        {"\"traceloop.span.kind\":\"agent\",\"traceloop.entity.name\":\"t\"", OAT_TEXT_AGENT, "t"},
        {"\"traceloop.span.kind\":\"tool\",\"traceloop.entity.name\":\"t\"", OAT_TEXT_AGENT, ""},
        {"\"gen_ai.operation.name\":\"chat\"", OAT_TEXT_OPERATION, "chat"},
        {"\"traceloop.prompt.key\":\"p\"", OAT_TEXT_PROMPT_NAME, "p"},
        {"\"mlflow.linkedPrompts\":\"[{\\\"name\\\":\\\"lp\\\",\\\"version\\\":3}]\"", OAT_TEXT_PROMPT_NAME,
         "lp"},
        {"\"langfuse.environment\":\"staging\"", OAT_TEXT_ENVIRONMENT, "staging"},
        {"\"langsmith.trace.name\":\"run\"", OAT_TEXT_NAME, "run"},
        {"\"ai.telemetry.functionId\":\"f\",\"ai.operationId\":\"ai.streamText\"", OAT_TEXT_NAME,
         "f:ai.streamText"},
        {"\"x\":1", OAT_TEXT_NAME, "invoke_agent planner"},
        {"\"x\":1", OAT_TEXT_AGENT, "planner"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record r;
        map_span(&r,
                 "invoke_agent planner" +
                     (cases[i].field == OAT_TEXT_AGENT && strcmp(cases[i].expected, "planner") ? 13 : 0),
                 cases[i].attributes, "");
        if (strcmp(r.spans[0].text[cases[i].field], cases[i].expected) != 0)
            fail_msg("%s: \"%s\", expected \"%s\"", cases[i].attributes, r.spans[0].text[cases[i].field],
                     cases[i].expected);
        record_free(&r);
    }
}

static void a_name_from_an_attribute_keeps_the_spans_own_beside_it(void **state)
{
    (void)state;
    struct record r;
    map_span(&r, "raw", "\"logfire.msg\":\"shown\"",
             ",\"instrumentationScope\":{\"name\":\"logfire.openai\"}");
    assert_string_equal(r.spans[0].text[OAT_TEXT_NAME], "shown");
    assert_non_null(strstr(r.spans[0].attrs, "\"otel.name\":\"raw\""));
    record_free(&r);
}

static void pending_logfire_spans_are_left_out(void **state)
{
    (void)state;
    static const char text[] =
        "[{\"name\":\"n\",\"spanContext\":{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":"
        "\"1112131415161718\"},\"attributes\":{\"logfire.span_type\":\"pending_span\"}}]";
    struct record r;
    record_init(&r);
    assert_int_equal(oat_import_trace_export(text, sizeof text - 1, &r.sink, &r.report), OAT_OK);
    assert_int_equal(r.count, 0);
    assert_int_equal(r.report.rejected, 0);
}

/* ---- Usage -------------------------------------------------------------------------------- */

#define NONE UINT64_MAX

static void token_counts_become_inclusive(void **state)
{
    (void)state;
#define USAGE(json) "\"langfuse.observation.usage_details\":\"" json "\""
    static const struct {
        const char *attributes;
        uint64_t input, output, cached, written, reasoning;
    } cases[] = {
        {"\"gen_ai.usage.input_tokens\":100,\"gen_ai.usage.output_tokens\":20", 100, 20, NONE, NONE, NONE},
        {"\"gen_ai.usage.prompt_tokens\":\"100\",\"gen_ai.usage.completion_tokens\":20.0", 100, 20, NONE,
         NONE, NONE},
        /* The convention: cached is part of input. */
        {"\"gen_ai.usage.input_tokens\":100,\"gen_ai.usage.cache_read.input_tokens\":60", 100, NONE, 60, NONE,
         NONE},
        /* More cached than input: the source left the cache out. */
        {"\"gen_ai.usage.input_tokens\":10,\"gen_ai.usage.cache_read_input_tokens\":60,"
         "\"gen_ai.usage.cache_creation_input_tokens\":30",
         100, NONE, 60, 30, NONE},
        /* Reasoning is never added. */
        {"\"gen_ai.usage.output_tokens\":50,\"gen_ai.usage.details.reasoning_tokens\":40", NONE, 50, NONE,
         NONE, 40},
        {"\"llm.token_count.prompt\":7,\"llm.token_count.completion\":8,\"llm.token_count.prompt_details."
         "cache_read\":3",
         7, 8, 3, NONE, NONE},
        {"\"ai.usage.inputTokens\":5,\"ai.usage.outputTokens\":6,\"ai.usage.cachedInputTokens\":4,"
         "\"ai.usage.reasoningTokens\":2",
         5, 6, 4, NONE, 2},
        {"\"mlflow.chat.tokenUsage\":\"{\\\"input_tokens\\\": 9, \\\"output_tokens\\\": 1}\"", 9, 1, NONE,
         NONE, NONE},
        /* Langfuse: disjoint buckets. */
        {USAGE("{\\\"input\\\":10,\\\"cache_read_input_tokens\\\":60,\\\"output\\\":5,\\\"output_reasoning_"
               "tokens\\\":7}"),
         70, 12, 60, NONE, 7},
        /* ... unless its total says that the details are inside. */
        {USAGE("{\\\"input\\\":100,\\\"input_cached_tokens\\\":60,\\\"output\\\":5,\\\"output_reasoning_"
               "tokens\\\":4,"
               "\\\"total\\\":105}"),
         100, 5, 60, NONE, 4},
        /* Sums of children are no usage. */
        {"\"gen_ai.aggregated_usage.input_tokens\":100", NONE, NONE, NONE, NONE, NONE},
        {"\"gen_ai.usage.input_tokens\":-5,\"gen_ai.usage.output_tokens\":\"many\"", NONE, NONE, NONE, NONE,
         NONE},
        {"\"gen_ai.usage.input_tokens\":9223372036854775807,\"gen_ai.usage.cache_read.input_tokens\":"
         "9223372036854775807,\"gen_ai.usage.cache_write.input_tokens\":9223372036854775807",
         UINT64_MAX - 1, NONE, INT64_MAX, INT64_MAX, NONE},
    };
    static const enum oat_count_field fields[] = {OAT_COUNT_INPUT, OAT_COUNT_OUTPUT, OAT_COUNT_CACHED,
                                                  OAT_COUNT_CACHE_WRITE, OAT_COUNT_REASONING};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record r;
        uint64_t expected[] = {cases[i].input, cases[i].output, cases[i].cached, cases[i].written,
                               cases[i].reasoning};
        map_span(&r, "n", cases[i].attributes, "");
        for (size_t k = 0; k < 5; k++) {
            const struct oat_import_span *s = &r.spans[0].span;
            uint64_t count = s->has_count[fields[k]] ? s->count[fields[k]] : NONE;
            bool saturated =
                expected[k] == UINT64_MAX - 1 && s->has_count[fields[k]] && count >= UINT64_MAX - 1;
            if (count != expected[k] && !saturated)
                fail_msg("%s: count %zu is %llu, expected %llu", cases[i].attributes, k,
                         (unsigned long long)count, (unsigned long long)expected[k]);
        }
        record_free(&r);
    }
}

static void reported_cost_is_in_nano_dollars(void **state)
{
    (void)state;
    static const struct {
        const char *attributes;
        bool has;
        int64_t total, input, output;
    } cases[] = {
        {"\"gen_ai.usage.cost\":0.000151", true, 151000, -1, -1},
        {"\"llm.cost.total\":0.03,\"llm.cost.prompt\":0.01,\"llm.cost.completion\":0.02", true, 30000000,
         10000000, 20000000},
        {"\"langfuse.observation.cost_details\":\"{\\\"total\\\":0.5,\\\"input\\\":0.2}\"", true, 500000000,
         200000000, -1},
        {"\"langfuse.observation.cost_details\":\"{\\\"input\\\":0.25,\\\"output\\\":0.5}\"", true, 750000000,
         -1, -1},
        {"\"mlflow.llm.cost\":\"{\\\"total_cost\\\":1}\"", true, 1000000000, -1, -1},
        {"\"operation.cost\":\"0.001\"", true, 1000000, -1, -1},
        {"\"gen_ai.usage.cost\":\"free\"", false, 0, -1, -1},
        {"\"gen_ai.usage.cost\":1e300", false, 0, -1, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record r;
        map_span(&r, "n", cases[i].attributes, "");
        const struct oat_import_span *s = &r.spans[0].span;
        if (s->has_cost != cases[i].has || (s->has_cost && s->cost_total_nano != cases[i].total) ||
            s->cost_input_nano != cases[i].input || s->cost_output_nano != cases[i].output)
            fail_msg("%s: %lld %lld %lld", cases[i].attributes, (long long)s->cost_total_nano,
                     (long long)s->cost_input_nano, (long long)s->cost_output_nano);
        record_free(&r);
    }
}

static void time_to_first_token_is_in_microseconds(void **state)
{
    (void)state;
    static const struct {
        const char *attributes, *more;
        uint64_t us;
    } cases[] = {
        {"\"gen_ai.response.time_to_first_chunk\":0.25", "", 250000},
        {"\"ai.response.msToFirstChunk\":426.8535", "", 426854},
        {"\"langfuse.observation.completion_start_time\":\"\\\"1970-01-01T00:01:40.5Z\\\"\"", "", 500000},
        {"\"x\":1",
         ",\"events\":[{\"name\":\"other\",\"time\":[100,1]},{\"name\":\"First Token Stream Event\",\"time\":"
         "[100,2000000]}]",
         2000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record r;
        map_span(&r, "n", cases[i].attributes, cases[i].more);
        assert_true(r.spans[0].span.has_ttft);
        assert_int_equal(r.spans[0].span.ttft_us, cases[i].us);
        record_free(&r);
    }
    struct record r;
    map_span(&r, "n", "\"langfuse.observation.completion_start_time\":\"1970-01-01T00:00:01Z\"", "");
    assert_false(r.spans[0].span.has_ttft);
    record_free(&r);
}

static void an_answer_that_was_kept_whole_says_what_no_attribute_does(void **state)
{
    (void)state;
#define ANSWER(more)                                                                                         \
    "\"openinference.span.kind\":\"LLM\",\"output.value\":\"{\\\"id\\\":\\\"msg_1\\\",\\\"usage\\\":{"       \
    "\\\"input_tokens\\\":1,\\\"cache_creation_input_tokens\\\":9,\\\"cache_creation\\\":{"                  \
    "\\\"ephemeral_1h_input_tokens\\\":7},\\\"service_tier\\\":\\\"batch\\\"}}\"" more
    struct record r;
    map_span(&r, "n",
             ANSWER(",\"llm.token_count.prompt\":10,\"llm.token_count.prompt_details.cache_write\":9"), "");
    assert_string_equal(r.spans[0].call_id, "msg_1");
    assert_int_equal(r.spans[0].span.price_tier, OAT_TIER_BATCH);
    assert_true(r.spans[0].span.has_count[OAT_COUNT_CACHE_WRITE_1H]);
    assert_int_equal(r.spans[0].span.count[OAT_COUNT_CACHE_WRITE_1H], 7);
    record_free(&r);
    /* What attributes say stands, and more cannot be kept for an hour than was written. */
    map_span(&r, "n",
             ANSWER(",\"gen_ai.response.id\":\"a\",\"llm.token_count.prompt_details.cache_write\":5,"
                    "\"openai.response.service_tier\":\"priority\""),
             "");
    assert_string_equal(r.spans[0].call_id, "a");
    assert_int_equal(r.spans[0].span.price_tier, OAT_TIER_PRIORITY);
    assert_false(r.spans[0].span.has_count[OAT_COUNT_CACHE_WRITE_1H]);
    record_free(&r);
    /* The output of anything else is no answer of a model. */
    map_span(&r, "n", "\"openinference.span.kind\":\"TOOL\",\"output.value\":\"{\\\"id\\\":\\\"x\\\"}\"", "");
    assert_string_equal(r.spans[0].call_id, "");
    record_free(&r);
}

static void of_the_pieces_of_a_stream_the_first_is_kept(void **state)
{
    (void)state;
#define PIECE(time, more) "{\"name\":\"gen_ai.content.completion.chunk\",\"time\":[100," time "]" more "}"
    struct record r;
    map_span(
        &r, "n", "\"x\":1",
        ",\"events\":[" PIECE("1", "") "," PIECE("2", "") ",{\"name\":\"exception\",\"time\":[100,3]}," PIECE(
            "4", ",\"attributes\":{\"text\":\"a\"}") "," PIECE("5", "") "]");
    assert_string_equal(r.spans[0].events,
                        "[{\"name\":\"gen_ai.content.completion.chunk\",\"time\":100000000001,\"attrs\":{}},"
                        "{\"name\":\"exception\",\"time\":100000000003,\"attrs\":{}},"
                        "{\"name\":\"gen_ai.content.completion.chunk\",\"time\":100000000004,"
                        "\"attrs\":{\"text\":\"a\"}}]");
    record_free(&r);
}

/* ---- Status ------------------------------------------------------------------------------- */

static void errors_are_told_from_status_level_and_type(void **state)
{
    (void)state;
    static const struct {
        const char *attributes, *more;
        enum oat_status status;
        const char *error;
    } cases[] = {
        {"\"x\":1", ",\"status\":{\"code\":2,\"message\":\"boom\"}", OAT_STATUS_ERROR, "boom"},
        {"\"x\":1", ",\"status\":{\"code\":1}", OAT_STATUS_SUCCESS, ""},
        {"\"error.type\":\"timeout\"", "", OAT_STATUS_ERROR, "timeout"},
        {"\"error.type\":\"timeout\"", ",\"status\":{\"code\":1}", OAT_STATUS_SUCCESS, ""},
        {"\"langfuse.observation.level\":\"ERROR\",\"langfuse.observation.status_message\":\"bad\"", "",
         OAT_STATUS_ERROR, "bad"},
        {"\"logfire.level_num\":17", "", OAT_STATUS_ERROR, ""},
        {"\"logfire.level_num\":13", "", OAT_STATUS_SUCCESS, ""},
        {"\"http.response.status_code\":500", "", OAT_STATUS_SUCCESS, ""},
        {"\"x\":1",
         ",\"status\":{\"code\":2,\"message\":\"short\"},\"events\":[{\"name\":\"exception\",\"time\":[100,1]"
         ","
         "\"attributes\":{\"exception.type\":\"ValueError\",\"exception.message\":\"no\",\"exception."
         "stacktrace\":"
         "\"line 1\"}}]",
         OAT_STATUS_ERROR, "ValueError: no\nline 1"},
        {"\"x\":1", ",\"events\":[{\"name\":\"exception\",\"time\":[100,1]}]", OAT_STATUS_SUCCESS, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record r;
        map_span(&r, "n", cases[i].attributes, cases[i].more);
        if (r.spans[0].span.status != cases[i].status || strcmp(r.spans[0].error, cases[i].error) != 0)
            fail_msg("%s%s: status %d, error \"%s\"", cases[i].attributes, cases[i].more,
                     r.spans[0].span.status, r.spans[0].error);
        record_free(&r);
    }
}

/* ---- Payloads ----------------------------------------------------------------------------- */

static void payloads_come_from_the_first_source_that_has_one(void **state)
{
    (void)state;
    static const struct {
        const char *attributes, *more, *input, *output;
    } cases[] = {
        {"\"gen_ai.input.messages\":\"[1, 2]\",\"gen_ai.output.messages\":\"[3]\"", "", "[1, 2]", "[3]"},
        {"\"gen_ai.input.messages\":[{\"role\":\"user\"}]", "", "[{\"role\":\"user\"}]", ""},
        {"\"gen_ai.input.messages\":\"[1, "
         "2]\",\"gen_ai.system_instructions\":\"[{\\\"type\\\":\\\"text\\\"}]\"",
         "", "[{\"role\":\"system\",\"parts\":[{\"type\":\"text\"}]},1, 2]", ""},
        {"\"gen_ai.input.messages\":\"[ ]\",\"gen_ai.system_instructions\":\"be kind\"", "",
         "[{\"role\":\"system\",\"parts\":\"be kind\"} ]", ""},
        {"\"langfuse.observation.input\":\"a\",\"gen_ai.input.messages\":\"[1]\"", "", "a", ""},
        {"\"ai.response.text\":\"hi\"", "", "", "hi"},
        {"\"ai.response.text\":\"hi\",\"ai.response.toolCalls\":\"[{\\\"id\\\":1}]\"", "", "",
         "{\"text\":\"hi\",\"toolCalls\":[{\"id\":1}]}"},
        {"\"ai.values\":[\"a\",\"b\"],\"ai.embeddings\":[\"[1]\",\"[2]\"]", "", "[\"a\",\"b\"]",
         "[\"[1]\",\"[2]\"]"},
        {"\"input.value\":\"{\\\"q\\\":1}\",\"output.value\":\"text\"", "", "{\"q\":1}", "text"},
        {"\"input.value\":\"long\",\"llm.input_messages.10.message.role\":\"b\",\"llm.input_messages.9."
         "message.role\":"
         "\"a\",\"llm.input_messages.9.message.tool_calls.0.tool_call.function.name\":\"f\"",
         "", "[{\"role\":\"a\",\"tool_calls\":[{\"function\":{\"name\":\"f\"}}]},{\"role\":\"b\"}]", ""},
        {"\"gen_ai.prompt.0.role\":\"user\",\"gen_ai.prompt.0.content\":\"hi\",\"gen_ai.completion.0."
         "content\":\"yo\"",
         "", "[{\"content\":\"hi\",\"role\":\"user\"}]", "[{\"content\":\"yo\"}]"},
        {"\"gen_ai.prompt.name\":\"p\"", "", "", ""},
        /* A key that is given twice and has members besides: the members are the value. */
        {"\"llm.prompts.0\":1,\"llm.prompts.0\":2,\"llm.prompts.0.text\":\"x\"", "", "[{\"text\":\"x\"}]",
         ""},
        {"\"llm.prompts.0\":1,\"llm.prompts.0\":2", "", "[2]", ""},
        /* Text that only looks like JSON is a string in what is put together. */
        {"\"gen_ai.input.messages\":\"[1]\",\"gen_ai.system_instructions\":\"[be kind]\"", "",
         "[{\"role\":\"system\",\"parts\":\"[be kind]\"},1]", ""},
        {"\"retrieval.documents.0.document.id\":7,\"retrieval.documents.0.document.score\":0.5", "", "",
         "[{\"id\":7,\"score\":0.5}]"},
        {"\"gcp.vertex.agent.llm_request\":\"{}\",\"pydantic_ai.all_messages\":\"[9]\"", "", "[9]", ""},
        {"\"db.query.text\":\"SELECT 1\"", "", "SELECT 1", ""},
        {"\"http.request.method\":\"GET\",\"url.full\":\"http://a/\"", "", "http://a/", ""},
        {"\"gen_ai.operation.name\":\"chat\",\"url.full\":\"http://a/\"", "", "", ""},
        {"\"langfuse.trace.input\":\"root\"", "", "root", ""},
        {"\"x\":1",
         ",\"events\":[{\"name\":\"gen_ai.system.message\",\"time\":[100,1],\"attributes\":{\"content\":"
         "\"s\"}},"
         "{\"name\":\"gen_ai.user.message\",\"time\":[100,1],\"attributes\":{\"content\":\"u\"}},"
         "{\"name\":\"gen_ai.choice\",\"time\":[100,1],\"attributes\":{\"index\":0,\"message\":"
         "\"{\\\"content\\\":\\\"c\\\"}\"}}]",
         "[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"u\"}]",
         "[{\"index\":0,\"message\":{\"content\":\"c\"}}]"},
        {"\"x\":1",
         ",\"events\":[{\"name\":\"gen_ai.content.prompt\",\"time\":[100,1],\"attributes\":{\"gen_ai."
         "prompt\":\"p\"}}]",
         "p", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record r;
        map_span(&r, "n", cases[i].attributes, cases[i].more);
        if (strcmp(r.spans[0].input, cases[i].input) != 0 || strcmp(r.spans[0].output, cases[i].output) != 0)
            fail_msg("%s%s: input %s, output %s", cases[i].attributes, cases[i].more, r.spans[0].input,
                     r.spans[0].output);
        record_free(&r);
    }
}

static void what_became_a_payload_is_not_an_attribute_too(void **state)
{
    (void)state;
    struct record r;
    map_span(&r, "n", "\"input.value\":\"a\",\"input.mime_type\":\"text/markdown\",\"keep\":[1,\"x\"]", "");
    assert_string_equal(r.spans[0].attrs,
                        "{\"input.mime_type\":\"text/markdown\",\"keep\":[1,\"x\"],\"oat.input.from\":"
                        "\"input.value\"}");
    record_free(&r);
    /* What was put together keeps its parts. */
    map_span(&r, "n", "\"llm.input_messages.0.message.role\":\"a\"", "");
    assert_string_equal(r.spans[0].attrs, "{\"llm.input_messages.0.message.role\":\"a\",\"oat.input.from\":"
                                          "\"llm.input_messages.\"}");
    record_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_dialect_names_its_span_types),
        cmocka_unit_test(texts_come_from_the_first_source_that_has_one),
        cmocka_unit_test(a_name_from_an_attribute_keeps_the_spans_own_beside_it),
        cmocka_unit_test(pending_logfire_spans_are_left_out),
        cmocka_unit_test(token_counts_become_inclusive),
        cmocka_unit_test(reported_cost_is_in_nano_dollars),
        cmocka_unit_test(time_to_first_token_is_in_microseconds),
        cmocka_unit_test(an_answer_that_was_kept_whole_says_what_no_attribute_does),
        cmocka_unit_test(of_the_pieces_of_a_stream_the_first_is_kept),
        cmocka_unit_test(errors_are_told_from_status_level_and_type),
        cmocka_unit_test(payloads_come_from_the_first_source_that_has_one),
        cmocka_unit_test(what_became_a_payload_is_not_an_attribute_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
