/* Whatever call of a compaction fails, wherever it dies or the power goes: readers see what they saw, and
 * the next run completes it and leaves nothing behind. */
#include "tests/support/compact_store.h"
#include "tests/support/fs_fault.h"
#include "tests/support/power_loss.h"
#include "tests/support/run_dir.h"
#include "tests/support/sweep.h"
#include "tests/support/unit.h"

#include "reader/catalog.h"
#include "reader/text_match.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS_MAX 2000u

/* Every call is tried; under a sanitizer, which is slow, one of several. */
#if defined(__SANITIZE_THREAD__)
#define STEP CALLS_MAX /* it learns nothing from one thread */
#elif defined(__SANITIZE_ADDRESS__)
#define STEP 23u
#else
#define STEP OAT_SWEEP_STEP
#endif

#define SECRET "question 97" /* of some spans of both pairs */

/* A store with parts, pairs that are to be added and merged, a tombstone, and contents that are masked but
 * not erased yet; it is copied for each try. */
struct fixture {
    struct oat_maker original;
    struct oat_compact_options options;
    struct oat_compact_view view;      /* what is shown, before and after */
    char dir[OAT_RUN_PATH_SIZE];       /* of this try */
    enum oat_fs_call calls[CALLS_MAX]; /* of a whole run */
    uint64_t call_count;
};

static void put_tombstone(struct oat_maker *maker)
{
    struct oat_maker_pair pair;
    struct oat_disk_tombstone tombstone = {.id = oat_le64_of(1), .time_ns = oat_le64_of(OAT_MAKER_MS(5))};
    oat_maker_pair_begin(&pair, maker, 3, 0);
    oat_maker_trace_id(tombstone.trace_id, 5);
    oat_maker_put(&pair, OAT_SLOT_TOMBSTONE, &tombstone);
    oat_maker_pair_write(&pair);
}

static void compact_original(struct fixture *f)
{
    struct oat_compact_summary summary;
    char why[OAT_COMPACT_WHY_SIZE];
    if (oat_compact_store(f->original.dir, &f->options, &summary, why) != OAT_OK)
        fail_msg("%s", why);
}

/* ---- Tries ---- */

static void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 20];
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ssize_t n;
    assert_true(in >= 0 && out >= 0);
    while ((n = read(in, bytes, sizeof bytes)) > 0)
        assert_int_equal(write(out, bytes, (size_t)n), n);
    close(in);
    close(out);
}

static void copy_dir(const char *from, const char *to)
{
    DIR *dir = opendir(from);
    const struct dirent *entry;
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        char source[600], target[600];
        struct stat st;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
        snprintf(target, sizeof target, "%s/%s", to, entry->d_name);
        assert_int_equal(lstat(source, &st), 0);
        if (S_ISDIR(st.st_mode)) {
            assert_int_equal(mkdir(target, 0700), 0);
            copy_dir(source, target);
        } else {
            copy_file(source, target);
        }
    }
    closedir(dir);
}

static void begin_try(struct fixture *f)
{
    oat_run_dir_make(f->dir);
    copy_dir(f->original.dir, f->dir);
}

static int compact(struct fixture *f)
{
    struct oat_compact_summary summary;
    char why[OAT_COMPACT_WHY_SIZE];
    int result = oat_compact_store(f->dir, &f->options, &summary, why);
    assert_int_equal(result == OAT_OK, why[0] == '\0');
    return result;
}

static size_t count_files(const char *path)
{
    size_t count = 0;
    const struct dirent *entry;
    DIR *dir = opendir(path);
    while (dir && (entry = readdir(dir))) {
        char below[600];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        count += entry->d_type == DT_DIR ? count_files(below) : 1;
    }
    if (dir)
        closedir(dir);
    return count;
}

static bool is_erased(const char *dir)
{
    struct oat_problems problems;
    struct oat_manifest manifest;
    struct oat_catalog catalog;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool erased = fd >= 0;
    oat_problems_init(&problems);
    assert_int_equal(oat_manifest_read(fd, &problems, &manifest), OAT_OK);
    assert_int_equal(oat_catalog_read(fd, &manifest, &problems, &catalog), OAT_OK);
    assert_true(catalog.forgotten.count > 0);
    for (size_t i = 0; i < catalog.forgotten.count; i++)
        erased = erased && catalog.forgotten.entries[i].erased;
    oat_catalog_clear(&catalog);
    oat_manifest_clear(&manifest);
    oat_problems_clear(&problems);
    close(fd);
    return erased;
}

/* STORE, LOCK, MANIFEST, TRACES, the catalog, and a part and a pack for each of three days. */
static void assert_nothing_is_left(struct fixture *f)
{
    assert_int_equal(count_files(f->dir), 5 + 3 * 2);
    assert_true(is_erased(f->dir));
}

