/* A publication is all or nothing: whatever call fails, whenever the process dies or the power goes, the
 * store has the old live set or the new one, whole, and the next sweep leaves nothing else. */
#include "compactor/publish.h"
#include "compactor/section_writer.h"
#include "compactor/sweep.h"
#include "tests/support/fs_fault.h"
#include "tests/support/power_loss.h"
#include "tests/support/run_dir.h"
#include "tests/support/store_maker.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAY           20779u /* 2026-11-22 */
#define NEXT_DAY      20780u
#define OLD_PART      1u
#define LASTING_PART  2u
#define OLD_MANIFEST  3u
#define NEW_PART      4u
#define NEW_CATALOG   5u
#define NEW_MANIFEST  6u
#define LAST_MANIFEST 7u
#define TAKEN_SEQ     0u
#define LEFT_SEQ      1u
#define WRITER        7u

#define OLD_PATH     "days/2026-11-22/0000000000000001.part"
#define LASTING_PATH "days/2026-11-22/0000000000000002.part"
#define NEW_PATH     "days/2026-11-23/0000000000000004.part"
#define CATALOG_PATH "catalog/0000000000000005.part"

struct store {
    struct oat_maker maker;
    int fd;
    struct oat_disk_store header;
    struct oat_manifest manifest;
    struct oat_problems problems;
};

/* ---- A store with two parts and two pairs ---- */

