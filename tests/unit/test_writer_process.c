/* What happens to the host process: threads that end, fork, exec, exit, signals. */
#include "format/slot.h"
#include "tests/support/nth.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void *start_and_leave(void *arg)
{
    oat_tracer *tracer = arg;
    oat_span_end(oat_span_start(tracer, OAT_TOOL, "ended there"));
    return oat_span_start(tracer, OAT_AGENT, "left open");
}

static void a_thread_may_end_before_its_spans_do(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *left[40];
    for (int i = 0; i < 40; i++) {
        pthread_t thread;
        void *span;
        assert_int_equal(pthread_create(&thread, NULL, start_and_leave, w->tracer), 0);
        pthread_join(thread, &span);
        left[i] = span;
    }
    for (int i = 0; i < 40; i++) {
        oat_span_set_input(left[i], "x", 1, "text/plain");
        oat_span_end(left[i]);
    }
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 80);
    for (size_t i = 0; i < view.count; i++)
        assert_true(view.spans[i].status == OAT_SHOWN_SUCCESS);
    oat_run_view_close(&view);
    oat_run_assert_clean(w, 0);
}

static void *end_and_exit(void *tracer)
{
    oat_span_end(oat_span_start(tracer, OAT_TOOL, "short"));
    return NULL;
}

static void threads_that_come_and_go_leave_no_holes(void **state)
{
    struct oat_run_writer *w = *state;
    for (int i = 0; i < 300; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, end_and_exit, w->tracer), 0);
        pthread_join(thread, NULL);
    }
    /* One lane is handed on from thread to thread: 300 spans and a name take hardly more slots. */
    assert_int_equal(oat_run_stats(w).spans, 300);
    assert_true(oat_run_stats(w).slots < 340);
}

/* ---- exit and exec ---- */

static void append_and_exit(struct oat_run_writer *w)
{
    oat_tracer *tracer;
    if (oat_tracer_open(&w->config, &tracer) != OAT_OK)
        _exit(1);
    oat_span *open = oat_span_start(tracer, OAT_AGENT, "open at exit");
    oat_span *ended = oat_span_start(tracer, OAT_TOOL, "ended before exit");
    oat_span_set_output(ended, "whole", 5, "text/plain");
    oat_span_end(ended);
    oat_run_sleep_ms(open ? 600 : 0);
    exit(0);
}

static void exit_without_close_loses_nothing_that_has_ended(void **state)
{
    struct oat_run_writer *w = *state;
    oat_tracer_close(w->tracer);
    w->tracer = NULL;
    w->config.open_after_ms = 10;
    oat_run_in_child(append_and_exit, w);
    struct oat_run_view view = oat_run_look(w);
    oat_run_assert_payload(&view, &oat_run_span(&view, "ended before exit")->output, "whole", 5);
    assert_true(oat_run_span(&view, "open at exit")->status == OAT_SHOWN_INTERRUPTED);
    oat_run_view_close(&view);
}

static void no_descriptor_survives_exec(void **state)
{
    struct oat_run_writer *w = *state;
    char line[512];
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "x"));
    FILE *list = popen("ls -l /proc/self/fd", "r");
    assert_non_null(list);
    int lines = 0;
    for (; fgets(line, sizeof line, list); lines++)
        if (strstr(line, w->dir))
            fail_msg("a child has %s", line);
    pclose(list);
    assert_true(lines > 2);
}

/* ---- fork ---- */

static void append_in_child(struct oat_run_writer *w)
{
    oat_span *span = oat_span_start(w->tracer, OAT_TOOL, "in the child");
    oat_span_set_input(span, "from the child", 14, "text/plain");
    oat_span_end(span);
    if (oat_run_stats(w).spans != 1 || oat_run_drops(w) != 0)
        _exit(1);
}

