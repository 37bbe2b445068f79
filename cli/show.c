#include "cli/show.h"

#include "cli/args.h"
#include "cli/json_line.h"
#include "cli/open.h"
#include "cli/tree.h"
#include "export/cost_json.h"

#include <stdio.h>

enum { OPTION_PAYLOADS, OPTION_COST };

static const struct oat_cli_option options[] = {
    {"payloads", 'p', NULL, "inputs, outputs, attributes and events too"},
    {"cost", 'c', NULL, "how the cost of each call comes about: tokens and prices"},
    {0},
};

static int print_tree(const struct oat_cli *cli, const oat_snapshot *snapshot, const uint8_t trace_id[16],
                      bool payloads, bool cost)
{
    struct oat_cli_trace trace;
    struct oat_price_table *prices = NULL;
    char wrong[OAT_PRICES_WRONG_SIZE] = "";
    int result = oat_cli_trace_read(&trace, snapshot, trace_id);
    if (result == OAT_OK && cost)
        result = oat_snapshot_prices(snapshot, &prices, wrong);
    if (*wrong)
        oat_cli_fail("%s/%s; built-in prices hold", cli->dir, wrong);
    if (result == OAT_OK) {
        struct oat_cli_below below = {payloads, prices};
        oat_cli_trace_head(cli, &trace);
        result = oat_cli_trace_tree(cli, &trace, &below);
    }
    oat_price_table_free(prices);
    oat_cli_trace_free(&trace);
    return result;
}

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct oat_cli_args args;
    oat_store *store;
    oat_snapshot *snapshot;
    uint8_t trace_id[16];

    if (!oat_cli_parse(options, argc, argv, 1, &args))
        return OAT_EXIT_USAGE;
    if (args.count == 0)
        return oat_cli_usage("show needs a trace; see: oat ls");
    if (!oat_cli_snapshot(cli, &store, &snapshot))
        return OAT_EXIT_FAILED;
    bool payloads = args.values[OPTION_PAYLOADS];
    int result = OAT_NOTFOUND;
    if (oat_cli_find_trace(snapshot, args.positional[0], trace_id))
        result = cli->json ? oat_cli_trace_line(snapshot, trace_id, payloads)
                           : print_tree(cli, snapshot, trace_id, payloads, args.values[OPTION_COST]);
    oat_cli_snapshot_done(store, snapshot);
    if (result < 0)
        return oat_cli_fail("show: %s", oat_result_text(result));
    return result == OAT_OK ? OAT_EXIT_OK : OAT_EXIT_FAILED;
}

const struct oat_cli_command oat_cli_show = {
    "show", "TRACE", "one trace as a tree: type, time, tokens, cost, timeline", options, run};