static void open_store(struct store *s)
{
    s->fd = open(s->maker.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(s->fd >= 0);
    oat_problems_init(&s->problems);
    assert_int_equal(oat_manifest_read(s->fd, &s->problems, &s->manifest), OAT_OK);
}

static void close_store(struct store *s)
{
    oat_manifest_clear(&s->manifest);
    oat_problems_clear(&s->problems);
    close(s->fd);
}

/* Writes a part that is good for being there alone. */
static int write_part(struct store *s, uint32_t day, uint64_t generation, struct oat_manifest_part *ret)
{
    struct oat_section_writer writer;
    struct oat_section_file file = {
        .magic = OAT_MAGIC_PART, .day = day, .generation = generation, .store = &s->header};
    char name[OAT_GENERATION_NAME_SIZE];
    int days_fd = -1, day_fd = -1;
    bool made;
    uint64_t len = 0;
    oat_generation_name(generation, "part", name);
    int result = oat_fs_make_dir(s->fd, "days", &days_fd, &made);
    if (result == OAT_OK)
        result = oat_fs_make_dir(days_fd, day == DAY ? "2026-11-22" : "2026-11-23", &day_fd, &made);
    if (result == OAT_OK)
        result = oat_section_writer_open(&writer, day_fd, name, &file);
    if (result == OAT_OK) {
        *ret = (struct oat_manifest_part){.day = day, .generation = generation, .nonce = writer.nonce};
        result = oat_section_writer_finish(&writer, &len);
        ret->part_bytes = len;
        oat_section_writer_close(&writer);
    }
    oat_fs_close(day_fd);
    oat_fs_close(days_fd);
    return result;
}

static void write_pair(struct store *s, uint32_t seq)
{
    struct oat_maker_pair pair;
    oat_maker_pair_begin(&pair, &s->maker, WRITER, seq);
    oat_maker_pair_write(&pair);
}

static void make_store(struct store *s)
{
    struct oat_manifest_part parts[2];
    memset(s, 0, sizeof *s);
    oat_maker_open(&s->maker);
    memcpy(s->header.store_id, s->maker.store_id, sizeof s->header.store_id);
    s->header.hash_seed = oat_le64_of(s->maker.hash_seed);
    write_pair(s, TAKEN_SEQ);
    write_pair(s, LEFT_SEQ);
    open_store(s);
    assert_int_equal(write_part(s, DAY, OLD_PART, &parts[0]), OAT_OK);
    assert_int_equal(write_part(s, DAY, LASTING_PART, &parts[1]), OAT_OK);
    struct oat_change change = {.added = parts, .added_count = 2};
    assert_int_equal(oat_publish(s->fd, &s->header, &s->manifest, &change, OLD_MANIFEST, 1), OAT_OK);
}

static void remove_store(struct store *s)
{
    close_store(s);
    oat_maker_remove(&s->maker);
}

/* ---- The change ---- */

/* Replaces a part, takes a pair over, hides a trace. */
static int make_change(struct store *s)
{
    struct oat_manifest_part part;
    struct oat_manifest_retired retired = {DAY, OLD_PART};
    struct oat_manifest_pair pair = {.seq = TAKEN_SEQ};
    struct oat_catalog catalog = {0};
    struct oat_catalog_entry tombstone = {.of = {9}, .id = 5, .time_ns = 6, .reason = {"because", 7}};
    struct oat_change change = {.added = &part,
                                .added_count = 1,
                                .retired = &retired,
                                .retired_count = 1,
                                .consumed = &pair,
                                .consumed_count = 1};
    memset(pair.writer_id, WRITER, sizeof pair.writer_id);
    assert_int_equal(oat_catalog_add(&catalog.tombstones, &tombstone), OAT_OK);
    int result = write_part(s, NEXT_DAY, NEW_PART, &part);
    if (result == OAT_OK)
        result = oat_catalog_write(s->fd, &s->header, &catalog, NEW_CATALOG, 2, &change.catalog);
    oat_catalog_clear(&catalog);
    if (result == OAT_OK)
        result = oat_publish(s->fd, &s->header, &s->manifest, &change, NEW_MANIFEST, 2);
    return result;
}

/* The change, and another publication, which forgets what has been removed since. */
static int run_change(struct store *s)
{
    struct oat_change nothing = {0};
    int result = make_change(s);
    if (result == OAT_OK)
        result = oat_sweep(s->fd, &s->manifest);
    if (result == OAT_OK)
        result = oat_publish(s->fd, &s->header, &s->manifest, &nothing, LAST_MANIFEST, 3);
    return result;
}

/* ---- What must hold ---- */

static bool is_there(const struct store *s, const char *path)
{
    struct stat st;
    char full[512];
    snprintf(full, sizeof full, "%s/%s", s->maker.dir, path);
    return stat(full, &st) == 0;
}

static bool pair_is_whole(const struct store *s, uint32_t seq)
{
    return access(oat_maker_path(&s->maker, WRITER, seq, "spans"), F_OK) == 0 &&
           access(oat_maker_path(&s->maker, WRITER, seq, "blobs"), F_OK) == 0;
}

static bool pair_is_there(const struct store *s, uint32_t seq)
{
    return access(oat_maker_path(&s->maker, WRITER, seq, "spans"), F_OK) == 0;
}

static void assert_part_is_whole(const struct store *s, const char *path, uint64_t nonce)
{
    uint8_t bytes[1024];
    struct oat_sections sections;
    const char *what;
    uint64_t offset;
    int fd = openat(s->fd, path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t len = pread(fd, bytes, sizeof bytes, 0);
    close(fd);
    assert_true(len > 0);
    assert_int_equal(oat_sections_open(bytes, (size_t)len, OAT_MAGIC_PART, &sections, &what, &offset),
                     OAT_OK);
    assert_int_equal(sections.nonce, nonce);
}

/* What a reader finds is all of the old live set or all of the new one. True: the new one. */
static bool check_live_set(struct store *s)
{
    struct oat_catalog catalog;
    uint8_t writer_id[16], trace_id[16] = {9};
    memset(writer_id, WRITER, sizeof writer_id);
    open_store(s);
    const struct oat_manifest *m = &s->manifest;
    bool is_new = m->generation >= NEW_MANIFEST;
    assert_int_equal(m->part_count, 2);
    assert_true(pair_is_whole(s, LEFT_SEQ));
    assert_false(oat_manifest_consumed(m, writer_id, LEFT_SEQ));
    assert_int_equal(oat_catalog_read(s->fd, m, &s->problems, &catalog), OAT_OK);
    assert_part_is_whole(s, LASTING_PATH, m->parts[!is_new].nonce);
    if (is_new) {
        assert_int_equal(m->parts[1].generation, NEW_PART);
        assert_part_is_whole(s, NEW_PATH, m->parts[1].nonce);
        assert_true(oat_manifest_consumed(m, writer_id, TAKEN_SEQ) || !pair_is_there(s, TAKEN_SEQ));
        assert_non_null(oat_catalog_find(&catalog.tombstones, trace_id));
    } else {
        assert_int_equal(m->generation, OLD_MANIFEST);
        assert_int_equal(m->parts[0].generation, OLD_PART);
        assert_part_is_whole(s, OLD_PATH, m->parts[0].nonce);
        assert_true(pair_is_whole(s, TAKEN_SEQ));
        assert_int_equal(m->consumed_count, 0);
        assert_int_equal(catalog.tombstones.count, 0);
    }
    oat_catalog_clear(&catalog);
    assert_int_equal(oat_problems_count(&s->problems), 0);
    return is_new;
}

/* The next run removes what is not live, and nothing else. */
static void check_sweep(struct store *s, bool is_new)
{
    assert_int_equal(oat_sweep(s->fd, &s->manifest), OAT_OK);
    assert_true(pair_is_whole(s, LEFT_SEQ));
    assert_int_equal(is_there(s, OLD_PATH), !is_new);
    assert_int_equal(is_there(s, NEW_PATH), is_new);
    assert_int_equal(is_there(s, CATALOG_PATH), is_new);
    assert_int_equal(pair_is_whole(s, TAKEN_SEQ), !is_new);
    assert_int_equal(access(oat_maker_path(&s->maker, WRITER, TAKEN_SEQ, "blobs"), F_OK) == 0, !is_new);
    assert_false(is_there(s, ".tmp-MANIFEST"));
    assert_false(is_there(s, "days/2026-11-23/.tmp-0000000000000004.part"));
    assert_false(is_there(s, "catalog/.tmp-0000000000000005.part"));
}

/* After trouble: the live set is whole, a sweep cleans up, and the change can be made (again). */
static bool check_after(struct store *s)
{
    close_store(s);
    bool is_new = check_live_set(s);
    check_sweep(s, is_new);
    if (!is_new) {
        assert_int_equal(run_change(s), OAT_OK);
        close_store(s);
        assert_true(check_live_set(s));
    }
    return is_new;
}

/* ---- Trouble ---- */

static uint64_t count_calls(void)
{
    struct store s;
    make_store(&s);
    oat_fault_arm(OAT_FAULT_NONE, 0, 0);
    assert_int_equal(run_change(&s), OAT_OK);
    uint64_t calls = oat_fault_calls();
    remove_store(&s);
    return calls;
}

static void a_change_is_seen_whole_and_leaves_nothing_behind(void **state)
{
    (void)state;
    struct store s;
    make_store(&s);
    assert_int_equal(run_change(&s), OAT_OK);
    assert_int_equal(s.manifest.consumed_count + s.manifest.retired_count, 0);
    assert_true(check_after(&s));
    remove_store(&s);
}

static void fail_at_every_call(enum oat_fault fault, int error)
{
    uint64_t calls = count_calls(), published = 0;
    for (uint64_t n = 0; n < calls; n++) {
        struct store s;
        make_store(&s);
        oat_fault_arm(fault, n, error);
        int result = run_change(&s);
        oat_fault_arm(OAT_FAULT_NONE, 0, 0);
        assert_true(result == (error == ENOSPC ? OAT_E_FULL : OAT_E_IO) || result == OAT_OK);
        published += check_after(&s);
        remove_store(&s);
    }
    assert_true(published > 0 && published < calls);
}

static void any_call_may_fail(void **state)
{
    (void)state;
    fail_at_every_call(OAT_FAULT_FAIL, EIO);
}

static void the_disk_may_be_full_from_any_call_on(void **state)
{
    (void)state;
    fail_at_every_call(OAT_FAULT_FAIL_ON, ENOSPC);
}

static void die_at_every_call(enum oat_fault fault)
{
    uint64_t calls = count_calls(), published = 0;
    for (uint64_t n = 0; n < calls; n++) {
        struct store s;
        int status;
        make_store(&s);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            oat_fault_arm(fault, n, 0);
            _exit(run_change(&s) == OAT_OK ? 0 : 1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        published += check_after(&s);
        remove_store(&s);
    }
    assert_true(published > 0 && published < calls);
}

static void the_process_may_die_at_any_call(void **state)
{
    (void)state;
    die_at_every_call(OAT_FAULT_KILL);
}

static void the_process_may_die_in_the_middle_of_any_write(void **state)
{
    (void)state;
    die_at_every_call(OAT_FAULT_KILL_TORN);
}

/* sweep_first: a next run has swept before. */
static void lose_power_at_every_call(bool eager_unlinks, bool sweep_first)
{
    uint64_t calls = count_calls(), published = 0;
    for (uint64_t n = 0; n <= calls; n++) {
        struct store s;
        make_store(&s);
        struct oat_power_loss *loss = oat_power_loss_begin(s.maker.dir, eager_unlinks);
        oat_fault_arm(OAT_FAULT_FAIL_ON, n, EIO);
        run_change(&s);
        oat_fault_arm(OAT_FAULT_NONE, 0, 0);
        if (sweep_first) {
            close_store(&s);
            check_sweep(&s, check_live_set(&s));
        }
        oat_power_loss_strike(loss);
        published += check_after(&s);
        remove_store(&s);
    }
    assert_true(published > 0 && published < calls);
}

static void the_power_may_go_at_any_call(void **state)
{
    (void)state;
    lose_power_at_every_call(false, false);
}

static void the_power_may_go_after_removals_were_written_early(void **state)
{
    (void)state;
    lose_power_at_every_call(true, false);
}

static void the_power_may_go_after_the_next_sweep(void **state)
{
    (void)state;
    lose_power_at_every_call(true, true);
}

static void what_was_published_outlives_a_power_loss(void **state)
{
    (void)state;
    struct store s;
    make_store(&s);
    struct oat_power_loss *loss = oat_power_loss_begin(s.maker.dir, false);
    assert_int_equal(make_change(&s), OAT_OK);
    oat_power_loss_strike(loss);
    assert_true(check_after(&s));
    remove_store(&s);
}

/* ---- Sweeping ---- */

static void put_file(const struct store *s, const char *path)
{
    char full[512];
    snprintf(full, sizeof full, "%s/%s", s->maker.dir, path);
    int fd = open(full, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static void a_day_that_somebody_copied_in_is_not_swept(void **state)
{
    (void)state;
    struct store s;
    make_store(&s);
    put_file(&s, "days/2026-11-22/0000000000000000.part");
    put_file(&s, "days/2026-11-22/notes.txt");
    put_file(&s, "days/2026-11-22/00000000000000aA.part");
    put_file(&s, "days/2026-11-22/00000000000000aa.pack");
    assert_int_equal(oat_sweep(s.fd, &s.manifest), OAT_OK);
    assert_true(is_there(&s, "days/2026-11-22/0000000000000000.part"));
    assert_true(is_there(&s, "days/2026-11-22/notes.txt"));
    assert_true(is_there(&s, "days/2026-11-22/00000000000000aA.part"));
    assert_false(is_there(&s, "days/2026-11-22/00000000000000aa.pack"));
    remove_store(&s);
}

static void without_a_manifest_parts_are_not_swept(void **state)
{
    (void)state;
    struct store s;
    struct oat_manifest none = {0};
    uint64_t greatest = 0;
    make_store(&s);
    put_file(&s, "days/2026-11-22/.tmp-0000000000000009.part");
    assert_int_equal(unlinkat(s.fd, "MANIFEST", 0), 0);
    assert_int_equal(oat_sweep(s.fd, &none), OAT_OK);
    assert_true(is_there(&s, OLD_PATH));
    assert_false(is_there(&s, "days/2026-11-22/.tmp-0000000000000009.part"));
    assert_int_equal(oat_sweep_greatest(s.fd, &greatest), OAT_OK);
    assert_int_equal(greatest, LASTING_PART);
    remove_store(&s);
}

static void an_empty_day_is_removed(void **state)
{
    (void)state;
    struct store s;
    uint64_t greatest = 9;
    make_store(&s);
    struct oat_manifest_retired retired[] = {{DAY, OLD_PART}, {DAY, LASTING_PART}};
    struct oat_change change = {.retired = retired, .retired_count = 2};
    assert_int_equal(oat_publish(s.fd, &s.header, &s.manifest, &change, NEW_MANIFEST, 1), OAT_OK);
    assert_int_equal(s.manifest.part_count, 0);
    assert_true(is_there(&s, OLD_PATH));
    assert_int_equal(oat_sweep(s.fd, &s.manifest), OAT_OK);
    assert_false(is_there(&s, "days/2026-11-22"));
    assert_int_equal(oat_sweep_greatest(s.fd, &greatest), OAT_OK);
    assert_int_equal(greatest, 0);
    remove_store(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_seen_whole_and_leaves_nothing_behind),
        cmocka_unit_test(any_call_may_fail),
        cmocka_unit_test(the_disk_may_be_full_from_any_call_on),
        cmocka_unit_test(the_process_may_die_at_any_call),
        cmocka_unit_test(the_process_may_die_in_the_middle_of_any_write),
        cmocka_unit_test(the_power_may_go_at_any_call),
        cmocka_unit_test(the_power_may_go_after_removals_were_written_early),
        cmocka_unit_test(the_power_may_go_after_the_next_sweep),
        cmocka_unit_test(what_was_published_outlives_a_power_loss),
        cmocka_unit_test(a_day_that_somebody_copied_in_is_not_swept),
        cmocka_unit_test(without_a_manifest_parts_are_not_swept),
        cmocka_unit_test(an_empty_day_is_removed),
    };
    /* Thousands of syncs, which memory answers at once. */
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
