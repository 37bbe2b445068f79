/* oat alone: the newest traces, and what to try next. */
#ifndef OAT_CLI_OVERVIEW_H
#define OAT_CLI_OVERVIEW_H

#include "cli/cli.h"

/* Returns an exit code. */
int oat_cli_overview(struct oat_cli *cli);

#endif
