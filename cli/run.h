/* oat run: starts a program and records the models that it calls. */
#ifndef OAT_CLI_RUN_H
#define OAT_CLI_RUN_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_run;

#endif
