/* Rows of the trace table of a part. */
#ifndef OAT_READER_PART_TRACE_H
#define OAT_READER_PART_TRACE_H

#include "reader/batch.h"
#include "reader/part_record.h"

/* The id and the wanted figures (OAT_FIGURES_OF) of a row of TRACES, as far as this part knows; the others
 * are 0. Texts are borrowed from the part. OAT_OK, OAT_E_CORRUPT (reported), OAT_E_NOMEM. Any thread. */
int oat_part_trace_figures(struct oat_part *part, uint32_t trace, uint32_t wanted,
                           struct oat_trace_figures *ret);

/* Its root, without texts, as row of `source`. Likewise. */
int oat_part_root(struct oat_part *part, uint32_t trace, uint32_t source, struct oat_record *ret);

/* What a trace with these STATUS and FLAGS is shown as; 0: there is no such status. */
enum oat_shown_status oat_part_trace_status(uint64_t status, uint64_t flags);

#endif
