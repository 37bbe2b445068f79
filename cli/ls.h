/* oat ls: the newest traces, one a line. */
#ifndef OAT_CLI_LS_H
#define OAT_CLI_LS_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_ls;

#endif
