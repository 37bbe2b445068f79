/* Latency at a fixed rate, open loop: a span is due every 5 microseconds whether or not the one
 * before is done, and its latency counts from when it was due. */
#include "bench/support/span_load.h"
#include "bench/support/table.h"
#include "bench/support/threads.h"
#include "writer/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPANS_PER_S 200000u
#define PERIOD_NS   (OAT_NS_PER_S / SPANS_PER_S)
#define WARM_UP     1000u

enum {
    P50,
    P99,
    P999,
    P9999,
    MAX,
    PERCENTILES,
};

typedef struct paced_load {
    const oat_bench_options *options;
    enum oat_map_mode map;
    uint32_t flush_interval_ms;
    unsigned spans;
    double *latencies_ns; /* spans of them */
    oat_tracer *tracer;   /* of the repetition under way */
} paced_load;

static void append_paced(void *arg, unsigned thread_no, unsigned slice_no)
{
    const paced_load *load = arg;
    (void)thread_no, (void)slice_no;
    oat_span *root = oat_span_start(load->tracer, OAT_AGENT, "run");
    for (unsigned i = 0; i < WARM_UP; i++)
        oat_bench_span(load->tracer, i);
    uint64_t due_ns = oat_clock_boot_ns();
    for (unsigned i = 0; i < load->spans; i++) {
        due_ns += PERIOD_NS;
        while (oat_clock_boot_ns() < due_ns)
            ;
        oat_bench_span(load->tracer, i);
        load->latencies_ns[i] = (double)(oat_clock_boot_ns() - due_ns);
    }
    oat_span_end(root);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A case of oat_bench_run: the metrics are percentiles, in nanoseconds. */
static void paced_run(void *arg, double ret[OAT_BENCH_METRICS])
{
    static const oat_bench_work paced = {.slice = append_paced};
    static const double shares[PERCENTILES] = {0.5, 0.99, 0.999, 0.9999, 1};
    paced_load load = *(const paced_load *)arg;
    oat_bench_store store;
    memset(load.latencies_ns, 0, load.spans * sizeof *load.latencies_ns);
    oat_bench_touch_memory((size_t)load.spans * OAT_BENCH_RECORD);
    oat_bench_store_open(load.options, load.map, load.flush_interval_ms, &store);
    load.tracer = store.tracer;
    oat_bench_on_threads(&paced, &load, 1, 1);
    oat_bench_store_close(&store, load.spans + WARM_UP + 1);
    qsort(load.latencies_ns, load.spans, sizeof *load.latencies_ns, compare);
    for (unsigned i = 0; i < PERCENTILES; i++)
        ret[i] = oat_bench_quantile(load.latencies_ns, load.spans, shares[i]);
}

static void compare_with_sync(const oat_bench_options *options, enum oat_map_mode map, const char *title)
{
    static oat_bench_rounds rounds;
    static const char *const names[2][PERCENTILES] = {
        {"never synced, p50", "never synced, p99", "never synced, p99.9", "never synced, p99.99",
         "never synced, max"},
        {"synced, p50", "synced, p99", "synced, p99.9", "synced, p99.99", "synced, max"}};
    static const double targets[PERCENTILES] = {[P99] = 2, [P999] = 4};
    unsigned spans = options->quick ? SPANS_PER_S / 5 : SPANS_PER_S * 12 / 5;
    double *latencies_ns = malloc(spans * sizeof *latencies_ns);
    if (!latencies_ns)
        oat_bench_fail("malloc");
    paced_load never = {.options = options, .map = map, .spans = spans, .latencies_ns = latencies_ns};
    paced_load synced = never;
    synced.flush_interval_ms = options->quick ? 100 : 1000;
    const oat_bench_case cases[2] = {{paced_run, &never}, {paced_run, &synced}};
    oat_bench_run(cases, 2, options->quick ? 3 : 7, &rounds);
    free(latencies_ns);

    oat_bench_head(options, title, &rounds);
    for (size_t i = 0; i < 2; i++)
        for (size_t p = 0; p < PERCENTILES; p++)
            oat_bench_print(options, &(oat_bench_row){.name = names[i][p],
                                                      .value = oat_bench_median(&rounds, i, p),
                                                      .unit = "ns",
                                                      .versus = i == 0 ? NULL : "never synced",
                                                      .ratio = oat_bench_ratio(&rounds, i, 0, p),
                                                      .goal = i == 1 && targets[p] > 0 ? OAT_BENCH_AT_MOST
                                                                                       : OAT_BENCH_NO_GOAL,
                                                      .target = targets[p]});
}

int main(int argc, char **argv)
{
    oat_bench_options options;
    oat_bench_begin(argc, argv, &options);
    compare_with_sync(&options, OAT_MAP_ALWAYS,
                      "paced: 200,000 spans a second, mapped, synced every second or never");
    compare_with_sync(&options, OAT_MAP_NEVER,
                      "paced: 200,000 spans a second, pwrite, synced every second or never");
    oat_bench_done(&options);
    return 0;
}
