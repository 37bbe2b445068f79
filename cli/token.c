#include "cli/token.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "access/tokens_change.h"
#include "cli/args.h"
#include "cli/json_line.h"

enum { OPTION_NAME, OPTION_ROLE, OPTION_PROJECT, OPTION_TOKENS };

static const struct oat_cli_option options[] = {
    {"name", 'n', "NAME", "add: what it is called in lists and logs"},
    {"role", 'r', "ROLE", "add: read, ingest (sends, reads nothing), write (read, and feedback) or admin"},
    {"project", 'p', "PROJECT", "add: the project it is for (default: default)"},
    {"tokens", 0, "FILE", "the tokens file (default: tokens in the store's directory)"},
    {0},
};

/* ---- Showing ------------------------------------------------------------------------------------- */

/* secret NULL: nobody knows it any more. */
static int print_json(const struct oat_token *token, const char *secret)
{
    struct oat_json json = {0};
    const struct {
        const char *key, *value;
    } members[] = {
        {"name", token->name},       {"role", oat_role_name(token->role)},
        {"project", token->project}, {"created", token->created},
        {"token", secret},
    };
    oat_json_object_begin(&json);
    for (size_t i = 0; i < sizeof members / sizeof *members && members[i].value; i++) {
        oat_json_key(&json, members[i].key);
        oat_json_cstring(&json, members[i].value);
    }
    oat_json_object_end(&json);
    int result = oat_cli_json_line(&json);
    oat_json_free(&json);
    return result;
}

static int list(const struct oat_cli *cli, const char *path)
{
    struct oat_tokens tokens = {0};
    char why[OAT_TOKENS_WHY_SIZE];
    int result = oat_tokens_read(path, &tokens, why);
    if (result != OAT_OK && result != OAT_NOTFOUND)
        return oat_cli_fail("token: %s", why);
    for (size_t i = 0; i < tokens.count; i++) {
        const struct oat_token *token = &tokens.rows[i];
        if (cli->json)
            print_json(token, NULL);
        else
            printf("%-24s %-7s %-16s %s\n", token->name, oat_role_name(token->role), token->project,
                   token->created);
    }
    if (tokens.count == 0 && !cli->json)
        printf("no tokens in %s\n", path);
    oat_tokens_free(&tokens);
    return OAT_EXIT_OK;
}

/* ---- Changing ------------------------------------------------------------------------------------ */

/* True: it is complete but for the secret. */
static bool read_options(const struct oat_cli_args *args, struct oat_token *token)
{
    const char *name = args->values[OPTION_NAME], *role = args->values[OPTION_ROLE];
    const char *project = args->values[OPTION_PROJECT] ? args->values[OPTION_PROJECT] : "default";
    if (!name || !role)
        oat_cli_usage("token add needs --name and --role");
    else if (!oat_name_is_good(name) || !oat_name_is_good(project))
        oat_cli_usage("\"%s\" is no name: expected 1 to 64 letters, digits, '.', '_' and '-'",
                      oat_name_is_good(name) ? project : name);
    else if (!oat_role_parse(role, &token->role))
        oat_cli_usage("--role %s: expected read, ingest, write or admin", role);
    else {
        snprintf(token->name, sizeof token->name, "%s", name);
        snprintf(token->project, sizeof token->project, "%s", project);
        return true;
    }
    return false;
}

static int add(const struct oat_cli *cli, const struct oat_cli_args *args, const char *path)
{
    struct oat_token token = {0};
    char secret[OAT_SECRET_SIZE], why[OAT_TOKENS_WHY_SIZE];
    time_t now = time(NULL);
    struct tm utc;
    if (!read_options(args, &token))
        return OAT_EXIT_USAGE;
    strftime(token.created, sizeof token.created, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    if (!oat_secret_new(OAT_TOKEN_PREFIX, secret))
        return oat_cli_fail("token: no random numbers: %s", strerror(errno));
    if (!oat_secret_hash(secret, strlen(secret), token.hash))
        return oat_cli_fail("token: %s", oat_result_text(OAT_E_NOMEM));
    if (oat_tokens_add(path, &token, why) != OAT_OK)
        return oat_cli_fail("token: %s", why);
    if (cli->json) {
        print_json(&token, secret);
    } else {
        puts(secret);
        fputs("oat: keep it: it is not shown again\n", stderr);
    }
    return OAT_EXIT_OK;
}

static int revoke(const struct oat_cli *cli, const char *name, const char *path)
{
    char why[OAT_TOKENS_WHY_SIZE];
    if (oat_tokens_revoke(path, name, why) != OAT_OK)
        return oat_cli_fail("token: %s", why);
    if (!cli->json)
        printf("%s is revoked\n", name);
    return OAT_EXIT_OK;
}

/* ---- */

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct oat_cli_args args;
    char path[PATH_MAX];
    if (!oat_cli_parse(options, argc, argv, 2, &args))
        return OAT_EXIT_USAGE;
    const char *verb = args.count > 0 ? args.positional[0] : "";
    const char *file = args.values[OPTION_TOKENS];
    int len = file ? snprintf(path, sizeof path, "%s", file)
                   : snprintf(path, sizeof path, "%s/" OAT_TOKENS_NAME, cli->dir);
    if (len >= (int)sizeof path)
        return oat_cli_fail("token: %s", strerror(ENAMETOOLONG));
    if (strcmp(verb, "add") == 0 && args.count == 1)
        return add(cli, &args, path);
    if (strcmp(verb, "list") == 0 && args.count == 1)
        return list(cli, path);
    if (strcmp(verb, "revoke") == 0 && args.count == 2)
        return revoke(cli, args.positional[1], path);
    return oat_cli_usage("expected: token add --name NAME --role ROLE, token list, or token revoke NAME");
}

const struct oat_cli_command oat_cli_token = {
    "token", "add | list | revoke NAME", "let clients ask the daemon, or no longer", options, run,
};
