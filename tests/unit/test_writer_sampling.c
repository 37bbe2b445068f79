/* Sampling: the trace id decides; what fails or takes long is kept whole. */
#include "format/limits.h"
#include "format/slot.h"
#include "tests/support/nth.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

#define SECOND_NS UINT64_C(1000000000)
#define START_NS  (UINT64_C(1700000000) * SECOND_NS)

/* Its fraction is so many 256ths. */
static const uint8_t *trace_at(unsigned of_256, uint8_t id[16])
{
    static uint8_t number;
    memset(id, 0, 16);
    id[0] = 1;
    id[1] = number++;
    id[8] = (uint8_t)(255 - of_256); /* does not count: fixed bits of UUIDs are in it */
    id[9] = (uint8_t)of_256;
    return id;
}

static void sample(struct oat_run_writer *w, double rate)
{
    w->config.sampling_rate = rate;
    oat_run_writer_reopen(w);
}

static oat_span *root(struct oat_run_writer *w, const char *name, unsigned of_256)
{
    uint8_t id[16];
    const oat_span_options options = {.trace_id = trace_at(of_256, id), .new_trace = true};
    return oat_span_start_with(w->tracer, OAT_AGENT, name, &options);
}

static size_t spans_in(const struct oat_run_writer *w)
{
    struct oat_run_view view = oat_run_look(w);
    size_t count = view.count;
    oat_run_view_close(&view);
    return count;
}

static void assert_span(const struct oat_run_view *view, const char *name, double rate, bool was_held)
{
    const oat_span_view *span = oat_run_span(view, name);
    assert_true(span->sample_rate > rate - 1e-9 && span->sample_rate < rate + 1e-9);
    assert_int_equal((span->flags & OAT_SPAN_HELD) != 0, was_held);
}

static void the_share_is_kept_and_says_so(void **state)
{
    struct oat_run_writer *w = *state;
    sample(w, 0.25);
    for (unsigned i = 0; i < 256; i++)
        oat_span_end(root(w, "root", i));
    assert_int_equal(oat_run_stats(w).spans, 64);
    assert_int_equal(oat_run_stats(w).sampled_out, 192);
    assert_int_equal(oat_run_drops(w), 0);

    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 64);
    for (size_t i = 0; i < view.count; i++) {
        assert_true(view.spans[i].trace_id[9] >= 192);
        assert_true(view.spans[i].sample_rate == 0.25);
    }
    oat_run_view_close(&view);
}

static void a_greater_share_keeps_what_a_smaller_one_keeps(void **state)
{
    struct oat_run_writer *w = *state;
    static const double rates[] = {0, 0.1, 0.5, 0.9, 1};
    static const unsigned kept[] = {0, 25, 128, 230, 256};
    for (size_t i = 0; i < 5; i++) {
        sample(w, rates[i]);
        for (unsigned k = 0; k < 256; k++)
            oat_span_end(root(w, "root", k));
        assert_in_range(oat_run_stats(w).spans, kept[i], kept[i] + 1);
    }
}

static void children_share_the_fate_of_their_trace(void **state)
{
    struct oat_run_writer *w = *state;
    sample(w, 0.5);
    for (unsigned i = 0; i < 256; i += 255) {
        oat_span *outer = root(w, i ? "kept" : "left out", i);
        assert_int_equal(oat_span_get_context(outer).trace_flags, i != 0);
        oat_span *inner = oat_span_start(w->tracer, OAT_LLM, i ? "kept child" : "child");
        oat_span_set_input(inner, "hello", 5, NULL);
        oat_span_context place = oat_span_get_context(inner);
        const oat_span_options options = {.parent = &place, .detached = true};
        oat_span *by_place = oat_span_start_with(w->tracer, OAT_TOOL, i ? "kept by place" : "far", &options);
        oat_span_end(inner);
        oat_span_end(outer);
        assert_int_equal(spans_in(w), i ? 2 : 0);
        oat_span_end(by_place);
    }
    assert_int_equal(spans_in(w), 3);
    assert_int_equal(oat_run_stats(w).sampled_out, 3);
}

