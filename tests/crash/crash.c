/* The crash test: kill -9 at random and at chosen moments on processes that write with several
 * threads, then everything whose end had returned must be read back whole, and nothing else.
 * Ends in "N passed, N failed", counting rounds. */
#include "format/limits.h"
#include "tests/support/run_crash_files.h"
#include "tests/support/run_crash_plan.h"
#include "tests/support/run_dir.h"
#include "tests/support/run_random.h"
#include "tests/support/run_view.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES        2
#define THREADS          4u
#define WORKERS          (PROCESSES * THREADS)
#define ROUNDS_DEFAULT   30
#define OPEN_AFTER_MS    20
#define ANNOUNCED_NS     ((uint64_t)OPEN_AFTER_MS * 1000000 + 1000000000)
#define DEATH_TIMEOUT_MS 20000
#define START_TIMEOUT_MS 60000
#define FAILURES_MAX     5

enum variant { PLAIN, LONG_SPANS, SAME_PAYLOADS, FORKING, VARIANTS };

static const char *const variant_names[] = {"plain", "long spans", "same payloads", "forking"};

/* In the page that processes and test share: how far each worker is. A span may be shown whole when
 * its end was begun, and must be when its end was done. */
struct worker {
    _Alignas(64) _Atomic uint64_t begun;
    _Atomic uint64_t done;
    _Atomic uint64_t long_since_ns; /* its long span runs since, input included; 0: not yet */
};

struct page {
    struct worker workers[WORKERS];
    _Atomic int child; /* pid of the forked process */
    _Atomic bool dropped;
};

struct round {
    uint32_t number;
    enum variant variant;
    enum oat_map_mode map;
    bool slow; /* runs for so long that long spans must have been announced */
    uint64_t seed;
    char dir[OAT_RUN_PATH_SIZE];
    struct page *page;
};

static uint64_t boot_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void sleep_us(uint64_t us)
{
    struct timespec pause = {.tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000) * 1000};
    nanosleep(&pause, NULL);
}

/* ---- The processes that are killed ---- */

struct place {
    const struct round *round;
    oat_tracer *tracer;
    uint32_t worker;
};

static void *work(void *arg)
{
    struct place place = *(struct place *)arg;
    const struct round *r = place.round;
    struct worker *w = &r->page->workers[place.worker];
    struct oat_crash_span plan = {0};
    bool same = r->variant == SAME_PAYLOADS;
    if (r->variant == LONG_SPANS) {
        oat_crash_plan(r->number, place.worker, OAT_CRASH_LONG_SPAN, same, &plan);
        if (!oat_crash_start(place.tracer, &plan))
            atomic_store(&r->page->dropped, true);
        atomic_store(&w->long_since_ns, boot_ns());
    }
    for (uint32_t n = 0;; n++) {
        oat_crash_plan(r->number, place.worker, n, same, &plan);
        oat_span *span = oat_crash_start(place.tracer, &plan);
        if (!span)
            atomic_store(&r->page->dropped, true);
        atomic_store(&w->begun, n + 1);
        oat_span_end(span);
        atomic_store(&w->done, n + 1);
        if (r->slow)
            sleep_us(3000);
    }
    return NULL;
}

