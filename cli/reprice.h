/* `oat reprice`: costs of the past by the prices of now. */
#ifndef OAT_CLI_REPRICE_H
#define OAT_CLI_REPRICE_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_reprice;

#endif
