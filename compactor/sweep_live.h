/* Removes what dead writers leave when their pairs are gone. Whoever sweeps holds LOCK. */
#ifndef OAT_COMPACTOR_SWEEP_LIVE_H
#define OAT_COMPACTOR_SWEEP_LIVE_H

#include "reader/sources.h"

/* Removes hot/<writer>.live of writers that are dead and have no pair any more, and before it what they were
 * making: temporary files and .blobs without .spans. OAT_OK, OAT_E_IO (errno), OAT_E_NOMEM. */
int oat_sweep_live(const struct oat_sources *sources);

#endif
