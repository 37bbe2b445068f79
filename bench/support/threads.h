/* Runs the same work on one or more pinned threads and measures from the first start to the last end. */
#ifndef OAT_BENCH_THREADS_H
#define OAT_BENCH_THREADS_H

#include <stdint.h>

#define OAT_BENCH_THREADS 16u

/* The work of thread thread_no. It calls oat_bench_ready once, when what should not be measured is
 * done; all threads leave that together. */
typedef void oat_bench_work(void *arg, unsigned thread_no);

void oat_bench_ready(void);

/* Runs the work on `count` new threads, the n-th on the n-th processor the program may use, and
 * returns the nanoseconds from the first leaving oat_bench_ready to the last being done. */
uint64_t oat_bench_on_threads(unsigned count, oat_bench_work *work, void *arg);

/* Marks the end of the measured part, when something follows that is not measured. */
void oat_bench_stop(void);

/* Processors the program may use. */
unsigned oat_bench_cpus(void);

#endif
