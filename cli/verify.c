#include "cli/verify.h"

#include "cli/args.h"
#include "cli/json_line.h"
#include "cli/open.h"
#include "cli/units.h"

#include <inttypes.h>
#include <stdio.h>

#define LONG_CHECK 100000u /* spans, or kilobytes of payloads: about a second */

enum { OPTION_DEEP };

static const struct oat_cli_option options[] = {
    {"deep", 0, NULL, "decode every payload and follow every reference too"},
    {0},
};

static int print_json(const oat_problem *problem)
{
    struct oat_json json = {0};
    oat_json_object_begin(&json);
    oat_json_key(&json, "kind");
    oat_json_cstring(&json, oat_problem_kind_name(problem->kind));
    oat_json_key(&json, "path");
    oat_json_cstring(&json, problem->path);
    oat_json_key(&json, "offset");
    oat_json_uint(&json, problem->offset);
    oat_json_key(&json, "what");
    oat_json_cstring(&json, problem->what);
    oat_json_key(&json, "expected");
    oat_json_cstring(&json, problem->expected);
    oat_json_key(&json, "found");
    oat_json_cstring(&json, problem->found);
    oat_json_key(&json, "count");
    oat_json_uint(&json, problem->count);
    oat_json_object_end(&json);
    int result = oat_cli_json_line(&json);
    oat_json_free(&json);
    return result;
}

static void print_line(const oat_problem *problem)
{
    char text[OAT_PROBLEM_TEXT_SIZE];
    fputs(oat_problem_text(problem, text, sizeof text), stdout);
    if (problem->count > 1)
        printf(" (and %" PRIu64 " more in this file)", problem->count - 1);
    fputc('\n', stdout);
}

static int print_problems(const struct oat_cli *cli, const oat_snapshot *snapshot, uint64_t *ret_damaged)
{
    *ret_damaged = 0;
    for (size_t i = 0; i < oat_snapshot_problem_count(snapshot); i++) {
        const oat_problem *problem = oat_snapshot_problem(snapshot, i);
        *ret_damaged += oat_cli_is_damage(problem) ? problem->count : 0;
        if (!cli->json)
            print_line(problem);
        else if (print_json(problem) != OAT_OK)
            return OAT_E_NOMEM;
    }
    return OAT_OK;
}

static void print_sum(const oat_snapshot *snapshot, const oat_store_figures *figures, bool deep,
                      uint64_t damaged)
{
    char files[OAT_UNIT_SIZE], bytes[OAT_UNIT_SIZE], spans[OAT_UNIT_SIZE], traces[OAT_UNIT_SIZE];
    printf("%s, %s: %s in %s%s: ", oat_amount_text(figures->files, "file", files),
           oat_bytes_text(figures->span_bytes + figures->stored_payload_bytes, bytes),
           oat_amount_text(figures->spans, "span", spans), oat_amount_text(figures->traces, "trace", traces),
           deep ? ", every payload decoded" : "");
    if (damaged == 0)
        puts(oat_snapshot_problem_count(snapshot) == 0 ? "all whole" : "nothing is damaged");
    else
        puts(oat_amount_text(damaged, "problem", files));
}

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct oat_cli_args args;
    oat_store *store;
    oat_snapshot *snapshot;
    uint64_t damaged;

    if (!oat_cli_parse(options, argc, argv, 0, &args))
        return OAT_EXIT_USAGE;
    if (!oat_cli_snapshot(cli, &store, &snapshot))
        return OAT_EXIT_FAILED;
    bool deep = args.values[OPTION_DEEP];
    /* The check is one call; what it has to go through tells how long it may take. */
    oat_store_figures figures;
    int result = oat_snapshot_figures(snapshot, &figures);
    bool long_one = result == OAT_OK && cli->err_terminal &&
                    figures.spans + figures.stored_payload_bytes / 1000 > LONG_CHECK;
    if (long_one)
        fprintf(stderr, "checking %" PRIu64 " spans ...", figures.spans);
    if (result == OAT_OK)
        result = oat_snapshot_verify(snapshot, deep);
    if (long_one)
        fputs("\r\033[K", stderr);
    if (result == OAT_OK)
        result = print_problems(cli, snapshot, &damaged);
    if (result == OAT_OK && !cli->json)
        print_sum(snapshot, &figures, deep, damaged);
    oat_snapshot_free(snapshot);
    oat_store_close(store);
    if (result != OAT_OK)
        return oat_cli_fail("verify: %s", oat_result_text(result));
    return damaged > 0 ? OAT_EXIT_FAILED : OAT_EXIT_OK;
}

const struct oat_cli_command oat_cli_verify = {
    "verify", "", "check every byte of the store; exit 1 when something is damaged", options, run};
