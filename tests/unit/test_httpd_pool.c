/* The pool of threads that handle what takes long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "httpd/pool.h"

static atomic_uint ran;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void count(struct oat_job *job)
{
    (void)job;
    atomic_fetch_add(&ran, 1);
}

static void wait_at_the_gate(struct oat_job *job)
{
    atomic_fetch_add(&ran, 1);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    (void)job;
}

static void what_was_taken_is_run_before_the_end(void **state)
{
    (void)state;
    struct oat_job jobs[100];
    struct oat_pool *pool = oat_pool_start(3, 100);
    assert_non_null(pool);
    atomic_store(&ran, 0);
    for (size_t i = 0; i < 100; i++) {
        jobs[i].run = count;
        assert_true(oat_pool_submit(pool, &jobs[i]));
    }
    oat_pool_stop(pool);
    assert_int_equal(atomic_load(&ran), 100);
}

static void a_full_queue_refuses(void **state)
{
    (void)state;
    struct oat_job jobs[4];
    struct oat_pool *pool = oat_pool_start(1, 2);
    assert_non_null(pool);
    atomic_store(&ran, 0);
    pthread_mutex_lock(&gate);
    jobs[0].run = wait_at_the_gate;
    assert_true(oat_pool_submit(pool, &jobs[0]));
    while (atomic_load(&ran) == 0)
        continue;
    for (size_t i = 1; i < 4; i++) {
        jobs[i].run = count;
        assert_int_equal(oat_pool_submit(pool, &jobs[i]), i < 3);
    }
    pthread_mutex_unlock(&gate);
    oat_pool_stop(pool);
    assert_int_equal(atomic_load(&ran), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_taken_is_run_before_the_end),
        cmocka_unit_test(a_full_queue_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
