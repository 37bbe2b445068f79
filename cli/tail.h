/* oat tail: spans as they are announced and end. */
#ifndef OAT_CLI_TAIL_H
#define OAT_CLI_TAIL_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_tail;

#endif
