/* Compaction changes nothing that a reader sees, and takes what it may and nothing else. */
#include "tests/support/compact_store.h"
#include "tests/support/run_dir.h"
#include "tests/support/unit.h"

#include "compactor/lock.h"
#include "format/day.h"
#include "format/sections.h"
#include "reader/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY 20779u /* of OAT_MAKER_MS(0) */

struct fixture {
    struct oat_maker maker;
    struct oat_compact_options options;
    struct oat_compact_summary summary;
    char why[OAT_COMPACT_WHY_SIZE];
    struct oat_compact_view view;
    bool has_view;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 0);
    oat_maker_open(&f->maker);
    f->options = oat_compact_plain();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    if (f->has_view)
        oat_compact_view_free(&f->view);
    oat_maker_remove(&f->maker);
    free(f);
    return 0;
}

/* ---- Helpers ---- */

static void look(struct fixture *f)
{
    if (f->has_view)
        oat_compact_view_free(&f->view);
    oat_compact_view_take(f->maker.dir, &f->view);
    f->has_view = true;
}

static void assert_same(struct fixture *f)
{
    oat_compact_view_check(f->maker.dir, &f->view);
}

static int run(struct fixture *f)
{
    return oat_compact_store(f->maker.dir, &f->options, &f->summary, f->why);
}

static void compact(struct fixture *f)
{
    int result = run(f);
    if (result != OAT_OK)
        fail_msg("%s", f->why);
}

static size_t pairs_left(const struct fixture *f)
{
    size_t spans = oat_run_hot_count(f->maker.dir, ".spans");
    assert_int_equal(oat_run_hot_count(f->maker.dir, ".blobs"), spans);
    return spans;
}

static void read_manifest(const struct fixture *f, struct oat_manifest *ret)
{
    struct oat_problems problems;
    int fd = open(f->maker.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    oat_problems_init(&problems);
    assert_int_equal(oat_manifest_read(fd, &problems, ret), OAT_OK);
    oat_problems_clear(&problems);
    close(fd);
}

static size_t part_count(const struct fixture *f)
{
    struct oat_manifest manifest;
    read_manifest(f, &manifest);
    size_t count = manifest.part_count;
    oat_manifest_clear(&manifest);
    return count;
}

static void path_in(const struct fixture *f, const char *name, char ret[300])
{
    snprintf(ret, 300, "%s/%s", f->maker.dir, name);
}

static bool is_there(const struct fixture *f, const char *name)
{
    char path[300];
    path_in(f, name, path);
    return access(path, F_OK) == 0;
}

/* ---- Pairs ---- */

static void what_is_shown_stays_the_same(void **state)
{
    struct fixture *f = *state;
    oat_compact_write_pair(&f->maker, 1, 0);
    oat_compact_write_pair(&f->maker, 2, 0);
    look(f);
    compact(f);
    assert_same(f);
    assert_int_equal(pairs_left(f), 0);
    assert_int_equal(part_count(f), 3);
    assert_int_equal(f->summary.pairs[OAT_PAIR_TAKEN], 2);
    assert_int_equal(f->summary.spans, 120);
    assert_int_equal(f->summary.days, 3);
    assert_int_equal(f->summary.parts_written, 3);
    assert_true(f->summary.bytes_after < f->summary.bytes_before);
}

static void compacting_twice_does_nothing_more(void **state)
{
    struct fixture *f = *state;
    oat_compact_write_pair(&f->maker, 1, 0);
    look(f);
    compact(f);
    f->options.full = true;
    compact(f);
    assert_int_equal(f->summary.parts_written, 0);
    assert_int_equal(f->summary.pairs[OAT_PAIR_TAKEN], 0);
    assert_same(f);
}

static void late_data_makes_further_parts_until_all_is_merged(void **state)
{
    struct fixture *f = *state;
    oat_compact_write_pair(&f->maker, 1, 0);
    compact(f);
    oat_compact_write_pair(&f->maker, 2, 0);
    look(f);
    compact(f);
    assert_same(f);
    assert_int_equal(part_count(f), 6);
    f->options.full = true;
    compact(f);
    assert_same(f);
    assert_int_equal(part_count(f), 3);
    assert_int_equal(f->summary.parts_merged, 6);
    compact(f);
    assert_int_equal(f->summary.parts_merged, 0);
    oat_compact_write_pair(&f->maker, 3, 0);
    look(f);
    compact(f);
    assert_same(f);
    assert_int_equal(part_count(f), 3);
}

/* A pair that is sealed or not, carried or not. */
static void write_span(struct fixture *f, uint8_t writer, uint32_t seq, bool sealed, bool carried)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, writer, seq);
    oat_compact_put_span(&pair, 1, writer * 100u + seq + 1, 0, seq, seq + 5);
    pair.sealed = sealed;
    pair.flags = carried ? OAT_PAIR_FLAG_CARRIED : 0;
    oat_maker_pair_write(&pair);
}

