/* No space, no memory, no permission: the host goes on, drops are counted, and it ends by itself. */
#include "tests/support/run_payload.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RETRY_MS 300 /* more than the writer waits before it tries to make files again */

/* Tests that change what the whole process may do run in a child, whose failed checks are its exit
 * code. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                  \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

#define SKIPPED 77

static void run_limited(void (*fn)(struct oat_run_writer *w), struct oat_run_writer *w)
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        fn(w);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
        skip();
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static unsigned append_spans(oat_tracer *tracer, int count, size_t payload_len)
{
    struct oat_run_bytes bytes = {0};
    unsigned started = 0;
    for (int i = 0; i < count; i++) {
        oat_span *span = oat_span_start(tracer, OAT_TOOL, "x");
        started += span != NULL;
        for (uint64_t seed = (uint64_t)i * 100; payload_len && bytes.len < payload_len; seed++)
            oat_run_payload(OAT_RUN_RANDOM, seed, &bytes);
        if (payload_len) {
            bytes.bytes[0] = (uint8_t)i;
            bytes.bytes[1] = (uint8_t)(i >> 8);
            oat_span_set_input(span, bytes.bytes, payload_len, "application/octet-stream");
        }
        oat_span_end(span);
    }
    oat_run_bytes_free(&bytes);
    return started;
}

static size_t count_shown(const char *dir, size_t *ret_with_input)
{
    struct oat_run_view view;
    char text[400];
    CHECK(oat_run_view_open(dir, &view) == OAT_OK);
    *ret_with_input = 0;
    for (size_t i = 0; i < view.count; i++) {
        CHECK(view.spans[i].status == OAT_SHOWN_SUCCESS);
        *ret_with_input += view.spans[i].input.present && !view.spans[i].input.lost;
    }
    size_t count = view.count;
    if (!oat_run_view_is_clean(&view, 1u << OAT_PROBLEM_TORN, text)) {
        fprintf(stderr, "%s\n", text);
        _exit(1);
    }
    oat_run_view_close(&view);
    return count;
}

static void count_warning(void *arg, const char *message)
{
    CHECK(message != NULL);
    ++*(int *)arg;
}

/* ---- Disk ---- */

#define DISK_BYTES (3u << 20)

static void fill_a_small_disk(struct oat_run_writer *w)
{
    char dir[OAT_RUN_PATH_SIZE + 16], ballast[OAT_RUN_PATH_SIZE + 32];
    oat_config config = w->config;
    oat_tracer *tracer;
    oat_stats stats;
    int warnings = 0;
    size_t with_input;
    snprintf(dir, sizeof dir, "%s/small", w->dir);
    CHECK(mkdir(dir, 0700) == 0);
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("small", dir, "tmpfs", 0, "size=3m") != 0)
        _exit(SKIPPED);
    snprintf(ballast, sizeof ballast, "%s/ballast", dir);
    int fd = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && fallocate(fd, 0, 0, DISK_BYTES / 2) == 0);
    close(fd);
    config.data_dir = dir;
    config.warn = count_warning;
    config.warn_arg = &warnings;
    CHECK(oat_tracer_open(&config, &tracer) == OAT_OK);

    append_spans(tracer, 200, 20000); /* 4 MB */
    oat_tracer_get_stats(tracer, &stats);
    CHECK(stats.drops_full > 0);
    CHECK(stats.last_errno == ENOSPC);
    CHECK(warnings >= 1 && warnings <= 2);
    size_t shown = count_shown(dir, &with_input);
    CHECK(shown >= with_input && with_input > 20);

    CHECK(unlink(ballast) == 0);
    oat_run_sleep_ms(RETRY_MS);
    uint64_t spans_before = stats.spans;
    CHECK(append_spans(tracer, 30, 1000) == 30);
    oat_stats after;
    oat_tracer_get_stats(tracer, &after);
    CHECK(after.drops_full == stats.drops_full);
    CHECK(after.spans == spans_before + 30);
    size_t with_input_after;
    CHECK(count_shown(dir, &with_input_after) == shown + 30);
    CHECK(with_input_after == with_input + 30);
    CHECK(oat_tracer_flush(tracer) == OAT_OK);
    oat_tracer_close(tracer);
}

