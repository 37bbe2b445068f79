/* Compaction changes nothing that a reader sees, and takes what it may and nothing else. */
#include "tests/support/compact_store.h"
#include "tests/support/fs_fault.h"
#include "tests/support/golden_pair.h"
#include "tests/support/run_dir.h"
#include "tests/support/unit.h"

#include "compactor/lock.h"
#include "format/ids.h"
#include "format/sections.h"
#include "reader/manifest.h"
#include "reader/outbox.h"
#include "reader/replica.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY 20779u /* of OAT_MAKER_MS(0) */

/* ---- Pairs ---- */

static void what_is_shown_stays_the_same(void **state)
{
    struct oat_compact_fixture *f = *state;
    oat_compact_write_pair(&f->maker, 1, 0);
    oat_compact_write_pair(&f->maker, 2, 0);
    oat_compact_fixture_look(f);
    oat_compact_fixture_do(f);
    oat_compact_fixture_assert_same(f);
    assert_int_equal(oat_compact_fixture_pairs_left(f), 0);
    assert_int_equal(oat_compact_fixture_part_count(f), 3);
    assert_int_equal(f->summary.pairs[OAT_PAIR_TAKEN], 2);
    assert_int_equal(f->summary.spans, 120);
    assert_int_equal(f->summary.days, 3);
    assert_int_equal(f->summary.parts_written, 3);
    assert_true(f->summary.bytes_after < f->summary.bytes_before);
}

static void so_does_a_trace_of_many_spans(void **state)
{
    struct oat_compact_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t span = 1; span <= 1500; span++)
        oat_compact_put_span(&pair, 1, span, span / 3, span % 2 * COMPACT_DAY_MS + span, 2 * COMPACT_DAY_MS);
    oat_maker_pair_write(&pair);
    oat_compact_fixture_look(f);
    oat_compact_fixture_do(f);
    oat_compact_fixture_assert_same(f);
}

static void compacting_twice_does_nothing_more(void **state)
{
    struct oat_compact_fixture *f = *state;
    oat_compact_write_pair(&f->maker, 1, 0);
    oat_compact_fixture_look(f);
    oat_compact_fixture_do(f);
    f->options.full = true;
    oat_compact_fixture_do(f);
    assert_int_equal(f->summary.parts_written, 0);
    assert_int_equal(f->summary.pairs[OAT_PAIR_TAKEN], 0);
    oat_compact_fixture_assert_same(f);
}

static void late_data_makes_further_parts_until_all_is_merged(void **state)
{
    struct oat_compact_fixture *f = *state;
    oat_compact_write_pair(&f->maker, 1, 0);
    oat_compact_fixture_do(f);
    oat_compact_write_pair(&f->maker, 2, 0);
    oat_compact_fixture_look(f);
    oat_compact_fixture_do(f);
    oat_compact_fixture_assert_same(f);
    assert_int_equal(oat_compact_fixture_part_count(f), 6);
    f->options.full = true;
    oat_compact_fixture_do(f);
    oat_compact_fixture_assert_same(f);
    assert_int_equal(oat_compact_fixture_part_count(f), 3);
    assert_int_equal(f->summary.parts_merged, 6);
    oat_compact_fixture_do(f);
    assert_int_equal(f->summary.parts_merged, 0);
    oat_compact_write_pair(&f->maker, 3, 0);
    oat_compact_fixture_look(f);
    oat_compact_fixture_do(f);
    oat_compact_fixture_assert_same(f);
    assert_int_equal(oat_compact_fixture_part_count(f), 3);
}

