#include "cli/export.h"

#include "cli/args.h"
#include "cli/open.h"
#include "cli/progress.h"
#include "export/export.h"
#include "reader/trace_ids.h"

#include <stdio.h>

#define PIECE_BYTES (16u << 10)

enum { OPTION_FORMAT, OPTION_PAYLOADS };

static const struct oat_cli_option options[] = {
    {"format", 'f', "FORMAT", "jsonl: one span a line (the default); otlp-json: for collectors; csv"},
    {"payloads", 'p', NULL, "with inputs and outputs"},
    {0},
};

static int write_all(const struct oat_cli *cli, struct oat_export *export, size_t trace_count)
{
    struct oat_json piece = {0};
    struct oat_cli_progress progress = {.enabled = cli->err_terminal, .total = trace_count, .what = "traces"};
    bool done = false;
    int result = OAT_OK;
    while (!done && result == OAT_OK && !ferror(stdout)) {
        oat_json_clear(&piece);
        result = oat_export_read(export, &piece, PIECE_BYTES, &done);
        if (result == OAT_OK)
            fwrite(piece.bytes, 1, piece.len, stdout);
        oat_cli_progress(&progress, oat_export_trace_count(export));
    }
    oat_cli_progress_end(&progress);
    oat_json_free(&piece);
    return result;
}

static int export_all(const struct oat_cli *cli, const oat_snapshot *snapshot,
                      const struct oat_export_format *format, bool payloads)
{
    const struct oat_export_options how = {.payloads = payloads, .raw_cells = cli->raw};
    struct oat_export *export;
    uint8_t(*ids)[16];
    size_t count;
    int result = oat_trace_ids_read(snapshot, &(oat_trace_query){0}, &ids, &count);
    if (result == OAT_OK)
        result = oat_export_open(snapshot, format, &how, ids, count, &export);
    if (result != OAT_OK)
        return result;
    result = write_all(cli, export, count);
    oat_export_close(export);
    return result;
}

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct oat_cli_args args;
    oat_store *store;
    oat_snapshot *snapshot;
    if (!oat_cli_parse(options, argc, argv, 0, &args))
        return OAT_EXIT_USAGE;
    const char *name = args.values[OPTION_FORMAT];
    const struct oat_export_format *format = name ? oat_export_format_find(name) : oat_export_format_at(0);
    if (!format)
        return oat_cli_usage("no format %s; there are jsonl, otlp-json and csv", name);
    if (!oat_cli_snapshot(cli, &store, &snapshot))
        return OAT_EXIT_FAILED;
    int result = export_all(cli, snapshot, format, args.values[OPTION_PAYLOADS] != NULL);
    oat_cli_snapshot_done(store, snapshot);
    return result == OAT_OK ? OAT_EXIT_OK : oat_cli_fail("export: %s", oat_result_text(result));
}

const struct oat_cli_command oat_cli_export = {
    "export", "", "every span on standard output, one line each, by trace and start", options, run};
