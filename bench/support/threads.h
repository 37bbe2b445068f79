/* Runs the same work on one or more pinned threads, in slices that all threads begin together. */
#ifndef OAT_BENCH_THREADS_H
#define OAT_BENCH_THREADS_H

#include <stdint.h>

#define OAT_BENCH_THREADS 16u
#define OAT_BENCH_SLICES  256u

typedef struct oat_bench_work {
    void (*begin)(void *arg, unsigned thread_no); /* not measured; may be NULL */
    void (*slice)(void *arg, unsigned thread_no, unsigned slice_no);
    void (*end)(void *arg, unsigned thread_no); /* not measured; may be NULL */
} oat_bench_work;

/* Runs the work on `threads` new threads, the n-th on the n-th processor the program may use, and
 * returns the median over the slices of the nanoseconds from the first thread's begin of a slice to
 * the last one's end: what disturbs a few slices from outside does not count. The threads rest 2 ms
 * before each. One slice: the whole time, with everything that happens in it. */
double oat_bench_on_threads(const oat_bench_work *work, void *arg, unsigned threads, unsigned slices);

typedef struct oat_bench_turns {
    double slice_ns; /* of all threads together, by the sum of their rates */
    double times;    /* that rate by the mean rate of a thread alone */
} oat_bench_turns;

/* As above, but the slices take turns: each thread alone, then all together, and so on; medians over
 * the turns. On a virtual machine other guests of the host take a third of a processor's speed, for
 * tenths of a second and of one processor at a time: alone and together are compared within
 * milliseconds and on the same processors. slices: a multiple of threads + 1; of these a thread works
 * in oat_bench_turn_slices. */
oat_bench_turns oat_bench_in_turns(const oat_bench_work *work, void *arg, unsigned threads, unsigned slices);

static inline unsigned oat_bench_turn_slices(unsigned threads, unsigned slices)
{
    return slices / (threads + 1) * 2;
}

/* Processors the program may use. */
unsigned oat_bench_cpus(void);

#endif