/* A pair that is sealed or not, carried or not. */
static void write_span(struct oat_compact_fixture *f, uint8_t writer, uint32_t seq, bool sealed, bool carried)
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
    struct oat_compact_fixture *f = *state;
    int live = oat_maker_live(&f->maker, 1);
    write_span(f, 1, 0, true, true);
    write_span(f, 1, 1, true, false);
    write_span(f, 1, 2, false, false);
    oat_compact_fixture_look(f);
    oat_compact_fixture_do(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_IN_USE], 3);
    assert_int_equal(oat_compact_fixture_pairs_left(f), 3);
    write_span(f, 1, 3, false, true);
    oat_compact_fixture_look(f);
    oat_compact_fixture_do(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_TAKEN], 2); /* 2 is not sealed */
    assert_int_equal(f->summary.pairs[OAT_PAIR_IN_USE], 2);
    oat_compact_fixture_assert_same(f);
    assert_int_equal(access(oat_maker_path(&f->maker, 1, 0, "live"), F_OK), 0);
    close(live);
    oat_compact_fixture_do(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_TAKEN], 2);
    oat_compact_fixture_assert_same(f);
    assert_int_not_equal(access(oat_maker_path(&f->maker, 1, 0, "live"), F_OK), 0);
}

/* Makes an empty file in hot/: prefix, then the name of that file of writer 1. */
static void make_file(struct oat_compact_fixture *f, const char *prefix, const char *suffix, char ret[300])
{
    const char *path = oat_maker_path(&f->maker, 1, 0, suffix);
    const char *name = strrchr(path, '/') + 1;
    snprintf(ret, 300, "%.*s%s%s", (int)(name - path), path, prefix, name);
    int fd = open(ret, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static void what_a_writer_was_making_goes_when_it_is_dead(void **state)
{
    struct oat_compact_fixture *f = *state;
    char temporary[300], blobs[300];
    int live = oat_maker_live(&f->maker, 1);
    make_file(f, ".tmp-", "spans", temporary);
    make_file(f, "", "blobs", blobs);
    oat_compact_fixture_do(f);
    assert_int_equal(access(oat_maker_path(&f->maker, 1, 0, "live"), F_OK), 0);
    assert_int_equal(access(temporary, F_OK), 0);
    assert_int_equal(access(blobs, F_OK), 0);
    close(live);
    oat_compact_fixture_do(f);
    assert_int_not_equal(access(oat_maker_path(&f->maker, 1, 0, "live"), F_OK), 0);
    assert_int_not_equal(access(temporary, F_OK), 0);
    assert_int_not_equal(access(blobs, F_OK), 0);
}

/* Which files were synced before MANIFEST was replaced. */
struct syncs {
    bool spans, blobs, published;
};

static void watch_syncs(void *arg, const struct oat_fs_event *event)
{
    struct syncs *syncs = arg;
    char link[64], path[300];
    syncs->published =
        syncs->published || (event->call == OAT_FS_RENAME && strcmp(event->to, OAT_MANIFEST_NAME) == 0);
    if (event->call != OAT_FS_SYNC || syncs->published)
        return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", event->fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    assert_true(len > 0);
    path[len] = '\0';
    syncs->spans = syncs->spans || strstr(path, "-00000001.spans");
    syncs->blobs = syncs->blobs || strstr(path, "-00000001.blobs");
}

static void what_a_living_writer_carried_over_is_synced_before_its_origin_goes(void **state)
{
    struct oat_compact_fixture *f = *state;
    struct syncs syncs = {0};
    write_span(f, 2, 0, true, true);
    oat_compact_fixture_do(f); /* there is a MANIFEST */
    int live = oat_maker_live(&f->maker, 1);
    write_span(f, 1, 0, true, true);
    write_span(f, 1, 1, false, true);
    oat_fault_watch(watch_syncs, &syncs);
    oat_compact_fixture_do(f);
    oat_fault_watch(NULL, NULL);
    assert_int_equal(f->summary.pairs[OAT_PAIR_TAKEN], 1);
    assert_true(syncs.spans && syncs.blobs && syncs.published);
    close(live);
}

static void another_machines_pairs_wait_until_they_are_adopted(void **state)
{
    struct oat_compact_fixture *f = *state;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    memset(pair.header.machine_id, 0x77, sizeof pair.header.machine_id);
    memset(pair.header.boot_id, 0x66, sizeof pair.header.boot_id);
    struct oat_disk_span open = oat_maker_span(&pair, 1, 1, 0, "running", 1, 1);
    open.status = OAT_STATUS_OPEN;
    oat_maker_put(&pair, OAT_SLOT_OPEN, &open);
    oat_maker_pair_write(&pair);
    oat_compact_fixture_do(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_ELSEWHERE], 1);
    oat_compact_fixture_look(f);
    assert_non_null(strstr(f->view.traces[0], "unknown"));
    f->options.adopt = true;
    oat_compact_fixture_do(f);
    assert_int_equal(oat_compact_fixture_pairs_left(f), 0);
    oat_compact_fixture_look(f);
    assert_non_null(strstr(f->view.traces[0], "interrupted"));
}

/* As if nothing had come of a writer for so long. */
static void write_replica(const struct oat_compact_fixture *f, const uint8_t writer_id[16], uint64_t since_ns)
{
    struct oat_disk_replica replica;
    char path[OAT_RUN_PATH_SIZE] = OAT_REPLICAS_DIR "/";
    uint64_t now_ns = oat_replica_now_ns();
    oat_replica_init(&replica, writer_id, now_ns);
    replica.lease_end_ns = oat_le64_of(now_ns - since_ns);
    oat_replica_seal(&replica);
    oat_hex_print(writer_id, 16, path + strlen(path));
    golden_file(f->maker.dir, path, &replica, sizeof replica);
}

static void pairs_from_elsewhere_wait_for_their_sender_for_a_day(void **state)
{
    struct oat_compact_fixture *f = *state;
    struct oat_maker_pair pair;
    char path[OAT_RUN_PATH_SIZE + 16];
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span open = oat_maker_span(&pair, 1, 1, 0, "running", 1, 1);
    open.status = OAT_STATUS_OPEN;
    oat_maker_put(&pair, OAT_SLOT_OPEN, &open);
    snprintf(path, sizeof path, "%s/" OAT_REPLICAS_DIR, f->maker.dir);
    assert_int_equal(mkdir(path, 0700), 0);
    write_replica(f, pair.header.writer_id, OAT_ADOPT_AFTER_NS / 2);
    oat_maker_pair_write(&pair);
    oat_compact_fixture_do(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_ELSEWHERE], 1);
    oat_compact_fixture_look(f);
    assert_non_null(strstr(f->view.traces[0], "lost_contact"));
    write_replica(f, pair.header.writer_id, OAT_ADOPT_AFTER_NS);
    oat_compact_fixture_do(f);
    assert_int_equal(oat_compact_fixture_pairs_left(f), 0);
    oat_compact_fixture_look(f);
    assert_non_null(strstr(f->view.traces[0], "interrupted"));
}

