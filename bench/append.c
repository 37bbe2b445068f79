/* Start and end of a span beside two clock reads and a copy of its 256 bytes. */
#include "bench/support/span_load.h"
#include "bench/support/table.h"
#include "bench/support/threads.h"

#include <stdio.h>

enum {
    FLOOR,
    SPAN,
    FLOOR_2,
    SPAN_2,
    FLOOR_PWRITE,
    SPAN_PWRITE,
    SPAN_PWRITE_2,
    CASES,
};

enum {
    WARM,
    ROLLS,
    ROLLS_SYNCED,
    SUSTAINED_CASES,
};

#define SEGMENT_SPANS 240000u /* of the 262,128 slots of a segment: it does not roll */
#define SLICES        60u

static void warm(const oat_bench_options *options)
{
    static const char alone[] = "throughput of 1 alone";
    static oat_bench_rounds rounds;
    unsigned mapped = options->quick ? 60000 : SEGMENT_SPANS;
    unsigned written = mapped / 4;
    oat_bench_load map1 = {.options = options,
                           .map = OAT_MAP_ALWAYS,
                           .warm = true,
                           .threads = 1,
                           .spans = mapped,
                           .slices = SLICES};
    oat_bench_load map2 = map1;
    oat_bench_load write1 = {
        .options = options, .map = OAT_MAP_NEVER, .threads = 1, .spans = written, .slices = SLICES};
    oat_bench_load write2 = write1;
    map2.threads = write2.threads = 2;
    const oat_bench_case cases[CASES] = {
        [FLOOR] = {oat_bench_floor_run, &map1},          [SPAN] = {oat_bench_load_run, &map1},
        [FLOOR_2] = {oat_bench_floor_run, &map2},        [SPAN_2] = {oat_bench_load_run, &map2},
        [FLOOR_PWRITE] = {oat_bench_floor_run, &write1}, [SPAN_PWRITE] = {oat_bench_load_run, &write1},
        [SPAN_PWRITE_2] = {oat_bench_load_run, &write2},
    };
    oat_bench_run(cases, CASES, options->quick ? 3 : 11, &rounds);

    oat_bench_head(options, "append: start and end of a span, pages ready, in bursts of 4,000", &rounds);
    const struct {
        size_t no;
        const char *name;
        const char *versus; /* of another case, but of itself alone where there are threads */
        size_t base_no;
        enum oat_bench_goal goal;
        double target;
    } rows[] = {
        {FLOOR, "floor: two clocks, copy of 256 bytes", NULL, 0, OAT_BENCH_NO_GOAL, 0},
        {SPAN, "span, mapped", "floor", FLOOR, OAT_BENCH_AT_MOST, 1.6},
        {FLOOR_2, "floor, 2 threads", alone, FLOOR_2, OAT_BENCH_NO_GOAL, 0},
        {SPAN_2, "span, mapped, 2 threads", alone, SPAN_2, OAT_BENCH_AT_LEAST, 1.7},
        {FLOOR_PWRITE, "floor: two clocks, pwrite of 256 bytes", NULL, 0, OAT_BENCH_NO_GOAL, 0},
        {SPAN_PWRITE, "span, pwrite", "floor (pwrite)", FLOOR_PWRITE, OAT_BENCH_AT_MOST, 1.6},
        {SPAN_PWRITE_2, "span, pwrite, 2 threads", alone, SPAN_PWRITE_2, OAT_BENCH_NO_GOAL, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double ratio = rows[i].versus == alone
                           ? oat_bench_median(&rounds, rows[i].no, OAT_BENCH_SPEEDUP)
                           : oat_bench_ratio(&rounds, rows[i].no, rows[i].base_no, OAT_BENCH_SPAN_NS);
        oat_bench_print(options,
                        &(oat_bench_row){.name = rows[i].name,
                                         .value = oat_bench_median(&rounds, rows[i].no, OAT_BENCH_SPAN_NS),
                                         .unit = "ns",
                                         .versus = rows[i].versus,
                                         .ratio = ratio,
                                         .goal = rows[i].goal,
                                         .target = rows[i].target});
    }
    if (oat_bench_cpus() < 2)
        oat_bench_note(options, "One processor: the figures of 2 threads mean nothing.");
}

/* Over several segments, with what that takes: allocation, page faults, rolls, sealing, sync. */
static void sustained(const oat_bench_options *options)
{
    static oat_bench_rounds rounds;
    static const char *const names[] = {"span, pages ready, one segment", "span, over 4 rolls, never synced",
                                        "span, over 4 rolls, synced every second"};
    oat_bench_load ready = {.options = options,
                            .map = OAT_MAP_ALWAYS,
                            .warm = true,
                            .threads = 1,
                            .spans = SEGMENT_SPANS,
                            .slices = SLICES};
    oat_bench_load rolls = {.options = options,
                            .map = OAT_MAP_ALWAYS,
                            .threads = 1,
                            .spans = options->quick ? 300000 : 1200000,
                            .slices = 1};
    oat_bench_load synced = rolls;
    synced.flush_interval_ms = 1000;
    const oat_bench_case cases[SUSTAINED_CASES] = {
        [WARM] = {oat_bench_load_run, &ready},
        [ROLLS] = {oat_bench_load_run, &rolls},
        [ROLLS_SYNCED] = {oat_bench_load_run, &synced},
    };
    oat_bench_run(cases, SUSTAINED_CASES, options->quick ? 3 : 7, &rounds);
    oat_bench_head(options, "append, sustained: pages come as they are needed", &rounds);
    for (size_t i = 0; i < SUSTAINED_CASES; i++)
        oat_bench_print(options,
                        &(oat_bench_row){.name = names[i],
                                         .value = oat_bench_median(&rounds, i, OAT_BENCH_SPAN_NS),
                                         .unit = "ns",
                                         .versus = i == WARM ? NULL : "pages ready",
                                         .ratio = oat_bench_ratio(&rounds, i, WARM, OAT_BENCH_SPAN_NS)});
}

int main(int argc, char **argv)
{
    oat_bench_options options;
    oat_bench_begin(argc, argv, &options);
    warm(&options);
    sustained(&options);
    oat_bench_done(&options);
    return 0;
}
