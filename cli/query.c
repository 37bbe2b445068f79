#include "cli/query.h"

#include "cli/args.h"
#include "cli/filter.h"
#include "cli/json_line.h"
#include "cli/open.h"
#include "cli/query_table.h"
#include "export/query_json.h"
#include "format/utf8.h"
#include "reader/filter_number.h"

#include <string.h>

#define LIST_MAX      64u
#define DEFAULT_LIMIT 1000u
#define THREADS_MAX   64u
#define TRIES         3u
#define NS_DIGITS     9u

enum {
    OPTION_BY,
    OPTION_EVERY,
    OPTION_AGG,
    OPTION_FROM,
    OPTION_TO,
    OPTION_HAVING,
    OPTION_SORT,
    OPTION_LIMIT,
    OPTION_THREADS,
    OPTION_MEMORY,
};

static const struct oat_cli_option options[] = {
    {"by", 'b', "FIELDS", "group by these: span_type,model,attr.tier; also hour, day"},
    {"every", 'e', "DURATION", "group by time: 5m, 1h, 1d"},
    {"agg", 'a', "LIST", "what is computed: count,p95:duration_ms,sum:total_cost (default count)"},
    {"from", 0, "TIME", "only spans that started from then on: -24h, 2026-11-22, 2026-11-22T16:00Z"},
    {"to", 0, "TIME", "only spans that started before"},
    {"having", 0, "CONDITION", "only rows such that: 'count > 10 and p95:duration_ms > 2s'"},
    {"sort", 0, "LIST",
     "columns; -COLUMN: the greatest first (default: by time, then by the first of --agg)"},
    {"limit", 'n', "N", "at most N rows (default 1000)"},
    {"threads", 0, "N", "threads that read (default 1)"},
    {"memory", 0, "SIZE", "that rows may take (default 256MiB)"},
    {0},
};

/* A query as it was typed. */
struct request {
    const char *filter_text;
    const char *const *values; /* of the options */
    oat_filter *filter;
    oat_text by[LIST_MAX], agg[LIST_MAX], sort[LIST_MAX];
    oat_span_query query;
};

/* ---- Options ------------------------------------------------------------------------------------ */

/* The texts between the commas of an option. False after an explanation. */
static bool split(const char *option, const char *text, oat_text ret[LIST_MAX], size_t *ret_count)
{
    size_t count = 0;
    for (; text; count++) {
        if (count == LIST_MAX) {
            oat_cli_usage("%s takes at most %u names", option, LIST_MAX);
            return false;
        }
        size_t len = strcspn(text, ",");
        ret[count] = (oat_text){text, len};
        text = text[len] == ',' ? text + len + 1 : NULL;
    }
    *ret_count = count;
    return true;
}

/* Leaves *ret as it is when the option is not given. False after an explanation, as all below. */
static bool read_time(const char *option, const char *text, uint64_t *ret)
{
    struct oat_filter_number time;
    if (!text)
        return true;
    if (!oat_filter_time_parse((oat_text){text, strlen(text)}, oat_cli_now_ns(), &time) || time.floor <= 0) {
        oat_cli_usage("%s takes a time: -24h, 2026-11-22, 2026-11-22T16:00Z or seconds since 1970, not %s",
                      option, text);
        return false;
    }
    *ret = (uint64_t)time.floor;
    return true;
}

static bool read_every(const char *text, uint64_t *ret)
{
    struct oat_filter_number every;
    if (!text)
        return true;
    if (!oat_filter_number_parse((oat_text){text, strlen(text)}, OAT_UNITS_DURATION, NS_DIGITS, &every) ||
        every.floor <= 0 || every.floor == INT64_MAX) {
        oat_cli_usage("--every takes a duration: 30s, 5m, 1h, 1d, not %s", text);
        return false;
    }
    *ret = (uint64_t)every.floor;
    return true;
}

static bool read_memory(const char *text, uint64_t *ret)
{
    struct oat_filter_number memory;
    if (!text)
        return true;
    if (!oat_filter_number_parse((oat_text){text, strlen(text)}, OAT_UNITS_SIZE, 0, &memory) ||
        memory.floor <= 0) {
        oat_cli_usage("--memory takes a size: 512MiB, 2GiB, not %s", text);
        return false;
    }
    *ret = (uint64_t)memory.floor;
    return true;
}

static bool read_numbers(struct request *r)
{
    const char *limit = r->values[OPTION_LIMIT], *threads = r->values[OPTION_THREADS];
    uint64_t rows = DEFAULT_LIMIT, count = 1;
    if (!read_memory(r->values[OPTION_MEMORY], &r->query.memory_bytes) ||
        (limit && !oat_cli_number("--limit", limit, 1, UINT32_MAX, &rows)) ||
        (threads && !oat_cli_number("--threads", threads, 1, THREADS_MAX, &count)))
        return false;
    r->query.limit = (size_t)rows;
    r->query.threads = (unsigned)count;
    return true;
}

