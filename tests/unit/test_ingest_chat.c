/* Conversations to spans: elements byte for byte, one llm span an answer, one tool span a call. */
#include "tests/support/record_sink.h"
#include "tests/support/unit.h"

#include "ingest/chat_run.h"
#include "ingest/detect.h"

static int import(struct record *record, const char *text)
{
    record_init(record);
    return oat_import_chat(text, strlen(text), &record->sink, &record->report);
}

/* Types, inputs and outputs in order; ends with type 0. */
struct expected {
    enum oat_span_type type;
    const char *input, *output;
};

static void check(const char *text, const struct expected *expected)
{
    struct record r;
    assert_int_equal(import(&r, text), OAT_OK);
    for (size_t i = 0; expected[i].type || i < r.count; i++) {
        if (i >= r.count || r.spans[i].span.type != expected[i].type ||
            strcmp(r.spans[i].input, expected[i].input) != 0 ||
            strcmp(r.spans[i].output, expected[i].output) != 0)
            fail_msg("span %zu of %zu: type %d, input %s, output %s", i, r.count,
                     i < r.count ? r.spans[i].span.type : 0, i < r.count ? r.spans[i].input : "",
                     i < r.count ? r.spans[i].output : "");
    }
    assert_int_equal(r.report.spans, r.count);
    record_free(&r);
}

static void a_message_list_keeps_each_elements_bytes(void **state)
{
    (void)state;
#define SYSTEM "{ \"role\" : \"system\",\n\t\"content\":\"\\u00e9\\/\" }"
#define ASKED  "{\"role\":\"user\",\"content\":\"a\"}"
#define ANSWER "{\"content\":\"b\" ,\"role\":\"assistant\"}"
#define MORE   "{\"role\":\"user\",\"content\":1.0e0}"
#define LAST   "{\"role\":\"assistant\",\"content\":null}"
    const struct expected spans[] = {
        {OAT_AGENT, ASKED, LAST},
        {OAT_LLM, "[" SYSTEM "," ASKED "]", ANSWER},
        {OAT_LLM, "[" SYSTEM "," ASKED "," ANSWER "," MORE "]", LAST},
        {0, NULL, NULL},
    };
    check("[ " SYSTEM " , " ASKED "\n,\n" ANSWER "," MORE "," LAST " ]", spans);
    check("{\"model\":\"m\",\"messages\":[" SYSTEM "," ASKED "," ANSWER "," MORE "," LAST "]}", spans);
}

static void openai_tool_calls_get_their_answers(void **state)
{
    (void)state;
#define CALL_1   "{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"add\",\"arguments\":\"{}\"}}"
#define CALL_2   "{\"id\":\"c2\",\"function\":{\"name\":\"sub\"}}"
#define CALLS    "{\"role\":\"assistant\",\"tool_calls\":[" CALL_1 ", " CALL_2 "]}"
#define RESULT_2 "{\"role\":\"tool\",\"tool_call_id\":\"c2\",\"content\":\"2\"}"
#define RESULT_1 "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"1\"}"
    check("[" ASKED "," CALLS "," RESULT_2 "," RESULT_1 "]", (const struct expected[]){
                                                                 {OAT_AGENT, ASKED, CALLS},
                                                                 {OAT_LLM, "[" ASKED "]", CALLS},
                                                                 {OAT_TOOL, CALL_1, RESULT_1},
                                                                 {OAT_TOOL, CALL_2, RESULT_2},
                                                                 {0, NULL, NULL},
                                                             });
    struct record r;
    assert_int_equal(import(&r, "[" ASKED "," CALLS "]"), OAT_OK);
    assert_non_null(record_find(&r, "add"));
    assert_non_null(record_find(&r, "sub"));
    record_free(&r);
}

