/* Repeats what is to be compared, interleaved, and takes medians.
 *
 * A round runs every case once, so that a slow minute of the machine meets all of them. Case 0,
 * metric 0 is the base: a round in which it is more than 15 % off its median is done again and not
 * kept. Ratios are taken within a round, then the median over the rounds. */
#ifndef OAT_BENCH_ROUNDS_H
#define OAT_BENCH_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>

#define OAT_BENCH_METRICS 6
#define OAT_BENCH_CASES   12
#define OAT_BENCH_ROUNDS  64

typedef struct oat_bench_case {
    void (*run)(void *arg, double ret[OAT_BENCH_METRICS]); /* one repetition */
    void *arg;
} oat_bench_case;

typedef struct oat_bench_rounds {
    size_t cases;
    size_t done; /* after the first, which only warms up */
    size_t kept;
    bool steady; /* enough rounds with a steady base were found */
    double values[OAT_BENCH_ROUNDS][OAT_BENCH_CASES][OAT_BENCH_METRICS];
    bool keep[OAT_BENCH_ROUNDS];
} oat_bench_rounds;

/* Runs rounds until `wanted` (at most OAT_BENCH_ROUNDS / 4) are kept, or four times as many were
 * done: then all are kept and steady is false. */
void oat_bench_run(const oat_bench_case *cases, size_t count, size_t wanted, oat_bench_rounds *ret);

/* Median of a metric over the kept rounds. */
double oat_bench_median(const oat_bench_rounds *rounds, size_t case_no, size_t metric);

/* Median over the kept rounds of one case's metric divided by another case's. */
double oat_bench_ratio(const oat_bench_rounds *rounds, size_t case_no, size_t base_no, size_t metric);

/* The value below which a share (0..1) of sorted values lie. */
double oat_bench_quantile(const double *sorted, size_t count, double share);

/* Sorts in place and returns the median. */
double oat_bench_median_of(double *values, size_t count);

#endif