static bool read_request(const struct oat_cli_args *args, struct request *r)
{
    const char *having = args->values[OPTION_HAVING];
    oat_span_query *q = &r->query;
    r->values = args->values;
    r->filter_text = args->count > 0 ? args->positional[0] : "";
    q->group_by = r->by;
    q->aggregates = r->agg;
    q->sort = r->sort;
    if (having)
        q->having = (oat_text){having, strlen(having)};
    return split("--by", args->values[OPTION_BY], r->by, &q->group_by_count) &&
           split("--agg", args->values[OPTION_AGG], r->agg, &q->aggregate_count) &&
           split("--sort", args->values[OPTION_SORT], r->sort, &q->sort_count) &&
           read_every(args->values[OPTION_EVERY], &q->every_ns) &&
           read_time("--from", args->values[OPTION_FROM], &q->from_ns) &&
           read_time("--to", args->values[OPTION_TO], &q->to_ns) && read_numbers(r) &&
           oat_cli_filter(r->filter_text, &r->filter);
}

/* ---- Errors ------------------------------------------------------------------------------------- */

/* The option that a part of the query came from, and the text of it that the error is about. */
static const char *option_of(const struct request *r, const oat_span_query_error *error, oat_text *ret_text,
                             const char **ret_whole)
{
    switch (error->part) {
    case OAT_QUERY_OF_GROUP_BY:
        *ret_text = r->by[error->index];
        *ret_whole = r->values[OPTION_BY];
        return "--by";
    case OAT_QUERY_OF_AGGREGATES:
        *ret_text = r->agg[error->index];
        *ret_whole = r->values[OPTION_AGG];
        return "--agg";
    case OAT_QUERY_OF_SORT:
        *ret_text = r->sort[error->index];
        *ret_whole = r->values[OPTION_SORT];
        return "--sort";
    case OAT_QUERY_OF_HAVING:
        *ret_text = r->query.having;
        *ret_whole = r->values[OPTION_HAVING];
        return "--having";
    case OAT_QUERY_OF_WINDOW:
    case OAT_QUERY_OF_MEMORY:
        break;
    }
    return NULL;
}

/* Says what is wrong and points at it. Returns an exit code. */
static int explain(const struct request *r, const oat_span_query_error *error)
{
    oat_text text;
    const char *whole;
    const char *option = option_of(r, error, &text, &whole);
    if (error->part == OAT_QUERY_OF_MEMORY)
        return oat_cli_fail("query: %s (--memory)", error->text.message);
    if (!option)
        return oat_cli_usage("query: %s", error->text.message);
    size_t column = error->text.column;
    for (const char *at = whole; at < text.bytes; column++) {
        size_t len = oat_utf8_char_len(at, (size_t)(text.bytes - at));
        at += len ? len : 1;
    }
    oat_cli_usage("%s, column %zu: %s", option, column, error->text.message);
    oat_cli_point_at(whole, column);
    return OAT_EXIT_USAGE;
}

/* ---- Running ------------------------------------------------------------------------------------ */

static int print(const struct oat_cli *cli, const oat_query_result *result)
{
    struct oat_json json = {0};
    if (cli->csv)
        return oat_print_query_csv(cli, result);
    if (!cli->json)
        return oat_print_query(cli, result);
    oat_json_query_result(&json, result);
    int printed = oat_cli_json_line(&json);
    oat_json_free(&json);
    return printed;
}

/* Asks one snapshot. *ret_exit is set but for OAT_E_STALE, which is returned. */
static int ask(struct oat_cli *cli, const struct request *r, int *ret_exit)
{
    oat_store *store;
    oat_snapshot *snapshot;
    oat_query_result *answer;
    oat_span_query_error error;
    *ret_exit = OAT_EXIT_FAILED;
    if (!oat_cli_snapshot(cli, &store, &snapshot))
        return OAT_E_IO;
    int result = oat_query_run(snapshot, &r->query, &answer, &error);
    if (result == OAT_OK) {
        result = print(cli, answer);
        oat_query_result_free(answer);
    }
    if (result == OAT_OK)
        *ret_exit = OAT_EXIT_OK;
    else if (result == OAT_E_INVALID || result == OAT_E_LIMIT)
        *ret_exit = explain(r, &error);
    else if (result != OAT_E_STALE)
        oat_cli_fail("query: %s", oat_result_text(result));
    oat_cli_snapshot_done(store, snapshot);
    return result;
}

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct oat_cli_args args;
    struct request request = {0};
    int exit = OAT_EXIT_USAGE;
    if (!oat_cli_parse(options, argc, argv, 1, &args))
        return OAT_EXIT_USAGE;
    if (read_request(&args, &request)) {
        request.query.filter = request.filter;
        int result = OAT_E_STALE;
        for (unsigned i = 0; i < TRIES && result == OAT_E_STALE; i++)
            result = ask(cli, &request, &exit);
        if (result == OAT_E_STALE)
            oat_cli_fail("query: %s", oat_result_text(result));
    }
    oat_filter_free(request.filter);
    return exit;
}

const struct oat_cli_command oat_cli_query = {"query", "[FILTER]", "counts, sums and percentiles over spans",
                                              options, run};
