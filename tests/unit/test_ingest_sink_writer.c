/* Imports written to a store and read back. */
#include "tests/support/nth.h"
#include "tests/support/run_dir.h"
#include "tests/support/unit.h"

#include "ingest/detect.h"
#include "ingest/sink_writer.h"

static const char conversation[] = "[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\","
                                   "\"content\":\"b\",\"usage\":{\"prompt_tokens\":3}}]";

static oat_tracer *open_tracer(const char *dir)
{
    oat_config config;
    oat_tracer *tracer;
    oat_config_init(&config);
    config.data_dir = dir;
    assert_int_equal(oat_tracer_open(&config, &tracer), OAT_OK);
    return tracer;
}

/* Imports the text and returns what the writer counted. existing: look at the store before. */
static struct oat_import_counts import(const char *dir, const char *text, bool existing)
{
    oat_store *store = NULL;
    oat_snapshot *before = NULL;
    oat_import_writer *writer;
    struct oat_import_report report = {0};
    if (existing) {
        assert_int_equal(oat_store_open(dir, &store), OAT_OK);
        assert_int_equal(oat_snapshot_take(store, &before), OAT_OK);
    }
    oat_tracer *tracer = open_tracer(dir);
    assert_int_equal(oat_import_writer_new(tracer, before, &writer), OAT_OK);
    assert_int_equal(
        oat_import_buffer(OAT_FORMAT_AUTO, text, strlen(text), oat_import_writer_sink(writer), &report),
        OAT_OK);
    struct oat_import_counts counts = oat_import_writer_counts(writer);
    assert_int_equal(oat_tracer_flush(tracer), OAT_OK);
    oat_import_writer_free(writer);
    oat_tracer_close(tracer);
    oat_snapshot_free(before);
    oat_store_close(store);
    return counts;
}

/* The spans of the only trace of a store; free with free_spans. */
struct stored {
    oat_store *store;
    oat_snapshot *snapshot;
    oat_span_view *spans;
    size_t count;
};

static struct stored read_trace(const char *dir)
{
    struct stored s;
    assert_int_equal(oat_store_open(dir, &s.store), OAT_OK);
    assert_int_equal(oat_snapshot_take(s.store, &s.snapshot), OAT_OK);
    assert_int_equal(oat_nth_count(s.snapshot), 1);
    assert_int_equal(oat_nth_spans(s.snapshot, 0, &s.spans, &s.count), OAT_OK);
    return s;
}

static void free_trace(struct stored *s)
{
    free(s->spans);
    oat_snapshot_free(s->snapshot);
    oat_store_close(s->store);
}

static void assert_payload(const struct stored *s, const oat_payload *payload, const char *expected)
{
    uint8_t *bytes;
    size_t len;
    assert_int_equal(oat_payload_read(s->snapshot, payload, &bytes, &len), OAT_OK);
    assert_string_equal((const char *)bytes, expected);
    free(bytes);
}

static void spans_read_back_as_they_were_imported(void **state)
{
    (void)state;
    char dir[OAT_RUN_PATH_SIZE];
    oat_run_dir_make(dir);
    struct oat_import_counts counts = import(dir, conversation, false);
    assert_int_equal(counts.written, 2);
    assert_int_equal(counts.traces, 1);
    struct stored s = read_trace(dir);
    assert_int_equal(s.count, 2);
    assert_int_equal(s.spans[0].type, OAT_AGENT);
    assert_int_equal(s.spans[1].type, OAT_LLM);
    assert_memory_equal(s.spans[1].parent_id, s.spans[0].span_id, 8);
    assert_true(s.spans[1].has_count[OAT_COUNT_INPUT] && s.spans[1].count[OAT_COUNT_INPUT] == 3);
    assert_payload(&s, &s.spans[1].input, "[{\"role\":\"user\",\"content\":\"a\"}]");
    assert_payload(&s, &s.spans[1].output,
                   "{\"role\":\"assistant\",\"content\":\"b\",\"usage\":{\"prompt_tokens\":3}}");
    free_trace(&s);
    oat_run_dir_remove(dir);
}

static void what_the_store_has_is_not_written_again(void **state)
{
    (void)state;
    char dir[OAT_RUN_PATH_SIZE], twice[512];
    oat_run_dir_make(dir);
    /* Also within one import. */
    snprintf(twice, sizeof twice, "%s\n%s", conversation, conversation);
    struct oat_import_counts first = import(dir, twice, false), second = import(dir, conversation, true);
    assert_int_equal(first.written, 2);
    assert_int_equal(first.present, 2);
    assert_int_equal(second.written, 0);
    assert_int_equal(second.present, 2);
    assert_int_equal(oat_run_hot_count(dir, ".blobs"), 1);
    oat_run_dir_remove(dir);
}

static void a_newer_state_of_a_span_is_written_beside_the_older(void **state)
{
    (void)state;
#define STATE(end)                                                                                           \
    "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\","    \
    "\"spanId\":"                                                                                            \
    "\"1112131415161718\",\"name\":\"n\",\"startTimeUnixNano\":\"1000\",\"endTimeUnixNano\":\"" end          \
    "\"}]}]}]}"
    char dir[OAT_RUN_PATH_SIZE];
    oat_run_dir_make(dir);
    struct oat_import_counts counts = import(dir, STATE("2000") "\n" STATE("3000") "\n" STATE("3000"), false);
    assert_int_equal(counts.written, 2);
    assert_int_equal(counts.present, 1);
    assert_int_equal(counts.traces, 1);
    struct stored s = read_trace(dir);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.spans[0].end_ns, 3000);
    free_trace(&s);
    oat_run_dir_remove(dir);
}

static void an_end_before_the_start_and_times_of_zero_are_clamped(void **state)
{
    (void)state;
    char dir[OAT_RUN_PATH_SIZE];
    oat_run_dir_make(dir);
    import(dir, STATE("999"), false);
    struct stored s = read_trace(dir);
    assert_int_equal(s.spans[0].start_ns, 1000);
    assert_int_equal(s.spans[0].end_ns, 1000);
    free_trace(&s);
    oat_run_dir_remove(dir);
    oat_run_dir_make(dir);
    import(
        dir,
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\","
        "\"spanId\":\"1112131415161718\"}]}]}]}",
        false);
    s = read_trace(dir);
    assert_int_equal(s.spans[0].start_ns, 0);
    free_trace(&s);
    oat_run_dir_remove(dir);
}

static void an_event_without_a_time_is_at_its_spans_start(void **state)
{
    (void)state;
    static const char text[] = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"
                               "\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"1112131415161718\","
                               "\"startTimeUnixNano\":\"1000\",\"endTimeUnixNano\":\"2000\",\"events\":"
                               "[{\"name\":\"e\"}]}]}]}]}";
    char dir[OAT_RUN_PATH_SIZE];
    oat_run_dir_make(dir);
    import(dir, text, false);
    struct stored s = read_trace(dir);
    oat_event_view *events;
    size_t count;
    assert_int_equal(oat_nth_events(s.snapshot, 0, s.spans[0].span_id, &events, &count), OAT_OK);
    assert_int_equal(count, 1);
    assert_int_equal(events[0].time_ns, 1000);
    free(events);
    free_trace(&s);
    oat_run_dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_read_back_as_they_were_imported),
        cmocka_unit_test(what_the_store_has_is_not_written_again),
        cmocka_unit_test(a_newer_state_of_a_span_is_written_beside_the_older),
        cmocka_unit_test(an_end_before_the_start_and_times_of_zero_are_clamped),
        cmocka_unit_test(an_event_without_a_time_is_at_its_spans_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