static void anthropic_blocks_are_calls_and_answers(void **state)
{
    (void)state;
#define USE_1  "{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"ls\",\"input\":{}}"
#define USE_2  "{\"type\":\"tool_use\",\"id\":\"t2\",\"name\":\"cat\",\"input\":{}}"
#define SAYS_1 "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"x\"}," USE_1 "]}"
#define GOT_1                                                                                                \
    "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t1\",\"content\":\"r\"}]}"
#define SAYS_2  "{\"role\":\"assistant\",\"content\":[" USE_1 "," USE_2 "]}"
#define BLOCK_1 "{\"type\":\"tool_result\",\"tool_use_id\":\"t1\"}"
#define BLOCK_2 "{\"type\":\"tool_result\",\"tool_use_id\":\"t2\",\"is_error\":true}"
#define GOT_2   "{\"role\":\"user\",\"content\":[" BLOCK_2 "," BLOCK_1 "]}"
    static const char text[] =
        "{\"system\":\"be kind\",\"messages\":[" ASKED "," SAYS_1 "," GOT_1 "," SAYS_2 "," GOT_2 "]}";
    check(text, (const struct expected[]){
                    {OAT_AGENT, ASKED, SAYS_2},
                    {OAT_LLM, "[\"be kind\"," ASKED "]", SAYS_1},
                    {OAT_TOOL, USE_1, GOT_1},
                    {OAT_LLM, "[\"be kind\"," ASKED "," SAYS_1 "," GOT_1 "]", SAYS_2},
                    {OAT_TOOL, USE_1, BLOCK_1},
                    {OAT_TOOL, USE_2, BLOCK_2},
                    {0, NULL, NULL},
                });
    struct record r;
    assert_int_equal(import(&r, text), OAT_OK);
    assert_int_equal(r.spans[5].span.status, OAT_STATUS_ERROR);
    assert_int_equal(r.spans[4].span.status, OAT_STATUS_SUCCESS);
    record_free(&r);
}

static void ids_come_from_content(void **state)
{
    (void)state;
    struct record a, b, c;
    assert_int_equal(import(&a, "[" ASKED "," ANSWER "]"), OAT_OK);
    assert_int_equal(import(&b, "[" ASKED "," ANSWER "]"), OAT_OK);
    assert_int_equal(import(&c, "[" MORE "," ANSWER "]"), OAT_OK);
    assert_int_equal(a.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_memory_equal(a.spans[i].span.trace_id, b.spans[i].span.trace_id, 16);
        assert_memory_equal(a.spans[i].span.span_id, b.spans[i].span.span_id, 8);
        assert_true(a.spans[i].span.start_ns == b.spans[i].span.start_ns);
    }
    assert_memory_not_equal(a.spans[0].span.trace_id, c.spans[0].span.trace_id, 16);
    assert_memory_not_equal(a.spans[0].span.span_id, a.spans[1].span.span_id, 8);
    assert_memory_equal(a.spans[1].span.parent_id, a.spans[0].span.span_id, 8);
    record_free(&a);
    record_free(&b);
    record_free(&c);
}

static void times_are_the_files_or_marked_as_made_up(void **state)
{
    (void)state;
    struct record r;
    assert_int_equal(import(&r, "[" ASKED "," ANSWER "," MORE "," LAST "]"), OAT_OK);
    assert_true(r.spans[0].span.synthetic_time && r.spans[1].span.synthetic_time);
    assert_true(r.spans[1].span.end_ns > r.spans[1].span.start_ns);
    assert_true(r.spans[2].span.start_ns >= r.spans[1].span.end_ns);
    record_free(&r);

    assert_int_equal(
        import(&r, "[{\"role\":\"user\",\"timestamp\":\"2025-01-01T00:00:05\"},{\"role\":\"assistant\","
                   "\"timestamp\":\"2025-01-01T00:00:07\"},{\"role\":\"user\"},{\"role\":\"assistant\","
                   "\"timestamp\":\"2025-01-01T00:00:06\"}]"),
        OAT_OK);
    assert_false(r.spans[0].span.synthetic_time || r.spans[1].span.synthetic_time);
    assert_true(r.spans[1].span.end_ns - r.spans[1].span.start_ns == UINT64_C(2000000000));
    /* Time never runs backwards. */
    assert_true(r.spans[2].span.start_ns == r.spans[1].span.end_ns &&
                r.spans[2].span.end_ns == r.spans[2].span.start_ns);
    record_free(&r);
}

