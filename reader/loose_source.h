/* The rows of an assembly as a source of batches. */
#ifndef OAT_READER_LOOSE_SOURCE_H
#define OAT_READER_LOOSE_SOURCE_H

#include "reader/assembly.h"
#include "reader/batch.h"

/* The assembly must outlive it. OAT_OK or OAT_E_NOMEM. */
int oat_loose_source_new(const struct oat_assembly *assembly, struct oat_source **ret);

/* The same of a linked one without the rows of traces that do not differ. */
int oat_differing_source_new(const struct oat_assembly *linked, struct oat_source **ret);

#endif
