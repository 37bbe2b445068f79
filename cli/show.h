/* oat show: one trace as a tree. */
#ifndef OAT_CLI_SHOW_H
#define OAT_CLI_SHOW_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_show;

#endif
