/* oat last: the newest run, and where it is or died. */
#ifndef OAT_CLI_LAST_H
#define OAT_CLI_LAST_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_last;

#endif