static void a_child_forked_in_a_span_appends_below_it(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *span = oat_span_start(w->tracer, OAT_AGENT, "in the parent");
    oat_run_in_child(append_in_child, w);
    oat_span_set_output(span, "the parent goes on", 18, "text/plain");
    oat_span_end(span);

    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *parent = oat_run_span(&view, "in the parent");
    const oat_span_view *child = oat_run_span(&view, "in the child");
    assert_int_equal(view.count, 2);
    assert_memory_equal(child->trace_id, parent->trace_id, 16);
    assert_memory_equal(child->parent_id, parent->span_id, 8);
    assert_true(child->flags & OAT_SPAN_PARENT_REMOTE);
    assert_true(child->start_ns >= parent->start_ns);
    oat_run_assert_payload(&view, &child->input, "from the child", 14);
    oat_run_assert_payload(&view, &parent->output, "the parent goes on", 18);
    assert_int_equal(oat_run_hot_count(w->dir, ".spans"), 2);
    oat_run_view_close(&view);
    oat_run_assert_clean(w, 0);
}

static oat_span *inherited;

static void use_inherited_handle(struct oat_run_writer *w)
{
    oat_span_context context = oat_span_get_context(inherited);
    oat_span_set_text(inherited, OAT_TEXT_NAME, "renamed by the child", OAT_NUL);
    oat_span_set_status(inherited, OAT_STATUS_ERROR, "by the child");
    oat_span_set_input(inherited, "by the child", 12, NULL);
    oat_span_add_event(inherited, &(oat_event){.name = "by the child"});
    oat_span_end(oat_span_start_with(w->tracer, OAT_TOOL, "by handle",
                                     &(oat_span_options){.parent_span = inherited, .detached = true}));
    oat_span_end(oat_span_start_with(w->tracer, OAT_TOOL, "by context",
                                     &(oat_span_options){.parent = &context, .detached = true}));
    oat_span_end(inherited);
}

static void a_handle_from_before_the_fork_is_a_parent_and_no_more(void **state)
{
    struct oat_run_writer *w = *state;
    static const char *const children[] = {"by handle", "by context"};
    inherited = oat_span_start_with(w->tracer, OAT_AGENT, "kept", &(oat_span_options){.detached = true});
    oat_run_in_child(use_inherited_handle, w);
    oat_span_end(inherited);

    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *kept = oat_run_span(&view, "kept");
    assert_int_equal(view.count, 3);
    assert_true(kept->status == OAT_SHOWN_SUCCESS && !kept->input.present && kept->event_count == 0);
    for (int i = 0; i < 2; i++) {
        const oat_span_view *child = oat_run_span(&view, children[i]);
        assert_memory_equal(child->parent_id, kept->span_id, 8);
        assert_true(child->flags & OAT_SPAN_PARENT_REMOTE);
    }
    oat_run_view_close(&view);
}

static void fork_again(struct oat_run_writer *w)
{
    oat_span *span = oat_span_start(w->tracer, OAT_AGENT, "child");
    oat_run_in_child(append_in_child, w);
    oat_span_end(span);
}

static void grandchildren_write_too(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *span = oat_span_start(w->tracer, OAT_AGENT, "parent");
    oat_run_in_child(fork_again, w);
    oat_span_end(span);
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(oat_nth_count(view.snapshot), 1);
    assert_int_equal(view.count, 3);
    assert_int_equal(view.spans[2].depth, 2);
    oat_run_view_close(&view);
}

static void close_in_child(struct oat_run_writer *w)
{
    oat_tracer_close(w->tracer);
}

static void a_child_that_closes_the_tracer_leaves_the_parent_s_files(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *span = oat_span_start(w->tracer, OAT_AGENT, "parent");
    oat_run_in_child(close_in_child, w);
    assert_int_equal(oat_run_hot_count(w->dir, ".live"), 1);
    oat_span_end(span);
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, 1);
    oat_run_view_close(&view);
}

#define FORK_THREADS 3
#define FORKS        8

struct busy {
    oat_tracer *tracer;
    _Atomic bool stop;
    _Atomic unsigned ended;
};

static void *append_until_stopped(void *arg)
{
    struct busy *busy = arg;
    while (!atomic_load(&busy->stop)) {
        oat_span *span = oat_span_start(busy->tracer, OAT_TOOL, "busy");
        oat_span_set_input(span, "{\"messages\": [\"a\", \"b\"]}", 24, NULL);
        oat_span_end(span);
        atomic_fetch_add(&busy->ended, 1);
        oat_run_sleep_ms(1);
    }
    return NULL;
}

