/* Finding rows of a part. */
#ifndef OAT_READER_PART_FIND_H
#define OAT_READER_PART_FIND_H

#include "reader/part.h"

#define OAT_NO_TRACE UINT32_MAX

/* All may be called from any thread; damage is reported. */

/* Row of TRACES, or OAT_NO_TRACE. */
uint32_t oat_part_find_trace(struct oat_part *part, const uint8_t trace_id[16]);
/* Whether a row of TRACES, which may be over those it has, is that trace. */
bool oat_part_is_trace(struct oat_part *part, uint32_t row, const uint8_t trace_id[16]);
/* oat_part_find_trace for many ids, 16 bytes each; most of them may be elsewhere. */
void oat_part_find_traces(struct oat_part *part, const uint8_t *ids, size_t count, uint32_t *ret_rows);
/* Rows of SPANS with that span id, at most max of them; returns how many. */
size_t oat_part_find_spans(struct oat_part *part, const uint8_t span_id[8], uint32_t *ret_rows, size_t max);

/* Row of TRACES that a row of SPANS belongs to. OAT_OK, OAT_E_CORRUPT, OAT_E_NOMEM, as those below. */
int oat_part_trace_of(struct oat_part *part, uint32_t row, uint32_t *ret_trace);
/* The id of a row of TRACES. */
int oat_part_trace_id(struct oat_part *part, uint32_t trace, uint8_t ret[16]);
/* The rows of SPANS of a row of TRACES. */
int oat_part_trace_rows(struct oat_part *part, uint32_t trace, uint32_t *ret_first, uint32_t *ret_count);

#endif
