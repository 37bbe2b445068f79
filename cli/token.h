/* oat token: who may ask the daemon. */
#ifndef OAT_CLI_TOKEN_H
#define OAT_CLI_TOKEN_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_token;

#endif