static void forks_beside_threads_that_append_lose_nothing(void **state)
{
    struct oat_run_writer *w = *state;
    struct busy busy = {.tracer = w->tracer};
    pthread_t threads[FORK_THREADS];
    if (!OAT_RUN_FORKS_WITH_THREADS)
        skip();
    for (int i = 0; i < FORK_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, append_until_stopped, &busy), 0);
    for (int i = 0; i < FORKS; i++)
        oat_run_in_child(append_in_child, w);
    atomic_store(&busy.stop, true);
    for (int i = 0; i < FORK_THREADS; i++)
        pthread_join(threads[i], NULL);

    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, atomic_load(&busy.ended) + FORKS);
    oat_run_view_close(&view);
    oat_run_assert_clean(w, 0);
}

/* ---- Signals ---- */

static oat_tracer *signalled;
static _Atomic unsigned from_handler;

static void append_in_handler(int number)
{
    (void)number;
    oat_span *span =
        oat_span_start_with(signalled, OAT_TOOL, "handler", &(oat_span_options){.detached = true});
    oat_span_set_input(span, "from a handler", 14, "text/plain");
    oat_span_end(span);
    atomic_fetch_add(&from_handler, span != NULL);
}

#define STORM_SPANS_MAX 400000

static void calls_from_a_signal_handler_are_dropped_and_counted(void **state)
{
    struct oat_run_writer *w = *state;
    struct sigaction action = {.sa_handler = append_in_handler, .sa_flags = SA_RESTART};
    struct sigaction before;
    struct itimerval storm = {.it_interval.tv_usec = 200, .it_value.tv_usec = 200};
    struct itimerval calm = {0};
    unsigned ended = 0;
    signalled = w->tracer;
    /* Everything the handler may need is there before it can interrupt malloc. */
    append_in_handler(0);
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &storm, NULL);
    for (; ended < STORM_SPANS_MAX && oat_run_stats(w).drops_reentrant < 20; ended++) {
        oat_span *span = oat_span_start(w->tracer, OAT_AGENT, "storm");
        oat_span_set_output(span, "[{\"role\": \"user\", \"content\": \"hello\"}]", 38, NULL);
        oat_span_end(span);
    }
    setitimer(ITIMER_REAL, &calm, NULL);
    sigaction(SIGALRM, &before, NULL);

    assert_true(oat_run_stats(w).drops_reentrant >= 20);
    struct oat_run_view view = oat_run_look(w);
    unsigned handler = 0, storms = 0;
    for (size_t i = 0; i < view.count; i++) {
        handler += view.spans[i].text[OAT_TEXT_NAME].len == 7;
        storms += view.spans[i].text[OAT_TEXT_NAME].len == 5;
    }
    assert_int_equal(storms, ended);
    assert_int_equal(handler, atomic_load(&from_handler));
    oat_run_view_close(&view);
    oat_run_assert_clean(w, 0);
}

static void the_host_s_signal_handlers_and_mask_stay_as_they_were(void **state)
{
    struct oat_run_writer *w = *state;
    sigset_t mask;
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "x"));
    assert_int_equal(oat_tracer_flush(w->tracer), OAT_OK);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    for (int number = 1; number < 32; number++) {
        struct sigaction action;
        bool cmocka_has_one =
            number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL || number == SIGSYS;
        assert_false(sigismember(&mask, number));
        if (cmocka_has_one || sigaction(number, NULL, &action) != 0)
            continue;
        assert_true(action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(a_thread_may_end_before_its_spans_do),
        OAT_WRITER_TEST(threads_that_come_and_go_leave_no_holes),
        OAT_WRITER_TEST(exit_without_close_loses_nothing_that_has_ended),
        OAT_WRITER_TEST(no_descriptor_survives_exec),
        OAT_WRITER_TEST(a_child_forked_in_a_span_appends_below_it),
        OAT_WRITER_TEST(a_handle_from_before_the_fork_is_a_parent_and_no_more),
        OAT_WRITER_TEST(grandchildren_write_too),
        OAT_WRITER_TEST(a_child_that_closes_the_tracer_leaves_the_parent_s_files),
        OAT_WRITER_TEST(forks_beside_threads_that_append_lose_nothing),
        OAT_WRITER_TEST(calls_from_a_signal_handler_are_dropped_and_counted),
        OAT_WRITER_TEST(the_host_s_signal_handlers_and_mask_stay_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
