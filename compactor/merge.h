/* Merging: the parts of a day become one. */
#ifndef OAT_COMPACTOR_MERGE_H
#define OAT_COMPACTOR_MERGE_H

#include "compactor/run.h"

/* Merges the days that need it: when everything is to be merged, those of several parts; else those that
 * hold traces which a tombstone hides. Each day is a publication. A dry run counts only. A day whose parts
 * are damaged or of a newer version is left as it is and counted. */
int oat_merge_days(struct oat_run *run);

#endif
