/* oat grep: spans in whose inputs, outputs and errors a text is. */
#ifndef OAT_CLI_GREP_H
#define OAT_CLI_GREP_H

#include "cli/cli.h"

extern const struct oat_cli_command oat_cli_grep;

#endif