static void a_living_writer_keeps_what_it_has_not_carried_over(void **state)
{
    struct fixture *f = *state;
    int live = oat_maker_live(&f->maker, 1);
    write_span(f, 1, 0, true, true);
    write_span(f, 1, 1, true, false);
    write_span(f, 1, 2, false, false);
    look(f);
    compact(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_IN_USE], 3);
    assert_int_equal(pairs_left(f), 3);
    write_span(f, 1, 3, false, true);
    look(f);
    compact(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_TAKEN], 2); /* 2 is not sealed */
    assert_int_equal(f->summary.pairs[OAT_PAIR_IN_USE], 2);
    assert_same(f);
    close(live);
    compact(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_TAKEN], 2);
    assert_same(f);
}

static void another_machines_pairs_wait_until_they_are_adopted(void **state)
{
    struct fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    memset(pair.header.machine_id, 0x77, sizeof pair.header.machine_id);
    memset(pair.header.boot_id, 0x66, sizeof pair.header.boot_id);
    struct oat_disk_span open = oat_maker_span(&pair, 1, 1, 0, "running", 1, 1);
    open.status = OAT_STATUS_OPEN;
    oat_maker_put(&pair, OAT_SLOT_OPEN, &open);
    oat_maker_pair_write(&pair);
    compact(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_ELSEWHERE], 1);
    look(f);
    assert_non_null(strstr(f->view.traces[0], "unknown"));
    f->options.adopt = true;
    compact(f);
    assert_int_equal(pairs_left(f), 0);
    look(f);
    assert_non_null(strstr(f->view.traces[0], "interrupted"));
}

static void later_days_wait_and_let_the_writers_later_pairs_wait(void **state)
{
    struct fixture *f = *state;
    struct oat_maker_pair pair;
    write_span(f, 1, 0, true, true);
    oat_maker_pair_begin(&pair, &f->maker, 1, 1);
    oat_compact_put_span(&pair, 2, 1, 0, COMPACT_DAY_MS, COMPACT_DAY_MS + 1);
    oat_maker_pair_write(&pair);
    write_span(f, 1, 2, true, true);
    write_span(f, 2, 0, true, true);
    look(f);
    f->options.before_day = DAY + 1;
    compact(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_TAKEN], 2);
    assert_int_equal(f->summary.pairs[OAT_PAIR_LATER], 2);
    assert_same(f);
}

static void records_of_a_newer_version_stay_where_they_are(void **state)
{
    struct fixture *f = *state;
    struct oat_maker_pair pair;
    uint8_t slot[OAT_SLOT_SIZE] = {0};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    oat_compact_put_span(&pair, 1, 1, 0, 1, 2);
    oat_maker_put(&pair, (enum oat_slot_kind)77, slot);
    oat_maker_pair_write(&pair);
    compact(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_UNKNOWN], 1);
    assert_int_equal(pairs_left(f), 1);
}

static void a_pair_without_its_payloads_stays_where_it_is(void **state)
{
    struct fixture *f = *state;
    write_span(f, 1, 0, true, true);
    write_span(f, 1, 1, true, true);
    assert_int_equal(unlink(oat_maker_path(&f->maker, 1, 0, "blobs")), 0);
    compact(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_UNREADABLE], 1);
    assert_int_equal(f->summary.pairs[OAT_PAIR_TAKEN], 1);
    assert_int_equal(access(oat_maker_path(&f->maker, 1, 0, "spans"), F_OK), 0);
}

/* ---- Tombstones ---- */

static void put_tombstone(struct fixture *f, uint8_t writer, uint32_t trace)
{
    struct oat_maker_pair pair;
    struct oat_disk_tombstone tombstone = {.id = oat_le64_of(trace), .time_ns = oat_le64_of(OAT_MAKER_MS(5))};
    oat_maker_pair_begin(&pair, &f->maker, writer, 0);
    oat_maker_trace_id(tombstone.trace_id, trace);
    tombstone.reason = oat_maker_string(&pair, "asked to");
    oat_maker_put(&pair, OAT_SLOT_TOMBSTONE, &tombstone);
    oat_maker_pair_write(&pair);
}

