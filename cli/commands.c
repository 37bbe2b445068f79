#include "cli/commands.h"

#include "cli/export.h"
#include "cli/forget.h"
#include "cli/grep.h"
#include "cli/import.h"
#include "cli/last.h"
#include "cli/ls.h"
#include "cli/query.h"
#include "cli/reprice.h"
#include "cli/rm.h"
#include "cli/run.h"
#include "cli/ship.h"
#include "cli/show.h"
#include "cli/stat.h"
#include "cli/tail.h"
#include "cli/token.h"
#include "cli/verify.h"

#include <stddef.h>

const struct oat_cli_command *const oat_cli_commands[] = {
    &oat_cli_ls,      &oat_cli_show,   &oat_cli_query,  &oat_cli_last,   &oat_cli_tail, &oat_cli_grep,
    &oat_cli_stat,    &oat_cli_verify, &oat_cli_export, &oat_cli_import, &oat_cli_rm,   &oat_cli_forget,
    &oat_cli_reprice, &oat_cli_ship,   &oat_cli_run,    &oat_cli_token,  NULL,
};
