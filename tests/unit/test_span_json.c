/* Traces and spans as JSON: what a writer stored, read back and shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/span_json.h"
#include "format/hash.h"
#include "format/ids.h"
#include "format/names.h"
#include "tests/support/nth.h"
#include "tests/support/store_maker.h"

static struct oat_maker maker;
static oat_tracer *tracer;
static oat_store *store;
static oat_snapshot *snapshot;
static json_t *shown; /* what the test looks at */

static int set_up(void **state)
{
    (void)state;
    oat_maker_open(&maker);
    oat_config config;
    oat_config_init(&config);
    config.data_dir = maker.dir;
    config.service = config.environment = NULL;
    config.open_after_ms = 3600000; /* no span of a test is announced */
    return oat_tracer_open(&config, &tracer);
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(shown);
    shown = NULL;
    oat_tracer_close(tracer);
    tracer = NULL;
    oat_snapshot_free(snapshot);
    snapshot = NULL;
    oat_store_close(store);
    store = NULL;
    oat_maker_remove(&maker);
    return 0;
}

/* Parses what was written, for the test to look at. */
static void take(struct oat_json *json)
{
    json_error_t error;
    assert_null(memchr(json->bytes, '\n', json->len));
    json_decref(shown);
    shown = json_loadb(json->bytes, json->len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!shown)
        fail_msg("%s: %.*s", error.text, (int)json->len, json->bytes);
    oat_json_free(json);
}

/* Writes the only trace of the store as JSON. */
static void show(bool payloads)
{
    struct oat_json json = {0};
    oat_snapshot_free(snapshot);
    oat_store_close(store);
    assert_int_equal(oat_store_open(maker.dir, &store), OAT_OK);
    assert_int_equal(oat_snapshot_take(store, &snapshot), OAT_OK);
    assert_int_equal(oat_nth_count(snapshot), 1);
    oat_trace *trace;
    assert_int_equal(oat_nth_open(snapshot, 0, &trace), OAT_OK);
    assert_int_equal(
        oat_json_trace(&json, snapshot, trace, payloads ? OAT_JSON_PAYLOADS_AND_IDS : OAT_JSON_PREVIEWS),
        OAT_OK);
    oat_trace_close(trace);
    take(&json);
}

/* As a list shows it; behind show(). */
static void show_summary(void)
{
    struct oat_json json = {0};
    oat_trace_view view;
    assert_int_equal(oat_nth_head(snapshot, 0, &view), OAT_OK);
    assert_int_equal(oat_json_trace_summary(&json, snapshot, &view), OAT_OK);
    take(&json);
}

/* The value at "spans.0.usage.total_tokens"; fails when there is none. */
static json_t *at(const char *path)
{
    char copy[200];
    json_t *value = shown;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key = strtok(copy, "."); key; key = strtok(NULL, "."))
        value = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10))
                                     : json_object_get(value, key);
    if (!value)
        fail_msg("no %s", path);
    return value;
}

static void assert_text(const char *path, const char *expected)
{
    const char *text = json_string_value(at(path));
    if (!text || strcmp(text, expected) != 0)
        fail_msg("%s is %s, not %s", path, text ? text : "no text", expected);
}

static void assert_null_at(const char *path)
{
    if (!json_is_null(at(path)))
        fail_msg("%s is not null", path);
}

static void assert_absent(const char *object_path, const char *key)
{
    assert_null(json_object_get(at(object_path), key));
}

static void fill(oat_span *span)
{
    oat_span_set_text(span, OAT_TEXT_SERVICE, "svc", OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_ENVIRONMENT, "prod", OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_MODEL, "m1", OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_PROVIDER, "p1", OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_AGENT, "a1", OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_SESSION, "s1", OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_USER, "u1", OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_OPERATION, "chat", OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_PROMPT_NAME, "greet", OAT_NUL);
    oat_span_set_prompt_version(span, 3);
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        oat_span_set_count(span, (enum oat_count_field)i, 10 * (i + 1));
    oat_span_set_cost(span, 7300000, 300000, 7000000, OAT_COST_REPORTED);
    oat_span_set_ttft_us(span, 1500);
    oat_span_set_otel_status(span, OAT_OTEL_OK);
    oat_span_set_sample_rate(span, 0.5);
}

