/* Exporters: what they are given, by whom, and when. */
#include "oat/exporter.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

#include <pthread.h>

#define PATIENCE_MS 60000u
#define TAKEN_MAX   16u

/* What a test's exporter was given; the thread's until a flush or stop has returned. */
struct taken {
    char names[TAKEN_MAX][32];
    char json[8192]; /* of the last one */
    size_t count;
    unsigned flushes, shutdowns;
    bool refuses;
    int64_t cost_nano;
    pthread_t thread;
};

static bool take(void *arg, const oat_span_view *span, const char *json, size_t json_len)
{
    struct taken *taken = arg;
    oat_text name = span->text[OAT_TEXT_NAME];
    taken->thread = pthread_self();
    if (taken->refuses || taken->count == TAKEN_MAX || json_len >= sizeof taken->json)
        return false;
    snprintf(taken->names[taken->count++], sizeof *taken->names, "%.*s", (int)name.len, name.bytes);
    memcpy(taken->json, json, json_len);
    taken->json[json_len] = '\0';
    taken->cost_nano = span->cost_total_nano;
    return true;
}

static void note_flush(void *arg)
{
    ((struct taken *)arg)->flushes++;
}

static void note_shutdown(void *arg)
{
    ((struct taken *)arg)->shutdowns++;
}

static oat_feed *start(const struct oat_run_writer *w, struct taken *taken)
{
    const oat_exporter exporter = {take, note_flush, note_shutdown, taken};
    oat_feed *feed;
    assert_int_equal(oat_feed_start(w->tracer, &w->config, &exporter, &feed), OAT_OK);
    return feed;
}

static void end_span(const struct oat_run_writer *w, const char *name)
{
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, name));
}

static void each_span_that_ends_comes_once_with_cost_and_payloads(void **state)
{
    struct oat_run_writer *w = *state;
    struct taken taken = {0};
    end_span(w, "before");
    oat_feed *feed = start(w, &taken);
    oat_span *root = oat_span_start(w->tracer, OAT_LLM, "root");
    end_span(w, "child");
    assert_int_equal(oat_feed_flush(feed, PATIENCE_MS), OAT_OK);
    assert_int_equal(taken.count, 1);
    oat_span_set_text(root, OAT_TEXT_MODEL, "gpt-4o-mini", OAT_NUL);
    oat_span_set_text(root, OAT_TEXT_PROVIDER, "openai", OAT_NUL);
    oat_span_set_count(root, OAT_COUNT_INPUT, 1000000);
    oat_span_set_input(root, "{\"question\": 7}", OAT_NUL, NULL);
    oat_span_end(root);
    assert_int_equal(oat_feed_flush(feed, PATIENCE_MS), OAT_OK);
    assert_int_equal(taken.count, 2);
    assert_string_equal(taken.names[0], "child");
    assert_string_equal(taken.names[1], "root");
    assert_int_equal(taken.cost_nano, 150000000);
    assert_non_null(strstr(taken.json, "\"inputs\":{\"question\": 7}"));
    assert_false(pthread_equal(taken.thread, pthread_self()));
    assert_true(taken.flushes > 0 && taken.shutdowns == 0);
    oat_feed_stop(feed);
    assert_int_equal(taken.shutdowns, 1);
}

static void what_ended_before_the_tracer_was_closed_comes(void **state)
{
    struct oat_run_writer *w = *state;
    struct taken taken = {0};
    w->config.export_interval_ms = 3600000;
    oat_feed *feed = start(w, &taken);
    end_span(w, "last");
    oat_tracer_close(w->tracer);
    w->tracer = NULL;
    oat_feed_stop(feed);
    assert_int_equal(taken.count, 1);
    assert_string_equal(taken.names[0], "last");
}

static void it_comes_by_itself(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.export_interval_ms = 1;
    FILE *stream = tmpfile();
    const oat_exporter console = oat_console_exporter(stream);
    oat_feed *feed;
    assert_int_equal(oat_feed_start(w->tracer, &w->config, &console, &feed), OAT_OK);
    end_span(w, "x");
    for (unsigned i = 0; i < PATIENCE_MS && ftell(stream) == 0; i++)
        oat_run_sleep_ms(1);
    assert_true(ftell(stream) > 0);
    oat_feed_stop(feed);
    fclose(stream);
}