static void what_is_to_be_sent_waits_until_it_was(void **state)
{
    struct oat_compact_fixture *f = *state;
    char path[OAT_RUN_PATH_SIZE], name[OAT_OUTBOX_NAME_SIZE];
    uint8_t writer_id[16];
    memset(writer_id, 1, sizeof writer_id);
    write_span(f, 1, 0, true, true);
    snprintf(path, sizeof path, "%s/" OAT_OUTBOX_DIR, f->maker.dir);
    assert_int_equal(mkdir(path, 0700), 0);
    oat_compact_fixture_do(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_UNSENT], 1);
    oat_outbox_name(writer_id, 0, name);
    golden_file(f->maker.dir, name, "", 0);
    oat_compact_fixture_do(f);
    assert_int_equal(oat_compact_fixture_pairs_left(f), 0);
    assert_int_equal(rmdir(path), 0); /* it is empty */
}

static void later_days_wait_and_let_the_writers_later_pairs_wait(void **state)
{
    struct oat_compact_fixture *f = *state;
    struct oat_maker_pair pair;
    write_span(f, 1, 0, true, true);
    oat_maker_pair_begin(&pair, &f->maker, 1, 1);
    oat_compact_put_span(&pair, 2, 1, 0, COMPACT_DAY_MS, COMPACT_DAY_MS + 1);
    oat_maker_pair_write(&pair);
    write_span(f, 1, 2, true, true);
    write_span(f, 2, 0, true, true);
    oat_compact_fixture_look(f);
    f->options.before_day = DAY + 1;
    oat_compact_fixture_do(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_TAKEN], 2);
    assert_int_equal(f->summary.pairs[OAT_PAIR_LATER], 2);
    oat_compact_fixture_assert_same(f);
}