static void a_full_disk_drops_counts_and_recovers(void **state)
{
    run_limited(fill_a_small_disk, *state);
}

static void start_on_a_full_disk(struct oat_run_writer *w)
{
    char dir[OAT_RUN_PATH_SIZE + 16], ballast[OAT_RUN_PATH_SIZE + 32];
    oat_config config = w->config;
    oat_tracer *tracer;
    oat_stats stats;
    snprintf(dir, sizeof dir, "%s/small", w->dir);
    CHECK(mkdir(dir, 0700) == 0);
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("small", dir, "tmpfs", 0, "size=1m") != 0)
        _exit(SKIPPED);
    config.data_dir = dir;
    CHECK(oat_tracer_open(&config, &tracer) == OAT_OK);
    snprintf(ballast, sizeof ballast, "%s/ballast", dir);
    int fd = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    char page[4096] = {0};
    while (write(fd, page, sizeof page) > 0)
        ;
    close(fd);
    oat_span *open = oat_span_start(tracer, OAT_TOOL, "dropped");
    oat_span_set_text(open, OAT_TEXT_MODEL, "m", 1);
    oat_span_end(open);
    CHECK(append_spans(tracer, 100, 10) == 0);
    oat_tracer_get_stats(tracer, &stats);
    CHECK(stats.drops_full >= 101 && stats.spans == 0);
    CHECK(oat_run_hot_count_prefix(dir, ".tmp-") == 0);
    CHECK(unlink(ballast) == 0);
    oat_run_sleep_ms(RETRY_MS);
    CHECK(append_spans(tracer, 10, 10) == 10);
    oat_tracer_get_stats(tracer, &stats);
    CHECK(stats.spans == 10);
    oat_tracer_close(tracer);
}

static void files_that_cannot_be_made_are_made_later(void **state)
{
    run_limited(start_on_a_full_disk, *state);
}

static void write_with_a_file_size_limit(struct oat_run_writer *w)
{
    struct rlimit limit = {.rlim_cur = 400000, .rlim_max = RLIM_INFINITY};
    oat_tracer *tracer;
    oat_stats stats;
    size_t with_input;
    CHECK(oat_tracer_open(&w->config, &tracer) == OAT_OK);
    /* SIGXFSZ is at its default: it would end this process. */
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    /* A limit that is lowered is noticed at the flusher's next tick, here its first. */
    append_spans(tracer, 1, 10);
    oat_run_sleep_ms(RETRY_MS);
    append_spans(tracer, 100, 20000);
    oat_tracer_get_stats(tracer, &stats);
    CHECK(stats.drops_full + stats.drops_io > 0);
    CHECK(stats.last_errno == EFBIG);
    limit.rlim_cur = RLIM_INFINITY;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    oat_run_sleep_ms(RETRY_MS);
    size_t shown = count_shown(w->dir, &with_input);
    CHECK(append_spans(tracer, 10, 20000) == 10);
    size_t with_input_after;
    CHECK(count_shown(w->dir, &with_input_after) == shown + 10);
    CHECK(with_input_after == with_input + 10);
    oat_tracer_close(tracer);
}

static void a_file_size_limit_drops_counts_and_recovers(void **state)
{
    run_limited(write_with_a_file_size_limit, *state);
}

/* ---- Descriptors, memory, permissions ---- */

static void run_out_of_descriptors(struct oat_run_writer *w)
{
    struct rlimit limit, before;
    oat_tracer *tracer;
    oat_stats stats;
    size_t with_input;
    CHECK(oat_tracer_open(&w->config, &tracer) == OAT_OK);
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    limit = before;
    limit.rlim_cur = 3;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK(append_spans(tracer, 10, 10) == 0);
    oat_tracer_get_stats(tracer, &stats);
    CHECK(stats.drops_io == 10 && stats.last_errno == EMFILE);
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    oat_run_sleep_ms(RETRY_MS);
    CHECK(append_spans(tracer, 10, 10) == 10);
    oat_tracer_close(tracer);
    CHECK(count_shown(w->dir, &with_input) == 10);
}

