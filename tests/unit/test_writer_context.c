/* Where a span is placed, and what it inherits. */
#include "format/slot.h"
#include "tests/support/nth.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

static void assert_child(const struct oat_run_view *view, const char *child, const char *parent)
{
    const oat_span_view *c = oat_run_span(view, child);
    const oat_span_view *p = oat_run_span(view, parent);
    assert_memory_equal(c->trace_id, p->trace_id, 16);
    assert_memory_equal(c->parent_id, p->span_id, 8);
}

static void assert_root(const struct oat_run_view *view, const char *name)
{
    static const uint8_t none[8];
    assert_memory_equal(oat_run_span(view, name)->parent_id, none, 8);
}

static void a_span_started_inside_another_is_its_child(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *outer = oat_span_start(w->tracer, OAT_AGENT, "outer");
    oat_span *inner = oat_span_start(w->tracer, OAT_LLM, "inner");
    assert_ptr_equal(oat_span_current(w->tracer), inner);
    oat_span_end(inner);
    assert_ptr_equal(oat_span_current(w->tracer), outer);
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "second"));
    oat_span_end(outer);
    assert_null(oat_span_current(w->tracer));
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "after"));

    struct oat_run_view view = oat_run_look(w);
    assert_child(&view, "inner", "outer");
    assert_child(&view, "second", "outer");
    assert_root(&view, "outer");
    assert_root(&view, "after");
    assert_int_equal(oat_nth_count(view.snapshot), 2);
    oat_run_view_close(&view);
}

static void ends_out_of_order_leave_the_newest_running_span_current(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *a = oat_span_start(w->tracer, OAT_AGENT, "a");
    oat_span *b = oat_span_start(w->tracer, OAT_AGENT, "b");
    oat_span *c = oat_span_start(w->tracer, OAT_AGENT, "c");
    oat_span_end(b);
    assert_ptr_equal(oat_span_current(w->tracer), c);
    oat_span_end(c);
    assert_ptr_equal(oat_span_current(w->tracer), a);
    oat_span *d = oat_span_start(w->tracer, OAT_AGENT, "d");
    oat_span_end(a);
    assert_ptr_equal(oat_span_current(w->tracer), d);
    oat_span_end(d);
    assert_null(oat_span_current(w->tracer));
}

static void *end_it(void *span)
{
    oat_span_end(span);
    return NULL;
}

static void in_another_thread(void *(*fn)(void *), void *arg)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, fn, arg), 0);
    pthread_join(thread, NULL);
}

static void an_end_in_another_thread_takes_the_span_out_of_the_chain(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *a = oat_span_start(w->tracer, OAT_AGENT, "a");
    oat_span *b = oat_span_start(w->tracer, OAT_AGENT, "b");
    in_another_thread(end_it, b);
    assert_ptr_equal(oat_span_current(w->tracer), a);
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "child of a"));
    in_another_thread(end_it, a);
    assert_null(oat_span_current(w->tracer));
    /* Handles come back: many more than fit a slab. */
    for (int i = 0; i < 200; i++)
        in_another_thread(end_it, oat_span_start(w->tracer, OAT_TOOL, "many"));

    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 203);
    assert_child(&view, "child of a", "a");
    oat_run_view_close(&view);
}

static void *assert_no_current(void *tracer)
{
    assert_null(oat_span_current(tracer));
    oat_span_end(oat_span_start(tracer, OAT_TOOL, "elsewhere"));
    return NULL;
}

static void a_current_span_is_its_thread_s_alone(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *a = oat_span_start(w->tracer, OAT_AGENT, "a");
    in_another_thread(assert_no_current, w->tracer);
    oat_span_end(a);
    struct oat_run_view view = oat_run_look(w);
    assert_root(&view, "elsewhere");
    oat_run_view_close(&view);
}

static void detached_spans_and_new_traces_leave_the_chain_alone(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *a = oat_span_start(w->tracer, OAT_AGENT, "a");
    oat_span *detached =
        oat_span_start_with(w->tracer, OAT_TOOL, "detached", &(oat_span_options){.detached = true});
    assert_ptr_equal(oat_span_current(w->tracer), a);
    oat_span *fresh =
        oat_span_start_with(w->tracer, OAT_AGENT, "fresh", &(oat_span_options){.new_trace = true});
    assert_ptr_equal(oat_span_current(w->tracer), fresh);
    oat_span_end(fresh);
    oat_span_end(detached);
    assert_ptr_equal(oat_span_current(w->tracer), a);
    oat_span_end(a);

    struct oat_run_view view = oat_run_look(w);
    assert_child(&view, "detached", "a");
    assert_root(&view, "fresh");
    assert_int_equal(oat_nth_count(view.snapshot), 2);
    oat_run_view_close(&view);
}

