/* What the writer says and does when a system call of its own fails. The calls are replaced here for the
 * whole program. */
#include "format/pair_header.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"
#include "writer/core.h"
#include "writer/payload_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RETRY_MS 300 /* more than the writer waits before it tries to make files again */

static _Atomic int syncs_to_fail; /* with failed_errno; then they succeed, as the kernel's do */
static _Atomic int failed_errno;
static _Atomic int directory_syncs;
static _Atomic bool reads_fail;
static _Atomic bool nothing_allocates;
static _Atomic bool nothing_is_made;
static void (*_Atomic during_sync)(void);

int fdatasync(int fd)
{
    void (*hook)(void) = atomic_exchange(&during_sync, NULL);
    if (hook)
        hook();
    if (atomic_load(&syncs_to_fail) > 0) {
        atomic_fetch_sub(&syncs_to_fail, 1);
        errno = atomic_load(&failed_errno);
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        atomic_fetch_add(&directory_syncs, 1);
    return (int)syscall(SYS_fsync, fd);
}

ssize_t pread(int fd, void *dst, size_t len, off_t offset)
{
    if (atomic_load(&reads_fail)) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_pread64, fd, dst, len, offset);
}

int fallocate(int fd, int mode, off_t offset, off_t len)
{
    if (atomic_load(&nothing_allocates)) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return (int)syscall(SYS_fallocate, fd, mode, offset, len);
}

int openat(int dir_fd, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    if (flags & O_CREAT && atomic_load(&nothing_is_made)) {
        errno = EACCES;
        return -1;
    }
    return (int)syscall(SYS_openat, dir_fd, path, flags, mode);
}

static void fail_syncs(int count, int error)
{
    atomic_store(&failed_errno, error);
    atomic_store(&syncs_to_fail, count);
}

static void append(struct oat_run_writer *w, const char *name)
{
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, name));
}

static void close_tracer(struct oat_run_writer *w)
{
    oat_tracer_close(w->tracer);
    w->tracer = NULL;
}

/* Sealed pairs among the n that the store must have. */
static size_t count_sealed(const struct oat_run_writer *w, size_t n)
{
    char(*paths)[OAT_RUN_PATH_SIZE];
    size_t sealed = 0;
    assert_int_equal(oat_run_hot_list(w->dir, ".spans", &paths), n);
    for (size_t i = 0; i < n; i++) {
        uint8_t page[OAT_SPANS_HEADER_SIZE];
        struct oat_disk_pair_header header;
        struct oat_disk_seal seal;
        int fd = open(paths[i], O_RDONLY);
        assert_int_equal(pread(fd, page, sizeof page, 0), sizeof page);
        close(fd);
        memcpy(&header, page, sizeof header);
        memcpy(&seal, page + OAT_SPANS_SEAL_OFFSET, sizeof seal);
        sealed += oat_seal_check(&seal, oat_le64_get(header.nonce));
    }
    free(paths);
    return sealed;
}

static struct oat_run_writer *without_background_sync(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.flush_interval_ms = 0;
    oat_run_writer_reopen(w);
    return w;
}

static void a_pair_whose_sync_failed_is_not_sealed_by_the_next_sync(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.flush_interval_ms = 0;
    w->config.roll_slots = 64;
    oat_run_writer_reopen(w);
    fail_syncs(1, ENOSPC);
    for (int i = 0; i < 70; i++)
        append(w, "x");
    while (oat_run_stats(w).sync_failures == 0)
        oat_run_sleep_ms(1);
    assert_int_equal(oat_run_stats(w).last_errno, ENOSPC);
    close_tracer(w);
    assert_int_equal(count_sealed(w, 2), 1);
    oat_run_assert_clean(w, 0);
}

static void close_does_not_seal_what_a_flush_could_not_sync(void **state)
{
    struct oat_run_writer *w = without_background_sync(state);
    assert_non_null(oat_span_start(w->tracer, OAT_AGENT, "keeps the pair's files open"));
    append(w, "x");
    fail_syncs(1, EIO);
    assert_int_equal(oat_tracer_flush(w->tracer), OAT_E_IO);
    close_tracer(w);
    assert_int_equal(count_sealed(w, 2), 1);
}

static void a_sync_that_failed_in_the_background_fails_the_next_flush(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.flush_interval_ms = 5;
    oat_run_writer_reopen(w);
    fail_syncs(1, EIO);
    append(w, "x");
    while (oat_run_stats(w).sync_failures == 0)
        oat_run_sleep_ms(1);
    assert_int_equal(oat_tracer_flush(w->tracer), OAT_E_IO);
    assert_int_equal(errno, EIO);
    append(w, "y");
    assert_int_equal(oat_tracer_flush(w->tracer), OAT_OK);
}