static void no_descriptors_left_drops_counts_and_recovers(void **state)
{
    run_limited(run_out_of_descriptors, *state);
}

static size_t address_space(void)
{
    size_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%zu", &pages) == 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void run_out_of_memory(struct oat_run_writer *w)
{
    struct rlimit limit = {.rlim_max = RLIM_INFINITY};
    struct oat_run_bytes big = {0};
    oat_tracer *tracer;
    oat_stats stats;
    size_t with_input;
    CHECK(oat_tracer_open(&w->config, &tracer) == OAT_OK);
    oat_run_payload(OAT_RUN_LARGE, 3, &big);
    /* No address space at all: not even files can be mapped. */
    limit.rlim_cur = address_space() + (64 << 10);
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    for (int i = 0; i < 2000; i++) {
        oat_span *span = oat_span_start(tracer, OAT_TOOL, "starved");
        oat_span_set_input(span, big.bytes, big.len, NULL);
        oat_span_set_attr_string(span, "k", "v");
        oat_span_end(span);
    }
    oat_tracer_get_stats(tracer, &stats);
    CHECK(stats.drops_memory > 0);
    limit.rlim_cur = RLIM_INFINITY;
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    oat_run_sleep_ms(RETRY_MS);
    size_t shown = stats.spans;
    CHECK(append_spans(tracer, 10, 5000) == 10);
    CHECK(count_shown(w->dir, &with_input) == shown + 10);
    CHECK(with_input >= 10);
    oat_tracer_close(tracer);
    oat_run_bytes_free(&big);
}

static void no_memory_drops_counts_and_recovers(void **state)
{
    if (!OAT_RUN_FORKS_WITH_THREADS)
        skip(); /* a sanitizer needs address space of its own */
    run_limited(run_out_of_memory, *state);
}

#define NOBODY 65534

static void open_as_nobody(struct oat_run_writer *w)
{
    oat_config config = w->config;
    oat_tracer *tracer = NULL;
    if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)
        _exit(SKIPPED);
    CHECK(oat_tracer_open(&config, &tracer) == OAT_E_IO);
    CHECK(errno == EACCES);
    CHECK(tracer == NULL);
}

static void a_directory_that_cannot_be_written_is_an_error_of_open(void **state)
{
    struct oat_run_writer *w = *state;
    oat_tracer_close(w->tracer);
    w->tracer = NULL;
    assert_int_equal(chmod(w->dir, 0555), 0);
    run_limited(open_as_nobody, w);
    assert_int_equal(chmod(w->dir, 0700), 0);
}

static void lose_the_directory(struct oat_run_writer *w)
{
    oat_tracer *tracer;
    oat_stats stats;
    char hot[OAT_RUN_PATH_SIZE + 8];
    snprintf(hot, sizeof hot, "%s/hot", w->dir);
    CHECK(oat_tracer_open(&w->config, &tracer) == OAT_OK);
    CHECK(append_spans(tracer, 5, 10) == 5);
    oat_run_dir_remove(hot);
    /* What is open stays usable; only new files cannot be made. */
    append_spans(tracer, 3000, 10);
    oat_tracer_get_stats(tracer, &stats);
    CHECK(stats.spans + stats.drops_io >= 3005);
    oat_tracer_flush(tracer);
    oat_tracer_close(tracer);
}

static void a_directory_that_vanishes_harms_nobody(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.roll_slots = 1024;
    run_limited(lose_the_directory, w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(a_full_disk_drops_counts_and_recovers),
        OAT_WRITER_TEST(files_that_cannot_be_made_are_made_later),
        OAT_WRITER_TEST(a_file_size_limit_drops_counts_and_recovers),
        OAT_WRITER_TEST(no_descriptors_left_drops_counts_and_recovers),
        OAT_WRITER_TEST(no_memory_drops_counts_and_recovers),
        OAT_WRITER_TEST(a_directory_that_cannot_be_written_is_an_error_of_open),
        OAT_WRITER_TEST(a_directory_that_vanishes_harms_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