static void records_of_a_newer_version_stay_where_they_are(void **state)
{
    struct oat_compact_fixture *f = *state;
    struct oat_maker_pair pair;
    uint8_t slot[OAT_SLOT_SIZE] = {0};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    oat_compact_put_span(&pair, 1, 1, 0, 1, 2);
    oat_maker_put(&pair, (enum oat_slot_kind)77, slot);
    oat_maker_pair_write(&pair);
    oat_compact_fixture_do(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_UNKNOWN], 1);
    assert_int_equal(oat_compact_fixture_pairs_left(f), 1);
}

static void put_bad_span(struct oat_maker_pair *pair)
{
    struct oat_disk_span span = oat_maker_span(pair, 1, 2, 0, "never", 1, 2);
    span.start_ns = oat_le64_of(UINT64_MAX);
    oat_maker_put(pair, OAT_SLOT_SPAN, &span);
}

static void count_problem(void *arg, const oat_problem *problem)
{
    *(uint64_t *)arg += problem->count;
}

static void damage_is_reported_of_pairs_that_are_taken(void **state)
{
    struct oat_compact_fixture *f = *state;
    struct oat_maker_pair pair;
    uint8_t slot[OAT_SLOT_SIZE] = {0};
    uint64_t problems = 0;
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    oat_maker_put(&pair, (enum oat_slot_kind)77, slot);
    put_bad_span(&pair);
    oat_maker_pair_write(&pair);
    f->options.problem = count_problem;
    f->options.arg = &problems;
    oat_compact_fixture_do(f);
    assert_int_equal(problems, 0);
    oat_maker_pair_begin(&pair, &f->maker, 2, 0);
    oat_compact_put_span(&pair, 1, 1, 0, 1, 2);
    put_bad_span(&pair);
    oat_maker_pair_write(&pair);
    oat_compact_fixture_do(f);
    assert_int_equal(problems, 1);
    assert_int_equal(f->summary.spans, 1);
    assert_int_equal(oat_compact_fixture_pairs_left(f), 1);
}

static void a_pair_without_its_payloads_stays_where_it_is(void **state)
{
    struct oat_compact_fixture *f = *state;
    write_span(f, 1, 0, true, true);
    write_span(f, 1, 1, true, true);
    assert_int_equal(unlink(oat_maker_path(&f->maker, 1, 0, "blobs")), 0);
    oat_compact_fixture_do(f);
    assert_int_equal(f->summary.pairs[OAT_PAIR_UNREADABLE], 1);
    assert_int_equal(f->summary.pairs[OAT_PAIR_TAKEN], 1);
    assert_int_equal(access(oat_maker_path(&f->maker, 1, 0, "spans"), F_OK), 0);
}

/* ---- Tombstones ---- */

static void put_tombstone(struct oat_compact_fixture *f, uint8_t writer, uint32_t trace)
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
    struct oat_compact_fixture *f = *state;
    struct oat_manifest manifest;
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &f->maker, 9, 0);
    oat_compact_put_span(&pair, 12, 5, 0, 10, 20);
    oat_compact_put_span(&pair, 11, 6, 0, 10, 20);
    oat_maker_pair_write(&pair);
    oat_compact_fixture_do(f);
    put_tombstone(f, 3, 12);
    oat_compact_fixture_look(f);
    assert_string_equal(f->view.traces[11], "not found\n");
    oat_compact_fixture_do(f);
    oat_compact_fixture_assert_same(f);
    oat_compact_fixture_manifest(f, &manifest);
    assert_int_equal(manifest.part_count, 1);
    assert_true(manifest.catalog_generation > 0);
    assert_int_equal(manifest.parts[0].spans, 1);
    char pack[64], path[300];
    oat_part_file_name(&manifest.parts[0], "pack", pack);
    oat_compact_fixture_path(f, pack, path);
    assert_false(holds_text(path, "of trace 12"));
    oat_manifest_clear(&manifest);
    oat_maker_pair_begin(&pair, &f->maker, 8, 0); /* spans that arrive late are hidden, too */
    oat_compact_put_span(&pair, 12, 7, 0, 10, 20);
    oat_maker_pair_write(&pair);
    oat_compact_fixture_assert_same(f);
    oat_compact_fixture_do(f);
    oat_compact_fixture_assert_same(f);
    assert_int_equal(oat_compact_fixture_part_count(f), 1);
}

