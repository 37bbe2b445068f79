/* oat verify: is everything whole? */
#ifndef OAT_CLI_VERIFY_H
#define OAT_CLI_VERIFY_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_verify;

#endif
