#include "cli/rm.h"

#include "cli/args.h"
#include "cli/json_line.h"
#include "cli/open.h"
#include "format/ids.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_REASON };

static const struct oat_cli_option options[] = {
    {"reason", 'r', "TEXT", "why; kept with the mark"},
    {0},
};

static void warn(void *arg, const char *message)
{
    (void)arg;
    fprintf(stderr, "oat: %s\n", message);
}

/* Finds what was typed, all of it before anything is hidden. */
static bool find_all(const oat_snapshot *snapshot, const struct oat_cli_args *args, uint8_t (*ids)[16])
{
    for (int i = 0; i < args->count; i++)
        if (!oat_cli_find_trace(snapshot, args->positional[i], ids[i]))
            return false;
    return true;
}

static int print_hidden(const struct oat_cli *cli, const uint8_t trace_id[16])
{
    char hex[33];
    oat_hex_print(trace_id, 16, hex);
    if (!cli->json) {
        printf("%s is hidden; its bytes go at the next compaction\n", hex);
        return OAT_OK;
    }
    struct oat_json json = {0};
    oat_json_object_begin(&json);
    oat_json_key(&json, "trace_id");
    oat_json_cstring(&json, hex);
    oat_json_key(&json, "hidden");
    oat_json_bool(&json, true);
    oat_json_object_end(&json);
    int result = oat_cli_json_line(&json);
    oat_json_free(&json);
    return result;
}

/* Appends the tombstones and waits until they are on the device. */
static int hide(const struct oat_cli *cli, uint8_t (*ids)[16], int count, const char *reason)
{
    oat_config config;
    oat_tracer *tracer;
    oat_config_init(&config);
    config.data_dir = cli->dir;
    config.service = config.environment = NULL;
    config.warn = warn;
    int result = oat_tracer_open(&config, &tracer);
    if (result != OAT_OK)
        return result;
    for (int i = 0; i < count && result == OAT_OK; i++)
        result = oat_trace_delete(tracer, ids[i], reason);
    if (result == OAT_OK)
        result = oat_tracer_flush(tracer);
    oat_tracer_close(tracer);
    for (int i = 0; i < count && result == OAT_OK; i++)
        result = print_hidden(cli, ids[i]);
    return result;
}

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct oat_cli_args args;
    oat_store *store;
    oat_snapshot *snapshot;
    if (!oat_cli_parse(options, argc, argv, -1, &args))
        return OAT_EXIT_USAGE;
    if (args.count == 0)
        return oat_cli_usage("rm needs a trace; see: oat ls");
    uint8_t(*ids)[16] = malloc((size_t)args.count * sizeof *ids);
    if (!ids)
        return oat_cli_fail("rm: %s", oat_result_text(OAT_E_NOMEM));
    if (!oat_cli_snapshot(cli, &store, &snapshot)) {
        free(ids);
        return OAT_EXIT_FAILED;
    }
    bool found = find_all(snapshot, &args, ids);
    oat_cli_snapshot_done(store, snapshot);
    int result = found ? hide(cli, ids, args.count, args.values[OPTION_REASON]) : OAT_NOTFOUND;
    free(ids);
    if (result < 0)
        return oat_cli_fail("rm: cannot write to the store in %s: %s", cli->dir,
                            result == OAT_E_IO ? strerror(errno) : oat_result_text(result));
    return result == OAT_OK ? OAT_EXIT_OK : OAT_EXIT_FAILED;
}

const struct oat_cli_command oat_cli_rm = {"rm", "TRACE...", "hide traces for good", options, run};
