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

/* Processors the program may use. */
unsigned oat_bench_cpus(void);

#endif