/* ---- What must not be touched ---- */

static void a_newer_manifest_stops_everything(void **state)
{
    struct oat_compact_fixture *f = *state;
    struct oat_disk_file_header header;
    char path[300];
    oat_compact_write_pair(&f->maker, 1, 0);
    oat_compact_fixture_do(f);
    oat_compact_write_pair(&f->maker, 2, 0);
    oat_compact_fixture_path(f, "MANIFEST", path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, &header, sizeof header, 0), sizeof header);
    header.minor = oat_le16_of(9);
    oat_file_header_seal(&header);
    assert_int_equal(pwrite(fd, &header, sizeof header, 0), sizeof header);
    assert_int_equal(oat_compact_fixture_run(f), OAT_E_UNSUPPORTED);
    assert_non_null(strstr(f->why, "MANIFEST"));
    header.minor = oat_le16_of(0);
    header.major = oat_le16_of(2);
    oat_file_header_seal(&header);
    assert_int_equal(pwrite(fd, &header, sizeof header, 0), sizeof header);
    close(fd);
    assert_int_equal(oat_compact_fixture_run(f), OAT_E_UNSUPPORTED);
    assert_int_equal(oat_compact_fixture_pairs_left(f), 1);
    assert_true(oat_compact_fixture_is_there(f, "days/2026-11-22"));
}

static void a_dry_run_changes_nothing(void **state)
{
    struct oat_compact_fixture *f = *state;
    oat_compact_write_pair(&f->maker, 1, 0);
    f->options.dry_run = true;
    oat_compact_fixture_do(f);
    assert_int_equal(f->summary.spans, 60);
    assert_int_equal(f->summary.days, 3);
    assert_int_equal(f->summary.pairs[OAT_PAIR_TAKEN], 1);
    assert_false(oat_compact_fixture_is_there(f, "MANIFEST"));
    assert_false(oat_compact_fixture_is_there(f, "LOCK"));
    assert_false(oat_compact_fixture_is_there(f, "days"));
    assert_int_equal(oat_compact_fixture_pairs_left(f), 1);
}

static void who_comes_second_is_told_so(void **state)
{
    struct oat_compact_fixture *f = *state;
    char holder[OAT_LOCK_HOLDER_SIZE];
    int lock, fd = open(f->maker.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(oat_lock_take(fd, false, &lock, holder), OAT_OK);
    assert_int_equal(oat_compact_fixture_run(f), OAT_NOTFOUND);
    assert_non_null(strstr(f->why, "test_compact (process "));
    oat_lock_release(lock);
    close(fd);
    oat_compact_fixture_do(f);
}

#define TEST(name)                                                                                           \
    cmocka_unit_test_setup_teardown(name, oat_compact_fixture_set_up, oat_compact_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_shown_stays_the_same),
        TEST(so_does_a_trace_of_many_spans),
        TEST(compacting_twice_does_nothing_more),
        TEST(late_data_makes_further_parts_until_all_is_merged),
        TEST(a_living_writer_keeps_what_it_has_not_carried_over),
        TEST(what_a_living_writer_carried_over_is_synced_before_its_origin_goes),
        TEST(what_a_writer_was_making_goes_when_it_is_dead),
        TEST(another_machines_pairs_wait_until_they_are_adopted),
        TEST(pairs_from_elsewhere_wait_for_their_sender_for_a_day),
        TEST(what_is_to_be_sent_waits_until_it_was),
        TEST(later_days_wait_and_let_the_writers_later_pairs_wait),
        TEST(records_of_a_newer_version_stay_where_they_are),
        TEST(damage_is_reported_of_pairs_that_are_taken),
        TEST(a_pair_without_its_payloads_stays_where_it_is),
        TEST(what_a_tombstone_hides_is_gone_from_all_parts),
        TEST(a_newer_manifest_stops_everything),
        TEST(a_dry_run_changes_nothing),
        TEST(who_comes_second_is_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
