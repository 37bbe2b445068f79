/* Snapshots that requests share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "httpd/view.h"
#include "tests/support/run_writer.h"

static struct oat_lease lease_of(struct oat_view *view)
{
    struct oat_lease lease;
    char why[OAT_PROBLEM_TEXT_SIZE] = "";
    if (oat_view_lease(view, &lease, why) != OAT_OK)
        fail_msg("%s", why);
    return lease;
}

static uint64_t traces_in(struct oat_view *view)
{
    struct oat_lease lease = lease_of(view);
    uint64_t count = oat_lease_trace_count(&lease);
    oat_view_return(view, &lease);
    return count;
}

static void end_a_trace(oat_tracer *tracer)
{
    oat_span_end(oat_span_start(tracer, OAT_AGENT, "a"));
}

static void a_store_is_seen_when_it_appears(void **state)
{
    struct oat_run_writer *w = *state;
    char missing[300];
    snprintf(missing, sizeof missing, "%s/later", w->dir);

    struct oat_view *view;
    assert_int_equal(oat_view_open(missing, &view), OAT_OK);
    struct oat_lease lease = lease_of(view);
    assert_null(lease.snapshot);
    assert_int_equal(oat_lease_trace_count(&lease), 0);
    oat_view_return(view, &lease);

    w->config.data_dir = missing;
    oat_run_writer_reopen(w);
    end_a_trace(w->tracer);
    assert_int_equal(traces_in(view), 1);
    end_a_trace(w->tracer);
    oat_view_expire(view);
    assert_int_equal(traces_in(view), 2);
    oat_view_close(view);
}

static void what_a_lease_shows_stays_while_others_see_what_is_new(void **state)
{
    struct oat_run_writer *w = *state;
    struct oat_view *view;
    assert_int_equal(oat_view_open(w->dir, &view), OAT_OK);
    end_a_trace(w->tracer);
    struct oat_lease first = lease_of(view);
    end_a_trace(w->tracer);
    oat_view_expire(view);
    struct oat_lease second = lease_of(view);
    end_a_trace(w->tracer);
    oat_view_expire(view);
    assert_int_equal(traces_in(view), 3);
    assert_int_equal(oat_lease_trace_count(&second), 2);
    assert_int_equal(oat_lease_trace_count(&first), 1);
    oat_view_return(view, &first);
    oat_view_return(view, &second);
    assert_int_equal(traces_in(view), 3);
    oat_view_close(view);
}

struct reader {
    struct oat_view *view;
    atomic_uint_fast64_t *least; /* traces that any reader has seen already */
    unsigned rounds;
};

static void *read_often(void *arg)
{
    const struct reader *reader = arg;
    for (unsigned i = 0; i < reader->rounds; i++) {
        uint64_t least = atomic_load(reader->least);
        oat_view_expire(reader->view);
        uint64_t seen = traces_in(reader->view);
        if (seen < least)
            return reader->view; /* went back in time */
        for (uint64_t known = least;
             known < seen && !atomic_compare_exchange_weak(reader->least, &known, seen);)
            continue;
    }
    return NULL;
}

static void readers_never_go_back_in_time_beside_a_writer(void **state)
{
    struct oat_run_writer *w = *state;
    struct oat_view *view;
    pthread_t threads[3];
    void *failed;
    atomic_uint_fast64_t least = 0;
    assert_int_equal(oat_view_open(w->dir, &view), OAT_OK);
    struct reader reader = {view, &least, 60};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_often, &reader), 0);
    for (unsigned i = 0; i < 500; i++)
        end_a_trace(w->tracer);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    oat_view_expire(view);
    assert_int_equal(traces_in(view), 500);
    oat_view_close(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(a_store_is_seen_when_it_appears),
        OAT_WRITER_TEST(what_a_lease_shows_stays_while_others_see_what_is_new),
        OAT_WRITER_TEST(readers_never_go_back_in_time_beside_a_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