static void run_workers(const struct round *r, oat_tracer *tracer, uint32_t first)
{
    struct place places[THREADS];
    pthread_t threads[THREADS];
    for (uint32_t i = 0; i < THREADS; i++) {
        places[i] = (struct place){r, tracer, first + i};
        if (pthread_create(&threads[i], NULL, work, &places[i]) != 0)
            _exit(3);
    }
    if (first == 0 && r->variant == FORKING) {
        sleep_us(2000 + r->seed % 15000);
        pid_t pid = fork();
        if (pid < 0)
            _exit(3);
        if (pid == 0) {
            run_workers(r, tracer, THREADS);
            _exit(0);
        }
        atomic_store(&r->page->child, pid);
    }
    for (uint32_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void writing_process(const struct round *r)
{
    oat_config config;
    oat_tracer *tracer;
    oat_config_init(&config);
    config.data_dir = r->dir;
    config.map = r->map;
    config.open_after_ms = OPEN_AFTER_MS;
    config.flush_interval_ms = 50;
    config.roll_slots = r->variant == LONG_SPANS ? 64 : r->variant == PLAIN ? OAT_SLOTS_MAX : 512;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (oat_tracer_open(&config, &tracer) != OAT_OK)
        _exit(3);
    run_workers(r, tracer, 0);
}

/* ---- When to kill ---- */

/* Waits until something is made or renamed in hot/, for a moment at most. */
static void await_roll(const struct round *r)
{
    char path[OAT_RUN_PATH_SIZE + 8];
    char events[4096];
    int fd = inotify_init1(IN_CLOEXEC);
    snprintf(path, sizeof path, "%s/hot", r->dir);
    if (fd >= 0 && inotify_add_watch(fd, path, IN_CREATE | IN_MOVED_TO) >= 0) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (poll(&ready, 1, 100) > 0 && read(fd, events, sizeof events) < 0)
            perror("inotify");
    }
    if (fd >= 0)
        close(fd);
}

/* False: not every worker has ended a span. */
static bool await_start(const struct round *r)
{
    for (int ms = 0; ms < START_TIMEOUT_MS; ms++) {
        bool all = r->variant != FORKING || atomic_load(&r->page->child);
        for (uint32_t i = 0; i < WORKERS / (r->variant == FORKING ? 1 : PROCESSES); i++)
            all &= atomic_load(&r->page->workers[i].done) > 0;
        if (all)
            return true;
        sleep_us(1000);
    }
    return false;
}

static bool await_moment(struct round *r)
{
    if (!await_start(r))
        return false;
    if (r->slow)
        sleep_us(1050000 + oat_run_below(&r->seed, 200000));
    else
        sleep_us(oat_run_below(&r->seed, 60000));
    if (oat_run_below(&r->seed, 10) < 6) {
        await_roll(r);
        sleep_us(oat_run_below(&r->seed, 3) * oat_run_below(&r->seed, 300));
    }
    return true;
}

static void kill_and_wait(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd gone = {.fd = fd, .events = POLLIN};
    kill(pid, SIGKILL);
    poll(&gone, 1, DEATH_TIMEOUT_MS);
    close(fd);
}

/* True when the dead process had lived until it was killed: nothing else had ended it. */
static bool was_killed(pid_t pid)
{
    int status;
    return waitpid(pid, &status, WNOHANG) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* ---- What must be there afterwards ---- */

struct count {
    uint64_t begun, done;
    uint64_t shown, shown_above; /* ended spans below done, and from there on */
    bool must_show_long, long_shown, running_shown;
};

struct check {
    const struct round *round;
    struct count counts[WORKERS];
    bool alive[PROCESSES];
    struct oat_crash_span plan;
    char why[OAT_RUN_WHY_SIZE];
};

static bool fail(struct check *c, const char *what, uint32_t worker, uint32_t n)
{
    char why[OAT_RUN_WHY_SIZE];
    memcpy(why, c->why, sizeof why);
    return oat_run_differs(c->why, "worker %u span %u (begun %" PRIu64 ", done %" PRIu64 "): %s%s%.200s",
                           worker, n, c->counts[worker].begun, c->counts[worker].done, what, *why ? ": " : "",
                           why);
}

/* A span that was announced: what it shows must be what it had, or not yet. */
static bool open_is_right(struct check *c, const struct oat_run_view *view, size_t i, uint32_t worker,
                          uint32_t n)
{
    const oat_span_view *got = &view->spans[i];
    const struct oat_run_want_span *want = &c->plan.want;
    struct count *count = &c->counts[worker];
    bool alive = c->alive[worker / THREADS];
    if (got->status != (alive ? OAT_SHOWN_RUNNING : OAT_SHOWN_INTERRUPTED))
        return fail(c, "status of a running span", worker, n);
    if (got->type != want->type ||
        !oat_run_text_matches("name", got->text[OAT_TEXT_NAME], want->text[OAT_TEXT_NAME], c->why))
        return fail(c, "type or name of a running span", worker, n);
    if (got->output.present || got->error.present)
        return fail(c, "a running span has what it gets at its end", worker, n);
    bool may_lack_input = n != OAT_CRASH_LONG_SPAN || !count->must_show_long;
    bool input_right =
        (!got->input.present && may_lack_input) ||
        oat_run_payload_matches(view->snapshot, "input of a running span", &got->input, &want->input, c->why);
    if (n == OAT_CRASH_LONG_SPAN) {
        count->long_shown = true;
        return input_right || fail(c, "a long span", worker, n);
    }
    if (n < count->done || n > count->begun || (count->running_shown && !alive))
        return fail(c, "shown as running", worker, n);
    count->running_shown = true;
    return input_right || fail(c, "a short span", worker, n);
}

static bool shown_span_is_right(struct check *c, const struct oat_run_view *view, size_t i)
{
    const oat_span_view *got = &view->spans[i];
    uint32_t worker, n;
    c->why[0] = '\0';
    if (!oat_crash_id_parse(got->span_id, c->round->number, &worker, &n) || worker >= WORKERS)
        return oat_run_differs(c->why, "a span that nobody started");
    struct count *count = &c->counts[worker];
    oat_crash_plan(c->round->number, worker, n, c->round->variant == SAME_PAYLOADS, &c->plan);
    if (memcmp(got->trace_id, c->plan.want.trace_id, 16) != 0)
        return fail(c, "in another trace", worker, n);
    if (got->status != OAT_SHOWN_SUCCESS && got->status != OAT_SHOWN_ERROR)
        return open_is_right(c, view, i, worker, n);
    if (n == OAT_CRASH_LONG_SPAN || n >= count->begun)
        return fail(c, "nobody ended it", worker, n);
    *(n < count->done ? &count->shown : &count->shown_above) += 1;
    return oat_run_span_matches(view->snapshot, view->trace_of[i], got, &c->plan.want, c->why) ||
           fail(c, "differs", worker, n);
}

static bool worker_is_whole(struct check *c, uint32_t worker)
{
    const struct count *count = &c->counts[worker];
    c->why[0] = '\0';
    if (count->shown != count->done)
        return fail(c, "spans are missing", worker, (uint32_t)(count->done - count->shown));
    if (!c->alive[worker / THREADS] && count->shown_above > 1)
        return fail(c, "too many spans", worker, (uint32_t)count->shown_above);
    return count->long_shown || !count->must_show_long || fail(c, "a long span is missing", worker, 0);
}

/* What must be there is taken before the store is read, what may be there afterwards. */
static void read_counters(struct check *c, bool before)
{
    for (uint32_t i = 0; i < WORKERS; i++) {
        struct worker *w = &c->round->page->workers[i];
        if (before)
            c->counts[i].done = atomic_load(&w->done);
        else
            c->counts[i].begun = atomic_load(&w->begun);
    }
}

static void note_long_spans(struct check *c)
{
    uint64_t now_ns = boot_ns();
    for (uint32_t i = 0; i < WORKERS; i++) {
        uint64_t since_ns = atomic_load(&c->round->page->workers[i].long_since_ns);
        c->counts[i].must_show_long = since_ns && now_ns - since_ns > ANNOUNCED_NS;
    }
}

static bool store_is_right(struct check *c)
{
    struct oat_run_view view;
    bool right = true;
    read_counters(c, true);
    int st = oat_run_view_open(c->round->dir, &view);
    read_counters(c, false);
    if (st != OAT_OK)
        return oat_run_differs(c->why, "the store cannot be read: %s", oat_result_text(st));
    for (size_t i = 0; right && i < view.count; i++)
        right = shown_span_is_right(c, &view, i);
    for (uint32_t i = 0; right && i < WORKERS; i++)
        right = worker_is_whole(c, i);
    if (right) {
        c->why[0] = '\0';
        right = oat_run_view_is_clean(&view, 1u << OAT_PROBLEM_TORN, c->why);
    }
    oat_run_view_close(&view);
    return right;
}

/* ---- Rounds ---- */

static bool run_round(struct round *r, struct oat_crash_moment *ret_moment, char why[OAT_RUN_WHY_SIZE])
{
    struct check check = {.round = r};
    memset(r->page, 0, sizeof *r->page);
    oat_run_dir_make(r->dir);
    pid_t pid = fork();
    if (pid < 0) {
        perror("fork");
        exit(2);
    }
    if (pid == 0) {
        writing_process(r);
        _exit(3);
    }
    bool right = await_moment(r) || oat_run_differs(check.why, "the workers did not start");
    pid_t child = atomic_load(&r->page->child);
    pid_t victims[PROCESSES] = {pid, child};
    if (child && r->seed % 2) {
        victims[0] = child;
        victims[1] = pid;
    }
    if (!child)
        note_long_spans(&check);
    kill_and_wait(victims[0]);
    if (victims[1]) {
        check.alive[victims[0] == pid ? 1 : 0] = r->seed % 4 < 2;
        if (r->seed % 4 < 2)
            right = right && store_is_right(&check); /* beside the one that goes on */
        kill_and_wait(victims[1]);
        memset(check.alive, 0, sizeof check.alive);
        memset(check.counts, 0, sizeof check.counts);
    }
    for (size_t i = 0; i < PROCESSES; i++)
        if (victims[i] && !was_killed(victims[i]))
            right = oat_run_differs(check.why, "a process had ended before it was killed");
    *ret_moment = oat_crash_moment_of(r->dir);
    right = right && store_is_right(&check);
    if (right && atomic_load(&r->page->dropped))
        right = oat_run_differs(check.why, "the writer dropped a span");
    memcpy(why, check.why, sizeof check.why);
    oat_crash_span_free(&check.plan);
    if (right)
        oat_run_dir_remove(r->dir);
    return right;
}

struct tally {
    unsigned passed, failed, of_variant[VARIANTS], pwrite;
    unsigned rolls, growth, group_ends, torn, aimed;
};

static void tally_moment(struct tally *t, const struct oat_crash_moment *m)
{
    bool roll = m->making || m->carrying || m->sealing;
    t->rolls += roll;
    t->growth += m->growing;
    t->group_ends += m->group_end;
    t->torn += m->torn;
    t->aimed += roll || m->growing || m->group_end;
}

static void print_tally(const struct tally *t)
{
    unsigned rounds = t->passed + t->failed;
    printf("%u rounds:", rounds);
    for (int i = 0; i < VARIANTS; i++)
        printf(" %s %u%s", variant_names[i], t->of_variant[i], i + 1 < VARIANTS ? "," : ";");
    printf(" %u without mapping\n", t->pwrite);
    printf("killed during a roll %u, a growth step %u, a group's end %u: %u rounds (%u %%); inside an entry "
           "%u\n",
           t->rolls, t->growth, t->group_ends, t->aimed, rounds ? t->aimed * 100 / rounds : 0, t->torn);
    printf("%u passed, %u failed\n", t->passed, t->failed);
}

static enum oat_map_mode map_of(uint32_t round)
{
    oat_config config;
    oat_config_init(&config);
    if (config.map != OAT_MAP_AUTO)
        return config.map;
    return round / VARIANTS % 2 ? OAT_MAP_NEVER : OAT_MAP_AUTO;
}

static int usage(void)
{
    fprintf(stderr, "usage: crash [--rounds N] [--seed S]\n");
    return 2;
}

int main(int argc, char **argv)
{
    uint32_t rounds = ROUNDS_DEFAULT;
    uint64_t seed = boot_ns();
    struct tally tally = {0};
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--rounds") == 0)
            rounds = (uint32_t)strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[i + 1], NULL, 10);
        else
            return usage();
    }
    if (argc % 2 == 0)
        return usage();
    struct page *page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return 2;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (uint32_t i = 0; i < rounds && tally.failed < FAILURES_MAX; i++) {
        char why[OAT_RUN_WHY_SIZE] = "";
        struct oat_crash_moment moment;
        struct round round = {.number = i + 1,
                              .variant = (enum variant)(i % VARIANTS),
                              .map = map_of(i),
                              .seed = oat_run_mix(seed + i),
                              .page = page};
        if (round.variant == FORKING && !OAT_RUN_FORKS_WITH_THREADS)
            round.variant = PLAIN;
        round.slow = round.variant == LONG_SPANS && oat_run_below(&round.seed, 2) == 0;
        bool right = run_round(&round, &moment, why);
        if (!right)
            printf("round %u (%s, %s, seed %" PRIu64 ", kept in %s): %s\n", i, variant_names[round.variant],
                   round.map == OAT_MAP_NEVER ? "pwrite" : "map", seed, round.dir, why);
        fflush(stdout);
        *(right ? &tally.passed : &tally.failed) += 1;
        tally.of_variant[round.variant]++;
        tally.pwrite += round.map == OAT_MAP_NEVER;
        tally_moment(&tally, &moment);
    }
    print_tally(&tally);
    return tally.failed > 0;
}
