/* oat stat: figures of the store. */
#ifndef OAT_CLI_STAT_H
#define OAT_CLI_STAT_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_stat;

#endif