static void end_try(struct fixture *f)
{
    oat_compact_view_check(f->dir, &f->view);
    assert_int_equal(compact(f), OAT_OK);
    oat_compact_view_check(f->dir, &f->view);
    assert_nothing_is_left(f);
    oat_run_dir_remove(f->dir);
}

/* ---- The store ---- */

static void remember_call(void *arg, const struct oat_fs_event *event)
{
    struct fixture *f = arg;
    assert_true(f->call_count < CALLS_MAX);
    f->calls[f->call_count++] = event->call;
}

/* Forgets something, and fails as soon as the catalog that says so is published: by the second rename, and
 * the sync behind it. */
static void mask_secret(struct fixture *f)
{
    struct oat_compact_summary summary;
    struct oat_text_match *match;
    char why[OAT_COMPACT_WHY_SIZE];
    uint64_t n = 0;
    assert_int_equal(oat_text_match_create(SECRET, strlen(SECRET), &match), OAT_OK);
    struct oat_forget forget = {.match = match};
    struct oat_compact_options options = f->options;
    options.forget = &forget;
    begin_try(f);
    oat_fault_arm(OAT_FAULT_NONE, 0, 0);
    oat_fault_watch(remember_call, f);
    assert_int_equal(oat_compact_store(f->dir, &options, &summary, why), OAT_OK);
    oat_fault_watch(NULL, NULL);
    oat_run_dir_remove(f->dir);
    for (unsigned renames = 0; renames < 2; n++)
        renames += f->calls[n] == OAT_FS_RENAME;
    f->call_count = 0;
    oat_fault_arm(OAT_FAULT_FAIL_ON, n + 1, EIO);
    assert_int_not_equal(oat_compact_store(f->original.dir, &options, &summary, why), OAT_OK);
    oat_fault_arm(OAT_FAULT_NONE, 0, 0);
    assert_true(forget.contents > 0);
    assert_false(is_erased(f->original.dir));
    oat_text_match_free(match);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    mallopt(M_TRIM_THRESHOLD, 1 << 30); /* what one try needs, the next one will */
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 0);
    oat_maker_open(&f->original);
    f->options = oat_compact_plain();
    oat_compact_write_pair(&f->original, 1, 0);
    compact_original(f);
    oat_compact_write_pair(&f->original, 2, 0);
    put_tombstone(&f->original);
    mask_secret(f);
    oat_compact_view_take(f->original.dir, &f->view);
    f->options.full = true;
    begin_try(f);
    oat_fault_arm(OAT_FAULT_NONE, 0, 0);
    oat_fault_watch(remember_call, f);
    assert_int_equal(compact(f), OAT_OK);
    oat_fault_watch(NULL, NULL);
    assert_nothing_is_left(f);
    oat_run_dir_remove(f->dir);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    oat_compact_view_free(&f->view);
    oat_maker_remove(&f->original);
    free(f);
    return 0;
}

/* ---- Trouble ---- */

/* True when the n-th call of a whole run may change what is in the directory. */
static bool changes(const struct fixture *f, uint64_t n)
{
    return f->calls[n] != OAT_FS_READ && f->calls[n] != OAT_FS_LIST && f->calls[n] != OAT_FS_LOCK;
}

static void fail_at(struct fixture *f, enum oat_fault fault, uint64_t n, int error)
{
    begin_try(f);
    oat_fault_arm(fault, n, error);
    compact(f);
    oat_fault_arm(OAT_FAULT_NONE, 0, 0);
    end_try(f);
}

static void any_call_may_fail(void **state)
{
    struct fixture *f = *state;
    for (uint64_t n = 0; n < f->call_count; n += STEP)
        fail_at(f, OAT_FAULT_FAIL, n, EIO);
}

static void the_disk_may_be_full_from_any_call_on(void **state)
{
    struct fixture *f = *state;
    for (uint64_t n = 0; n < f->call_count; n += STEP)
        if (changes(f, n))
            fail_at(f, OAT_FAULT_FAIL_ON, n, ENOSPC);
}

static void die_at(struct fixture *f, enum oat_fault fault, uint64_t n)
{
    int status;
    begin_try(f);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        oat_fault_arm(fault, n, 0);
        compact(f);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (f->options.threads > 1 && WIFEXITED(status))
        assert_int_equal(WEXITSTATUS(status), 0); /* it made fewer calls */
    else
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    end_try(f);
}

