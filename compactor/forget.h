/* Forgetting: what is found gets into the catalog, which masks it at once; then no part is left that holds
 * it. */
#ifndef OAT_COMPACTOR_FORGET_H
#define OAT_COMPACTOR_FORGET_H

#include "compactor/run.h"

/* Seeks what is to be forgotten in all that is live, and publishes a catalog that has it; of a dry run, only
 * counts. Failures are said, as of all that follow. */
int oat_forget_begin(struct oat_run *run, struct oat_forget *forget);

/* True when a live part holds something that has to be erased still, or when nobody can tell. */
bool oat_forget_holds_part(const struct oat_run *run, const struct oat_manifest_part *entry);

/* Says in the catalog that no live part holds what is forgotten, when that is new; and lists the pairs that
 * do hold some of it in options->forget, if there is one. */
int oat_forget_settle(struct oat_run *run);

#endif