static void every_field_has_its_name(void **state)
{
    (void)state;
    const oat_span_options options = {.start_ns = UINT64_C(1699564800123456789)};
    oat_span *span = oat_span_start_with(tracer, OAT_LLM, "call", &options);
    fill(span);
    oat_span_end_at(span, UINT64_C(1699564803623456789));
    show(false);
    assert_text("spans.0.name", "call");
    assert_text("spans.0.span_type", "llm");
    assert_text("spans.0.status", "success");
    assert_text("spans.0.otel_status", "ok");
    assert_text("spans.0.service", "svc");
    assert_text("spans.0.environment", "prod");
    assert_text("spans.0.model", "m1");
    assert_text("spans.0.provider", "p1");
    assert_text("spans.0.agent", "a1");
    assert_text("spans.0.session_id", "s1");
    assert_text("spans.0.user_id", "u1");
    assert_text("spans.0.operation", "chat");
    assert_text("spans.0.prompt_name", "greet");
    assert_int_equal(json_integer_value(at("spans.0.prompt_version")), 3);
    assert_text("spans.0.start_time_unix_nano", "1699564800123456789");
    assert_true(json_real_value(at("spans.0.start_time")) == 1699564800.123456789);
    assert_true(json_real_value(at("spans.0.duration_ms")) == 3500.0);
    assert_true(json_real_value(at("spans.0.ttft_ms")) == 1.5);
    assert_true(json_real_value(at("spans.0.sample_rate")) == 0.5);
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        assert_int_equal(json_integer_value(json_object_get(at("spans.0.usage"), oat_count_field_name(i))),
                         10 * (i + 1));
    assert_int_equal(json_integer_value(at("spans.0.usage.total_tokens")), 30);
    assert_true(json_real_value(at("spans.0.usage.total_cost")) == 0.0073);
    assert_text("spans.0.usage.total_cost_nano_usd", "7300000");
    assert_true(json_real_value(at("spans.0.usage.input_cost")) == 0.0003);
    assert_true(json_real_value(at("spans.0.usage.output_cost")) == 0.007);
    assert_text("spans.0.usage.cost_source", "reported");
}

