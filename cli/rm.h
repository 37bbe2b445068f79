/* oat rm: hides traces for good. */
#ifndef OAT_CLI_RM_H
#define OAT_CLI_RM_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_rm;

#endif
