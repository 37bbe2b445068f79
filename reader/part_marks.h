/* Events, links and scores of a part. */
#ifndef OAT_READER_PART_MARKS_H
#define OAT_READER_PART_MARKS_H

#include "reader/part.h"
#include "reader/rows.h"

/* Reads a row of EVENTS, LINKS or SCORES; see record.h. Any thread. */
int oat_part_mark_record(struct oat_part *part, uint16_t kind, uint32_t row, struct oat_mark_record *ret);

/* Adds the events, links and scores of a row of TRACES to *ret, with this source and trace. What cannot be
 * read is reported and left out. OAT_OK, OAT_E_NOMEM. */
int oat_part_collect_marks(struct oat_part *part, uint32_t trace, uint32_t source, uint32_t trace_number,
                           struct oat_rows *ret);

#endif
