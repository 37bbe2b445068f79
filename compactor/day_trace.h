/* What one part gets of one trace: its spans whole and in their order, its events, links and scores. */
#ifndef OAT_COMPACTOR_DAY_TRACE_H
#define OAT_COMPACTOR_DAY_TRACE_H

#include "compactor/key_sorter.h"
#include "compactor/part_runs.h"
#include "compactor/slot_windows.h"
#include "pricing/price_table.h"
#include "reader/tree.h"

/* A span as it was read. */
struct oat_day_span {
    struct oat_disk_span span; /* of a pair: with its references */
    uint32_t source;
    uint32_t record; /* of a part: index among the records; OAT_NO_ROW: of a pair */
    bool open;
};

/* An event, link or score as it was read. */
union oat_day_mark {
    uint8_t slot[OAT_SLOT_SIZE];   /* of a pair */
    struct oat_mark_record record; /* of a part */
};

/* A trace of a live part. */
struct oat_trace_link {
    uint32_t part; /* index of the live part */
    uint32_t trace;
};

struct oat_day_trace {
    uint8_t trace_id[16];
    uint64_t start_ns;          /* the least of its spans; without spans, of what its marks belong to */
    struct oat_day_span *spans; /* by (start, span id) */
    struct oat_row *rows;       /* of the spans, as a tree; row.trace is the index of its span */
    uint32_t *row_of;           /* of a span its row */
    uint32_t *by_span;          /* rows by span id */
    size_t span_capacity;
    size_t span_count;
    struct oat_record *records; /* of spans of parts */
    size_t record_count, record_capacity;
    struct oat_trace_info summary; /* of these spans alone; its root and model_row are rows */
    struct oat_mark *marks; /* mark.trace is the index of its span + 1, or 0; mark.place that of its content;
                             * by the first, then kind, span id, time, id */
    union oat_day_mark *contents;
    size_t mark_count, mark_capacity, content_capacity;
    struct oat_trace_link *links; /* where live parts have it */
    size_t link_count, link_capacity;
    uint32_t replacements; /* ended repeats of spans that were left out */
    bool is_later;         /* an earlier day of it went to a part just now */
    struct oat_tree_scratch scratch;
};

/* Zero-initialise; memory is kept from trace to trace. */
void oat_day_trace_free(struct oat_day_trace *trace);

/* Where it is read from. */
struct oat_day_reader {
    struct oat_sources *sources;
    struct oat_slot_windows windows;
    struct oat_part_runs runs;
    const struct oat_price_table *prices; /* spans get the costs that these give; NULL: they keep theirs */
};

/* Reads what the keys (of one trace and day, as placed) stand for and puts it together. What cannot be
 * read any more is reported and left out. OAT_OK or OAT_E_NOMEM. */
int oat_day_trace_read(struct oat_day_trace *trace, struct oat_day_reader *reader, const struct oat_key *keys,
                       size_t count);

/* Source of the index-th of its spans and then marks. */
static inline uint32_t oat_day_trace_source(const struct oat_day_trace *trace, size_t index)
{
    return index < trace->span_count ? trace->spans[index].source
                                     : trace->marks[index - trace->span_count].source;
}

/* The index of the parent of a span, or OAT_NO_ROW when it has none here. */
uint32_t oat_day_trace_parent(const struct oat_day_trace *trace, uint32_t span);

#endif