static bool holds_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "rb");
    static char bytes[1 << 20];
    if (!file)
        return false;
    size_t len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return memmem(bytes, len, text, strlen(text)) != NULL;
}

static void what_a_tombstone_hides_is_gone_from_all_parts(void **state)
{
    struct fixture *f = *state;
    struct oat_manifest manifest;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 9, 0);
    oat_compact_put_span(&pair, 12, 5, 0, 10, 20);
    oat_compact_put_span(&pair, 11, 6, 0, 10, 20);
    oat_maker_pair_write(&pair);
    compact(f);
    put_tombstone(f, 3, 12);
    look(f);
    assert_string_equal(f->view.traces[11], "not found\n");
    compact(f);
    assert_same(f);
    read_manifest(f, &manifest);
    assert_int_equal(manifest.part_count, 1);
    assert_true(manifest.catalog_generation > 0);
    assert_int_equal(manifest.parts[0].spans, 1);
    char pack[64], path[300];
    oat_part_file_name(&manifest.parts[0], "pack", pack);
    path_in(f, pack, path);
    assert_false(holds_text(path, "of trace 12"));
    oat_manifest_clear(&manifest);
    oat_maker_pair_begin(&pair, &f->maker, 8, 0); /* spans that arrive late are hidden, too */
    oat_compact_put_span(&pair, 12, 7, 0, 10, 20);
    oat_maker_pair_write(&pair);
    assert_same(f);
    compact(f);
    assert_same(f);
    assert_int_equal(part_count(f), 1);
}

/* ---- Retention and mounting ---- */

static void old_days_are_retained_away(void **state)
{
    struct fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span span = oat_maker_span(&pair, 1, 1, 0, "old", 0, 0);
    span.start_ns = oat_le64_of(3 * OAT_DAY_NS);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    oat_maker_pair_write(&pair);
    f->options.retention.keep_ns = 1;
    compact(f);
    assert_int_equal(f->summary.parts_retired, 0); /* it has arrived just now */
    assert_int_equal(part_count(f), 1);
    compact(f);
    assert_int_equal(f->summary.parts_retired, 1);
    assert_true(f->summary.bytes_retired > 0);
    assert_int_equal(part_count(f), 0);
    assert_false(is_there(f, "days/1970-01-04"));
}

static void copy_dir(const char *from, const char *to)
{
    char command[700];
    snprintf(command, sizeof command, "cp -r %s %s", from, to);
    assert_int_equal(system(command), 0);
}

/* Copies a day away and retains everything; ret_copy: where the copy is. */
static void lose_days(struct fixture *f, char ret_copy[300])
{
    char days[300];
    path_in(f, "days", days);
    snprintf(ret_copy, 300, "%s/copy", f->maker.dir);
    copy_dir(days, ret_copy);
    f->options.retention.max_bytes = 1;
    compact(f);
    assert_int_equal(part_count(f), 0);
    f->options.retention.max_bytes = 0;
}

static void a_day_that_was_copied_away_comes_back(void **state)
{
    struct fixture *f = *state;
    char copy[300], days[3][320];
    const char *mounts[3] = {days[0], days[1], days[2]};
    oat_compact_write_pair(&f->maker, 1, 0);
    compact(f);
    oat_compact_write_pair(&f->maker, 2, 0);
    compact(f);
    look(f);
    lose_days(f, copy);
    for (int i = 0; i < 3; i++)
        snprintf(days[i], sizeof days[i], "%s/2026-11-%d", copy, 22 + i);
    f->options.mounts = mounts;
    f->options.mount_count = 3;
    compact(f);
    assert_same(f);
    assert_int_equal(f->summary.parts_merged, 6);
    assert_int_equal(part_count(f), 3);
    assert_true(is_there(f, "copy/2026-11-22"));
}

static void a_day_that_is_damaged_is_not_mounted(void **state)
{
    struct fixture *f = *state;
    char copy[300], command[900], day[320];
    const char *mounts[1] = {day};
    oat_compact_write_pair(&f->maker, 1, 0);
    compact(f);
    lose_days(f, copy);
    snprintf(day, sizeof day, "%s/2026-11-22", copy);
    snprintf(command, sizeof command,
             "for f in %s/*.pack; do printf xxxx | dd of=$f bs=1 seek=200 conv=notrunc status=none; done",
             day);
    assert_int_equal(system(command), 0);
    f->options.mounts = mounts;
    f->options.mount_count = 1;
    assert_int_equal(run(f), OAT_E_CORRUPT);
    assert_non_null(strstr(f->why, "2026-11-22"));
    assert_int_equal(part_count(f), 0);
    assert_false(is_there(f, "days/2026-11-22"));
    snprintf(day, sizeof day, "%s/nothing", copy);
    assert_int_equal(run(f), OAT_E_INVALID);
    snprintf(day, sizeof day, "%s", f->maker.dir);
    assert_int_equal(run(f), OAT_E_INVALID);
    assert_non_null(strstr(f->why, "holds no parts"));
}

