#include "bench/support/threads.h"

#include "bench/support/options.h"
#include "bench/support/rounds.h"
#include "writer/clock.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define REST_US 2000

typedef struct team {
    const oat_bench_work *work;
    void *arg;
    unsigned threads;
    unsigned slices;
    bool turns;               /* in the first of threads + 1 slices thread 0 works alone, ... */
    _Atomic unsigned arrived; /* at the starts of all slices so far */
    uint64_t begin_ns[OAT_BENCH_THREADS][OAT_BENCH_SLICES];
    uint64_t end_ns[OAT_BENCH_THREADS][OAT_BENCH_SLICES];
} team;

typedef struct member {
    pthread_t thread;
    team *team;
    unsigned no;
} member;

static cpu_set_t usable(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        oat_bench_fail("sched_getaffinity");
    return set;
}

unsigned oat_bench_cpus(void)
{
    cpu_set_t set = usable();
    return (unsigned)CPU_COUNT(&set);
}

static void pin(unsigned no)
{
    cpu_set_t all = usable(), one;
    unsigned skip = no % (unsigned)CPU_COUNT(&all);
    size_t cpu = 0;
    while (!CPU_ISSET(cpu, &all) || skip-- > 0)
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
        oat_bench_fail("sched_setaffinity");
}

/* Waits until all threads are here, spinning: they are to leave at the same moment. Before a slice of
 * many, the threads rest: what works beside them catches up, as it does when the load is less than
 * all the processors there are. */
static void meet(team *t, unsigned slice_no)
{
    unsigned all = (slice_no + 1) * t->threads;
    if (t->slices > 1)
        usleep(REST_US);
    atomic_fetch_add(&t->arrived, 1);
    while (atomic_load_explicit(&t->arrived, memory_order_acquire) < all)
        ;
}

static bool works_in(const team *t, unsigned thread_no, unsigned slice_no)
{
    unsigned turn = slice_no % (t->threads + 1);
    return !t->turns || turn == thread_no || turn == t->threads;
}

static void *run(void *arg)
{
    const member *m = arg;
    team *t = m->team;
    pin(m->no);
    if (t->work->begin)
        t->work->begin(t->arg, m->no);
    for (unsigned slice_no = 0; slice_no < t->slices; slice_no++) {
        meet(t, slice_no);
        if (!works_in(t, m->no, slice_no))
            continue;
        t->begin_ns[m->no][slice_no] = oat_clock_boot_ns();
        t->work->slice(t->arg, m->no, slice_no);
        t->end_ns[m->no][slice_no] = oat_clock_boot_ns();
    }
    if (t->work->end)
        t->work->end(t->arg, m->no);
    return NULL;
}

static void run_team(team *t)
{
    member members[OAT_BENCH_THREADS];
    for (unsigned i = 0; i < t->threads; i++) {
        members[i] = (member){.team = t, .no = i};
        errno = pthread_create(&members[i].thread, NULL, run, &members[i]);
        if (errno != 0)
            oat_bench_fail("pthread_create");
    }
    for (unsigned i = 0; i < t->threads; i++)
        pthread_join(members[i].thread, NULL);
}

static team *team_of(const oat_bench_work *work, void *arg, unsigned threads, unsigned slices)
{
    static team t;
    memset(&t, 0, sizeof t); /* touched, too */
    t.work = work;
    t.arg = arg;
    t.threads = threads;
    t.slices = slices;
    return &t;
}

double oat_bench_on_threads(const oat_bench_work *work, void *arg, unsigned threads, unsigned slices)
{
    double spent_ns[OAT_BENCH_SLICES];
    team *t = team_of(work, arg, threads, slices);
    run_team(t);
    for (unsigned slice_no = 0; slice_no < slices; slice_no++) {
        uint64_t begin_ns = UINT64_MAX, end_ns = 0;
        for (unsigned i = 0; i < threads; i++) {
            begin_ns = t->begin_ns[i][slice_no] < begin_ns ? t->begin_ns[i][slice_no] : begin_ns;
            end_ns = t->end_ns[i][slice_no] > end_ns ? t->end_ns[i][slice_no] : end_ns;
        }
        spent_ns[slice_no] = (double)(end_ns - begin_ns);
    }
    return oat_bench_median_of(spent_ns, slices);
}

static double rate(const team *t, unsigned thread_no, unsigned slice_no)
{
    return 1 / (double)(t->end_ns[thread_no][slice_no] - t->begin_ns[thread_no][slice_no]);
}

oat_bench_turns oat_bench_in_turns(const oat_bench_work *work, void *arg, unsigned threads, unsigned slices)
{
    double slice_ns[OAT_BENCH_SLICES], times[OAT_BENCH_SLICES];
    unsigned rounds = slices / (threads + 1);
    team *t = team_of(work, arg, threads, slices);
    t->turns = true;
    run_team(t);
    for (unsigned r = 0; r < rounds; r++) {
        unsigned first = r * (threads + 1);
        double alone = 0, together = 0;
        for (unsigned i = 0; i < threads; i++) {
            alone += rate(t, i, first + i) / threads;
            together += rate(t, i, first + threads);
        }
        slice_ns[r] = 1 / together;
        times[r] = together / alone;
    }
    return (oat_bench_turns){oat_bench_median_of(slice_ns, rounds), oat_bench_median_of(times, rounds)};
}