static void two_tracers_have_chains_of_their_own(void **state)
{
    struct oat_run_writer *w = *state;
    oat_tracer *other;
    assert_int_equal(oat_tracer_open(&w->config, &other), OAT_OK);
    oat_span *a = oat_span_start(w->tracer, OAT_AGENT, "a");
    oat_span *b = oat_span_start(other, OAT_AGENT, "b");
    assert_ptr_equal(oat_span_current(w->tracer), a);
    assert_ptr_equal(oat_span_current(other), b);
    oat_span_end(a);
    assert_ptr_equal(oat_span_current(other), b);
    oat_span_end(b);
    oat_tracer_close(other);
    struct oat_run_view view = oat_run_look(w);
    assert_root(&view, "a");
    assert_root(&view, "b");
    oat_run_view_close(&view);
}

/* ---- Scopes ---- */

static int leave_by(oat_tracer *tracer, int way)
{
    for (int i = 0; i < 2; i++) {
        OAT_SCOPE(span, tracer, OAT_TOOL, "scope");
        oat_span_set_count(span, OAT_COUNT_INPUT, 1);
        if (way == 0)
            return 1;
        if (way == 1)
            break;
        if (way == 2)
            goto out;
        if (way == 3)
            continue;
    }
out:
    return 0;
}

static void a_scope_ends_its_span_on_every_way_out(void **state)
{
    struct oat_run_writer *w = *state;
    for (int way = 0; way < 5; way++) {
        leave_by(w->tracer, way);
        assert_null(oat_span_current(w->tracer));
    }
    /* Once by return, break and goto; twice by continue and by the end of the block. */
    assert_int_equal(oat_run_stats(w).spans, 7);
}

/* ---- Inheritance ---- */

static void set_context(oat_span *span, const char *session)
{
    oat_value team = {.type = OAT_VALUE_STRING, .len = 4, .u.string = "blue"};
    oat_span_set_text(span, OAT_TEXT_SESSION, session, OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_USER, "user-9", OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_PROMPT_NAME, "greeting", OAT_NUL);
    oat_span_set_prompt_version(span, 3);
    oat_span_set_context_attr(span, "team", 4, &team);
    oat_span_set_attr_string(span, "own", "value");
    oat_span_set_text(span, OAT_TEXT_MODEL, "not inherited", OAT_NUL);
}

static void assert_inherited(const struct oat_run_view *view, const char *name, const char *session)
{
    const oat_span_view *span = oat_run_span(view, name);
    oat_run_assert_text(span->text[OAT_TEXT_SESSION], session, strlen(session));
    oat_run_assert_text(span->text[OAT_TEXT_USER], "user-9", 6);
    oat_run_assert_text(span->text[OAT_TEXT_PROMPT_NAME], "greeting", 8);
    assert_true(span->has_prompt_version);
    assert_int_equal(span->prompt_version, 3);
    assert_true(oat_run_has_attr(view, span, "team", "blue", 4));
    assert_false(oat_run_has_attr(view, span, "own", "value", 5));
    assert_null(span->text[OAT_TEXT_MODEL].bytes);
}

static void descendants_started_later_inherit_session_user_prompt_and_context(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *root = oat_span_start(w->tracer, OAT_AGENT, "root");
    oat_span *before = oat_span_start(w->tracer, OAT_TOOL, "before");
    oat_span_end(before);
    set_context(root, "s-1");
    oat_span *child = oat_span_start(w->tracer, OAT_TOOL, "child");
    oat_span_end(oat_span_start(w->tracer, OAT_LLM, "grandchild"));
    oat_span_set_text(child, OAT_TEXT_SESSION, "s-2", OAT_NUL);
    oat_span_end(oat_span_start(w->tracer, OAT_LLM, "later grandchild"));
    oat_span_end(child);
    oat_span_end(oat_span_start(w->tracer, OAT_LLM, "later child"));
    oat_span_end(root);

    struct oat_run_view view = oat_run_look(w);
    assert_null(oat_run_span(&view, "before")->text[OAT_TEXT_SESSION].bytes);
    assert_inherited(&view, "grandchild", "s-1");
    assert_inherited(&view, "later grandchild", "s-2");
    assert_inherited(&view, "later child", "s-1");
    oat_run_view_close(&view);
}

static void inheritance_reaches_over_a_roll(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.roll_slots = 64;
    oat_run_writer_reopen(w);
    oat_span *root = oat_span_start(w->tracer, OAT_AGENT, "root");
    set_context(root, "s-1");
    for (int i = 0; i < 300; i++)
        oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "filler"));
    oat_span_end(oat_span_start(w->tracer, OAT_LLM, "late"));
    oat_span_end(root);
    assert_true(oat_run_stats(w).pairs > 3);
    struct oat_run_view view = oat_run_look(w);
    assert_inherited(&view, "late", "s-1");
    assert_child(&view, "late", "root");
    oat_run_view_close(&view);
}

