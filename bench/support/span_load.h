/* The load that the writer is measured with, and its floor. */
#ifndef OAT_BENCH_SPAN_LOAD_H
#define OAT_BENCH_SPAN_LOAD_H

#include "bench/support/rounds.h"
#include "bench/support/store.h"

#define OAT_BENCH_RECORD 256u

/* Starts and ends one span: name, type, parent (the thread's current span), random ids. */
static inline void oat_bench_span(oat_tracer *tracer, unsigned i)
{
    static const char *const names[4] = {"plan", "chat gpt-4o-mini", "search files", "summarise"};
    static const enum oat_span_type types[4] = {OAT_CHAIN, OAT_LLM, OAT_TOOL, OAT_LLM};
    oat_span_end(oat_span_start(tracer, types[i % 4], names[i % 4]));
}

typedef struct oat_bench_load {
    const oat_bench_options *options;
    enum oat_map_mode map;
    bool warm;                  /* every page of the segment is there beforehand: map only */
    uint32_t flush_interval_ms; /* 0: never */
    unsigned threads;
    unsigned spans;  /* by all threads together, at most; warm: they fit one segment */
    unsigned slices; /* the median of so many equal parts is taken; 1: the whole time */
} oat_bench_load;

enum {
    OAT_BENCH_SPAN_NS, /* all threads together */
    OAT_BENCH_SPEEDUP, /* more than one thread: rate of all by the mean rate of one alone (threads.h) */
};

/* A case of oat_bench_run, with the metrics above. arg: oat_bench_load. */
void oat_bench_load_run(void *arg, double ret[OAT_BENCH_METRICS]);

/* The same for the floor: two clock reads and a copy (map) or a pwrite of 256 bytes. */
void oat_bench_floor_run(void *arg, double ret[OAT_BENCH_METRICS]);

#endif
