/* Queries over spans that lie packed in memory: nanoseconds a row, decoding included. */
#include "bench/support/rounds.h"
#include "bench/support/span_source.h"
#include "bench/support/table.h"
#include "reader/query.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXTS_MAX  8u
#define DAY_NS     UINT64_C(86400000000000)
#define ROWS       10000000u
#define QUICK_ROWS 1000000u

/* A query as it is measured. */
typedef struct query_case {
    const char *name;
    const char *group_by[TEXTS_MAX], *aggregates[TEXTS_MAX];
    const char *filter;
    bool one_day; /* in the middle of the 30 */
    size_t limit;
    double goal_ns;
    struct oat_bench_source *source;
    uint32_t rows;
    unsigned threads;
} query_case;

#define SUMS                                                                                                 \
    "count", "sum:prompt_tokens", "sum:completion_tokens", "sum:cached_tokens", "sum:total_cost",            \
        "sum:duration_ms"

static const query_case queries[] = {
    {.name = "count", .aggregates = {"count"}},
    {.name = "by type: count, 5 sums", .group_by = {"type"}, .aggregates = {SUMS}, .goal_ns = 5.8},
    {.name = "by type: p50 p95 p99 of duration",
     .group_by = {"type"},
     .aggregates = {"p50:duration", "p95:duration", "p99:duration"},
     .goal_ns = 12},
    {.name = "filter on model and status: count",
     .aggregates = {"count"},
     .filter = "model = \"text 3\" and status = error",
     .goal_ns = 2.9},
    {.name = "one day of 30 by hour and type: count, 5 sums",
     .group_by = {"hour", "type"},
     .aggregates = {SUMS},
     .one_day = true,
     .goal_ns = 5.8},
    {.name = "by hour and type: count, 5 sums", .group_by = {"hour", "type"}, .aggregates = {SUMS}},
    {.name = "by model: count, p95 of duration",
     .group_by = {"model"},
     .aggregates = {"count", "p95:duration"}},
    {.name = "by user (10,000): count, sum", .group_by = {"user"}, .aggregates = {"count", "sum:cost"}},
    {.name = "by user and name (2 million), first 20",
     .group_by = {"user", "name"},
     .aggregates = {"count"},
     .limit = 20},
    {.name = "by type: count, errors, max",
     .group_by = {"type"},
     .aggregates = {"count", "error_rate", "max:cost"}},
};
#define QUERIES (sizeof queries / sizeof *queries)

static size_t texts_of(const char *const *texts, oat_text ret[TEXTS_MAX])
{
    size_t count = 0;
    for (; count < TEXTS_MAX && texts[count]; count++)
        ret[count] = (oat_text){texts[count], strlen(texts[count])};
    return count;
}

/* One thread is measured by the time that it runs, so that other programs do not count. */
static double clock_ns(unsigned threads)
{
    struct timespec now;
    clock_gettime(threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* A case of oat_bench_run: metric 0 is nanoseconds a row of the source. */
static void run_query(void *arg, double ret[OAT_BENCH_METRICS])
{
    const query_case *c = arg;
    oat_text group_by[TEXTS_MAX], aggregates[TEXTS_MAX];
    oat_span_query query = {
        .group_by = group_by, .aggregates = aggregates, .limit = c->limit, .threads = c->threads};
    struct oat_query_plan plan;
    oat_query_result *result;
    oat_span_query_error error;
    oat_filter *filter = NULL;
    query.group_by_count = texts_of(c->group_by, group_by);
    query.aggregate_count = texts_of(c->aggregates, aggregates);
    if (c->filter && oat_filter_parse(c->filter, strlen(c->filter), 0, &filter, NULL) != OAT_OK)
        oat_bench_fail(c->filter);
    query.filter = filter;
    query.memory_bytes = UINT64_C(1) << 30;
    uint64_t from_ns = OAT_BENCH_SOURCE_START_NS, to_ns = from_ns + OAT_BENCH_SOURCE_DAYS * DAY_NS;
    if (c->one_day) {
        query.from_ns = from_ns += OAT_BENCH_SOURCE_DAYS / 2 * DAY_NS;
        query.to_ns = to_ns = from_ns + DAY_NS;
    }
    oat_bench_source_narrow(c->source, from_ns, to_ns);
    const struct oat_query_sources sources = oat_bench_sources(c->source);
    double begin_ns = clock_ns(c->threads);
    if (oat_query_plan_make(&query, &plan, &error) != OAT_OK ||
        oat_query_run_over(&plan, &sources, &result, &error) != OAT_OK)
        oat_bench_fail(error.text.message);
    double rows = c->one_day ? (double)c->rows / OAT_BENCH_SOURCE_DAYS : c->rows;
    ret[0] = (clock_ns(c->threads) - begin_ns) / rows;
    oat_query_result_free(result);
    oat_query_plan_free(&plan);
    oat_filter_free(filter);
}

static double least(const oat_bench_rounds *rounds, size_t case_no)
{
    double best = rounds->values[0][case_no][0];
    for (size_t i = 1; i < rounds->done; i++)
        if (rounds->values[i][case_no][0] < best)
            best = rounds->values[i][case_no][0];
    return best;
}

static void measure(const oat_bench_options *options, struct oat_bench_source *source, uint32_t rows,
                    unsigned threads, const char *title)
{
    static oat_bench_rounds rounds;
    query_case cases[QUERIES];
    oat_bench_case runs[QUERIES];
    for (size_t i = 0; i < QUERIES; i++) {
        cases[i] = queries[i];
        cases[i].source = source;
        cases[i].rows = rows;
        cases[i].threads = threads;
        runs[i] = (oat_bench_case){run_query, &cases[i]};
    }
    oat_bench_run(runs, QUERIES, options->quick ? 3 : 7, &rounds);
    oat_bench_head(options, title, &rounds);
    for (size_t i = 0; i < QUERIES; i++) {
        double goal_ns = threads == 1 ? queries[i].goal_ns : 0, best = least(&rounds, i);
        oat_bench_print(options, &(oat_bench_row){.name = queries[i].name,
                                                  .value = best,
                                                  .unit = "ns/row",
                                                  .versus = goal_ns > 0 ? "the goal" : NULL,
                                                  .ratio = goal_ns > 0 ? best / goal_ns : 0,
                                                  .goal = goal_ns > 0 ? OAT_BENCH_AT_MOST : OAT_BENCH_NO_GOAL,
                                                  .target = 1});
    }
    oat_bench_note(options, "the least of all rounds");
}

int main(int argc, char **argv)
{
    oat_bench_options options;
    oat_bench_begin(argc, argv, &options);
    uint32_t rows = options.quick ? QUICK_ROWS : ROWS;
    struct oat_bench_source *source = oat_bench_source_new(rows / OAT_BATCH_ROWS);
    measure(&options, source, rows, 1, "queries over packed spans, one thread");
    measure(&options, source, rows, 2, "queries over packed spans, two threads");
    oat_bench_source_free(source);
    oat_bench_done(&options);
    return 0;
}
