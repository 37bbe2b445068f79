/* Options, arguments and messages about them. */
#ifndef OAT_CLI_ARGS_H
#define OAT_CLI_ARGS_H

#include "cli/cli.h"

/* Prints "oat: " and a message to stderr. Return OAT_EXIT_FAILED and OAT_EXIT_USAGE. */
int oat_cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
int oat_cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define OAT_CLI_OPTIONS_MAX 12u

struct oat_cli_args {
    const char *values[OAT_CLI_OPTIONS_MAX]; /* by option; NULL: not given; a flag: "" */
    char **positional;
    int count;
};

/* Sorts the arguments of a command into options and the rest (argv is rearranged). max: of the
 * rest; -1: any number. False after an explanation on stderr: the exit code is OAT_EXIT_USAGE. */
bool oat_cli_parse(const struct oat_cli_option *options, int argc, char **argv, int max,
                   struct oat_cli_args *ret);

/* A whole number in min .. max. False after an explanation on stderr. */
bool oat_cli_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *ret);

/* The name nearest to a mistaken one, or NULL when none is near. names ends with NULL. */
const char *oat_cli_nearest(const char *text, const char *const *names);

#endif
