/* Rows of traces out of a part, for what is put together in memory (rows.h). */
#ifndef OAT_READER_PART_COLLECT_H
#define OAT_READER_PART_COLLECT_H

#include "reader/part.h"
#include "reader/rows.h"

/* Adds the rows of a trace (a row of TRACES), and its events, links and scores unless spans_alone, to *ret,
 * of which it is the trace trace_number (oat_rows_trace); source: what they get as theirs. What cannot be
 * read is reported and left out. OAT_OK, OAT_E_NOMEM. Any thread. */
int oat_part_collect(struct oat_part *part, uint32_t trace, uint32_t source, uint32_t trace_number,
                     struct oat_rows *ret);

#endif
