/* Makes up runs of agents: traces of 5 to 200 spans with a tree, times, tokens, costs and errors as
 * recorded runs have them.
 *
 * Where the numbers come from (the recorded runs are those of world.h): a run has 10.8 model calls
 * (median; sigma 0.6), and model calls are 40 % of its spans. A model call takes 3.5 s (sigma 0.65), a
 * tool 433 ms (sigma 2.2, 300 s at most); 6 % of the tools' answers are errors, which makes errors of
 * about 2 % of all spans. What no recording has (retrieval, databases, http; times to first token) is
 * set to what is common. Durations are log-normal draws of whole nanoseconds; a span with children
 * ends after the last of them. */
#ifndef OAT_BENCH_AGENT_RUN_H
#define OAT_BENCH_AGENT_RUN_H

#include "bench/support/conversation.h"
#include "bench/support/world.h"
#include "oat/oat.h"

#define OAT_BENCH_NOT_SET     UINT32_MAX /* of a number of 32 bits */
#define OAT_BENCH_NO_COST     INT64_MIN
#define OAT_BENCH_RUN_SPANS   200u
#define OAT_BENCH_TOKEN_KINDS 3u /* input, output, cached: as enum oat_count_field */

/* A span. Also the record of the file that other engines load (row_file.h). */
typedef struct oat_bench_row {
    uint8_t trace_id[16];
    uint64_t span_id;   /* bytes read as little-endian, as is the next */
    uint64_t parent_id; /* 0: a root */
    uint64_t start_ns;
    uint64_t duration_ns;
    int64_t cost_total, cost_input, cost_output; /* nano-dollars or OAT_BENCH_NO_COST */
    uint64_t response_id;                        /* its hexadecimal digits are the provider's id; 0: none */
    uint32_t text[OAT_TEXT_FIELDS];              /* numbers in the world's texts; 0: none */
    uint32_t attr[OAT_BENCH_TEXT_ATTRS];         /* likewise */
    uint32_t tokens[OAT_BENCH_TOKEN_KINDS];
    uint32_t ttft_us;
    uint32_t prompt_version;
    uint32_t exit_code;
    uint32_t input_len;             /* payload of an llm span: this many bytes of the run's conversation */
    uint32_t output_at, output_len; /* likewise its answer; 0: none */
    uint16_t run;                   /* number of its run in the batch */
    uint8_t type, status;
} oat_bench_row;

/* Several runs that overlap. */
typedef struct oat_bench_batch {
    oat_bench_row *rows; /* run after run, each by start */
    size_t count, room;
    oat_bench_conversation *conversations; /* of the runs */
    unsigned runs;
} oat_bench_batch;

typedef struct oat_bench_runs oat_bench_runs;

typedef struct oat_bench_plan {
    uint64_t spans;
    uint64_t seed;
    uint64_t begin_ns, end_ns; /* all runs start in between, evenly */
    double payloads;           /* share of the runs whose model calls have payloads */
    unsigned batch_runs;       /* runs that overlap */
} oat_bench_plan;

/* Ends the program when out of memory, as do the others. The world must outlive it; texts are added to
 * it (sessions). */
oat_bench_runs *oat_bench_runs_open(const oat_bench_plan *plan, oat_bench_world *world);
void oat_bench_runs_close(oat_bench_runs *runs);

/* The next batch, borrowed until the next call; NULL when all spans are made. */
const oat_bench_batch *oat_bench_runs_next(oat_bench_runs *runs);

#endif