static void other_writers_spans_do_not_come(void **state)
{
    struct oat_run_writer *w = *state;
    struct taken taken = {0};
    oat_tracer *other;
    oat_feed *feed = start(w, &taken);
    assert_int_equal(oat_tracer_open(&w->config, &other), OAT_OK);
    oat_span_end(oat_span_start(other, OAT_TOOL, "other's"));
    end_span(w, "own");
    assert_int_equal(oat_feed_flush(feed, PATIENCE_MS), OAT_OK);
    oat_tracer_close(other);
    oat_feed_stop(feed);
    assert_int_equal(taken.count, 1);
    assert_string_equal(taken.names[0], "own");
}

static void note_warning(void *arg, const char *message)
{
    (void)message;
    ++*(unsigned *)arg;
}

static void an_exporter_that_fails_is_told_of_once(void **state)
{
    struct oat_run_writer *w = *state;
    struct taken taken = {.refuses = true};
    unsigned warnings = 0;
    w->config.warn = note_warning;
    w->config.warn_arg = &warnings;
    oat_feed *feed = start(w, &taken);
    for (int i = 0; i < 3; i++) {
        end_span(w, "x");
        assert_int_equal(oat_feed_flush(feed, PATIENCE_MS), OAT_OK);
    }
    oat_feed_stop(feed);
    assert_int_equal(warnings, 1);
}

static struct taken childs;
static oat_feed *parents;

static void trace_in_child(struct oat_run_writer *w)
{
    assert_int_equal(oat_feed_flush(parents, PATIENCE_MS), OAT_NOTFOUND);
    oat_feed_stop(parents);
    oat_feed *feed = start(w, &childs);
    end_span(w, "child's");
    assert_int_equal(oat_feed_flush(feed, PATIENCE_MS), OAT_OK);
    oat_feed_stop(feed);
    assert_int_equal(childs.count, 1);
}

static void a_forked_child_has_a_feed_of_its_own(void **state)
{
    struct oat_run_writer *w = *state;
    struct taken taken = {0};
#if defined(__SANITIZE_THREAD__)
    skip(); /* it ends a child whose threads have ids that threads of the parent had */
#endif
    parents = start(w, &taken);
    oat_run_in_child(trace_in_child, w);
    end_span(w, "parent's");
    assert_int_equal(oat_feed_flush(parents, PATIENCE_MS), OAT_OK);
    oat_feed_stop(parents);
    assert_int_equal(taken.count, 1);
    assert_string_equal(taken.names[0], "parent's");
}

static void a_feed_without_its_parts_is_refused(void **state)
{
    struct oat_run_writer *w = *state;
    const oat_exporter nothing = {0}, console = oat_console_exporter(stderr);
    oat_feed *feed;
    assert_int_equal(oat_feed_start(w->tracer, &w->config, &nothing, &feed), OAT_E_INVALID);
    assert_int_equal(oat_feed_start(NULL, &w->config, &console, &feed), OAT_E_INVALID);
    assert_int_equal(oat_feed_flush(NULL, 0), OAT_NOTFOUND);
    oat_feed_stop(NULL);
}

static void the_console_has_a_line_a_span_and_hides_nothing(void **state)
{
    struct oat_run_writer *w = *state;
    char line[200];
    unsigned ms, tenths;
    FILE *stream = tmpfile();
    const oat_exporter console = oat_console_exporter(stream);
    oat_feed *feed;
    assert_int_equal(oat_feed_start(w->tracer, &w->config, &console, &feed), OAT_OK);
    oat_span *span = oat_span_start(w->tracer, OAT_LLM, "a\x1b[31m\xe2\x80\xae");
    oat_span_set_cost(span, 420000, 0, 0, OAT_COST_REPORTED);
    oat_span_set_status(span, OAT_STATUS_ERROR, NULL);
    oat_span_end(span);
    oat_feed_stop(feed);
    rewind(stream);
    assert_non_null(fgets(line, sizeof line, stream));
    assert_int_equal(sscanf(line, "llm       a\\x1b[31m\\u{202e} error %u.%u ms $0.000420", &ms, &tenths), 2);
    assert_null(fgets(line, sizeof line, stream));
    fclose(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(each_span_that_ends_comes_once_with_cost_and_payloads),
        OAT_WRITER_TEST(what_ended_before_the_tracer_was_closed_comes),
        OAT_WRITER_TEST(it_comes_by_itself),
        OAT_WRITER_TEST(other_writers_spans_do_not_come),
        OAT_WRITER_TEST(an_exporter_that_fails_is_told_of_once),
        OAT_WRITER_TEST(a_forked_child_has_a_feed_of_its_own),
        OAT_WRITER_TEST(a_feed_without_its_parts_is_refused),
        OAT_WRITER_TEST(the_console_has_a_line_a_span_and_hides_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