/* A trace with something of everything, whose last span fails. */
static void run_agent(struct oat_run_writer *w, unsigned of_256)
{
    oat_span *agent = root(w, "agent", of_256);
    oat_span_set_text(agent, OAT_TEXT_SESSION, "s-1", OAT_NUL);
    oat_span_set_text(agent, OAT_TEXT_USER, "old", OAT_NUL);
    oat_span_set_text(agent, OAT_TEXT_USER, "ada", OAT_NUL);
    oat_span_set_text(agent, OAT_TEXT_PROMPT_NAME, "greeting", OAT_NUL);
    oat_span_set_prompt_version(agent, 7);
    oat_span_set_input(agent, "the question", OAT_NUL, "text/plain");
    oat_span *llm = oat_span_start(w->tracer, OAT_LLM, "llm");
    oat_span_set_text(llm, OAT_TEXT_MODEL, "gpt-4o-mini", OAT_NUL);
    oat_span_set_count(llm, OAT_COUNT_INPUT, 1000);
    oat_span_set_output(llm, "{\"a\":1}", OAT_NUL, NULL);
    oat_span_set_attr_string(llm, "tier", "pro");
    const oat_attr attr = {"n", OAT_NUL, {.type = OAT_VALUE_INT, .u.integer = 3}};
    oat_span_add_event(llm,
                       &(oat_event){.name = "retry", .name_len = OAT_NUL, .attrs = &attr, .attr_count = 1});
    const oat_span_context target = {.trace_id = {9}, .span_id = {8}};
    oat_span_add_link(llm, &(oat_link){.target = target, .trace_state = "a=b"});
    oat_span_end(llm);
    oat_span *tool = oat_span_start(w->tracer, OAT_TOOL, "tool");
    oat_span_set_status(tool, OAT_STATUS_ERROR, "no such city");
    oat_span_set_error(tool, "KeyError: Oslo", OAT_NUL);
    oat_span_end(tool);
    oat_span *after = oat_span_start(w->tracer, OAT_TOOL, "after");
    oat_span_set_input(after, "again", OAT_NUL, NULL);
    oat_span_end(after);
    oat_span_end(agent);
}

static void assert_agent(const struct oat_run_view *view)
{
    static const char *const names[] = {"agent", "llm", "tool", "after"};
    for (size_t i = 0; i < 4; i++) {
        const oat_span_view *span = oat_run_span(view, names[i]);
        oat_run_assert_text(span->text[OAT_TEXT_SESSION], "s-1", 3);
        oat_run_assert_text(span->text[OAT_TEXT_USER], "ada", 3);
        oat_run_assert_text(span->text[OAT_TEXT_PROMPT_NAME], "greeting", 8);
        assert_int_equal(span->prompt_version, 7);
        assert_memory_equal(span->trace_id, oat_run_span(view, "agent")->trace_id, 16);
        if (i > 0)
            assert_memory_equal(span->parent_id, oat_run_span(view, "agent")->span_id, 8);
    }
    const oat_span_view *llm = oat_run_span(view, "llm");
    oat_run_assert_text(llm->text[OAT_TEXT_MODEL], "gpt-4o-mini", 11);
    assert_int_equal(llm->cost_source, OAT_COST_COMPUTED);
    oat_run_assert_payload(view, &llm->output, "{\"a\":1}", 7);
    assert_true(oat_run_has_attr(view, llm, "tier", "pro", 3));
    oat_run_assert_payload(view, &oat_run_span(view, "agent")->input, "the question", 12);
    oat_run_assert_payload(view, &oat_run_span(view, "after")->input, "again", 5);
    const oat_span_view *tool = oat_run_span(view, "tool");
    assert_int_equal(tool->status, OAT_SHOWN_ERROR);
    oat_run_assert_text(tool->text[OAT_TEXT_STATUS_MESSAGE], "no such city", 12);
    oat_run_assert_payload(view, &tool->error, "KeyError: Oslo", 14);

    oat_event_view *events;
    oat_link_view *links;
    size_t count;
    assert_int_equal(oat_nth_events(view->snapshot, 0, llm->span_id, &events, &count), OAT_OK);
    assert_int_equal(count, 1);
    oat_run_assert_text(events[0].name, "retry", 5);
    assert_int_equal(oat_nth_links(view->snapshot, 0, llm->span_id, &links, &count), OAT_OK);
    assert_int_equal(count, 1);
    oat_run_assert_text(links[0].trace_state, "a=b", 3);
    free(events);
    free(links);
}

