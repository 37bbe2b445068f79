#include "bench/support/span_load.h"

#include "bench/support/threads.h"
#include "writer/clock.h"

#include <string.h>
#include <unistd.h>

#define WARM_UP 64u /* spans of each thread that are not measured: caches, first lane */

/* Spans of one thread in one slice. */
static unsigned slice_spans(const oat_bench_load *load)
{
    return load->spans / load->threads / load->slices;
}

static unsigned all_spans(const oat_bench_load *load)
{
    unsigned slices = load->threads > 1 ? oat_bench_turn_slices(load->threads, load->slices) : load->slices;
    return slice_spans(load) * slices * load->threads;
}

static void measure(const oat_bench_work *work, void *arg, const oat_bench_load *load,
                    double ret[OAT_BENCH_METRICS])
{
    if (load->threads == 1) {
        ret[OAT_BENCH_SPAN_NS] = oat_bench_on_threads(work, arg, 1, load->slices) / slice_spans(load);
    } else {
        oat_bench_turns turns = oat_bench_in_turns(work, arg, load->threads, load->slices);
        ret[OAT_BENCH_SPAN_NS] = turns.slice_ns / slice_spans(load);
        ret[OAT_BENCH_SPEEDUP] = turns.times;
    }
}

/* ---- The writer ---- */

typedef struct span_work {
    const oat_bench_load *load;
    oat_tracer *tracer;
    oat_span *roots[OAT_BENCH_THREADS];
} span_work;

static void begin_spans(void *arg, unsigned thread_no)
{
    span_work *work = arg;
    work->roots[thread_no] = oat_span_start(work->tracer, OAT_AGENT, "run");
    for (unsigned i = 0; i < WARM_UP; i++)
        oat_bench_span(work->tracer, i);
}

static void append_spans(void *arg, unsigned thread_no, unsigned slice_no)
{
    const span_work *work = arg;
    unsigned count = slice_spans(work->load);
    (void)thread_no, (void)slice_no;
    for (unsigned i = 0; i < count; i++)
        oat_bench_span(work->tracer, i);
}

static void end_spans(void *arg, unsigned thread_no)
{
    span_work *work = arg;
    oat_span_end(work->roots[thread_no]);
}

void oat_bench_load_run(void *arg, double ret[OAT_BENCH_METRICS])
{
    static const oat_bench_work spans = {begin_spans, append_spans, end_spans};
    const oat_bench_load *load = arg;
    oat_bench_store store;
    if (!load->warm)
        oat_bench_touch_memory((size_t)load->spans * OAT_BENCH_RECORD);
    oat_bench_store_open(load->options, load->map, load->flush_interval_ms, &store);
    if (load->warm)
        oat_bench_store_warm(&store);
    span_work work = {.load = load, .tracer = store.tracer};
    measure(&spans, &work, load, ret);
    oat_bench_store_close(&store, all_spans(load) + load->threads * (WARM_UP + 1));
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

static void append_records(void *arg, unsigned thread_no, unsigned slice_no)
{
    const floor_work *work = arg;
    unsigned count = slice_spans(work->load);
    size_t begin = (size_t)(thread_no * work->load->slices + slice_no) * count * OAT_BENCH_RECORD;
    uint8_t record[OAT_BENCH_RECORD];
    memset(record, 0x5a, sizeof record);
    for (unsigned i = 0; i < count; i++) {
        uint64_t times_ns[2];
        times_ns[0] = oat_clock_boot_ns();
        times_ns[1] = oat_clock_boot_ns();
        memcpy(record + 40, times_ns, sizeof times_ns);
        put(work, begin + (size_t)i * OAT_BENCH_RECORD, record);
    }
}

void oat_bench_floor_run(void *arg, double ret[OAT_BENCH_METRICS])
{
    static const oat_bench_work records = {.slice = append_records};
    const oat_bench_load *load = arg;
    floor_work work = {.load = load};
    oat_bench_file_open(load->options, (size_t)load->spans * OAT_BENCH_RECORD, load->map != OAT_MAP_NEVER,
                        &work.file);
    measure(&records, &work, load, ret);
    oat_bench_file_close(&work.file);
}
