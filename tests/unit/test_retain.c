/* Which parts retention takes. */
#include "compactor/retain.h"
#include "format/day.h"
#include "tests/support/unit.h"

#define DAY 20779u /* 2026-11-22 */

/* A part of a day, which arrived in the middle of another. */
static struct oat_manifest_part part(uint32_t day, uint32_t arrived_day, uint64_t bytes)
{
    static uint64_t generation;
    return (struct oat_manifest_part){.day = day,
                                      .generation = ++generation,
                                      .arrived_ns = arrived_day * OAT_DAY_NS + OAT_DAY_NS / 2,
                                      .part_bytes = bytes / 4,
                                      .pack_bytes = bytes - bytes / 4};
}

/* Retains at noon of a day; bit i of the answer: part i goes. */
static unsigned retired(struct oat_manifest_part *parts, size_t count, uint64_t keep_days, uint64_t max_bytes,
                        uint32_t today)
{
    struct oat_manifest manifest = {.parts = parts, .part_count = count};
    struct oat_retention retention = {.keep_ns = keep_days * OAT_DAY_NS, .max_bytes = max_bytes};
    struct oat_manifest_retired *list;
    size_t list_count;
    unsigned bits = 0;
    assert_int_equal(
        oat_retain(&manifest, &retention, today * OAT_DAY_NS + OAT_DAY_NS / 2, &list, &list_count), OAT_OK);
    for (size_t i = 0; i < list_count; i++)
        for (unsigned p = 0; p < count; p++)
            if (list[i].day == parts[p].day && list[i].generation == parts[p].generation) {
                assert_false(bits & 1u << p); /* each once */
                bits |= 1u << p;
            }
    free(list);
    return bits;
}

static void without_limits_nothing_goes(void **state)
{
    (void)state;
    struct oat_manifest_part parts[] = {part(0, 1, 100), part(DAY, DAY, 100)};
    assert_int_equal(retired(parts, 2, 0, 0, DAY + 10000), 0);
}

static void a_part_goes_when_its_day_is_older_than_the_limit(void **state)
{
    (void)state;
    struct oat_manifest_part parts[] = {part(DAY, DAY, 100), part(DAY + 1, DAY + 1, 100)};
    assert_int_equal(retired(parts, 2, 30, 0, DAY + 30), 0);
    assert_int_equal(retired(parts, 2, 30, 0, DAY + 31), 1);
    assert_int_equal(retired(parts, 2, 30, 0, DAY + 32), 3);
}

static void late_data_of_an_old_day_is_kept_from_its_arrival(void **state)
{
    (void)state;
    struct oat_manifest_part parts[] = {part(DAY, DAY + 1, 100), part(DAY, DAY + 100, 100)};
    assert_int_equal(retired(parts, 2, 30, 0, DAY + 101), 1);
    assert_int_equal(retired(parts, 2, 30, 0, DAY + 130), 1);
    assert_int_equal(retired(parts, 2, 30, 0, DAY + 131), 3);
}

static void a_clock_of_1970_deletes_nothing_fresh(void **state)
{
    (void)state;
    struct oat_manifest_part parts[] = {part(0, DAY, 100), part(DAY - 5, DAY - 4, 100)};
    assert_int_equal(retired(parts, 2, 30, 0, DAY), 0);
    assert_int_equal(retired(parts, 2, 0, 150, DAY), 2);
}

static void a_clock_of_2262_keeps_nothing_for_ever(void **state)
{
    (void)state;
    struct oat_manifest_part parts[] = {part(OAT_DAY_MAX, DAY, 100)};
    assert_int_equal(retired(parts, 1, 30, 0, DAY + 31), 0);
    assert_int_equal(retired(parts, 1, 30, 0, DAY + 32), 1);
}

static void the_oldest_days_go_whole_until_the_rest_fits(void **state)
{
    (void)state;
    struct oat_manifest_part parts[] = {part(DAY, DAY + 1, 100), part(DAY, DAY + 1, 100),
                                        part(DAY + 1, DAY + 2, 100), part(DAY + 2, DAY + 3, 100)};
    assert_int_equal(retired(parts, 4, 0, 400, DAY + 3), 0);
    assert_int_equal(retired(parts, 4, 0, 399, DAY + 3), 3);
    assert_int_equal(retired(parts, 4, 0, 200, DAY + 3), 3);
    assert_int_equal(retired(parts, 4, 0, 199, DAY + 3), 7);
    assert_int_equal(retired(parts, 4, 0, 1, DAY + 3), 15);
}

static void days_that_arrived_together_go_in_their_order(void **state)
{
    (void)state;
    struct oat_manifest_part parts[] = {part(DAY - 2, DAY, 100), part(DAY - 1, DAY, 100),
                                        part(DAY, DAY, 100)};
    assert_int_equal(retired(parts, 3, 0, 250, DAY), 1);
    assert_int_equal(retired(parts, 3, 0, 150, DAY), 3);
}

static void what_goes_by_age_does_not_count_for_size(void **state)
{
    (void)state;
    struct oat_manifest_part parts[] = {part(DAY, DAY + 1, 300), part(DAY, DAY + 50, 100),
                                        part(DAY + 40, DAY + 41, 100)};
    assert_int_equal(retired(parts, 3, 30, 200, DAY + 51), 1);
    assert_int_equal(retired(parts, 3, 30, 199, DAY + 51), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_limits_nothing_goes),
        cmocka_unit_test(a_part_goes_when_its_day_is_older_than_the_limit),
        cmocka_unit_test(late_data_of_an_old_day_is_kept_from_its_arrival),
        cmocka_unit_test(a_clock_of_1970_deletes_nothing_fresh),
        cmocka_unit_test(a_clock_of_2262_keeps_nothing_for_ever),
        cmocka_unit_test(the_oldest_days_go_whole_until_the_rest_fits),
        cmocka_unit_test(days_that_arrived_together_go_in_their_order),
        cmocka_unit_test(what_goes_by_age_does_not_count_for_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