static void a_trace_that_fails_is_kept_whole(void **state)
{
    struct oat_run_writer *w = *state;
    sample(w, 0.25);
    run_agent(w, 0);
    assert_int_equal(oat_run_drops(w), 0);
    assert_int_equal(oat_run_stats(w).spans, 4);
    assert_int_equal(oat_run_stats(w).sampled_out, 0);
    oat_run_assert_clean(w, 0);
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 4);
    assert_agent(&view);
    assert_span(&view, "llm", 1, true);
    assert_span(&view, "agent", 1, true);
    oat_run_view_close(&view);
}

static void what_a_trace_tells_is_the_same_held_or_not(void **state)
{
    struct oat_run_writer *w = *state;
    sample(w, 0.25);
    run_agent(w, 255);
    struct oat_run_view view = oat_run_look(w);
    assert_agent(&view);
    /* All that fail are kept; before it failed, one of four such was. */
    assert_span(&view, "llm", 0.25, false);
    assert_span(&view, "tool", 1, false);
    assert_span(&view, "agent", 1, false);
    oat_run_view_close(&view);
}

static void of_traces_that_fail_a_share_is_kept(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.error_sampling = 0.5;
    sample(w, 0.5);
    for (unsigned i = 0; i < 256; i++) {
        oat_span *span = root(w, "root", i);
        oat_span_set_error(span, "oops", 4);
        oat_span_end(span);
    }
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 192);
    for (size_t i = 0; i < view.count; i++)
        assert_true(view.spans[i].sample_rate == 0.75);
    oat_run_view_close(&view);
}

static void a_trace_that_takes_long_is_kept(void **state)
{
    struct oat_run_writer *w = *state;
    uint8_t id[16];
    sample(w, 0.5);
    for (unsigned seconds = 4; seconds < 6; seconds++) {
        oat_span_options options = {.trace_id = trace_at(0, id), .new_trace = true, .start_ns = START_NS};
        oat_span *span = oat_span_start_with(w->tracer, OAT_AGENT, seconds < 5 ? "fast" : "slow", &options);
        oat_span_end_at(span, START_NS + seconds * SECOND_NS);
    }
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 1);
    assert_span(&view, "slow", 1, true);
    oat_run_view_close(&view);
}

static void it_can_be_that_none_takes_long(void **state)
{
    struct oat_run_writer *w = *state;
    uint8_t id[16];
    w->config.slow_trace_ms = 0;
    sample(w, 0.5);
    oat_span_options options = {.trace_id = trace_at(0, id), .new_trace = true, .start_ns = START_NS};
    oat_span_end_at(oat_span_start_with(w->tracer, OAT_AGENT, "hours", &options),
                    START_NS + 7200 * SECOND_NS);
    assert_int_equal(spans_in(w), 0);
}

static void the_files_are_written_at_once_when_a_trace_is_kept(void **state)
{
    struct oat_run_writer *w = *state;
    sample(w, 0.5);
    oat_span *agent = root(w, "agent", 0);
    oat_span *tool = oat_span_start(w->tracer, OAT_TOOL, "tool");
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "before"));
    assert_int_equal(spans_in(w), 0);
    oat_span_set_error(tool, "oops", 4);
    oat_span_end(tool);
    assert_int_equal(spans_in(w), 2);
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "after"));
    assert_int_equal(spans_in(w), 3);
    oat_span_end(agent);
    assert_int_equal(spans_in(w), 4);
}

