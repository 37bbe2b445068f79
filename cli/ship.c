#include "cli/ship.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/json_line.h"
#include "cli/open.h"
#include "ship/ship.h"

#define TOKEN_SIZE     200u
#define INTERVAL_MS    1000u
#define INTERVAL_MAX   60000u
#define TOKEN_VARIABLE "OAT_TOKEN"
#define URL_VARIABLE   "OAT_EXPORT_URL"

enum { OPTION_TO, OPTION_TOKEN_FILE, OPTION_ONCE, OPTION_INTERVAL, OPTION_CA, OPTION_PLAINTEXT };

static const struct oat_cli_option options[] = {
    {"to", 't', "URL", "the daemon: https://traces.example (default: " URL_VARIABLE ")"},
    {"token-file", 0, "FILE", "a file that holds the token (default: the variable " TOKEN_VARIABLE ")"},
    {"once", 0, NULL, "end when all that is there now was sent"},
    {"interval", 0, "MS", "look for what has come so often (default: 1000)"},
    {"ca", 0, "FILE", "certificates to trust, in place of the system's"},
    {"insecure-plaintext", 0, NULL, "send token and traces to another machine without encryption"},
    {0},
};

static void tell(void *arg, const char *message)
{
    (void)arg;
    oat_cli_fail("ship: %s", message);
}

/* ---- Where to, and who -------------------------------------------------------------------------------- */

/* False after an explanation. */
static bool check_url(const char *url, bool plaintext)
{
    enum oat_ship_way way = url ? oat_ship_way_to(url) : OAT_SHIP_NO_WAY;
    if (way == OAT_SHIP_NO_WAY)
        oat_cli_usage("expected --to https://HOST or http://localhost:8787, or " URL_VARIABLE);
    else if (way == OAT_SHIP_IN_PLAIN && !plaintext)
        oat_cli_usage("%s is not encrypted: use https, or --insecure-plaintext", url);
    return way == OAT_SHIP_SAFELY || (way == OAT_SHIP_IN_PLAIN && plaintext);
}

/* Without blanks and line ends around it. False after an explanation. */
static bool read_token(const char *path, char ret[TOKEN_SIZE])
{
    const char *given = getenv(TOKEN_VARIABLE);
    if (!path) {
        snprintf(ret, TOKEN_SIZE, "%s", given ? given : "");
        return true;
    }
    FILE *file = fopen(path, "re");
    if (!file) {
        oat_cli_fail("%s: %s", path, strerror(errno));
        return false;
    }
    bool found = fscanf(file, "%199s", ret) == 1;
    fclose(file);
    if (!found)
        oat_cli_fail("%s: expected a token, found nothing", path);
    return found;
}

/* ---- All of it ---------------------------------------------------------------------------------------- */

static void print_json(const struct oat_ship_summary *summary)
{
    struct oat_json json = {0};
    const struct {
        const char *key;
        uint64_t value;
    } members[] = {{"pairs", summary->pairs}, {"complete", summary->complete}, {"bytes", summary->bytes}};
    oat_json_object_begin(&json);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        oat_json_key(&json, members[i].key);
        oat_json_uint(&json, members[i].value);
    }
    oat_json_object_end(&json);
    oat_cli_json_line(&json);
    oat_json_free(&json);
}

static int ship(struct oat_cli *cli, const struct oat_ship_options *ship_options)
{
    struct oat_ship_summary summary;
    oat_store *store = oat_cli_store(cli);
    if (!store)
        return OAT_EXIT_FAILED;
    int result = oat_ship_run(store, ship_options, &summary);
    oat_store_close(store);
    if (result != OAT_OK && result != OAT_E_INVALID)
        return oat_cli_fail("ship: %s", oat_result_text(result));
    if (cli->json)
        print_json(&summary);
    else
        printf("%" PRIu64 " bytes sent; %" PRIu64 " of %" PRIu64 " pairs of files are there whole\n",
               summary.bytes, summary.complete, summary.pairs);
    return result == OAT_OK ? OAT_EXIT_OK : OAT_EXIT_FAILED;
}

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct oat_cli_args args;
    char token[TOKEN_SIZE];
    uint64_t interval_ms = INTERVAL_MS;
    if (!oat_cli_parse(options, argc, argv, 0, &args))
        return OAT_EXIT_USAGE;
    const char *url = args.values[OPTION_TO] ? args.values[OPTION_TO] : getenv(URL_VARIABLE);
    const char *interval = args.values[OPTION_INTERVAL];
    if (!check_url(url, args.values[OPTION_PLAINTEXT] != NULL) ||
        (interval && !oat_cli_number("--interval", interval, 1, INTERVAL_MAX, &interval_ms)))
        return OAT_EXIT_USAGE;
    if (!read_token(args.values[OPTION_TOKEN_FILE], token))
        return OAT_EXIT_FAILED;
    const struct oat_ship_options ship_options = {
        .remote = {.url = url, .token = *token ? token : NULL, .ca_path = args.values[OPTION_CA]},
        .interval_ns = interval_ms * 1000000,
        .once = args.values[OPTION_ONCE] != NULL,
        .tell = tell,
    };
    return ship(cli, &ship_options);
}

const struct oat_cli_command oat_cli_ship = {
    "ship", "", "send what agents write here to a daemon, as they write it", options, run,
};