static void a_lost_manifest_is_made_good_by_mounting(void **state)
{
    struct fixture *f = *state;
    char days[3][320], path[300];
    const char *mounts[3] = {days[0], days[1], days[2]};
    oat_compact_write_pair(&f->maker, 1, 0);
    look(f);
    compact(f);
    path_in(f, "MANIFEST", path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(run(f), OAT_E_CORRUPT);
    assert_non_null(strstr(f->why, "--mount"));
    assert_true(is_there(f, "days/2026-11-22"));
    for (int i = 0; i < 3; i++)
        snprintf(days[i], sizeof days[i], "%s/days/2026-11-%d", f->maker.dir, 22 + i);
    f->options.mounts = mounts;
    f->options.mount_count = 3;
    compact(f);
    assert_same(f);
}

/* ---- What must not be touched ---- */

static void a_newer_manifest_stops_everything(void **state)
{
    struct fixture *f = *state;
    struct oat_disk_file_header header;
    char path[300];
    oat_compact_write_pair(&f->maker, 1, 0);
    compact(f);
    oat_compact_write_pair(&f->maker, 2, 0);
    path_in(f, "MANIFEST", path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, &header, sizeof header, 0), sizeof header);
    header.minor = oat_le16_of(9);
    oat_file_header_seal(&header);
    assert_int_equal(pwrite(fd, &header, sizeof header, 0), sizeof header);
    assert_int_equal(run(f), OAT_E_UNSUPPORTED);
    assert_non_null(strstr(f->why, "MANIFEST"));
    header.minor = oat_le16_of(0);
    header.major = oat_le16_of(2);
    oat_file_header_seal(&header);
    assert_int_equal(pwrite(fd, &header, sizeof header, 0), sizeof header);
    close(fd);
    assert_int_equal(run(f), OAT_E_UNSUPPORTED);
    assert_int_equal(pairs_left(f), 1);
    assert_true(is_there(f, "days/2026-11-22"));
}

static void a_dry_run_changes_nothing(void **state)
{
    struct fixture *f = *state;
    oat_compact_write_pair(&f->maker, 1, 0);
    f->options.dry_run = true;
    compact(f);
    assert_int_equal(f->summary.spans, 60);
    assert_int_equal(f->summary.days, 3);
    assert_int_equal(f->summary.pairs[OAT_PAIR_TAKEN], 1);
    assert_false(is_there(f, "MANIFEST"));
    assert_false(is_there(f, "LOCK"));
    assert_false(is_there(f, "days"));
    assert_int_equal(pairs_left(f), 1);
}

static void who_comes_second_is_told_so(void **state)
{
    struct fixture *f = *state;
    char holder[OAT_LOCK_HOLDER_SIZE];
    int lock, fd = open(f->maker.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(oat_lock_take(fd, false, &lock, holder), OAT_OK);
    assert_int_equal(run(f), OAT_NOTFOUND);
    assert_non_null(strstr(f->why, "test_compact (process "));
    oat_lock_release(lock);
    close(fd);
    compact(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_shown_stays_the_same),
        TEST(compacting_twice_does_nothing_more),
        TEST(late_data_makes_further_parts_until_all_is_merged),
        TEST(a_living_writer_keeps_what_it_has_not_carried_over),
        TEST(another_machines_pairs_wait_until_they_are_adopted),
        TEST(later_days_wait_and_let_the_writers_later_pairs_wait),
        TEST(records_of_a_newer_version_stay_where_they_are),
        TEST(a_pair_without_its_payloads_stays_where_it_is),
        TEST(what_a_tombstone_hides_is_gone_from_all_parts),
        TEST(old_days_are_retained_away),
        TEST(a_day_that_was_copied_away_comes_back),
        TEST(a_day_that_is_damaged_is_not_mounted),
        TEST(a_lost_manifest_is_made_good_by_mounting),
        TEST(a_newer_manifest_stops_everything),
        TEST(a_dry_run_changes_nothing),
        TEST(who_comes_second_is_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
