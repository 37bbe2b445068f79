#include "cli/ls.h"

#include "cli/args.h"
#include "cli/filter.h"
#include "cli/json_line.h"
#include "cli/open.h"
#include "cli/style.h"
#include "cli/text.h"
#include "export/span_json.h"
#include "format/ids.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_COUNT 20u

enum { OPTION_COUNT, OPTION_STATUS, OPTION_QUERY, OPTION_SORT };

static const struct oat_cli_option options[] = {
    {"count", 'n', "N", "at most N traces (default 20)"},
    {"status", 's', "STATUS", "only running, interrupted, success, error, unknown or lost_contact ones"},
    {"query", 'q', "FILTER", "only traces with such a span: 'type = llm and cost > 0.01' (docs/filter.md)"},
    {"sort", 0, "KEY", "start, duration, cost, tokens, spans or errors; -KEY: descending (default -start)"},
    {0},
};

/* False after an explanation. */
static bool read_sort(const char *text, oat_trace_query *query)
{
    if (oat_trace_sort_parse(text, &query->sort, &query->ascending))
        return true;
    oat_cli_usage("cannot sort by %s; there are start, duration, cost, tokens, spans, errors", text);
    return false;
}

static bool read_status(const char *text, oat_trace_query *query)
{
    query->status = oat_shown_status_parse(text, OAT_NUL);
    if (query->status == 0)
        oat_cli_usage("no status %s; there are running, interrupted, success, error, unknown, lost_contact",
                      text);
    return query->status != 0;
}

static int print_json(const oat_snapshot *snapshot, const oat_trace_list *list)
{
    struct oat_json json = {0};
    int result = OAT_OK;
    for (size_t i = 0; i < oat_trace_list_count(list) && result == OAT_OK; i++) {
        result = oat_json_trace_summary(&json, snapshot, oat_trace_list_get(list, i));
        if (result == OAT_OK)
            result = oat_cli_json_line(&json);
    }
    oat_json_free(&json);
    return result;
}

static void print_cell(const struct oat_cli *cli, const char *text, char after)
{
    oat_print_csv(stdout, text, strlen(text), cli->raw);
    fputc(after, stdout);
}

static void print_number_cell(bool known, uint64_t value)
{
    if (known)
        printf("%" PRIu64, value);
    fputc(',', stdout);
}

static void print_csv_row(const struct oat_cli *cli, const oat_trace_view *trace)
{
    const oat_text texts[] = {trace->name,    trace->service, trace->agent,
                              trace->session, trace->user,    trace->model};
    char hex[33];
    oat_hex_print(trace->trace_id, 16, hex);
    print_cell(cli, hex, ',');
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        oat_print_csv(stdout, texts[i].bytes ? texts[i].bytes : "", texts[i].len, cli->raw);
        fputc(',', stdout);
    }
    print_cell(cli, oat_shown_status_name(trace->status), ',');
    printf("%" PRIu64 ".%09" PRIu64 ",", trace->start_ns / 1000000000, trace->start_ns % 1000000000);
    if (trace->end_ns)
        printf("%.6f", (double)(trace->end_ns - trace->start_ns) / 1e6);
    fputc(',', stdout);
    print_number_cell(true, trace->span_count);
    print_number_cell(true, trace->error_count);
    print_number_cell(true, trace->llm_calls);
    print_number_cell(true, trace->tool_calls);
    print_number_cell(trace->has_input_tokens, trace->input_tokens);
    print_number_cell(trace->has_output_tokens, trace->output_tokens);
    if (trace->has_cost)
        printf("%.9f", (double)trace->cost_total_nano / 1e9);
    fputc('\n', stdout);
}

static int print_csv(const struct oat_cli *cli, const oat_trace_list *list)
{
    puts("trace_id,name,service,agent,session_id,user_id,model,status,start_time,duration_ms,span_count,"
         "error_count,"
         "llm_calls,tool_calls,prompt_tokens,completion_tokens,total_cost");
    for (size_t i = 0; i < oat_trace_list_count(list); i++)
        print_csv_row(cli, oat_trace_list_get(list, i));
    return OAT_OK;
}

static int print(const struct oat_cli *cli, const oat_snapshot *snapshot, const oat_trace_list *list)
{
    if (cli->json)
        return print_json(snapshot, list);
    if (cli->csv)
        return print_csv(cli, list);
    if (oat_trace_list_count(list) == 0)
        puts("no traces");
    else
        oat_print_traces(cli, snapshot, list);
    return OAT_OK;
}

/* False after an explanation. query->filter is the caller's to free. */
static bool read_query(const struct oat_cli_args *args, oat_trace_query *query, oat_filter **ret_filter)
{
    uint64_t max = DEFAULT_COUNT;
    const char *status = args->values[OPTION_STATUS], *sort = args->values[OPTION_SORT];
    if ((args->values[OPTION_COUNT] &&
         !oat_cli_number("-n", args->values[OPTION_COUNT], 1, UINT32_MAX, &max)) ||
        (status && !read_status(status, query)) || (sort && !read_sort(sort, query)) ||
        (args->values[OPTION_QUERY] && !oat_cli_filter(args->values[OPTION_QUERY], ret_filter)))
        return false;
    query->limit = (size_t)max;
    query->filter = *ret_filter;
    return true;
}

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct oat_cli_args args;
    oat_trace_query query = {0};
    oat_filter *filter = NULL;
    oat_trace_list *list;
    oat_store *store;
    oat_snapshot *snapshot;

    if (!oat_cli_parse(options, argc, argv, 0, &args) || !read_query(&args, &query, &filter))
        return OAT_EXIT_USAGE;
    if (!oat_cli_snapshot(cli, &store, &snapshot)) {
        oat_filter_free(filter);
        return OAT_EXIT_FAILED;
    }
    int result = oat_trace_list_open(snapshot, &query, &list);
    if (result == OAT_OK) {
        result = print(cli, snapshot, list);
        oat_trace_list_close(list);
    }
    oat_filter_free(filter);
    oat_cli_snapshot_done(store, snapshot);
    return result == OAT_OK ? OAT_EXIT_OK : oat_cli_fail("ls: %s", oat_result_text(result));
}

const struct oat_cli_command oat_cli_ls = {"ls", "", "the newest traces, one a line", options, run};
