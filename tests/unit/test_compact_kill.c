/* The compactor is killed again and again at random moments while agents write: no span is lost, none
 * shows twice. OAT_KILL_ROUNDS=200: for longer. */
#include "tests/support/compact_store.h"
#include "tests/support/run_dir.h"
#include "tests/support/run_random.h"
#include "tests/support/sweep.h"
#include "tests/support/unit.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WRITERS     2u
#define ROUNDS      (60u / OAT_SWEEP_STEP + 1)
#define ROUND_SPANS 100u /* that each writer may end in a round */

/* What each writer has begun and what it has ended; in memory that all processes share. */
struct progress {
    _Atomic uint32_t allowed; /* so many, and no more */
    _Atomic uint32_t begun[WRITERS];
    _Atomic uint32_t ended[WRITERS];
};

struct fixture {
    char dir[OAT_RUN_PATH_SIZE];
    struct progress *progress;
    pid_t writers[WRITERS];
    uint64_t seed;
    uint64_t kill_within_us;
};

static void pause_us(uint64_t us)
{
    struct timespec t = {.tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000) * 1000};
    nanosleep(&t, NULL);
}

/* ---- Writers ---- */

static oat_tracer *open_tracer(const char *dir)
{
    oat_config config;
    oat_tracer *tracer;
    oat_config_init(&config);
    config.data_dir = dir;
    config.roll_slots = 256; /* pairs are sealed while the writer lives */
    config.open_after_ms = 5;
    config.flush_interval_ms = 20;
    if (oat_tracer_open(&config, &tracer) != OAT_OK)
        _exit(1);
    return tracer;
}

/* Ends spans for ever. One stays open over several pairs, and now and then the writer begins anew. */
static void write_spans(struct progress *progress, unsigned w, const char *dir)
{
    oat_tracer *tracer = open_tracer(dir);
    oat_span *lasting = oat_span_start(tracer, OAT_AGENT, "lasting");
    for (uint32_t n = 0;; n++) {
        char name[32], input[100];
        while (n >= atomic_load(&progress->allowed))
            pause_us(100);
        snprintf(name, sizeof name, "%u-%u", w, n);
        snprintf(input, sizeof input, "{\"messages\":[{\"content\":\"%u %u\"}]}", w, n);
        atomic_store(&progress->begun[w], n + 1);
        oat_span *span = oat_span_start(tracer, OAT_LLM, name);
        oat_span_set_input(span, input, OAT_NUL, "application/json");
        oat_span_end(span);
        atomic_store(&progress->ended[w], n + 1);
        pause_us(20);
        if (n % 700 == 699) {
            oat_tracer_close(tracer); /* "lasting" is interrupted */
            tracer = open_tracer(dir);
            lasting = NULL;
        }
        if (n % 700 == 0)
            lasting = oat_span_start(tracer, OAT_AGENT, "lasting");
        if (n % 700 == 600)
            oat_span_end(lasting);
    }
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 0);
    oat_run_dir_make(f->dir);
    f->seed = 1;
    f->progress = mmap(NULL, sizeof *f->progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(f->progress != MAP_FAILED);
    atomic_store(&f->progress->allowed, ROUND_SPANS);
    for (unsigned w = 0; w < WRITERS; w++) {
        f->writers[w] = fork();
        assert_true(f->writers[w] >= 0);
        if (f->writers[w] == 0)
            write_spans(f->progress, w, f->dir);
    }
    for (unsigned w = 0; w < WRITERS; w++)
        while (atomic_load(&f->progress->ended[w]) == 0)
            pause_us(1000);
    *state = f;
    return 0;
}

static void kill_writers(struct fixture *f)
{
    for (unsigned w = 0; w < WRITERS; w++) {
        if (f->writers[w] <= 0)
            continue;
        kill(f->writers[w], SIGKILL);
        waitpid(f->writers[w], NULL, 0);
        f->writers[w] = 0;
    }
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    kill_writers(f);
    munmap(f->progress, sizeof *f->progress);
    oat_run_dir_remove(f->dir);
    free(f);
    return 0;
}

/* ---- What is shown ---- */

struct shown {
    uint32_t count[WRITERS], greatest[WRITERS];
};

static void count_span(const oat_span_view *span, struct shown *shown)
{
    char name[32] = "";
    unsigned w, n;
    if (span->type != OAT_LLM || span->end_ns == 0)
        return;
    memcpy(name, span->text[OAT_TEXT_NAME].bytes, span->text[OAT_TEXT_NAME].len);
    assert_int_equal(sscanf(name, "%u-%u", &w, &n), 2);
    shown->count[w]++;
    shown->greatest[w] = n > shown->greatest[w] ? n : shown->greatest[w];
}

