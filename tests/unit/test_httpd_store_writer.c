/* The daemon as a writer: intake and group commit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "httpd/store_writer.h"
#include "oat/reader.h"
#include "tests/support/run_dir.h"

#define COMMITS 64

struct fixture {
    char dir[OAT_RUN_PATH_SIZE];
    char store[OAT_RUN_PATH_SIZE + 8];
    struct oat_store_writer *writer;
};

static struct fixture fixture;

static int set_up(void **state)
{
    *state = &fixture;
    oat_run_dir_make(fixture.dir);
    snprintf(fixture.store, sizeof fixture.store, "%s/store", fixture.dir);
    fixture.writer = oat_store_writer_start(fixture.store, NULL);
    return fixture.writer ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    oat_store_writer_stop(fixture.writer);
    oat_run_dir_remove(fixture.dir);
    return 0;
}

static void take_span(uint8_t number)
{
    struct oat_intake intake;
    struct oat_import_span span = {
        .trace_id = {number},
        .span_id = {number},
        .type = OAT_LLM,
        .start_ns = 1000000000,
        .end_ns = 2000000000,
        .status = OAT_STATUS_SUCCESS,
    };
    assert_int_equal(oat_intake_begin(fixture.writer, &intake), OAT_OK);
    const struct oat_import_sink *sink = oat_intake_sink(&intake);
    assert_int_equal(sink->span(sink->arg, &span), OAT_OK);
    assert_int_equal(oat_intake_end(&intake), OAT_OK);
}

static size_t count_traces(void)
{
    oat_store *store;
    oat_snapshot *snapshot = NULL;
    oat_trace_list *list;
    bool exact;
    if (oat_store_open(fixture.store, &store) != OAT_OK)
        return 0;
    assert_int_equal(oat_snapshot_refresh(store, &snapshot), OAT_OK);
    assert_int_equal(oat_trace_list_open(snapshot, &(oat_trace_query){.limit = 1}, &list), OAT_OK);
    size_t total = oat_trace_list_total(list, &exact);
    oat_trace_list_close(list);
    oat_snapshot_free(snapshot);
    oat_store_close(store);
    return total;
}

static void a_store_is_made_by_the_first_span(void **state)
{
    (void)state;
    assert_int_equal(oat_run_hot_count(fixture.store, ".spans"), 0);
    take_span(1);
    assert_int_equal(count_traces(), 1);
}

static void a_span_that_comes_twice_is_one(void **state)
{
    (void)state;
    take_span(1);
    take_span(1);
    take_span(2);
    assert_int_equal(count_traces(), 2);
}

struct counted_commit {
    struct oat_commit commit;
    atomic_uint *done, *failed;
};

static void count_commit(struct oat_job *job)
{
    struct counted_commit *c = (struct counted_commit *)(void *)job;
    atomic_fetch_add(c->failed, c->commit.result != OAT_OK);
    atomic_fetch_add(c->done, 1);
}

static void every_commit_is_told_once(void **state)
{
    (void)state;
    static struct counted_commit commits[COMMITS];
    static atomic_uint done, failed;
    take_span(1);
    for (size_t i = 0; i < COMMITS; i++) {
        commits[i] =
            (struct counted_commit){.commit.job.run = count_commit, .done = &done, .failed = &failed};
        oat_store_writer_commit(fixture.writer, &commits[i].commit);
    }
    oat_store_writer_stop(fixture.writer);
    fixture.writer = NULL;
    assert_int_equal(atomic_load(&done), COMMITS);
    assert_int_equal(atomic_load(&failed), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_store_is_made_by_the_first_span, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_span_that_comes_twice_is_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_commit_is_told_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
