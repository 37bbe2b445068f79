/* Connections are shared evenly among loops, and there is always one that takes the next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "httpd/balance.h"

#define LOOPS 3u

static struct oat_balance of_loops(unsigned count)
{
    struct oat_balance balance = {0};
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(oat_balance_add(&balance), i);
    return balance;
}

static void the_one_with_the_fewest_takes_the_next(void **state)
{
    (void)state;
    struct oat_balance balance = of_loops(LOOPS);
    assert_int_equal(oat_balance_note(&balance, 0, 1), 1); /* it has more than the others */
    assert_false(oat_balance_look(&balance, 0));
    assert_int_equal(oat_balance_note(&balance, 1, 1), 2);
    assert_false(oat_balance_look(&balance, 1));
    assert_int_equal(oat_balance_note(&balance, 2, 1), 3); /* all have as many */
    assert_true(oat_balance_look(&balance, 0));
    assert_true(oat_balance_look(&balance, 1));
    assert_int_equal(oat_balance_note(&balance, 1, 0), 5); /* one went */
    assert_false(oat_balance_look(&balance, 0));
    assert_false(oat_balance_look(&balance, 2));
    assert_true(oat_balance_look(&balance, 1));
}

static void a_loop_is_asked_once(void **state)
{
    (void)state;
    struct oat_balance balance = of_loops(2);
    assert_int_equal(oat_balance_note(&balance, 0, 5), 1);
    assert_int_equal(oat_balance_note(&balance, 0, 6), 0);
    assert_false(oat_balance_look(&balance, 0));
    assert_int_equal(oat_balance_note(&balance, 0, 7), 0); /* nothing new to it */
    assert_int_equal(oat_balance_note(&balance, 1, 7), 1);
}

/* ---- Many at once ---- */

static struct oat_balance shared;
static bool takes[LOOPS]; /* as each loop knows it */

static void *change(void *arg)
{
    unsigned loop = (unsigned)(uintptr_t)arg;
    uint32_t dice = loop + 1;
    for (int i = 0; i < 20000; i++) {
        dice = dice * 1664525 + 1013904223;
        uint64_t ask = oat_balance_note(&shared, loop, dice >> 30);
        if (ask >> loop & 1 || atomic_load(&shared.loops[loop].asked))
            takes[loop] = oat_balance_look(&shared, loop);
        if (dice >> 24 == 0)
            sched_yield();
    }
    oat_balance_note(&shared, loop, 1 + loop);
    return NULL;
}

static void none_is_forgotten_when_all_change_at_once(void **state)
{
    (void)state;
    pthread_t threads[LOOPS];
    for (int round = 0; round < 20; round++) {
        shared = of_loops(LOOPS);
        for (unsigned i = 0; i < LOOPS; i++) {
            takes[i] = true;
            assert_int_equal(pthread_create(&threads[i], NULL, change, (void *)(uintptr_t)i), 0);
        }
        for (unsigned i = 0; i < LOOPS; i++)
            pthread_join(threads[i], NULL);
        for (unsigned i = 0; i < LOOPS; i++) { /* whoever was asked looks, in the end */
            if (atomic_load(&shared.loops[i].asked))
                takes[i] = oat_balance_look(&shared, i);
            assert_int_equal(takes[i], i == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_one_with_the_fewest_takes_the_next),
        cmocka_unit_test(a_loop_is_asked_once),
        cmocka_unit_test(none_is_forgotten_when_all_change_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
