/* A part as a source of batches: a batch is a block. */
#ifndef OAT_READER_PART_SOURCE_H
#define OAT_READER_PART_SOURCE_H

#include "reader/batch.h"
#include "reader/part.h"

/* Opens a source over a part, which must outlive it. masked: a bit for each row of TRACES; the rows of
 * traces whose bit is set are left out; borrowed during the call, NULL: none. Traces have the numbers of
 * their rows, masked or not. OAT_OK, OAT_E_NOMEM. */
int oat_part_source_new(struct oat_part *part, const uint64_t *masked, struct oat_source **ret);

#endif
