#include "cli/stat.h"

#include "cli/args.h"
#include "cli/json_line.h"
#include "cli/open.h"
#include "cli/units.h"
#include "export/figures_json.h"

#include <inttypes.h>
#include <stdio.h>

static int print_json(const oat_store_figures *figures)
{
    struct oat_json json = {0};
    oat_json_object_begin(&json);
    oat_json_figures(&json, figures);
    oat_json_object_end(&json);
    int result = oat_cli_json_line(&json);
    oat_json_free(&json);
    return result;
}

static void print(const struct oat_cli *cli, const oat_store_figures *figures)
{
    char unit[OAT_UNIT_SIZE];
    printf("store        %s\n", cli->dir);
    printf("spans        %" PRIu64 " in %s", figures->spans, oat_amount_text(figures->traces, "trace", unit));
    if (figures->open_spans > 0)
        printf(", %" PRIu64 " not ended", figures->open_spans);
    if (figures->replacements > 0)
        printf(", %" PRIu64 " sent again", figures->replacements);
    printf("\nevents       %" PRIu64 "  links %" PRIu64 "  scores %" PRIu64 "\n", figures->events,
           figures->links, figures->scores);
    printf("payloads     %s raw", oat_bytes_text(figures->raw_payload_bytes, unit));
    printf(", %s stored", oat_bytes_text(figures->stored_payload_bytes, unit));
    if (figures->stored_payload_bytes > 0 && figures->raw_payload_bytes > figures->stored_payload_bytes)
        printf(" (%.1f times smaller)",
               (double)figures->raw_payload_bytes / (double)figures->stored_payload_bytes);
    if (figures->text_index_bytes > 0)
        printf(", text index %s", oat_bytes_text(figures->text_index_bytes, unit));
    printf("\nspan files   %s", oat_bytes_text(figures->span_bytes, unit));
    printf(", all in all %s a span\n", oat_bytes_text((uint64_t)oat_figures_bytes_per_span(figures), unit));
    printf("files        %" PRIu64, figures->files);
    if (figures->mapped_pairs + figures->pwrite_pairs > 0)
        printf(", those of writers %s", oat_figures_mode(figures));
    putchar('\n');
    printf("writers      %" PRIu64 " alive, %" PRIu64 " gone, %" PRIu64 " unknown\n", figures->writers_alive,
           figures->writers_dead, figures->writers_unknown);
}

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct oat_cli_args args;
    oat_store *store;
    oat_snapshot *snapshot;
    oat_store_figures figures;
    if (!oat_cli_parse(NULL, argc, argv, 0, &args))
        return OAT_EXIT_USAGE;
    if (!oat_cli_snapshot(cli, &store, &snapshot))
        return OAT_EXIT_FAILED;
    int result = oat_snapshot_figures(snapshot, &figures);
    if (result == OAT_OK && cli->json)
        result = print_json(&figures);
    else if (result == OAT_OK)
        print(cli, &figures);
    oat_cli_snapshot_done(store, snapshot);
    return result == OAT_OK ? OAT_EXIT_OK : oat_cli_fail("stat: %s", oat_result_text(result));
}

const struct oat_cli_command oat_cli_stat = {"stat", "", "figures: spans, traces, bytes, writers", NULL, run};
