/* Retention: which parts go. Decides only; removes nothing. */
#ifndef OAT_COMPACTOR_RETAIN_H
#define OAT_COMPACTOR_RETAIN_H

#include "reader/manifest.h"

struct oat_retention {
    uint64_t keep_ns; /* a part goes when it is older; 0: no limit */
    uint64_t
        max_bytes; /* of all parts and packs: whole days go, the oldest first, until they fit; 0: no limit */
};

/* Lists the parts that go (*ret_retired, the caller's to free). The age of a part counts from the end of
 * its day or from the arrival of its newest row, whichever is later, so that a wrong clock deletes nothing
 * fresh; but at most a day after the arrival, so that one in the future is not kept for ever. A day is as
 * old as its youngest part. OAT_OK or OAT_E_NOMEM. */
int oat_retain(const struct oat_manifest *manifest, const struct oat_retention *retention, uint64_t now_ns,
               struct oat_manifest_retired **ret_retired, size_t *ret_count);

#endif
