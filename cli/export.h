/* oat export: every span of the store. */
#ifndef OAT_CLI_EXPORT_H
#define OAT_CLI_EXPORT_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_export;

#endif
