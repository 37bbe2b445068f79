/* A part as a source of batches. */
#ifndef OAT_READER_PART_SOURCE_H
#define OAT_READER_PART_SOURCE_H

#include "reader/batch.h"
#include "reader/part.h"

/* masked: a bit for each trace whose rows are left out; NULL: none. Both must outlive it. OAT_OK or
 * OAT_E_NOMEM. */
int oat_part_source_new(struct oat_part *part, const uint64_t *masked, struct oat_source **ret);

#endif
