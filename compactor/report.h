/* What oat-compact says. */
#ifndef OAT_COMPACTOR_REPORT_H
#define OAT_COMPACTOR_REPORT_H

#include "compactor/options.h"

/* Prints the summary of a run to stdout, for people or as one JSON object. OAT_OK or OAT_E_NOMEM. */
int oat_compact_report(const struct oat_compact_command *command, const struct oat_compact_summary *summary);

#endif
