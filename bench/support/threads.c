#include "bench/support/threads.h"

#include "bench/support/options.h"
#include "writer/clock.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

typedef struct worker {
    pthread_t thread;
    oat_bench_work *work;
    void *arg;
    unsigned no;
    uint64_t begin_ns;
    uint64_t end_ns;
} worker;

static _Atomic unsigned missing; /* threads that are not ready yet */
static _Thread_local worker *self;

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

static void pin(const cpu_set_t *all, unsigned no)
{
    cpu_set_t one;
    unsigned skip = no % (unsigned)CPU_COUNT(all);
    CPU_ZERO(&one);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, all) && skip-- == 0)
            CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
        oat_bench_fail("sched_setaffinity");
}

void oat_bench_ready(void)
{
    atomic_fetch_sub(&missing, 1);
    while (atomic_load_explicit(&missing, memory_order_acquire) > 0)
        ;
    self->begin_ns = oat_clock_boot_ns();
}

void oat_bench_stop(void)
{
    self->end_ns = oat_clock_boot_ns();
}

static void *run(void *arg)
{
    cpu_set_t all = usable();
    self = arg;
    pin(&all, self->no);
    self->work(self->arg, self->no);
    if (self->end_ns == 0)
        oat_bench_stop();
    return NULL;
}

uint64_t oat_bench_on_threads(unsigned count, oat_bench_work *work, void *arg)
{
    worker workers[OAT_BENCH_THREADS] = {0};
    uint64_t begin_ns = UINT64_MAX, end_ns = 0;
    atomic_store(&missing, count);
    for (unsigned i = 0; i < count; i++) {
        workers[i] = (worker){.work = work, .arg = arg, .no = i};
        errno = pthread_create(&workers[i].thread, NULL, run, &workers[i]);
        if (errno != 0)
            oat_bench_fail("pthread_create");
    }
    for (unsigned i = 0; i < count; i++) {
        pthread_join(workers[i].thread, NULL);
        begin_ns = workers[i].begin_ns < begin_ns ? workers[i].begin_ns : begin_ns;
        end_ns = workers[i].end_ns > end_ns ? workers[i].end_ns : end_ns;
    }
    return end_ns - begin_ns;
}
