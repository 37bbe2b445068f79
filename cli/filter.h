/* Filters as they are typed. */
#ifndef OAT_CLI_FILTER_H
#define OAT_CLI_FILTER_H

#include "cli/cli.h"

/* Parses a filter; relative times count from now. False after an explanation on stderr that points at the
 * place. The caller frees it. */
bool oat_cli_filter(const char *text, oat_filter **ret_filter);

#endif
