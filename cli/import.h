/* oat import: other systems' traces, and agent trajectories, into the store. */
#ifndef OAT_CLI_IMPORT_H
#define OAT_CLI_IMPORT_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_import;

#endif
