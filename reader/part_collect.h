/* Rows of traces out of a part, for what is put together in memory (rows.h). */
#ifndef OAT_READER_PART_COLLECT_H
#define OAT_READER_PART_COLLECT_H

#include "reader/part.h"
#include "reader/rows.h"

/* Appends the rows of a trace (a row of TRACES), and its events, links and scores, to *ret; `source`
 * and `trace_number` are what they get as source and trace. The traces of *ret are left alone. What
 * cannot be read is reported and left out. OAT_OK,
 * OAT_E_NOMEM. Any thread. */
int oat_part_collect(struct oat_part *part, uint32_t trace, uint32_t source, uint32_t trace_number,
                     struct oat_rows *ret);

#endif
