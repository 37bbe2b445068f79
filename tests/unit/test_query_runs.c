/* Runs of batches: each batch of each source is given to one thread, once; who has none left helps the
 * others. */
#include "tests/support/unit.h"

#include "oat/oat.h"
#include "reader/query_runs.h"

#define SOURCES 40u
#define THREADS 4u
#define BATCHES 300u /* at most, of a source */

struct work {
    struct oat_query_runs runs;
    unsigned read[SOURCES][BATCHES]; /* how often; of a batch, one thread's after the other */
    unsigned opened[SOURCES];
};

struct worker {
    struct work *work;
    unsigned number;
    pthread_t thread;
};

/* Some have none. */
static uint32_t batches_of(size_t source)
{
    return (uint32_t)(source * 37 % 5 == 0 ? 0 : source * 97 % BATCHES);
}

static void *read_all(void *arg)
{
    struct worker *w = arg;
    struct oat_query_run run;
    while (oat_query_runs_take(&w->work->runs, w->number, &run)) {
        if (run.is_new) {
            w->work->opened[run.source]++;
            oat_query_runs_opened(&w->work->runs, w->number, batches_of(run.source));
        }
        for (uint32_t batch = run.first; batch < run.end; batch++)
            w->work->read[run.source][batch]++;
    }
    return NULL;
}

static void each_batch_is_read_once(void **state)
{
    (void)state;
    struct work *work = calloc(1, sizeof *work);
    struct worker workers[THREADS];
    assert_int_equal(oat_query_runs_init(&work->runs, SOURCES, THREADS, false), OAT_OK);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.work = work, .number = i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, read_all, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    for (size_t source = 0; source < SOURCES; source++) {
        assert_int_equal(work->opened[source], 1);
        for (uint32_t batch = 0; batch < BATCHES; batch++)
            assert_int_equal(work->read[source][batch], batch < batches_of(source));
    }
    oat_query_runs_free(&work->runs);
    free(work);
}

static struct oat_query_run take(struct oat_query_runs *runs, unsigned thread)
{
    struct oat_query_run run;
    assert_true(oat_query_runs_take(runs, thread, &run));
    return run;
}

static void who_has_none_left_helps(void **state)
{
    (void)state;
    struct oat_query_runs runs;
    struct oat_query_run run;
    assert_int_equal(oat_query_runs_init(&runs, 2, 2, false), OAT_OK);
    assert_true(take(&runs, 0).is_new);
    oat_query_runs_opened(&runs, 0, 300);
    assert_int_equal(take(&runs, 0).source, 0);
    assert_int_equal(take(&runs, 1).source, 1); /* not the other's as long as there are new ones */
    oat_query_runs_opened(&runs, 1, 1);
    assert_int_equal(take(&runs, 1).source, 1);
    run = take(&runs, 1);
    assert_int_equal(run.source, 0);
    assert_false(run.is_new);
    assert_in_range(run.first, 1, 299);
    oat_query_runs_free(&runs);
}

static void undivided_sources_are_read_by_one(void **state)
{
    (void)state;
    struct oat_query_runs runs;
    struct oat_query_run run;
    assert_int_equal(oat_query_runs_init(&runs, 1, 2, true), OAT_OK);
    assert_true(take(&runs, 0).is_new);
    oat_query_runs_opened(&runs, 0, 1000);
    run = take(&runs, 0);
    assert_int_equal(run.first, 0);
    assert_int_equal(run.end, 1000);
    assert_false(oat_query_runs_take(&runs, 1, &run));
    oat_query_runs_free(&runs);
}

static void *end_work(void *arg)
{
    oat_query_runs_fail(arg, OAT_E_CORRUPT);
    return NULL;
}

static void a_failure_ends_all_also_those_who_wait(void **state)
{
    (void)state;
    struct oat_query_runs runs;
    struct oat_query_run run;
    pthread_t thread;
    assert_int_equal(oat_query_runs_init(&runs, 1, 2, false), OAT_OK);
    assert_true(take(&runs, 0).is_new); /* the second thread waits for what it will find */
    assert_int_equal(pthread_create(&thread, NULL, end_work, &runs), 0);
    assert_false(oat_query_runs_take(&runs, 1, &run));
    pthread_join(thread, NULL);
    oat_query_runs_fail(&runs, OAT_E_NOMEM);
    assert_int_equal(runs.result, OAT_E_CORRUPT);
    assert_false(oat_query_runs_take(&runs, 0, &run));
    oat_query_runs_free(&runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_batch_is_read_once),
        cmocka_unit_test(who_has_none_left_helps),
        cmocka_unit_test(undivided_sources_are_read_by_one),
        cmocka_unit_test(a_failure_ends_all_also_those_who_wait),
    };
    return cmocka_run_group_tests_name("query_runs", tests, NULL, NULL);
}