static void what_a_pair_takes_that_failed_and_could_not_be_replaced_is_not_promised(void **state)
{
    struct oat_run_writer *w = without_background_sync(state);
    append(w, "x");
    atomic_store(&nothing_is_made, true);
    fail_syncs(1, EIO);
    assert_int_equal(oat_tracer_flush(w->tracer), OAT_E_IO);
    append(w, "into the same pair");
    assert_int_equal(oat_tracer_flush(w->tracer), OAT_E_IO);
    atomic_store(&nothing_is_made, false);
    oat_run_sleep_ms(RETRY_MS);
    assert_int_equal(oat_tracer_flush(w->tracer), OAT_E_IO);
    append(w, "y");
    assert_int_equal(oat_tracer_flush(w->tracer), OAT_OK);
    assert_int_equal(oat_run_hot_count(w->dir, ".spans"), 2);
}

static void the_error_stays_known_until_files_are_tried_again(void **state)
{
    struct oat_run_writer *w = *state;
    atomic_store(&nothing_is_made, true);
    assert_null(oat_span_start(w->tracer, OAT_TOOL, "x"));
    errno = ENOTTY; /* the host's own affair */
    assert_null(oat_span_start(w->tracer, OAT_TOOL, "x"));
    atomic_store(&nothing_is_made, false);
    assert_int_equal(oat_run_stats(w).last_errno, EACCES);
}

static void each_new_pair_s_name_is_made_durable_by_flush_and_by_close(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.flush_interval_ms = 0;
    w->config.roll_slots = 64;
    oat_run_writer_reopen(w);
    append(w, "x");
    assert_int_equal(oat_tracer_flush(w->tracer), OAT_OK);
    int after_first = atomic_load(&directory_syncs);
    assert_true(after_first >= 2); /* hot/ and the store */
    assert_int_equal(oat_tracer_flush(w->tracer), OAT_OK);
    assert_int_equal(atomic_load(&directory_syncs), after_first);
    for (int i = 0; i < 70; i++)
        append(w, "x");
    assert_int_equal(oat_tracer_flush(w->tracer), OAT_OK);
    int after_roll = atomic_load(&directory_syncs);
    assert_true(after_roll > after_first);
    for (int i = 0; i < 70; i++)
        append(w, "x");
    close_tracer(w);
    assert_true(atomic_load(&directory_syncs) > after_roll);
}

static void a_slot_that_cannot_be_read_is_not_taken_for_a_hole(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.flush_interval_ms = 0;
    w->config.map = OAT_MAP_NEVER;
    oat_run_writer_reopen(w);
    append(w, "x");
    atomic_store(&reads_fail, true);
    close_tracer(w);
    atomic_store(&reads_fail, false);
    assert_int_equal(count_sealed(w, 1), 0);
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(oat_run_span(&view, "x")->status, OAT_SHOWN_SUCCESS);
    oat_run_view_close(&view);
}

static void a_span_outlives_its_texts_that_cannot_be_read_back(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.flush_interval_ms = 0;
    w->config.roll_slots = 64;
    w->config.map = OAT_MAP_ALWAYS;
    oat_run_writer_reopen(w);
    oat_span *span = oat_span_start(w->tracer, OAT_AGENT, "long");
    oat_span_context context = oat_span_get_context(span);
    for (int i = 0; i < 70; i++)
        append(w, "x");
    atomic_store(&reads_fail, true);
    oat_span_end(span);
    atomic_store(&reads_fail, false);
    assert_true(oat_run_stats(w).drops_io > 0);
    struct oat_run_view view = oat_run_look(w);
    size_t at = oat_run_view_find(&view, context.trace_id, context.span_id);
    assert_true(at != SIZE_MAX);
    assert_int_equal(view.spans[at].status, OAT_SHOWN_SUCCESS);
    oat_run_view_close(&view);
}

static void a_reference_to_nothing_reads_back_as_corrupt(void **state)
{
    struct oat_run_writer *w = *state;
    struct oat_disk_blob_ref none = {0};
    uint8_t *bytes;
    size_t len;
    append(w, "x");
    const oat_pair *pair = atomic_load(&atomic_load(&w->tracer->writer)->current);
    assert_int_equal(oat_payload_read_back(pair, &none, &bytes, &len), OAT_E_CORRUPT);
}