struct pool_job {
    oat_tracer *tracer;
    oat_span *parent;
};

static void *work_in_pool(void *arg)
{
    struct pool_job *job = arg;
    oat_span_context context = oat_span_get_context(job->parent);
    oat_span_end(oat_span_start_with(job->tracer, OAT_LLM, "by span",
                                     &(oat_span_options){.parent_span = job->parent}));
    oat_span_end(
        oat_span_start_with(job->tracer, OAT_LLM, "by context", &(oat_span_options){.parent = &context}));
    return NULL;
}

static void work_for_another_thread_s_span_is_its_child_there(void **state)
{
    struct oat_run_writer *w = *state;
    struct pool_job job = {w->tracer, oat_span_start(w->tracer, OAT_AGENT, "root")};
    set_context(job.parent, "s-1");
    in_another_thread(work_in_pool, &job);
    oat_span_end(job.parent);
    struct oat_run_view view = oat_run_look(w);
    assert_child(&view, "by span", "root");
    assert_child(&view, "by context", "root");
    assert_inherited(&view, "by span", "s-1");
    assert_null(oat_run_span(&view, "by context")->text[OAT_TEXT_SESSION].bytes);
    oat_run_view_close(&view);
}

/* ---- Time ---- */

static void *start_children(void *arg)
{
    struct pool_job *job = arg;
    oat_span_context context = oat_span_get_context(job->parent);
    for (int i = 0; i < 100; i++) {
        oat_span *child =
            oat_span_start_with(job->tracer, OAT_LLM, "c", &(oat_span_options){.parent = &context});
        oat_span_end(oat_span_start(job->tracer, OAT_TOOL, "g"));
        oat_span_end(child);
    }
    return NULL;
}

static void no_child_starts_before_its_parent_or_ends_after_it(void **state)
{
    struct oat_run_writer *w = *state;
    for (int i = 0; i < 5; i++) {
        struct pool_job job = {w->tracer, oat_span_start(w->tracer, OAT_AGENT, "root")};
        in_another_thread(start_children, &job);
        start_children(&job);
        oat_span_end(job.parent);
    }
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 5 * 401);
    for (size_t i = 0; i < view.count; i++) {
        const oat_span_view *span = &view.spans[i];
        assert_true(span->end_ns >= span->start_ns);
        if (span->parent_index == UINT32_MAX)
            continue;
        size_t parent = oat_run_view_find(&view, span->trace_id, span->parent_id);
        assert_true(span->start_ns >= view.spans[parent].start_ns);
        assert_true(span->end_ns <= view.spans[parent].end_ns);
    }
    oat_run_view_close(&view);
}

static void the_parent_s_place_tells_whether_it_is_here(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span_context remote;
    assert_int_equal(
        oat_traceparent_extract("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", OAT_NUL, &remote),
        OAT_OK);
    oat_span *far = oat_span_start_with(w->tracer, OAT_AGENT, "far", &(oat_span_options){.parent = &remote});
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "near"));
    oat_span_end(far);
    assert_int_equal(oat_x_trace_id_extract("order-17", OAT_NUL, &remote), OAT_OK);
    oat_span_end(oat_span_start_with(w->tracer, OAT_AGENT, "joins", &(oat_span_options){.parent = &remote}));

    struct oat_run_view view = oat_run_look(w);
    assert_true(oat_run_span(&view, "far")->flags & OAT_SPAN_PARENT_REMOTE);
    assert_int_equal(oat_run_span(&view, "far")->parent_id[7], 0xb7);
    assert_true(oat_run_span(&view, "near")->flags & OAT_SPAN_PARENT_LOCAL);
    assert_root(&view, "joins");
    assert_int_equal(oat_run_span(&view, "joins")->trace_id[0], 0x2e);
    oat_run_view_close(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(a_span_started_inside_another_is_its_child),
        OAT_WRITER_TEST(ends_out_of_order_leave_the_newest_running_span_current),
        OAT_WRITER_TEST(an_end_in_another_thread_takes_the_span_out_of_the_chain),
        OAT_WRITER_TEST(a_current_span_is_its_thread_s_alone),
        OAT_WRITER_TEST(detached_spans_and_new_traces_leave_the_chain_alone),
        OAT_WRITER_TEST(two_tracers_have_chains_of_their_own),
        OAT_WRITER_TEST(a_scope_ends_its_span_on_every_way_out),
        OAT_WRITER_TEST(descendants_started_later_inherit_session_user_prompt_and_context),
        OAT_WRITER_TEST(inheritance_reaches_over_a_roll),
        OAT_WRITER_TEST(work_for_another_thread_s_span_is_its_child_there),
        OAT_WRITER_TEST(no_child_starts_before_its_parent_or_ends_after_it),
        OAT_WRITER_TEST(the_parent_s_place_tells_whether_it_is_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
