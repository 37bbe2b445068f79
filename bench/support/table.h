/* Prints what a benchmark found: a table for people, or with --json one object a line. */
#ifndef OAT_BENCH_TABLE_H
#define OAT_BENCH_TABLE_H

#include "bench/support/options.h"
#include "bench/support/rounds.h"

enum oat_bench_goal {
    OAT_BENCH_NO_GOAL,
    OAT_BENCH_AT_MOST,
    OAT_BENCH_AT_LEAST,
};

typedef struct oat_bench_row {
    const char *name;
    double value;
    const char *unit;
    const char *versus; /* what the ratio is to; NULL: a row without a ratio */
    double ratio;
    enum oat_bench_goal goal; /* of the ratio */
    double target;
} oat_bench_row;

/* Title, machine and how many rounds stand behind the figures. */
void oat_bench_head(const oat_bench_options *options, const char *title, const oat_bench_rounds *rounds);

void oat_bench_print(const oat_bench_options *options, const oat_bench_row *row);

/* A remark below the table; not in JSON. */
void oat_bench_note(const oat_bench_options *options, const char *text);

#endif