static void what_is_held_survives_rolls(void **state)
{
    struct oat_run_writer *w = *state;
    char name[40], text[2000];
    w->config.roll_slots = 64;
    w->config.roll_blob_bytes = 4096;
    sample(w, 0.5);
    oat_span *agent = root(w, "agent", 0);
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "span %d", i);
        oat_span *span = oat_span_start(w->tracer, OAT_TOOL, name);
        for (size_t k = 0; k < sizeof text; k++)
            text[k] = (char)('a' + (k * (size_t)(i + 3)) % 23);
        oat_span_set_input(span, text, sizeof text, "text/plain");
        oat_span_set_text(span, OAT_TEXT_AGENT, name, OAT_NUL);
        oat_span_add_event(span, &(oat_event){.name = name, .name_len = OAT_NUL});
        oat_span_end(span);
    }
    for (int i = 0; i < 300; i++)
        oat_span_add_event(agent, &(oat_event){.name = "tick", .name_len = OAT_NUL});
    oat_span_set_output(agent, text, sizeof text, "text/plain");
    oat_span_set_error(agent, "oops", 4);
    oat_span_end(agent);
    assert_int_equal(oat_run_drops(w), 0);
    oat_run_assert_clean(w, 0);
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 201);
    oat_run_assert_payload(&view, &oat_run_span(&view, "span 199")->input, text, sizeof text);
    oat_run_assert_payload(&view, &oat_run_span(&view, "agent")->output, text, sizeof text);
    oat_run_view_close(&view);
}

static void the_oldest_goes_when_more_is_held_than_may_be(void **state)
{
    struct oat_run_writer *w = *state;
    static char text[30000];
    memset(text, 'x', sizeof text);
    w->config.held_bytes = 100000;
    sample(w, 0.5);
    oat_span *agents[2];
    for (int i = 0; i < 2; i++) {
        agents[i] = root(w, i ? "newer" : "older", 0);
        for (int k = 0; k < 2; k++) {
            oat_span *span = oat_span_start(w->tracer, OAT_TOOL, i ? "child of newer" : "child of older");
            oat_span_set_input(span, text, sizeof text, "text/plain");
            oat_span_end(span);
        }
    }
    assert_int_equal(oat_run_stats(w).sampled_out, 2);
    for (int i = 0; i < 2; i++) {
        oat_span_set_error(agents[i], "oops", 4);
        oat_span_end(agents[i]);
    }
    assert_int_equal(oat_run_stats(w).drops_limit, 2); /* they would have been kept */
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 4);
    oat_run_span(&view, "older");
    oat_run_assert_payload(&view, &oat_run_span(&view, "child of newer")->input, text, sizeof text);
    oat_run_view_close(&view);
}

static void a_payload_that_is_too_much_to_hold_is_dropped_alone(void **state)
{
    struct oat_run_writer *w = *state;
    static char text[30000];
    w->config.held_bytes = 20000;
    sample(w, 0.5);
    oat_span *span = root(w, "root", 0);
    oat_span_set_input(span, text, sizeof text, "text/plain");
    oat_span_set_output(span, "small", 5, "text/plain");
    assert_int_equal(oat_run_stats(w).drops_limit, 1);
    oat_span_set_error(span, "oops", 4);
    oat_span_end(span);
    struct oat_run_view view = oat_run_look(w);
    oat_run_assert_payload(&view, &oat_run_span(&view, "root")->output, "small", 5);
    oat_run_view_close(&view);
}

static void *end_span(void *span)
{
    oat_span_end(span);
    return NULL;
}