static void blobs_that_were_reserved_and_never_written_are_not_promised(void **state)
{
    struct oat_run_writer *w = without_background_sync(state);
    oat_blob_inflight first = {0}, second = {0};
    uint64_t a, b;
    append(w, "x");
    oat_pair *pair = atomic_load(&atomic_load(&w->tracer->writer)->current);
    assert_int_equal(oat_blob_reserve(&pair->blobs, &first, 100, &a), OAT_OK);
    assert_int_equal(oat_blob_reserve(&pair->blobs, &second, 100, &b), OAT_OK);
    oat_blob_give_back(&pair->blobs, &first, a, 100);
    oat_blob_give_back(&pair->blobs, &second, b, 100);
    assert_int_equal(oat_tracer_flush(w->tracer), OAT_OK);
    oat_run_assert_clean(w, 0);
    close_tracer(w);
    assert_int_equal(count_sealed(w, 1), 1);
    oat_run_assert_clean(w, 0);
}

static void the_statistics_name_the_mode_that_the_file_system_allows(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.map = OAT_MAP_ALWAYS;
    oat_run_writer_reopen(w);
    atomic_store(&nothing_allocates, true);
    append(w, "x");
    atomic_store(&nothing_allocates, false);
    assert_string_equal(oat_run_stats(w).mode, "pwrite");
    struct oat_run_view view = oat_run_look(w);
    assert_int_equal(oat_run_span(&view, "x")->status, OAT_SHOWN_SUCCESS);
    oat_run_view_close(&view);
}

/* ---- What happens while the flusher syncs ---- */

static _Atomic int step;

static void wait_for(int value)
{
    while (atomic_load(&step) != value)
        oat_run_sleep_ms(1);
}

static void let_a_span_start(void)
{
    atomic_store(&step, 1);
    wait_for(2);
}

static void a_span_that_starts_while_the_flusher_syncs_is_announced_in_time(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.open_after_ms = 5;
    w->config.flush_interval_ms = 5;
    oat_run_writer_reopen(w);
    atomic_store(&step, 0);
    append(w, "long"); /* its name needs no slot the second time */
    oat_run_sleep_ms(600);
    atomic_store(&during_sync, let_a_span_start);
    append(w, "long");
    wait_for(1);
    oat_span *span = oat_span_start(w->tracer, OAT_AGENT, "long");
    atomic_store(&step, 2);
    /* Far below the 10 s for which an idle flusher sleeps. */
    bool announced = false;
    for (int i = 0; i < 300 && !announced; i++) {
        struct oat_run_view view = oat_run_look(w);
        for (size_t s = 0; s < view.count; s++)
            announced |= view.spans[s].status == OAT_SHOWN_RUNNING;
        oat_run_view_close(&view);
        oat_run_sleep_ms(10);
    }
    assert_true(announced);
    oat_span_end(span);
}

/* ---- A fork while a tracer is closed ---- */

static int child_status;

static bool holds_live_file(void)
{
    struct dirent *entry;
    DIR *fds = opendir("/proc/self/fd");
    bool found = false;
    while ((entry = readdir(fds))) {
        char path[512] = "";
        if (readlinkat(dirfd(fds), entry->d_name, path, sizeof path - 1) > 0)
            found |= strstr(path, ".live") != NULL;
    }
    closedir(fds);
    return found;
}

static void fork_now(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(holds_live_file());
    waitpid(pid, &child_status, 0);
}

static void a_child_forked_during_close_does_not_hold_the_liveness_lock(void **state)
{
    struct oat_run_writer *w = without_background_sync(state);
    append(w, "x");
    child_status = -1;
    atomic_store(&during_sync, fork_now);
    close_tracer(w);
    assert_true(WIFEXITED(child_status));
    assert_int_equal(WEXITSTATUS(child_status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(a_pair_whose_sync_failed_is_not_sealed_by_the_next_sync),
        OAT_WRITER_TEST(close_does_not_seal_what_a_flush_could_not_sync),
        OAT_WRITER_TEST(a_sync_that_failed_in_the_background_fails_the_next_flush),
        OAT_WRITER_TEST(what_a_pair_takes_that_failed_and_could_not_be_replaced_is_not_promised),
        OAT_WRITER_TEST(the_error_stays_known_until_files_are_tried_again),
        OAT_WRITER_TEST(each_new_pair_s_name_is_made_durable_by_flush_and_by_close),
        OAT_WRITER_TEST(a_slot_that_cannot_be_read_is_not_taken_for_a_hole),
        OAT_WRITER_TEST(a_span_outlives_its_texts_that_cannot_be_read_back),
        OAT_WRITER_TEST(a_reference_to_nothing_reads_back_as_corrupt),
        OAT_WRITER_TEST(blobs_that_were_reserved_and_never_written_are_not_promised),
        OAT_WRITER_TEST(the_statistics_name_the_mode_that_the_file_system_allows),
        OAT_WRITER_TEST(a_span_that_starts_while_the_flusher_syncs_is_announced_in_time),
        OAT_WRITER_TEST(a_child_forked_during_close_does_not_hold_the_liveness_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