static void what_was_not_reported_is_null(void **state)
{
    (void)state;
    oat_span_end(oat_span_start(tracer, OAT_CHAIN, "bare"));
    show(true);
    static const char *const paths[] = {"spans.0.parent_span_id",
                                        "spans.0.model",
                                        "spans.0.ttft_ms",
                                        "spans.0.prompt_version",
                                        "spans.0.usage.total_tokens",
                                        "spans.0.usage.total_cost",
                                        "spans.0.usage.cost_source",
                                        "spans.0.error",
                                        "spans.0.inputs",
                                        "spans.0.input_preview",
                                        "spans.0.input_info",
                                        "spans.0.status_message",
                                        "spans.0.otel_status",
                                        "total_tokens",
                                        "total_cost",
                                        "session_id"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_null_at(paths[i]);
    assert_int_equal(json_object_size(at("spans.0.attributes")), 0);
    assert_int_equal(json_array_size(at("spans.0.events")), 0);
    assert_absent("spans.0", "trace_id_hex");
}

static void a_trace_with_prompt_tokens_alone_has_no_completion_tokens(void **state)
{
    (void)state;
    oat_span *root = oat_span_start(tracer, OAT_AGENT, "root");
    oat_span *call = oat_span_start(tracer, OAT_LLM, "chat");
    oat_span_set_count(call, OAT_COUNT_INPUT, 12);
    oat_span_end(call);
    show(false);
    assert_int_equal(json_integer_value(at("prompt_tokens")), 12);
    assert_null_at("completion_tokens");
    assert_int_equal(json_integer_value(at("total_tokens")), 12);
    oat_span *other = oat_span_start(tracer, OAT_LLM, "chat");
    oat_span_set_count(other, OAT_COUNT_OUTPUT, 0);
    oat_span_end(other);
    oat_span_end(root);
    show(false);
    assert_int_equal(json_integer_value(at("prompt_tokens")), 12);
    assert_true(json_is_integer(at("completion_tokens")));
    assert_int_equal(json_integer_value(at("total_tokens")), 12);
}

static void a_running_span_has_no_end(void **state)
{
    (void)state;
    oat_span *root = oat_span_start(tracer, OAT_AGENT, "root");
    oat_span_end(oat_span_start(tracer, OAT_TOOL, "done"));
    show(false);
    assert_text("status", "running");
    assert_null_at("end_time");
    assert_null_at("end_time_unix_nano");
    assert_null_at("duration_ms");
    oat_span_end(root);
    show(false);
    assert_text("status", "success");
    assert_text("spans.1.name", "done");
    assert_string_equal(json_string_value(at("spans.1.parent_span_id")),
                        json_string_value(at("spans.0.span_id")));
}

static void a_trace_has_no_name_before_its_root_is_announced(void **state)
{
    (void)state;
    char name[6001];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    oat_span *root = oat_span_start(tracer, OAT_AGENT, "root");
    oat_span_end(oat_span_start(tracer, OAT_TOOL, name));
    show(false);
    assert_null_at("name");
    assert_text("spans.0.name", name);
    show_summary();
    assert_null_at("name");
    assert_text("status", "running");
    oat_span_end(root);
    show(false);
    assert_text("name", "root");
}

static void ids_are_shown_as_they_were_given(void **state)
{
    (void)state;
    oat_span_context context;
    assert_int_equal(oat_x_trace_id_extract("run/7", OAT_NUL, &context), OAT_OK);
    const oat_span_options options = {.trace_id = context.trace_id};
    oat_span *span = oat_span_start_with(tracer, OAT_AGENT, "root", &options);
    oat_span_set_attr_string(span, "oat.trace_id", "run/7");
    oat_span_set_attr_string(span, "oat.span_id", "step-1");
    oat_span_set_attr_string(span, "kept", "yes");
    oat_span_end(span);
    show(false);
    char hex[OAT_TRACE_HEX_SIZE];
    oat_x_trace_id_inject(&context, hex);
    assert_text("trace_id", "run/7");
    assert_text("trace_id_hex", hex);
    assert_text("spans.0.trace_id", "run/7");
    assert_text("spans.0.trace_id_hex", hex);
    assert_text("spans.0.span_id", "step-1");
    assert_int_equal(json_string_length(at("spans.0.span_id_hex")), 16);
    assert_int_equal(json_object_size(at("spans.0.attributes")), 1);
    uint8_t id[16];
    assert_int_equal(oat_snapshot_find_trace(snapshot, "run/7", 5, id), OAT_OK);
    show_summary();
    assert_text("trace_id", "run/7");
    assert_text("trace_id_hex", hex);
    assert_absent("", "spans");
}

static void long_texts_are_shown_whole(void **state)
{
    (void)state;
    char name[6001];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    oat_span *span = oat_span_start(tracer, OAT_AGENT, name);
    oat_span_set_text(span, OAT_TEXT_MODEL, name, OAT_NUL);
    oat_span_end(span);
    show(false);
    assert_text("name", name);
    assert_text("spans.0.name", name);
    assert_text("spans.0.model", name);
}

static void hostile_text_stays_valid_json(void **state)
{
    (void)state;
    const oat_span_options options = {.name_len = 8};
    oat_span *span = oat_span_start_with(tracer, OAT_AGENT, "a\xff\"\\\0\n\x1b\x80", &options);
    oat_span_set_attr_string(span, "k\"\xc3", "\xed\xa0\x80");
    oat_span_set_error(span, "\x1b[31mred\xff", OAT_NUL);
    oat_span_end(span);
    show(false);
    static const char expected[] = "a\xef\xbf\xbd\"\\\0\n\x1b\xef\xbf\xbd";
    assert_int_equal(json_string_length(at("spans.0.name")), sizeof expected - 1);
    assert_memory_equal(json_string_value(at("spans.0.name")), expected, sizeof expected - 1);
    assert_text("spans.0.attributes.k\"\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    assert_text("spans.0.error", "\x1b[31mred\xef\xbf\xbd");
}

static void show_input(const void *bytes, size_t len, const char *media_type)
{
    oat_span *span = oat_span_start(tracer, OAT_LLM, "call");
    oat_span_set_input(span, bytes, len, media_type);
    oat_span_end(span);
    show(true);
}

static void a_json_payload_is_json(void **state)
{
    (void)state;
    static const char text[] =
        "{\"n\": 9007199254740993,\n \"messages\":[{\"role\":\"user\",\"content\":\"\\u00e9\"}]}\n";
    show_input(text, sizeof text - 1, "application/json");
    assert_int_equal(json_integer_value(at("spans.0.inputs.n")), INT64_C(9007199254740993));
    assert_text("spans.0.inputs.messages.0.content", "\xc3\xa9");
    assert_text("spans.0.input_preview", text);
    assert_text("spans.0.input_info.media_type", "application/json");
    assert_int_equal(json_integer_value(at("spans.0.input_info.size_bytes")), sizeof text - 1);
    assert_absent("spans.0.input_info", "lost");
}

static void a_json_bomb_is_text(void **state)
{
    (void)state;
    static char bomb[100001];
    memset(bomb, '[', sizeof bomb - 1);
    show_input(bomb, sizeof bomb - 1, "application/json");
    assert_text("spans.0.inputs", bomb);
    assert_int_equal(json_string_length(at("spans.0.input_preview")), 200);
}

static void a_binary_payload_is_base64(void **state)
{
    (void)state;
    show_input("\x89PNG\r\n", 6, "image/png");
    assert_text("spans.0.inputs.media_type", "image/png");
    assert_text("spans.0.inputs.base64", "iVBORw0K");
    assert_null_at("spans.0.input_preview");
}

static void an_empty_payload_is_an_empty_text(void **state)
{
    (void)state;
    show_input("", 0, "text/plain");
    assert_text("spans.0.inputs", "");
    assert_text("spans.0.input_preview", "");
}

static void payloads_are_left_out_unless_asked_for(void **state)
{
    (void)state;
    show_input("hello", 5, NULL);
    show(false);
    assert_absent("spans.0.input_info", "content_id");
    assert_absent("spans.0", "inputs");
    assert_absent("spans.0", "outputs");
    assert_text("spans.0.input_preview", "hello");
}

static void payloads_have_their_content_ids(void **state)
{
    (void)state;
    char hex[33];
    show_input("hello", 5, NULL);
    oat_content_id id = oat_content_id_of("hello", 5, maker.hash_seed);
    oat_hex_print(id.b, sizeof id.b, hex);
    assert_text("spans.0.input_info.content_id", hex);
    assert_null_at("spans.0.output_info");
}

static void a_lost_payload_is_null_and_marked(void **state)
{
    (void)state;
    struct oat_maker_pair pair;
    struct oat_disk_span span = {.type = OAT_LLM, .status = OAT_STATUS_SUCCESS};
    oat_maker_pair_begin(&pair, &maker, 1, 0);
    oat_maker_trace_id(span.trace_id, 1);
    oat_maker_span_id(span.span_id, 1);
    span.start_ns = oat_le64_of(UINT64_C(1795305600000000000));
    span.text[OAT_TEXT_NAME] = oat_maker_string(&pair, "call");
    span.input = oat_maker_blob(&pair, "gone", 4, OAT_MEDIA_TEXT);
    span.input.flags |= OAT_REF_LOST;
    span.output = oat_maker_blob(&pair, "damaged", 7, OAT_MEDIA_TEXT);
    pair.blobs[pair.blobs_len - 1] ^= 1;
    memset(pair.blobs + pair.blobs_len - 8, 0xff, 8);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_pair_write(&pair);
    show(true);
    assert_null_at("spans.0.inputs");
    assert_null_at("spans.0.input_preview");
    assert_true(json_is_true(at("spans.0.input_info.lost")));
    assert_null_at("spans.0.outputs");
    assert_true(json_is_true(at("spans.0.output_info.lost")));
    assert_absent("spans.0.output_info", "content_id");
    assert_text("spans.0.name", "call");
}

static void events_links_and_scores_are_listed(void **state)
{
    (void)state;
    const oat_attr attrs[] = {{"n", OAT_NUL, {.type = OAT_VALUE_INT, .u.integer = 5}}};
    oat_span *span = oat_span_start(tracer, OAT_AGENT, "root");
    oat_span_context context = oat_span_get_context(span);
    oat_span_add_event(span, &(oat_event){.name = "retry",
                                          .name_len = OAT_NUL,
                                          .time_ns = UINT64_C(1699564800500000000),
                                          .id = 0xab,
                                          .attrs = attrs,
                                          .attr_count = 1});
    oat_span_add_link(span, &(oat_link){.target = {.trace_id = {1}, .span_id = {2}}, .trace_state = "a=b"});
    oat_score score = {.name = "judge", .has_value = true, .value = 0.25, .label = "poor", .source = "judge"};
    memcpy(score.trace_id, context.trace_id, sizeof score.trace_id);
    assert_int_equal(oat_score_add(tracer, &score), OAT_OK);
    memcpy(score.span_id, context.span_id, sizeof score.span_id);
    score.has_value = false;
    score.comment = "no";
    assert_int_equal(oat_score_add(tracer, &score), OAT_OK);
    oat_span_end(span);
    show(false);
    assert_text("spans.0.events.0.name", "retry");
    assert_text("spans.0.events.0.id", "00000000000000ab");
    assert_text("spans.0.events.0.time_unix_nano", "1699564800500000000");
    assert_int_equal(json_integer_value(at("spans.0.events.0.attributes.n")), 5);
    assert_text("spans.0.links.0.trace_id", "01000000000000000000000000000000");
    assert_text("spans.0.links.0.span_id", "0200000000000000");
    assert_text("spans.0.links.0.trace_state", "a=b");
    assert_true(json_real_value(at("scores.0.value")) == 0.25);
    assert_text("scores.0.label", "poor");
    assert_null_at("scores.0.comment");
    assert_null_at("spans.0.scores.0.value");
    assert_text("spans.0.scores.0.comment", "no");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_field_has_its_name),
        TEST(what_was_not_reported_is_null),
        TEST(a_trace_with_prompt_tokens_alone_has_no_completion_tokens),
        TEST(a_running_span_has_no_end),
        TEST(a_trace_has_no_name_before_its_root_is_announced),
        TEST(ids_are_shown_as_they_were_given),
        TEST(long_texts_are_shown_whole),
        TEST(hostile_text_stays_valid_json),
        TEST(a_json_payload_is_json),
        TEST(a_json_bomb_is_text),
        TEST(a_binary_payload_is_base64),
        TEST(an_empty_payload_is_an_empty_text),
        TEST(payloads_are_left_out_unless_asked_for),
        TEST(payloads_have_their_content_ids),
        TEST(a_lost_payload_is_null_and_marked),
        TEST(events_links_and_scores_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