static void spans_that_other_threads_end_are_kept_alike(void **state)
{
    struct oat_run_writer *w = *state;
    sample(w, 0.5);
    for (int failed = 0; failed < 2; failed++)
        for (int round = 0; round < 40; round++) {
            oat_span *agent = root(w, "agent", 0);
            oat_span *tool = oat_span_start(w->tracer, OAT_TOOL, "tool");
            oat_span_set_input(tool, "in", 2, NULL);
            pthread_t thread;
            assert_int_equal(pthread_create(&thread, NULL, end_span, tool), 0);
            pthread_join(thread, NULL);
            assert_ptr_equal(oat_span_current(w->tracer), agent);
            if (failed)
                oat_span_set_error(agent, "oops", 4);
            oat_span_end(agent);
            assert_null(oat_span_current(w->tracer));
        }
    assert_int_equal(spans_in(w), 80);
    assert_int_equal(oat_run_stats(w).sampled_out, 80);
}

static void *run_traces(void *arg)
{
    struct oat_run_writer *w = arg;
    for (int i = 0; i < 300; i++) {
        oat_span *agent = oat_span_start(w->tracer, OAT_AGENT, "agent");
        oat_span *tool = oat_span_start(w->tracer, OAT_TOOL, "tool");
        oat_span_set_input(tool, "some text", 9, NULL);
        if (i % 10 == 0)
            oat_span_set_error(tool, "oops", 4);
        oat_span_end(tool);
        oat_span_end(agent);
    }
    return NULL;
}

static void threads_share_what_may_be_held(void **state)
{
    struct oat_run_writer *w = *state;
    pthread_t threads[4];
    w->config.held_bytes = 6000;
    w->config.slow_trace_ms = 0;
    sample(w, 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_traces, w), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    oat_stats stats = oat_run_stats(w);
    assert_int_equal(stats.sampled_out + stats.spans, 2400);
    assert_in_range(stats.spans, 120, 240);
    assert_int_equal(spans_in(w), stats.spans);
}

static void trace_of_child(struct oat_run_writer *w)
{
    oat_span *span = oat_span_start(w->tracer, OAT_TOOL, "in the child");
    oat_span_set_error(span, "oops", 4);
    oat_span_end(span);
}

static void a_forked_child_holds_its_own(void **state)
{
    struct oat_run_writer *w = *state;
    sample(w, 0.5);
    oat_span *agent = root(w, "agent", 0);
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "in the parent"));
    oat_run_in_child(trace_of_child, w);
    assert_int_equal(spans_in(w), 1);
    oat_span_end(agent);
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 1);
    assert_span(&view, "in the child", 1, true);
    oat_run_view_close(&view);
}

static void what_is_held_at_the_end_is_left_out(void **state)
{
    struct oat_run_writer *w = *state;
    sample(w, 0.5);
    root(w, "agent", 0);
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "tool"));
    oat_run_writer_reopen(w);
    assert_int_equal(spans_in(w), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(the_share_is_kept_and_says_so),
        OAT_WRITER_TEST(a_greater_share_keeps_what_a_smaller_one_keeps),
        OAT_WRITER_TEST(children_share_the_fate_of_their_trace),
        OAT_WRITER_TEST(a_trace_that_fails_is_kept_whole),
        OAT_WRITER_TEST(what_a_trace_tells_is_the_same_held_or_not),
        OAT_WRITER_TEST(of_traces_that_fail_a_share_is_kept),
        OAT_WRITER_TEST(a_trace_that_takes_long_is_kept),
        OAT_WRITER_TEST(it_can_be_that_none_takes_long),
        OAT_WRITER_TEST(the_files_are_written_at_once_when_a_trace_is_kept),
        OAT_WRITER_TEST(what_is_held_survives_rolls),
        OAT_WRITER_TEST(the_oldest_goes_when_more_is_held_than_may_be),
        OAT_WRITER_TEST(a_payload_that_is_too_much_to_hold_is_dropped_alone),
        OAT_WRITER_TEST(spans_that_other_threads_end_are_kept_alike),
        OAT_WRITER_TEST(threads_share_what_may_be_held),
        OAT_WRITER_TEST(a_forked_child_holds_its_own),
        OAT_WRITER_TEST(what_is_held_at_the_end_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
