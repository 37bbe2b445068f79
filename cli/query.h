/* oat query: counts, sums and percentiles over spans. */
#ifndef OAT_CLI_QUERY_H
#define OAT_CLI_QUERY_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_query;

#endif
