/* oat forget: takes content out of everything that quotes it, for good. */
#ifndef OAT_CLI_FORGET_H
#define OAT_CLI_FORGET_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_forget;

#endif
