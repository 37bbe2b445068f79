/* Several threads at once: appends, rolls, flushes, announcements, ends in other threads, readers. */
#include "tests/support/run_crash_plan.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"
#include "writer/thread.h"

#include <sched.h>
#include <stdatomic.h>

#define THREADS 4u
#define SPANS   150u
#define ROUND   1u

struct job {
    oat_tracer *tracer;
    uint32_t worker;
    bool same_payloads;
};

static void *append_planned(void *arg)
{
    const struct job *job = arg;
    struct oat_crash_span plan = {0};
    for (uint32_t n = 0; n < SPANS; n++) {
        oat_crash_plan(ROUND, job->worker, n, job->same_payloads, &plan);
        oat_span *span = oat_crash_start(job->tracer, &plan);
        assert_non_null(span);
        if (n % 16 == 0)
            oat_run_sleep_ms(2); /* long enough to be announced */
        if (n % 50 == 0)
            assert_int_equal(oat_tracer_flush(job->tracer), OAT_OK);
        oat_span_end(span);
    }
    oat_crash_span_free(&plan);
    return NULL;
}

static void assert_all_whole(struct oat_run_writer *w, bool same_payloads)
{
    struct oat_run_view view = oat_run_look(w);
    struct oat_crash_span plan = {0};
    assert_int_equal(view.count, THREADS * SPANS);
    for (size_t i = 0; i < view.count; i++) {
        char why[OAT_RUN_WHY_SIZE];
        uint32_t worker, n;
        assert_true(oat_crash_id_parse(view.spans[i].span_id, ROUND, &worker, &n));
        oat_crash_plan(ROUND, worker, n, same_payloads, &plan);
        if (!oat_run_span_matches(view.snapshot, view.trace_of[i], &view.spans[i], &plan.want, why))
            fail_msg("span %u of thread %u: %s", n, worker, why);
    }
    oat_crash_span_free(&plan);
    oat_run_view_close(&view);
    oat_run_assert_clean(w, 0);
    assert_int_equal(oat_run_drops(w), 0);
}

static void run_threads(struct oat_run_writer *w, bool same_payloads, bool read_meanwhile)
{
    struct job jobs[THREADS];
    pthread_t threads[THREADS];
    for (uint32_t i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){w->tracer, i, same_payloads};
        assert_int_equal(pthread_create(&threads[i], NULL, append_planned, &jobs[i]), 0);
    }
    size_t before = 0;
    for (int i = 0; read_meanwhile && i < 10; i++) {
        struct oat_run_view view = oat_run_look(w);
        assert_true(view.count >= before);
        before = view.count;
        oat_run_view_close(&view);
        oat_run_assert_clean(w, 0);
    }
    for (uint32_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_all_whole(w, same_payloads);
}

static void threads_that_roll_all_the_time_lose_nothing(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.roll_slots = 64;
    w->config.open_after_ms = 1;
    w->config.flush_interval_ms = 5;
    oat_run_writer_reopen(w);
    run_threads(w, false, false);
    assert_true(oat_run_stats(w).pairs > 20);
}

static void threads_with_the_same_payloads_share_them(void **state)
{
    run_threads(*state, true, false);
}

static void a_reader_beside_them_sees_ever_more_and_no_damage(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.roll_slots = 512;
    oat_run_writer_reopen(w);
    run_threads(w, false, true);
}

/* ---- Spans that change hands ---- */

#define RING  16u
#define HANDS 500u

struct ring {
    oat_tracer *tracer;
    _Atomic(oat_span *) spans[RING];
};

static void *end_what_comes(void *arg)
{
    struct ring *ring = arg;
    for (unsigned i = 0; i < HANDS; i++) {
        oat_span *span;
        while (!(span = atomic_exchange(&ring->spans[i % RING], NULL)))
            sched_yield();
        oat_span_set_output(span, "by the other", 12, "text/plain");
        oat_span_end(span);
    }
    return NULL;
}

static void spans_started_in_one_thread_may_all_end_in_another(void **state)
{
    struct oat_run_writer *w = *state;
    struct ring ring = {.tracer = w->tracer};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, end_what_comes, &ring), 0);
    for (unsigned i = 0; i < HANDS; i++) {
        oat_span *span =
            oat_span_start_with(w->tracer, OAT_TOOL, "handed on", &(oat_span_options){.new_trace = true});
        oat_span_set_input(span, "by one", 6, "text/plain");
        oat_span *none = NULL;
        while (!atomic_compare_exchange_weak(&ring.spans[i % RING], &none, span)) {
            none = NULL;
            sched_yield();
        }
    }
    pthread_join(thread, NULL);
    assert_null(oat_span_current(w->tracer));
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, HANDS);
    for (size_t i = 0; i < view.count; i++) {
        oat_run_assert_payload(&view, &view.spans[i].input, "by one", 6);
        oat_run_assert_payload(&view, &view.spans[i].output, "by the other", 12);
    }
    oat_run_view_close(&view);
}

/* ---- Opening and closing ---- */

static void *open_append_close(void *arg)
{
    const struct oat_run_writer *w = arg;
    for (int i = 0; i < 10; i++) {
        oat_tracer *tracer;
        assert_int_equal(oat_tracer_open(&w->config, &tracer), OAT_OK);
        oat_span_end(oat_span_start(tracer, OAT_TOOL, "short life"));
        oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "shared"));
        oat_tracer_close(tracer);
    }
    return NULL;
}

static void tracers_open_and_close_beside_each_other(void **state)
{
    struct oat_run_writer *w = *state;
    pthread_t threads[THREADS];
    for (uint32_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_append_close, w), 0);
    for (uint32_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(view.count, THREADS * 20);
    oat_run_view_close(&view);
    assert_int_equal(oat_run_hot_count(w->dir, ".live"), 1);
    oat_run_assert_clean(w, 0);
}

static void a_thread_keeps_nothing_of_tracers_that_are_closed(void **state)
{
    struct oat_run_writer *w = *state;
    size_t kept = 0;
    for (int i = 0; i < 20; i++)
        open_append_close(w);
    for (const oat_lookup *lookup = oat_newest_lookup; lookup; lookup = lookup->next)
        kept++;
    assert_in_range(kept, 1, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(threads_that_roll_all_the_time_lose_nothing),
        OAT_WRITER_TEST(threads_with_the_same_payloads_share_them),
        OAT_WRITER_TEST(a_reader_beside_them_sees_ever_more_and_no_damage),
        OAT_WRITER_TEST(spans_started_in_one_thread_may_all_end_in_another),
        OAT_WRITER_TEST(tracers_open_and_close_beside_each_other),
        OAT_WRITER_TEST(a_thread_keeps_nothing_of_tracers_that_are_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
