/* Rows of the trace table of a part. */
#ifndef OAT_READER_PART_TRACE_H
#define OAT_READER_PART_TRACE_H

#include "reader/batch.h"
#include "reader/part.h"

/* The figures of a row of TRACES, as far as this part knows; texts are borrowed from it. OAT_OK,
 * OAT_E_CORRUPT (reported), OAT_E_NOMEM. Any thread. */
int oat_part_trace_figures(struct oat_part *part, uint32_t trace, struct oat_trace_figures *ret);

#endif