static void usage_of_every_provider_becomes_inclusive(void **state)
{
    (void)state;
    static const struct {
        const char *usage;
        uint64_t input, output;
    } cases[] = {
        {"{\"prompt_tokens\":100,\"completion_tokens\":7,\"prompt_tokens_details\":{\"cached_tokens\":90}}",
         100, 7},
        {"{\"input_tokens\":10,\"output_tokens\":7,\"cache_read_input_tokens\":90,\"cache_creation_input_"
         "tokens\":5}",
         105, 7},
        {"{\"input_tokens\":100,\"output_tokens\":7,\"input_tokens_details\":{\"cached_tokens\":90}}", 100,
         7},
        {"{\"prompt_tokens\":3826,\"completion_tokens\":7,\"cache_read_input_tokens\":3822,"
         "\"cache_creation_input_tokens\":176}",
         4002, 7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        struct record r;
        snprintf(text, sizeof text, "[" ASKED ",{\"role\":\"assistant\",\"usage\":%s,\"cost\":0.5}]",
                 cases[i].usage);
        assert_int_equal(import(&r, text), OAT_OK);
        assert_int_equal(r.spans[1].span.count[OAT_COUNT_INPUT], cases[i].input);
        assert_int_equal(r.spans[1].span.count[OAT_COUNT_OUTPUT], cases[i].output);
        assert_int_equal(r.spans[1].span.cost_total_nano, 500000000);
        record_free(&r);
    }
}

static void swe_agent_actions_are_tools_and_demonstrations_are_not_calls(void **state)
{
    (void)state;
#define DEMO                                                                                                 \
    "{\"role\":\"assistant\",\"content\":\"d\",\"is_demo\":true,\"action\":\"ls\",\"tool_calls\":[{\"id\":"  \
    "\"d\"}]}"
#define ACTS "{\"role\":\"assistant\",\"content\":\"c\",\"action\":\"open a.py\\n\"}"
#define SAW  "{\"role\":\"user\",\"content\":\"seen\"}"
    static const char text[] = "{\"trajectory\":[],\"history\":[" DEMO "," ASKED "," ACTS "," SAW
                               "],\"info\":{\"exit_status\":\"submitted\",\"model_stats\":{\"tokens_sent\":5,"
                               "\"tokens_received\":6,\"instance_cost\":0.25}}}";
    check(text, (const struct expected[]){
                    {OAT_AGENT, ASKED, ACTS},
                    {OAT_LLM, "[" DEMO "," ASKED "]", ACTS},
                    {OAT_TOOL, "\"open a.py\\n\"", SAW},
                    {0, NULL, NULL},
                });
    struct record r;
    assert_int_equal(import(&r, text), OAT_OK);
    assert_non_null(record_find(&r, "open"));
    assert_int_equal(r.spans[0].span.count[OAT_COUNT_OUTPUT], 6);
    assert_int_equal(r.spans[0].span.cost_total_nano, 250000000);
    assert_string_equal(r.spans[0].attrs, "{\"swe_agent.exit_status\":\"submitted\"}");
    record_free(&r);
}

static void openhands_events_of_one_response_are_one_call(void **state)
{
    (void)state;
#define TASK "{\"id\":1,\"source\":\"user\",\"action\":\"message\",\"args\":{}}"
#define RESPONSE                                                                                             \
    "\"tool_call_metadata\":{\"function_name\":\"bash\",\"model_response\":{\"id\":\"r1\",\"model\":\"m\"}}"
#define RUN_1                                                                                                \
    "{\"id\":2,\"source\":\"agent\",\"action\":\"run\"," RESPONSE                                            \
    ",\"llm_metrics\":{\"accumulated_cost\":0.5}}"
#define SEEN_1 "{\"id\":3,\"source\":\"agent\",\"observation\":\"run\",\"cause\":2}"
#define RUN_2  "{\"id\":4,\"source\":\"agent\",\"action\":\"run\"," RESPONSE "}"
#define SEEN_2 "{\"id\":5,\"observation\":\"error\",\"cause\":4}"
#define SAID                                                                                                 \
    "{\"id\":6,\"source\":\"agent\",\"action\":\"message\",\"llm_metrics\":{\"accumulated_cost\":0.75}}"
    static const char text[] = "[" TASK "," RUN_1 "," SEEN_1 "," RUN_2 "," SEEN_2 "," SAID "]";
    check(text, (const struct expected[]){
                    {OAT_AGENT, TASK, SAID},
                    {OAT_LLM, "[" TASK "]", RUN_1},
                    {OAT_TOOL, RUN_1, SEEN_1},
                    {OAT_TOOL, RUN_2, SEEN_2},
                    {OAT_LLM, "[" TASK "," RUN_1 "," SEEN_1 "," RUN_2 "," SEEN_2 "]", SAID},
                    {0, NULL, NULL},
                });
    struct record r;
    assert_int_equal(import(&r, text), OAT_OK);
    assert_string_equal(r.spans[1].text[OAT_TEXT_MODEL], "m");
    assert_string_equal(r.spans[1].call_id, "r1");
    assert_int_equal(r.spans[1].span.cost_total_nano, 500000000);
    assert_int_equal(r.spans[4].span.cost_total_nano, 250000000);
    assert_int_equal(r.spans[3].span.status, OAT_STATUS_ERROR);
    record_free(&r);
}

static void atif_steps_hold_their_results(void **state)
{
    (void)state;
#define STEP_1      "{\"source\":\"user\",\"message\":\"do\"}"
#define STEP_CALL   "{\"tool_call_id\":\"x\",\"function_name\":\"keys\",\"arguments\":{}}"
#define STEP_RESULT "{\"source_call_id\":\"x\",\"content\":\"ok\"}"
#define STEP_2                                                                                               \
    "{\"source\":\"agent\",\"tool_calls\":[" STEP_CALL "],\"observation\":{\"results\":[" STEP_RESULT        \
    "]},\"metrics\":{\"prompt_tokens\":3,\"cost_usd\":0.001}}"
    check(
        "{\"schema_version\":\"ATIF-v1.6\",\"session_id\":\"s\",\"agent\":{\"name\":\"a\"},\"steps\":[" STEP_1
        "," STEP_2 "]}",
        (const struct expected[]){
            {OAT_AGENT, STEP_1, STEP_2},
            {OAT_LLM, "[" STEP_1 "]", STEP_2},
            {OAT_TOOL, STEP_CALL, STEP_RESULT},
            {0, NULL, NULL},
        });
}

static void inspect_answers_join_their_model_events(void **state)
{
    (void)state;
    struct record r;
    assert_int_equal(
        import(&r,
               "{\"eval\":{\"task\":\"t\",\"model\":\"openai/"
               "m\"},\"samples\":[{\"id\":1,\"epoch\":2,\"messages\":["
               "{\"role\":\"user\",\"source\":\"input\"},{\"role\":\"assistant\",\"source\":\"input\","
               "\"tool_calls\":[{\"id\":\"c\"}]},"
               "{\"role\":\"assistant\",\"source\":\"generate\"}],\"events\":[{\"event\":\"sample_init\","
               "\"timestamp\":"
               "\"2025-01-01T00:00:00Z\"},{\"event\":\"model\",\"timestamp\":\"2025-01-01T00:00:01Z\","
               "\"completed\":"
               "\"2025-01-01T00:00:03Z\",\"output\":{\"model\":\"m-1\",\"usage\":{\"input_tokens\":4}}}]}]}"),
        OAT_OK);
    assert_int_equal(r.count, 2);
    assert_string_equal(r.spans[0].text[OAT_TEXT_NAME], "t");
    assert_string_equal(r.spans[1].text[OAT_TEXT_MODEL], "m-1");
    assert_int_equal(r.spans[1].span.count[OAT_COUNT_INPUT], 4);
    assert_true(r.spans[1].span.end_ns - r.spans[1].span.start_ns == UINT64_C(2000000000));
    assert_string_equal(r.spans[0].attrs, "{\"inspect.sample_id\":1,\"inspect.epoch\":2}");
    record_free(&r);
}

static void aider_blocks_are_asked_and_answered(void **state)
{
    (void)state;
    check("\n# aider chat started at 2024-05-21 19:15:58\n\n> Aider v1\n\n#### do\n#### it\n\ndone\n> ok\n"
          "# aider chat started at 2024-05-22 10:00:00\n#### again\nyes",
          (const struct expected[]){
              {OAT_AGENT, "#### do\n#### it\n", "\ndone\n> ok\n"},
              {OAT_LLM, "#### do\n#### it\n", "\ndone\n> ok\n"},
              {OAT_AGENT, "#### again\n", "yes"},
              {OAT_LLM, "#### again\n", "yes"},
              {0, NULL, NULL},
          });
}

static void a_run_folder_is_one_trace_without_repeats(void **state)
{
    (void)state;
#define FILE_OF(name, text)                                                                                  \
    {                                                                                                        \
        name, text, sizeof text - 1                                                                          \
    }
    static const struct oat_import_file files[] = {
        FILE_OF("agent_proxy_0.json", "[[" ASKED "," ANSWER "]]"),
        FILE_OF("conversation_round_0.json", "[" ASKED "]"),
        FILE_OF("conversation_round_10.json", "[" ASKED "," ANSWER "," MORE "," LAST "," SAW "]"),
        FILE_OF("conversation_round_9.json", "[" ASKED "," ANSWER "," MORE "]"),
        FILE_OF("cost.json",
                "{\"model\":\"gpt\",\"total_cost\":0.5,\"start_epoch\":100.5,\"end_epoch\":200}"),
        FILE_OF("debug_agent_write_patch_1.json", "[" ASKED "," ANSWER "," SAW "," LAST "]"),
        FILE_OF("problem_statement.txt", "text"),
        FILE_OF("tool_call_sequence.json", "[{\"func_name\":\"f\",\"call_ok\":false}]"),
    };
    struct record r;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_true(oat_import_is_run_file(files[i].name));
    assert_false(oat_import_is_run_file("conversation_round_x.json"));
    record_init(&r);
    assert_int_equal(oat_import_chat_run(files, sizeof files / sizeof *files, &r.sink, &r.report), OAT_OK);
    static const struct expected spans[] = {
        {OAT_AGENT, ASKED, LAST}, /* the run */
        {OAT_AGENT, ASKED, LAST}, /* conversation: round 10 has all */
        {OAT_LLM, "[" ASKED "]", ANSWER},
        {OAT_LLM, "[" ASKED "," ANSWER "," MORE "]", LAST},
        {OAT_AGENT, ASKED, LAST}, /* write_patch: the first answer is known */
        {OAT_LLM, "[" ASKED "," ANSWER "," SAW "]", LAST},
        {OAT_AGENT, ASKED, ANSWER}, /* agent_proxy */
        {OAT_LLM, "[" ASKED "]", ANSWER},
        {OAT_TOOL, "{\"func_name\":\"f\",\"call_ok\":false}", ""},
    };
    assert_int_equal(r.count, sizeof spans / sizeof *spans);
    for (size_t i = 0; i < r.count; i++) {
        assert_int_equal(r.spans[i].span.type, spans[i].type);
        assert_string_equal(r.spans[i].input, spans[i].input);
        assert_string_equal(r.spans[i].output, spans[i].output);
        assert_memory_equal(r.spans[i].span.trace_id, r.spans[0].span.trace_id, 16);
        if (spans[i].type != OAT_LLM && i > 0)
            assert_memory_equal(r.spans[i].span.parent_id, r.spans[0].span.span_id, 8);
    }
    assert_true(r.spans[0].span.start_ns == UINT64_C(100500000000));
    assert_int_equal(r.spans[0].span.cost_total_nano, 500000000);
    assert_int_equal(r.spans[8].span.status, OAT_STATUS_ERROR);
    record_free(&r);
}

static void what_is_no_conversation_in_a_list_of_them_is_rejected(void **state)
{
    (void)state;
    struct record r;
    assert_int_equal(import(&r, "[[" ASKED "," ANSWER "],null,[1],{\"messages\":[" ASKED "]}]"), OAT_OK);
    assert_int_equal(r.count, 3);
    assert_int_equal(r.report.rejected, 2);
    assert_string_equal(r.report.place, "$[1]");
    record_free(&r);
    assert_int_equal(import(&r, "[{\"traj\":[" ASKED "]},{\"task_id\":1}]"), OAT_OK);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.report.rejected, 1);
    assert_string_equal(r.report.place, "$[1].traj");
    record_free(&r);
    assert_int_equal(import(&r, "{\"simulations\":[{\"messages\":[" ASKED "]},{\"id\":1}]}"), OAT_OK);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.report.rejected, 1);
    assert_string_equal(r.report.place, "$.simulations[1].messages");
    record_free(&r);
}

