/* Writers side by side: liveness, one STORE, many idle ones. */
#include "tests/support/nth.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_running_span_runs_while_its_writer_lives(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.open_after_ms = 5;
    oat_run_writer_reopen(w);
    oat_span *span = oat_span_start(w->tracer, OAT_AGENT, "long");
    oat_span_set_input(span, "its input", 9, "text/plain");
    oat_run_await_span(w, "long");
    struct oat_run_view view = oat_run_look(w);
    oat_trace_view trace;
    assert_true(oat_run_span(&view, "long")->status == OAT_SHOWN_RUNNING);
    assert_int_equal(oat_run_span(&view, "long")->end_ns, 0);
    assert_int_equal(oat_nth_head(view.snapshot, 0, &trace), OAT_OK);
    assert_true(trace.status == OAT_SHOWN_RUNNING);
    oat_run_view_close(&view);
    oat_span_end(span);
    view = oat_run_look(w);
    assert_true(oat_run_span(&view, "long")->status == OAT_SHOWN_SUCCESS);
    oat_run_view_close(&view);
}

static void leave_a_span_open(struct oat_run_writer *w)
{
    oat_tracer *tracer;
    if (oat_tracer_open(&w->config, &tracer) != OAT_OK)
        _exit(1);
    oat_span *span = oat_span_start(tracer, OAT_LLM, "cut short");
    oat_span_set_text(span, OAT_TEXT_MODEL, "m-1", OAT_NUL);
    oat_span_set_input(span, "[\"the question\"]", 16, NULL);
    oat_span_end(oat_span_start(tracer, OAT_TOOL, "whole"));
    oat_run_await_span(w, "cut short");
}

static void a_span_of_a_killed_writer_is_interrupted_and_shows_its_input(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.open_after_ms = 100; /* it is announced once, when all of this is set */
    oat_run_in_killed_child(leave_a_span_open, w);
    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *span = oat_run_span(&view, "cut short");
    assert_true(span->status == OAT_SHOWN_INTERRUPTED);
    assert_true(span->type == OAT_LLM);
    oat_run_assert_text(span->text[OAT_TEXT_MODEL], "m-1", 3);
    oat_run_assert_payload(&view, &span->input, "[\"the question\"]", 16);
    assert_true(oat_run_span(&view, "whole")->status == OAT_SHOWN_SUCCESS);
    oat_run_view_close(&view);
}

static void a_closed_writer_leaves_no_live_file_and_its_open_spans_are_interrupted(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.open_after_ms = 5;
    oat_run_writer_reopen(w);
    oat_span_start(w->tracer, OAT_AGENT, "left");
    oat_run_await_span(w, "left");
    assert_int_equal(oat_run_hot_count(w->dir, ".live"), 1);
    oat_tracer_close(w->tracer);
    w->tracer = NULL;
    assert_int_equal(oat_run_hot_count(w->dir, ".live"), 0);
    struct oat_run_view view = oat_run_look(w);
    assert_true(oat_run_span(&view, "left")->status == OAT_SHOWN_INTERRUPTED);
    oat_run_view_close(&view);
}

static void a_span_still_young_at_close_is_interrupted_and_shows_its_input(void **state)
{
    struct oat_run_writer *w = *state;
    oat_span *span = oat_span_start(w->tracer, OAT_AGENT, "young");
    oat_span_set_input(span, "asked", 5, NULL);
    oat_tracer_close(w->tracer);
    w->tracer = NULL;
    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *shown = oat_run_span(&view, "young");
    assert_int_equal(shown->status, OAT_SHOWN_INTERRUPTED);
    oat_run_assert_payload(&view, &shown->input, "asked", 5);
    oat_run_view_close(&view);
}

static void sleep_for_long(struct oat_run_writer *w)
{
    (void)w;
    oat_run_sleep_ms(60000);
}

/* The parent is a process of its own here, so that it can die while its child lives. */
static void die_while_a_child_lives(struct oat_run_writer *w)
{
    int up[2];
    char byte = 0;
    leave_a_span_open(w);
    if (pipe(up) != 0)
        _exit(1);
    pid_t pid = fork();
    if (pid == 0) {
        if (write(up[1], &byte, 1) == 1)
            sleep_for_long(w);
        _exit(0);
    }
    /* A child lets go of the writer when it first runs. */
    if (read(up[0], &byte, 1) != 1)
        _exit(1);
    FILE *file = fopen("child.pid", "w");
    if (!file)
        _exit(1);
    fprintf(file, "%d", (int)pid);
    fclose(file);
}

