#include "bench/support/span_load.h"

#include "bench/support/threads.h"
#include "writer/clock.h"

#include <string.h>
#include <unistd.h>

#define WARM_UP 64u /* spans of each thread that are not measured: caches, first lane */

/* ---- The writer ---- */

typedef struct span_work {
    const oat_bench_load *load;
    oat_tracer *tracer;
} span_work;

static void append_spans(void *arg, unsigned thread_no)
{
    const span_work *work = arg;
    unsigned count = work->load->spans / work->load->threads;
    (void)thread_no;
    oat_span *root = oat_span_start(work->tracer, OAT_AGENT, "run");
    for (unsigned i = 0; i < WARM_UP; i++)
        oat_bench_span(work->tracer, i);
    oat_bench_ready();
    for (unsigned i = 0; i < count; i++)
        oat_bench_span(work->tracer, i);
    oat_bench_stop();
    oat_span_end(root);
}

void oat_bench_load_run(void *arg, double ret[OAT_BENCH_METRICS])
{
    const oat_bench_load *load = arg;
    oat_bench_store store;
    uint64_t measured = load->spans / load->threads * load->threads;
    if (!load->warm)
        oat_bench_touch_memory((size_t)load->spans * OAT_BENCH_RECORD);
    oat_bench_store_open(load->options, load->map, load->flush_interval_ms, &store);
    if (load->warm)
        oat_bench_store_warm(&store);
    span_work work = {.load = load, .tracer = store.tracer};
    ret[0] = (double)oat_bench_on_threads(load->threads, append_spans, &work) / (double)measured;
    oat_bench_store_close(&store, measured + load->threads * (WARM_UP + 1));
}

/* ---- The floor ---- */

typedef struct floor_work {
    const oat_bench_load *load;
    oat_bench_file file;
} floor_work;

static void put(const floor_work *work, size_t at, const uint8_t record[OAT_BENCH_RECORD])
{
    if (work->file.map) {
        memcpy(work->file.map + at, record, OAT_BENCH_RECORD);
        __asm__ volatile("" ::: "memory");
    } else if (pwrite(work->file.fd, record, OAT_BENCH_RECORD, (off_t)at) != (ssize_t)OAT_BENCH_RECORD) {
        oat_bench_fail("pwrite");
    }
}

static void append_records(void *arg, unsigned thread_no)
{
    const floor_work *work = arg;
    unsigned count = work->load->spans / work->load->threads;
    size_t begin = (size_t)thread_no * count * OAT_BENCH_RECORD;
    uint8_t record[OAT_BENCH_RECORD];
    memset(record, 0x5a, sizeof record);
    oat_bench_ready();
    for (unsigned i = 0; i < count; i++) {
        uint64_t times_ns[2];
        times_ns[0] = oat_clock_boot_ns();
        times_ns[1] = oat_clock_boot_ns();
        memcpy(record + 40, times_ns, sizeof times_ns);
        put(work, begin + (size_t)i * OAT_BENCH_RECORD, record);
    }
    oat_bench_stop();
}

void oat_bench_floor_run(void *arg, double ret[OAT_BENCH_METRICS])
{
    const oat_bench_load *load = arg;
    floor_work work = {.load = load};
    unsigned measured = load->spans / load->threads * load->threads;
    oat_bench_file_open(load->options, (size_t)load->spans * OAT_BENCH_RECORD, load->map != OAT_MAP_NEVER,
                        &work.file);
    ret[0] = (double)oat_bench_on_threads(load->threads, append_records, &work) / (double)measured;
    oat_bench_file_close(&work.file);
}
