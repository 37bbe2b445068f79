#include "cli/run.h"

#include "cli/args.h"
#include "oat/oat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INTERPRETER "python3"
#define NOT_STARTED 127 /* as shells have it */

#define VARIABLE "OAT_DATA_DIR"

static char *const start[] = {(char[]){INTERPRETER}, (char[]){"-m"}, (char[]){"oat"}, (char[]){"run"}};
#define START_COUNT (sizeof start / sizeof *start)

/* Without --dir the program's tracer.yaml may say where the store is. */
static bool pass_directory(const struct oat_cli *cli)
{
    const char *given = getenv(VARIABLE);
    return strcmp(cli->dir, given && *given ? given : ".oat") == 0 || setenv(VARIABLE, cli->dir, true) == 0;
}

/* The Python package does it: what calls models in a Python program is patched, any other gets a proxy. */
static int run(struct oat_cli *cli, int argc, char **argv)
{
    if (argc < 3 || strcmp(argv[1], "--") != 0)
        return oat_cli_usage("expected a program behind --, as in: oat run -- python agent.py");
    char **command = calloc(START_COUNT + (size_t)argc, sizeof *command);
    if (!command || !pass_directory(cli)) {
        free(command);
        return oat_cli_fail("%s", oat_result_text(OAT_E_NOMEM));
    }
    memcpy(command, start, sizeof start);
    memcpy(command + START_COUNT, argv + 1, (size_t)(argc - 1) * sizeof *command);
    execvp(INTERPRETER, command);
    int error = errno;
    free(command);
    oat_cli_fail("%s: %s", INTERPRETER, strerror(error));
    return NOT_STARTED;
}

const struct oat_cli_command oat_cli_run = {
    .name = "run",
    .arguments = "-- PROGRAM [ARGUMENTS]",
    .help = "start an agent and record the models it calls (docs/python.md)",
    .run = run,
};
