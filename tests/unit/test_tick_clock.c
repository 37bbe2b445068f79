#include "writer/tick_clock.h"

#include <time.h>
#include <unistd.h>

#include "tests/support/unit.h"
#include "writer/clock.h"

#define SLACK_NS UINT64_C(5000) /* of a reading, and of a rate that changed */

/* A reading that lies between two of the system's clock is right, however long this thread was kept waiting.
 */
static uint64_t read_beside_the_system(oat_tick_clock *clock)
{
    uint64_t before_ns = oat_clock_boot_ns();
    uint64_t ns = oat_tick_clock_ns(clock);
    uint64_t after_ns = oat_clock_boot_ns();
    assert_true(ns + SLACK_NS >= before_ns);
    assert_true(ns <= after_ns + SLACK_NS);
    return ns;
}

static void learn_the_rate(oat_tick_clock *clock)
{
    uint64_t until_ns = oat_clock_boot_ns() + 2 * OAT_NS_PER_S;
    while (clock->fresh_ticks == 0 && oat_clock_boot_ns() < until_ns)
        oat_tick_clock_ns(clock);
}

static void it_tells_the_time_of_the_system(void **state)
{
    (void)state;
    oat_tick_clock clock = {0};
    for (unsigned i = 0; i < 200000; i++)
        read_beside_the_system(&clock);
    for (unsigned i = 0; i < 50; i++) {
        usleep(i * 100);
        read_beside_the_system(&clock);
    }
}

static void it_never_goes_back(void **state)
{
    (void)state;
    oat_tick_clock clock = {0};
    uint64_t last_ns = 0;
    for (unsigned i = 0; i < 2000000; i++) {
        uint64_t ns = oat_tick_clock_ns(&clock);
        assert_true(ns >= last_ns);
        last_ns = ns;
    }
}

static void a_counter_that_goes_back_is_not_gone_on_from(void **state)
{
    (void)state;
    oat_tick_clock clock = {0};
    learn_the_rate(&clock);
    for (unsigned i = 0; i < 1000; i++) {
        clock.ticks = oat_ticks() + 1000000000; /* as if the reading had been made on a counter ahead */
        read_beside_the_system(&clock);
    }
}

static void a_reading_of_long_ago_is_not_gone_on_from(void **state)
{
    (void)state;
    oat_tick_clock clock = {0};
    learn_the_rate(&clock);
    clock.ticks -= UINT64_C(1) << 32;
    clock.boot_ns = 1;
    read_beside_the_system(&clock);
}

static void a_rate_over_a_suspend_is_not_taken(void **state)
{
    (void)state;
    oat_tick_clock clock = {0};
    learn_the_rate(&clock);
    clock.ticks = clock.rate_ticks = oat_ticks() - 50000000;
    clock.rate_ns -= 3600 * OAT_NS_PER_S; /* an hour went by in which the counter stood still */
    uint64_t until_ns = oat_clock_boot_ns() + 2 * OAT_NS_PER_S;
    do /* a reading that was interrupted tells nothing of the rate */
        read_beside_the_system(&clock);
    while (clock.fresh_ticks != 0 && oat_clock_boot_ns() < until_ns);
    assert_int_equal(clock.fresh_ticks, 0);
    for (unsigned i = 0; i < 100000; i++)
        read_beside_the_system(&clock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_tells_the_time_of_the_system),
        cmocka_unit_test(it_never_goes_back),
        cmocka_unit_test(a_counter_that_goes_back_is_not_gone_on_from),
        cmocka_unit_test(a_reading_of_long_ago_is_not_gone_on_from),
        cmocka_unit_test(a_rate_over_a_suspend_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
