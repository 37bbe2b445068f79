/* Appends generated spans to a store: runs of agents as bench/support/world.h and agent_run.h describe
 * them. The same arguments make the same spans.
 *
 *   generate --dir DIR [--spans 1e7] [--days 30] [--before 0] [--seed 1] [--payloads 0.1] [--rows DIR] */
#include "bench/support/arguments.h"
#include "bench/support/options.h"
#include "bench/support/row_file.h"
#include "bench/support/row_writer.h"
#include "format/day.h"
#include "writer/clock.h"

#include <stdio.h>

#define LAST_DAY   20779u /* 2026-11-22 */
#define BATCH_RUNS 256u

int main(int argc, char **argv)
{
    const char *dir = NULL, *rows_dir = "";
    double spans = 1e7, days = 30, before = 0, seed = 1, payloads = 0;
    const oat_bench_argument arguments[] = {
        {"dir", "the store", &dir, NULL},
        {"spans", "how many (10000000)", NULL, &spans},
        {"days", "the last one is 2026-11-22 (30)", NULL, &days},
        {"before", "the last one is so many days earlier (0)", NULL, &before},
        {"seed", "of the random numbers (1)", NULL, &seed},
        {"payloads", "share of the runs whose model calls have payloads (0)", NULL, &payloads},
        {"rows", "a folder to make with the same rows for other engines", &rows_dir, NULL},
    };
    oat_bench_arguments(argc, argv, arguments, sizeof arguments / sizeof *arguments);
    if (spans < 1 || spans > 1e10 || days < 1 || before < 0 || days + before > LAST_DAY || payloads > 1)
        oat_bench_fail("a number out of range");

    const uint64_t end_day = LAST_DAY + 1 - (uint64_t)before;
    oat_bench_world world;
    oat_bench_world_open((uint32_t)(spans / 2000) + 100, &world);
    const oat_bench_plan plan = {
        .spans = (uint64_t)spans,
        .seed = (uint64_t)seed,
        .begin_ns = (end_day - (uint64_t)days) * OAT_DAY_NS,
        /* An hour is left for the last run, so that there are no more days. */
        .end_ns = end_day * OAT_DAY_NS - OAT_DAY_NS / 24,
        .payloads = payloads,
        .batch_runs = BATCH_RUNS,
    };
    uint64_t began_ns = oat_clock_boot_ns();
    oat_bench_runs *runs = oat_bench_runs_open(&plan, &world);
    oat_bench_row_writer *writer = oat_bench_row_writer_open(dir, &world.texts);
    FILE *rows = *rows_dir ? oat_bench_row_file_open(rows_dir) : NULL;
    const oat_bench_batch *batch;
    while ((batch = oat_bench_runs_next(runs)) != NULL) {
        oat_bench_row_writer_add(writer, batch);
        if (rows)
            oat_bench_row_file_add(rows, batch->rows, batch->count);
    }
    oat_bench_row_writer_close(writer);
    if (rows)
        oat_bench_row_file_close(rows, rows_dir, &world.texts);
    oat_bench_runs_close(runs);
    oat_bench_world_close(&world);
    double seconds = (double)(oat_clock_boot_ns() - began_ns) / 1e9;
    printf("%.0f spans in %.1f s, %.0f a second\n", spans, seconds, spans / seconds);
    return 0;
}