/* To die before a call is to die after the one before. */
static void the_process_may_die_at_any_call(void **state)
{
    struct fixture *f = *state;
    for (uint64_t n = 1; n < f->call_count; n += STEP)
        if (changes(f, n - 1))
            die_at(f, OAT_FAULT_KILL, n);
}

static void the_process_may_die_in_the_middle_of_any_write(void **state)
{
    struct fixture *f = *state;
    for (uint64_t n = 0; n < f->call_count; n += STEP)
        if (f->calls[n] == OAT_FS_WRITE)
            die_at(f, OAT_FAULT_KILL_TORN, n);
}

static void lose_power_at(struct fixture *f, uint64_t n, bool eager_unlinks)
{
    begin_try(f);
    struct oat_power_loss *loss = oat_power_loss_begin(f->dir, eager_unlinks);
    oat_fault_arm(OAT_FAULT_FAIL_ON, n, EIO);
    compact(f);
    oat_fault_arm(OAT_FAULT_NONE, 0, 0);
    oat_power_loss_strike(loss);
    end_try(f);
}

/* What a power loss leaves changes with each sync. */
static void the_power_may_go_at_any_call(void **state)
{
    struct fixture *f = *state;
    for (uint64_t n = 1; n <= f->call_count; n += STEP)
        if (f->calls[n - 1] == OAT_FS_SYNC)
            lose_power_at(f, n, false);
}

static void the_power_may_go_after_removals_were_written_early(void **state)
{
    struct fixture *f = *state;
    for (uint64_t n = 1; n <= f->call_count; n += STEP)
        if (f->calls[n - 1] == OAT_FS_SYNC || f->calls[n - 1] == OAT_FS_UNLINK)
            lose_power_at(f, n, true);
}

/* ---- On two threads: which call is the n-th, is chance ---- */

#if defined(__SANITIZE_THREAD__)
#define THREADS_STEP 97u
#else
#define THREADS_STEP (3u * STEP)
#endif

static void any_call_may_fail_on_two_threads(void **state)
{
    struct fixture *f = *state;
    f->options.threads = 2;
    for (uint64_t n = 0; n < f->call_count; n += THREADS_STEP)
        fail_at(f, n % 2 ? OAT_FAULT_FAIL : OAT_FAULT_FAIL_ON, n, EIO);
    f->options.threads = 1;
}

static void the_process_may_die_at_any_call_on_two_threads(void **state)
{
    struct fixture *f = *state;
    f->options.threads = 2;
    for (uint64_t n = 1; n < f->call_count; n += THREADS_STEP)
        die_at(f, OAT_FAULT_KILL, n);
    f->options.threads = 1;
}

/* ---- Beside a run ---- */

static void look_beside(void *arg, const struct oat_fs_event *event)
{
    const struct fixture *f = arg;
    if (event->call != OAT_FS_READ && event->call != OAT_FS_LIST)
        oat_compact_view_check(f->dir, &f->view);
}

static void readers_beside_a_run_see_no_difference_at_any_call(void **state)
{
    struct fixture *f = *state;
    begin_try(f);
    oat_fault_watch(look_beside, f);
    assert_int_equal(compact(f), OAT_OK);
    oat_fault_watch(NULL, NULL);
    end_try(f);
}

/* What a run leaves that dies around a publication is what the next one has to sort out. */
static void readers_beside_the_next_run_see_no_difference_either(void **state)
{
    struct fixture *f = *state;
    unsigned renames = 0;
    for (uint64_t n = 1; n < f->call_count; n++) {
        if (f->calls[n - 1] != OAT_FS_RENAME || renames++ % OAT_SWEEP_STEP != 0)
            continue;
        begin_try(f);
        oat_fault_arm(OAT_FAULT_FAIL_ON, n, EIO);
        assert_int_not_equal(compact(f), OAT_OK);
        oat_fault_arm(OAT_FAULT_NONE, 0, 0);
        oat_fault_watch(look_beside, f);
        assert_int_equal(compact(f), OAT_OK);
        oat_fault_watch(NULL, NULL);
        end_try(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_call_may_fail),
        cmocka_unit_test(the_disk_may_be_full_from_any_call_on),
        cmocka_unit_test(the_process_may_die_at_any_call),
        cmocka_unit_test(the_process_may_die_in_the_middle_of_any_write),
        cmocka_unit_test(the_power_may_go_at_any_call),
        cmocka_unit_test(the_power_may_go_after_removals_were_written_early),
        cmocka_unit_test(any_call_may_fail_on_two_threads),
        cmocka_unit_test(the_process_may_die_at_any_call_on_two_threads),
        cmocka_unit_test(readers_beside_a_run_see_no_difference_at_any_call),
        cmocka_unit_test(readers_beside_the_next_run_see_no_difference_either),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
