#include "cli/last.h"

#include "cli/args.h"
#include "cli/details.h"
#include "cli/json_line.h"
#include "cli/open.h"
#include "cli/style.h"
#include "cli/text.h"
#include "cli/tree.h"
#include "cli/units.h"
#include "format/ids.h"
#include "format/names.h"

#include <stdio.h>
#include <stdlib.h>

#define NONE SIZE_MAX

static bool is_newer(const struct oat_cli_trace *trace, size_t at, size_t than)
{
    return than == NONE || trace->spans[at].start_ns >= trace->spans[than].start_ns;
}

/* The span to begin with: the newest innermost one that has not ended, else the newest of the failed
 * ones that have no failed span below them. */
static size_t point_of_interest(const struct oat_cli_trace *trace)
{
    size_t open = NONE, failed = NONE;
    bool *covers = calloc(trace->count + 1, sizeof *covers); /* a span below has failed */
    if (!covers)
        return NONE;
    for (size_t i = trace->count; i-- > 0;) {
        const oat_span_view *span = &trace->spans[i];
        if (trace->is_innermost[i] && is_newer(trace, i, open))
            open = i;
        if (span->status == OAT_SHOWN_ERROR && !covers[i] && is_newer(trace, i, failed))
            failed = i;
        if (span->parent_index != UINT32_MAX && (span->status == OAT_SHOWN_ERROR || covers[i]))
            covers[span->parent_index] = true;
    }
    free(covers);
    return open != NONE ? open : failed;
}

static const char *headline(enum oat_shown_status status)
{
    switch (status) {
    case OAT_SHOWN_RUNNING:
        return "running now";
    case OAT_SHOWN_INTERRUPTED:
        return "writer died here";
    case OAT_SHOWN_ERROR:
        return "failed here";
    default:
        return "not ended";
    }
}

static void print_frame(const struct oat_cli *cli, const struct oat_cli_trace *trace,
                        const oat_span_view *span, bool first)
{
    char unit[OAT_UNIT_SIZE];
    const char *type = oat_span_type_name(span->type);
    oat_style(cli, oat_status_style(span->status));
    printf("%s ", oat_status_mark(span->status));
    oat_style(cli, OAT_PLAIN);
    fputs(first ? "" : "in ", stdout);
    oat_style(cli, oat_type_style(span->type));
    size_t used = oat_print_name(span->text[OAT_TEXT_NAME], 44);
    oat_style(cli, OAT_PLAIN);
    oat_print_spaces(stdout, used < 44 ? 44 - used + (first ? 3 : 0) : 0);
    uint64_t duration_ns = oat_cli_span_duration(trace, span);
    printf(" %-9s %s", type ? type : "?", duration_ns > 0 ? oat_duration_text(duration_ns, unit) : "-");
    if (first) {
        oat_style(cli, oat_status_style(span->status));
        printf("  %s", headline(span->status));
        oat_style(cli, OAT_PLAIN);
    }
    fputc('\n', stdout);
}

/* The span and what it stands in, innermost first. */
static int print_stack(const struct oat_cli *cli, const struct oat_cli_trace *trace, size_t at)
{
    fputc('\n', stdout);
    print_frame(cli, trace, &trace->spans[at], true);
    oat_text message = trace->spans[at].text[OAT_TEXT_STATUS_MESSAGE];
    if (message.bytes && message.len > 0) {
        fputs("    ", stdout);
        oat_print_text(stdout, message.bytes, message.len, cli->columns - 4);
        fputc('\n', stdout);
    }
    int result = oat_cli_span_details(cli, trace, at);
    for (uint32_t up = trace->spans[at].parent_index; up != UINT32_MAX; up = trace->spans[up].parent_index)
        print_frame(cli, trace, &trace->spans[up], false);
    return result;
}

/* The newest run may not be the one that crashed. */
static int mention_crashed(const oat_snapshot *snapshot)
{
    oat_trace_list *list;
    char hex[33], unit[OAT_UNIT_SIZE];
    oat_trace_query query = {.status = OAT_SHOWN_INTERRUPTED, .limit = 1};
    int result = oat_trace_list_open(snapshot, &query, &list);
    if (result != OAT_OK)
        return result;
    if (oat_trace_list_count(list) > 0) {
        const oat_trace_view *trace = oat_trace_list_get(list, 0);
        oat_hex_print(trace->trace_id, sizeof trace->trace_id, hex);
        printf("crashed earlier, %s: oat show %.*s\n", oat_time_text(trace->start_ns, false, unit),
               (int)oat_trace_digits(snapshot, trace->trace_id), hex);
    }
    oat_trace_list_close(list);
    return OAT_OK;
}

static int print(const struct oat_cli *cli, const oat_snapshot *snapshot, const uint8_t trace_id[16])
{
    struct oat_cli_trace trace;
    char hex[33];
    int result = oat_cli_trace_read(&trace, snapshot, trace_id);
    if (result == OAT_OK) {
        oat_cli_trace_head(cli, &trace);
        size_t at = point_of_interest(&trace);
        result = at == NONE ? oat_cli_trace_tree(cli, &trace, &(struct oat_cli_below){0})
                            : print_stack(cli, &trace, at);
        oat_hex_print(trace_id, 16, hex);
        printf("\nnext: oat show %.*s\n", (int)oat_trace_digits(snapshot, trace_id), hex);
    }
    if (result == OAT_OK && trace.view.status != OAT_SHOWN_INTERRUPTED)
        result = mention_crashed(snapshot);
    oat_cli_trace_free(&trace);
    return result;
}

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct oat_cli_args args;
    oat_store *store;
    oat_snapshot *snapshot;
    oat_trace_list *list;
    if (!oat_cli_parse(NULL, argc, argv, 0, &args))
        return OAT_EXIT_USAGE;
    if (!oat_cli_snapshot(cli, &store, &snapshot))
        return OAT_EXIT_FAILED;
    int result = oat_trace_list_open(snapshot, &(oat_trace_query){.limit = 1}, &list);
    if (result == OAT_OK && oat_trace_list_count(list) > 0) {
        const uint8_t *trace_id = oat_trace_list_get(list, 0)->trace_id;
        result = cli->json ? oat_cli_trace_line(snapshot, trace_id, true) : print(cli, snapshot, trace_id);
    } else if (result == OAT_OK && !cli->json) {
        puts("no traces");
    }
    if (result == OAT_OK)
        oat_trace_list_close(list);
    oat_cli_snapshot_done(store, snapshot);
    return result == OAT_OK ? OAT_EXIT_OK : oat_cli_fail("last: %s", oat_result_text(result));
}

const struct oat_cli_command oat_cli_last = {"last", "", "the newest run: where it is, or where it died",
                                             NULL, run};
