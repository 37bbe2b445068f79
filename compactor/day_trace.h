/* What one part gets of one trace: its spans whole and in their order, its events, links and scores. */
#ifndef OAT_COMPACTOR_DAY_TRACE_H
#define OAT_COMPACTOR_DAY_TRACE_H

#include "compactor/key_sorter.h"
#include "reader/tree.h"

struct oat_day_trace {
    uint8_t trace_id[16];
    uint64_t start_ns;          /* the least of its spans; without spans, of what its marks belong to */
    struct oat_record *records; /* by (start, span id) */
    struct oat_row *rows;       /* of the records, as a tree; row.trace is the index of its record */
    uint32_t *row_of;           /* of a record its row */
    uint32_t *by_span;          /* rows by span id */
    size_t row_capacity;
    size_t count;                  /* of spans */
    struct oat_trace_info summary; /* of these spans alone; its root and model_row are rows */
    struct oat_mark *marks; /* mark.trace is the index of its span's record + 1, or 0; by that, then kind,
                             * span id, time, id */
    size_t mark_count, mark_capacity;
    struct oat_tree_scratch scratch;
};

/* Zero-initialise; memory is kept from trace to trace. */
void oat_day_trace_free(struct oat_day_trace *trace);

/* Reads what the keys (of one trace and day, as placed) stand for and puts it together. What cannot be
 * read any more is reported and left out. OAT_OK or OAT_E_NOMEM. */
int oat_day_trace_read(struct oat_day_trace *trace, struct oat_sources *sources, const struct oat_key *keys,
                       size_t count);

/* The record of a span id, or OAT_NO_ROW. */
uint32_t oat_day_trace_find(const struct oat_day_trace *trace, const uint8_t span_id[8]);

/* The record of the parent of a record, or OAT_NO_ROW when it has none here. */
uint32_t oat_day_trace_parent(const struct oat_day_trace *trace, uint32_t record);

#endif
