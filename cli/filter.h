/* Filters as they are typed. */
#ifndef OAT_CLI_FILTER_H
#define OAT_CLI_FILTER_H

#include "cli/cli.h"

/* Parses a filter; relative times count from now. False after an explanation on stderr that points at the
 * place. The caller frees it. */
bool oat_cli_filter(const char *text, oat_filter **ret_filter);

/* Prints the text to stderr, and below it a mark under that character of it (1: the first). */
void oat_cli_point_at(const char *text, size_t column);

/* Nanoseconds since the epoch: what relative times count from. */
uint64_t oat_cli_now_ns(void);

#endif
