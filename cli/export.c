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

static int compare_traces(const void *x, const void *y)
{
    return memcmp(x, y, 16);
}

static int compare_spans(const void *x, const void *y)
{
    const oat_span_view *const *a = x, *const *b = y;
    if ((*a)->start_ns != (*b)->start_ns)
        return (*a)->start_ns < (*b)->start_ns ? -1 : 1;
    return memcmp((*a)->span_id, (*b)->span_id, sizeof(*a)->span_id);
}

static int export_trace(struct oat_json *json, const oat_snapshot *snapshot, const oat_trace *trace,
                        bool payloads)
{
    size_t count;
    const oat_span_view *spans = oat_trace_spans(trace, &count);
    const oat_span_view **ordered = malloc((count + 1) * sizeof *ordered);
    int result = OAT_OK;
    if (!ordered)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        ordered[i] = &spans[i];
    qsort(ordered, count, sizeof *ordered, compare_spans);
    for (size_t i = 0; i < count && result == OAT_OK && !ferror(stdout); i++) {
        result = oat_json_span(json, snapshot, trace, ordered[i],
                               payloads ? OAT_JSON_PAYLOADS : OAT_JSON_PREVIEWS);
        if (result == OAT_OK)
            result = oat_cli_json_line(json);
    }
    free(ordered);
    return result;
}

/* Ids of all traces, ascending. *ret_ids is the caller's. */
static int list_ids(const oat_snapshot *snapshot, uint8_t (**ret_ids)[16], size_t *ret_count)
{
    oat_trace_list *list;
    int result = oat_trace_list_open(snapshot, &(oat_trace_query){0}, &list);
    if (result != OAT_OK)
        return result;
    size_t count = oat_trace_list_count(list);
    uint8_t(*ids)[16] = malloc((count + 1) * sizeof *ids);
    for (size_t i = 0; ids && i < count; i++)
        memcpy(ids[i], oat_trace_list_get(list, i)->trace_id, sizeof ids[i]);
    oat_trace_list_close(list);
    if (!ids)
        return OAT_E_NOMEM;
    qsort(ids, count, sizeof *ids, compare_traces);
    *ret_ids = ids;
    *ret_count = count;
    return OAT_OK;
}

static int export_all(const struct oat_cli *cli, const oat_snapshot *snapshot, bool payloads)
{
    struct oat_json json = {0};
    uint8_t(*ids)[16];
    size_t count;
    int result = list_ids(snapshot, &ids, &count);
    if (result != OAT_OK)
        return result;
    struct oat_cli_progress progress = {.enabled = cli->err_terminal, .total = count, .what = "traces"};
    for (size_t i = 0; i < count && result == OAT_OK && !ferror(stdout); i++) {
        oat_trace *trace;
        result = oat_trace_open(snapshot, ids[i], &trace);
        if (result == OAT_OK) {
            result = export_trace(&json, snapshot, trace, payloads);
            oat_trace_close(trace);
        }
        oat_cli_progress(&progress, i + 1);
    }
    oat_cli_progress_end(&progress);
    oat_json_free(&json);
    free(ids);
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
