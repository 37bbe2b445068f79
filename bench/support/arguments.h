/* Command lines of the programs that make and query stores: `--name value`. */
#ifndef OAT_BENCH_ARGUMENTS_H
#define OAT_BENCH_ARGUMENTS_H

#include <stddef.h>
#include <stdint.h>

typedef struct oat_bench_argument {
    const char *name; /* without dashes */
    const char *help;
    const char **text; /* where a text goes, or */
    double *number;    /* a number of 0 or more: 1e7, 0.25 */
} oat_bench_argument;

/* Reads the command line; what is not given stays as it is. Ends the program with a list of the
 * arguments when it is wrong, or when a text is still NULL. */
void oat_bench_arguments(int argc, char **argv, const oat_bench_argument *arguments, size_t count);

#endif