static void lines_are_conversations_and_foreign_ones_are_rejected(void **state)
{
    (void)state;
    struct record r;
    assert_int_equal(import(&r, "{\"messages\":[" ASKED "," ANSWER "]}\n{\"other\":1}\n{\"messages\":[" MORE
                                "," LAST "]}\n"),
                     OAT_OK);
    assert_int_equal(r.count, 4);
    assert_int_equal(r.report.rejected, 1);
    assert_string_equal(r.report.place, "value 2");
    record_free(&r);
    assert_int_equal(import(&r, "{\"other\":1}"), OAT_NOTFOUND);
    assert_int_equal(import(&r, "[" ASKED ","), OAT_E_INVALID);
    assert_int_equal(import(&r, "just text"), OAT_NOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_list_keeps_each_elements_bytes),
        cmocka_unit_test(openai_tool_calls_get_their_answers),
        cmocka_unit_test(anthropic_blocks_are_calls_and_answers),
        cmocka_unit_test(ids_come_from_content),
        cmocka_unit_test(times_are_the_files_or_marked_as_made_up),
        cmocka_unit_test(usage_of_every_provider_becomes_inclusive),
        cmocka_unit_test(swe_agent_actions_are_tools_and_demonstrations_are_not_calls),
        cmocka_unit_test(openhands_events_of_one_response_are_one_call),
        cmocka_unit_test(atif_steps_hold_their_results),
        cmocka_unit_test(inspect_answers_join_their_model_events),
        cmocka_unit_test(aider_blocks_are_asked_and_answered),
        cmocka_unit_test(a_run_folder_is_one_trace_without_repeats),
        cmocka_unit_test(what_is_no_conversation_in_a_list_of_them_is_rejected),
        cmocka_unit_test(lines_are_conversations_and_foreign_ones_are_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
