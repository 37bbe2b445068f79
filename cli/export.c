#include "cli/export.h"

#include "cli/args.h"
#include "cli/json_line.h"
#include "cli/open.h"
#include "cli/progress.h"
#include "export/span_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_FORMAT, OPTION_PAYLOADS };

static const struct oat_cli_option options[] = {
    {"format", 'f', "FORMAT", "jsonl: one span a line (the default and the only one yet)"},
    {"payloads", 'p', NULL, "with `inputs` and `outputs`"},
    {0},
};

struct by_id {
    uint8_t trace_id[16];
    size_t index;
};

static int compare_traces(const void *x, const void *y)
{
    const struct by_id *a = x, *b = y;
    return memcmp(a->trace_id, b->trace_id, sizeof a->trace_id);
}

static int compare_spans(const void *x, const void *y)
{
    const oat_span_view *a = x, *b = y;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return memcmp(a->span_id, b->span_id, sizeof a->span_id);
}

static int export_trace(struct oat_json *json, const oat_snapshot *snapshot, size_t index, bool payloads)
{
    oat_span_view *spans;
    size_t count;
    int result = oat_snapshot_spans(snapshot, index, &spans, &count);
    if (result != OAT_OK)
        return result;
    qsort(spans, count, sizeof *spans, compare_spans);
    for (size_t i = 0; i < count && result == OAT_OK && !ferror(stdout); i++) {
        result = oat_json_span(json, snapshot, index, &spans[i], payloads);
        if (result == OAT_OK)
            result = oat_cli_json_line(json);
    }
    oat_spans_free(spans);
    return result;
}

static int export_all(const struct oat_cli *cli, const oat_snapshot *snapshot, bool payloads)
{
    size_t count = oat_snapshot_trace_count(snapshot);
    struct oat_cli_progress progress = {.enabled = cli->err_terminal, .total = count, .what = "traces"};
    struct oat_json json = {0};
    oat_trace_view trace;
    int result = OAT_OK;
    struct by_id *traces = malloc((count + 1) * sizeof *traces);
    if (!traces)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        result = oat_snapshot_trace(snapshot, i, &trace);
        if (result != OAT_OK)
            break;
        memcpy(traces[i].trace_id, trace.trace_id, sizeof trace.trace_id);
        traces[i].index = i;
    }
    if (result == OAT_OK && count > 0)
        qsort(traces, count, sizeof *traces, compare_traces);
    for (size_t i = 0; i < count && result == OAT_OK && !ferror(stdout); i++) {
        result = export_trace(&json, snapshot, traces[i].index, payloads);
        oat_cli_progress(&progress, i + 1);
    }
    oat_cli_progress_end(&progress);
    oat_json_free(&json);
    free(traces);
    return result;
}

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct oat_cli_args args;
    oat_store *store;
    oat_snapshot *snapshot;
    if (!oat_cli_parse(options, argc, argv, 0, &args))
        return OAT_EXIT_USAGE;
    if (args.values[OPTION_FORMAT] && strcmp(args.values[OPTION_FORMAT], "jsonl") != 0)
        return oat_cli_usage("no format %s; there is jsonl", args.values[OPTION_FORMAT]);
    if (!oat_cli_snapshot(cli, &store, &snapshot))
        return OAT_EXIT_FAILED;
    int result = export_all(cli, snapshot, args.values[OPTION_PAYLOADS] != NULL);
    oat_cli_snapshot_done(store, snapshot);
    return result == OAT_OK ? OAT_EXIT_OK : oat_cli_fail("export: %s", oat_result_text(result));
}

const struct oat_cli_command oat_cli_export = {
    "export", "", "every span as one line of JSON on standard output, by trace and start", options, run};