/* Spans of each writer that are shown as ended are those with the numbers 0 .. count - 1, each once. */
static void count_shown(const struct fixture *f, struct shown *ret)
{
    oat_store *store;
    oat_snapshot *snapshot;
    oat_trace_list *list;
    memset(ret, 0, sizeof *ret);
    assert_int_equal(oat_store_open(f->dir, &store), OAT_OK);
    assert_int_equal(oat_snapshot_take(store, &snapshot), OAT_OK);
    assert_int_equal(oat_trace_list_open(snapshot, &(oat_trace_query){0}, &list), OAT_OK);
    for (size_t i = 0; i < oat_trace_list_count(list); i++) {
        oat_trace *trace;
        size_t count;
        assert_int_equal(oat_trace_open(snapshot, oat_trace_list_get(list, i)->trace_id, &trace), OAT_OK);
        const oat_span_view *spans = oat_trace_spans(trace, &count);
        for (size_t k = 0; k < count; k++)
            count_span(&spans[k], ret);
        oat_trace_close(trace);
    }
    oat_trace_list_close(list);
    oat_snapshot_free(snapshot);
    oat_store_close(store);
    for (unsigned w = 0; w < WRITERS; w++)
        assert_int_equal(ret->count[w], ret->greatest[w] + 1);
}

static void check_shown(const struct fixture *f)
{
    uint32_t ended[WRITERS];
    struct shown shown;
    for (unsigned w = 0; w < WRITERS; w++)
        ended[w] = atomic_load(&f->progress->ended[w]);
    count_shown(f, &shown);
    for (unsigned w = 0; w < WRITERS; w++) {
        assert_true(shown.count[w] >= ended[w]);
        assert_true(shown.count[w] <= atomic_load(&f->progress->begun[w]));
    }
}

/* Nothing is damaged; a writer that was killed leaves a torn tail. */
static void assert_all_is_whole(const struct fixture *f)
{
    oat_store *store;
    oat_snapshot *snapshot;
    assert_int_equal(oat_store_open(f->dir, &store), OAT_OK);
    assert_int_equal(oat_snapshot_take(store, &snapshot), OAT_OK);
    assert_int_equal(oat_snapshot_verify(snapshot, true), OAT_OK);
    for (size_t i = 0; i < oat_snapshot_problem_count(snapshot); i++) {
        char text[400];
        const oat_problem *problem = oat_snapshot_problem(snapshot, i);
        if (problem->kind != OAT_PROBLEM_TORN)
            fail_msg("%s", oat_problem_text(problem, text, sizeof text));
    }
    oat_snapshot_free(snapshot);
    oat_store_close(store);
}

/* ---- Killing ---- */

static int compact(const struct fixture *f, bool full)
{
    struct oat_compact_options options = oat_compact_plain();
    struct oat_compact_summary summary;
    char why[OAT_COMPACT_WHY_SIZE];
    options.full = full;
    options.threads = 2;
    int result = oat_compact_store(f->dir, &options, &summary, why);
    if (result != OAT_OK)
        print_message("%s\n", why);
    return result;
}

static void compact_and_kill(struct fixture *f, bool full)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(compact(f, full) == OAT_OK ? 0 : 1);
    pause_us(oat_run_below(&f->seed, f->kill_within_us));
    int status;
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
}

/* A compaction takes as long as the machine lets it: the moments are drawn from a bit more than that. */
static void measure(struct fixture *f)
{
    struct timespec begun, ended;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    assert_int_equal(compact(f, true), OAT_OK);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    int64_t us = (ended.tv_sec - begun.tv_sec) * 1000000 + (ended.tv_nsec - begun.tv_nsec) / 1000;
    f->kill_within_us = (uint64_t)us * 3 / 2 + 1;
}

static void nothing_is_lost_and_nothing_doubled(void **state)
{
    struct fixture *f = *state;
    const char *rounds = getenv("OAT_KILL_ROUNDS");
    unsigned count = rounds ? (unsigned)strtoul(rounds, NULL, 10) : ROUNDS;
    for (unsigned round = 0; round < count; round++) {
        atomic_fetch_add(&f->progress->allowed, ROUND_SPANS);
        if (round % 8 == 0)
            measure(f);
        compact_and_kill(f, oat_run_below(&f->seed, 3) == 0);
        if (round % 6 == 0)
            check_shown(f);
    }
    kill_writers(f);
    assert_int_equal(compact(f, true), OAT_OK);
    check_shown(f);

    assert_all_is_whole(f);
    assert_int_equal(oat_run_hot_count(f->dir, ".spans"), 0);
    assert_int_equal(oat_run_hot_count(f->dir, ".blobs"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_lost_and_nothing_doubled, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