static void a_forked_child_does_not_keep_its_parent_s_writer_alive(void **state)
{
    struct oat_run_writer *w = *state;
    int pid = 0;
    w->config.open_after_ms = 5;
    assert_int_equal(chdir(w->dir), 0);
    oat_run_in_killed_child(die_while_a_child_lives, w);
    FILE *file = fopen("child.pid", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%d", &pid), 1);
    fclose(file);
    assert_int_equal(kill(pid, 0), 0);
    struct oat_run_view view = oat_run_look(w);
    enum oat_shown_status status = oat_run_span(&view, "cut short")->status;
    oat_run_view_close(&view);
    kill(pid, SIGKILL);
    assert_int_equal(chdir("/"), 0);
    assert_true(status == OAT_SHOWN_INTERRUPTED);
}

/* ---- Making a store ---- */

#define RACERS 8

static void writers_that_race_make_one_store(void **state)
{
    struct oat_run_writer *w = *state;
    char dir[OAT_RUN_PATH_SIZE + 8];
    struct oat_run_view view;
    int gate[2];
    char none;
    snprintf(dir, sizeof dir, "%s/race/x", w->dir);
    assert_int_equal(pipe(gate), 0);
    for (int i = 0; i < RACERS; i++) {
        if (fork() != 0)
            continue;
        oat_config config = w->config;
        oat_tracer *tracer;
        config.data_dir = dir;
        close(gate[1]);
        if (read(gate[0], &none, 1) != 0 || oat_tracer_open(&config, &tracer) != OAT_OK)
            _exit(1);
        oat_span_end(oat_span_start(tracer, OAT_TOOL, "racer"));
        oat_tracer_close(tracer);
        _exit(0);
    }
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < RACERS; i++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    /* A pair of another store's identity would be reported. */
    char text[400];
    assert_int_equal(oat_run_view_open(dir, &view), OAT_OK);
    assert_int_equal(view.count, RACERS);
    if (!oat_run_view_is_clean(&view, 0, text))
        fail_msg("%s", text);
    oat_run_view_close(&view);
    assert_int_equal(oat_run_hot_count_prefix(dir, ".tmp-"), 0);
}

static unsigned mode_of(const char *dir, const char *name)
{
    char path[OAT_RUN_PATH_SIZE * 2];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(lstat(path, &st), 0);
    return st.st_mode & 0777;
}

static void nobody_else_may_read_what_is_written(void **state)
{
    struct oat_run_writer *w = *state;
    char dir[OAT_RUN_PATH_SIZE + 8];
    mode_t before = umask(0);
    oat_config config = w->config;
    oat_tracer *tracer;
    snprintf(dir, sizeof dir, "%s/made", w->dir);
    config.data_dir = dir;
    assert_int_equal(oat_tracer_open(&config, &tracer), OAT_OK);
    oat_span_end(oat_span_start(tracer, OAT_TOOL, "x"));
    umask(before);
    assert_int_equal(mode_of(dir, "."), 0700);
    assert_int_equal(mode_of(dir, "hot"), 0700);
    assert_int_equal(mode_of(dir, "STORE"), 0600);
    static const char *const suffixes[] = {".spans", ".blobs", ".live"};
    for (int i = 0; i < 3; i++) {
        char(*paths)[OAT_RUN_PATH_SIZE];
        assert_int_equal(oat_run_hot_list(dir, suffixes[i], &paths), 1);
        struct stat st;
        assert_int_equal(lstat(paths[0], &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        free(paths);
    }
    oat_tracer_close(tracer);
}

/* ---- Idle ---- */

#define IDLE_TRACERS    100
#define IDLE_DISK_MAX   (UINT64_C(100) << 20)
#define IDLE_CPU_US_MAX 20000

static long cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000L + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

static void a_hundred_idle_tracers_cost_little_disk_and_no_cpu(void **state)
{
    struct oat_run_writer *w = *state;
    oat_tracer *tracers[IDLE_TRACERS];
    for (int i = 0; i < IDLE_TRACERS; i++) {
        assert_int_equal(oat_tracer_open(&w->config, &tracers[i]), OAT_OK);
        oat_span *span = oat_span_start(tracers[i], OAT_AGENT, "once");
        oat_span_set_input(span, "{}", 2, NULL);
        oat_span_end(span);
    }
    oat_run_sleep_ms(2500); /* until everything is synced */
    long before_us = cpu_us();
    oat_run_sleep_ms(2000);
    long used_us = cpu_us() - before_us;
    uint64_t disk_bytes = oat_run_dir_disk_bytes(w->dir);
    for (int i = 0; i < IDLE_TRACERS; i++)
        oat_tracer_close(tracers[i]);
    assert_true(disk_bytes < IDLE_DISK_MAX);
    if (OAT_RUN_FORKS_WITH_THREADS) /* sanitizers have threads of their own */
        assert_true(used_us < IDLE_CPU_US_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(a_running_span_runs_while_its_writer_lives),
        OAT_WRITER_TEST(a_span_of_a_killed_writer_is_interrupted_and_shows_its_input),
        OAT_WRITER_TEST(a_closed_writer_leaves_no_live_file_and_its_open_spans_are_interrupted),
        OAT_WRITER_TEST(a_span_still_young_at_close_is_interrupted_and_shows_its_input),
        OAT_WRITER_TEST(a_forked_child_does_not_keep_its_parent_s_writer_alive),
        OAT_WRITER_TEST(writers_that_race_make_one_store),
        OAT_WRITER_TEST(nobody_else_may_read_what_is_written),
        OAT_WRITER_TEST(a_hundred_idle_tracers_cost_little_disk_and_no_cpu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
