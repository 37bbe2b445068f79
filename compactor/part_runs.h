/* Rows of older parts, read in the order of new ones: several rows of a part at once, as the next ones that
 * are asked for follow them mostly. Used by one thread at a time. */
#ifndef OAT_COMPACTOR_PART_RUNS_H
#define OAT_COMPACTOR_PART_RUNS_H

#include "reader/part_record.h"
#include "reader/sources.h"

struct oat_part_run;

struct oat_part_runs {
    struct oat_sources *sources; /* borrowed */
    struct oat_part_run **runs;  /* one for each of its parts; NULL: nothing was read yet */
};

/* OAT_OK or OAT_E_NOMEM. */
int oat_part_runs_init(struct oat_part_runs *runs, struct oat_sources *sources);
/* Accepts a zeroed one. */
void oat_part_runs_free(struct oat_part_runs *runs);

/* Reads a row of SPANS of a source that is a part. *ret is borrowed until the next call. OAT_OK;
 * OAT_E_CORRUPT: it cannot be read, which is reported; OAT_E_NOMEM. */
int oat_part_runs_get(struct oat_part_runs *runs, uint32_t source, uint32_t row,
                      const struct oat_record **ret);

#endif
