/* Days that go and days that come back. */
#include "tests/support/compact_store.h"
#include "tests/support/unit.h"

#include "format/day.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- Retention and mounting ---- */

static void old_days_are_retained_away(void **state)
{
    struct oat_compact_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "old", 0, 0);
    span.start_ns = oat_le64_of(3 * OAT_DAY_NS);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_pair_write(&pair);
    f->options.retention.keep_ns = 1;
    oat_compact_fixture_do(f);
    assert_int_equal(f->summary.parts_retired, 0); /* it has arrived just now */
    assert_int_equal(oat_compact_fixture_part_count(f), 1);
    oat_compact_fixture_do(f);
    assert_int_equal(f->summary.parts_retired, 1);
    assert_true(f->summary.bytes_retired > 0);
    assert_int_equal(oat_compact_fixture_part_count(f), 0);
    assert_false(oat_compact_fixture_is_there(f, "days/1970-01-04"));
}

static void copy_dir(const char *from, const char *to)
{
    char command[700];
    snprintf(command, sizeof command, "cp -r %s %s", from, to);
    assert_int_equal(system(command), 0);
}

/* Copies a day away and retains everything; ret_copy: where the copy is. */
static void lose_days(struct oat_compact_fixture *f, char ret_copy[300])
{
    char days[300];
    oat_compact_fixture_path(f, "days", days);
    snprintf(ret_copy, 300, "%s/copy", f->maker.dir);
    copy_dir(days, ret_copy);
    f->options.retention.max_bytes = 1;
    oat_compact_fixture_do(f);
    assert_int_equal(oat_compact_fixture_part_count(f), 0);
    f->options.retention.max_bytes = 0;
}

static void a_day_that_was_copied_away_comes_back(void **state)
{
    struct oat_compact_fixture *f = *state;
    char copy[300], days[3][320];
    const char *mounts[3] = {days[0], days[1], days[2]};
    oat_compact_write_pair(&f->maker, 1, 0);
    oat_compact_fixture_do(f);
    oat_compact_write_pair(&f->maker, 2, 0);
    oat_compact_fixture_do(f);
    oat_compact_fixture_look(f);
    lose_days(f, copy);
    for (int i = 0; i < 3; i++)
        snprintf(days[i], sizeof days[i], "%s/2026-11-%d", copy, 22 + i);
    f->options.mounts = mounts;
    f->options.mount_count = 3;
    oat_compact_fixture_do(f);
    oat_compact_fixture_assert_same(f);
    assert_int_equal(f->summary.parts_merged, 6);
    assert_int_equal(oat_compact_fixture_part_count(f), 3);
    assert_true(oat_compact_fixture_is_there(f, "copy/2026-11-22"));
}

static void a_day_that_is_damaged_is_not_mounted(void **state)
{
    struct oat_compact_fixture *f = *state;
    char copy[300], command[900], day[320];
    const char *mounts[1] = {day};
    oat_compact_write_pair(&f->maker, 1, 0);
    oat_compact_fixture_do(f);
    lose_days(f, copy);
    snprintf(day, sizeof day, "%s/2026-11-22", copy);
    snprintf(command, sizeof command,
             "for f in %s/*.pack; do printf xxxx | dd of=$f bs=1 seek=200 conv=notrunc status=none; done",
             day);
    assert_int_equal(system(command), 0);
    f->options.mounts = mounts;
    f->options.mount_count = 1;
    assert_int_equal(oat_compact_fixture_run(f), OAT_E_CORRUPT);
    assert_non_null(strstr(f->why, "2026-11-22"));
    assert_int_equal(oat_compact_fixture_part_count(f), 0);
    assert_false(oat_compact_fixture_is_there(f, "days/2026-11-22"));
    snprintf(day, sizeof day, "%s/nothing", copy);
    assert_int_equal(oat_compact_fixture_run(f), OAT_E_INVALID);
    snprintf(day, sizeof day, "%s", f->maker.dir);
    assert_int_equal(oat_compact_fixture_run(f), OAT_E_INVALID);
    assert_non_null(strstr(f->why, "holds no parts"));
}

static void a_lost_manifest_is_made_good_by_mounting(void **state)
{
    struct oat_compact_fixture *f = *state;
    char days[3][320], path[300];
    const char *mounts[3] = {days[0], days[1], days[2]};
    oat_compact_write_pair(&f->maker, 1, 0);
    oat_compact_fixture_look(f);
    oat_compact_fixture_do(f);
    oat_compact_fixture_path(f, "MANIFEST", path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(oat_compact_fixture_run(f), OAT_E_CORRUPT);
    assert_non_null(strstr(f->why, "--mount"));
    assert_true(oat_compact_fixture_is_there(f, "days/2026-11-22"));
    for (int i = 0; i < 3; i++)
        snprintf(days[i], sizeof days[i], "%s/days/2026-11-%d", f->maker.dir, 22 + i);
    f->options.mounts = mounts;
    f->options.mount_count = 3;
    oat_compact_fixture_do(f);
    oat_compact_fixture_assert_same(f);
}

#define TEST(name)                                                                                           \
    cmocka_unit_test_setup_teardown(name, oat_compact_fixture_set_up, oat_compact_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(old_days_are_retained_away),
        TEST(a_day_that_was_copied_away_comes_back),
        TEST(a_day_that_is_damaged_is_not_mounted),
        TEST(a_lost_manifest_is_made_good_by_mounting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
