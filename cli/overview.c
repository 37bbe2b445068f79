#include "cli/overview.h"

#include "cli/args.h"
#include "cli/open.h"
#include "cli/style.h"
#include "format/ids.h"

#include <stdio.h>

#define NEWEST 5u

static void suggest(const struct oat_cli *cli, const oat_snapshot *snapshot, const oat_trace_view *trace)
{
    char hex[33];
    oat_hex_print(trace->trace_id, 16, hex);
    oat_style(cli, OAT_DIM);
    printf("\n%s", "next: ");
    oat_style(cli, OAT_PLAIN);
    printf("oat show %.*s\n", (int)oat_trace_digits(snapshot, trace->trace_id), hex);
}

int oat_cli_overview(struct oat_cli *cli)
{
    oat_store *store;
    oat_snapshot *snapshot;
    oat_trace_list *list;

    if (!oat_cli_snapshot(cli, &store, &snapshot))
        return OAT_EXIT_FAILED;
    int result = oat_trace_list_open(snapshot, &(oat_trace_query){.limit = NEWEST}, &list);
    if (result == OAT_OK && oat_trace_list_count(list) == 0) {
        printf("no traces in %s yet\n\nnext: oat tail\n", cli->dir);
    } else if (result == OAT_OK) {
        oat_print_traces(cli, snapshot, list);
        suggest(cli, snapshot, oat_trace_list_get(list, 0));
    }
    if (result == OAT_OK)
        oat_trace_list_close(list);
    oat_cli_snapshot_done(store, snapshot);
    return result == OAT_OK ? OAT_EXIT_OK : oat_cli_fail("%s", oat_result_text(result));
}
