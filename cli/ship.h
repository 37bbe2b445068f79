/* oat ship: sends a store to a daemon. */
#ifndef OAT_CLI_SHIP_H
#define OAT_CLI_SHIP_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_ship;

#endif
