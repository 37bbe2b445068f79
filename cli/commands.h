/* The commands of the `oat` tool: one file each. */
#ifndef OAT_CLI_COMMANDS_H
#define OAT_CLI_COMMANDS_H

#include "cli/cli.h"

/* In the order of help; ends with NULL. */
extern const struct oat_cli_command *const oat_cli_commands[];

#endif
