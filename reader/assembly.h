/* Traces put together from rows, wherever these lie: repeats joined, trees built, usage counted. */
#ifndef OAT_READER_ASSEMBLY_H
#define OAT_READER_ASSEMBLY_H

#include "indexer/hot_index.h"
#include "reader/identity.h"

typedef uint64_t oat_kept_ns __attribute__((aligned(4))); /* so that rows have no gaps between them */

struct oat_linked_rows;

/* A span as it is kept: as much as lists and queries look at again and again. What is not explained is as in
 * struct oat_row. */
struct oat_kept_row {
    uint8_t span_id[8];
    oat_kept_ns start_ns;
    oat_kept_ns end_ns;
    uint32_t source, place;
    uint32_t trace;   /* OAT_NO_ROW: left over */
    uint32_t parent;  /* its row within the trace; OAT_NO_ROW: a root; away: a place in parent_ids */
    uint32_t amounts; /* in the assembly's amounts */
    uint32_t flags;
    unsigned depth : 14;
    unsigned away : 1; /* it has a parent, which is no row of the trace, or was none in a cycle */
    unsigned open : 1;
    unsigned counted : 1;
    unsigned type : 7;
    unsigned status : 8;
};

_Static_assert(sizeof(struct oat_kept_row) == 52, "millions of them are in memory");
_Static_assert(OAT_TRACE_DEPTH_MAX <= 1 << 14, "the depth fits");

/* The row of its parent within the trace, or OAT_NO_ROW. */
static inline uint32_t oat_kept_parent(const struct oat_kept_row *row)
{
    return row->away ? OAT_NO_ROW : row->parent;
}

/* What spans without usage do not have. */
struct oat_amounts {
    uint64_t call_id;
    int64_t cost_total_nano;
    uint32_t input_tokens, output_tokens;
};

/* Begins with its sources set and the rest zeros. Plain data: any thread may read it while nobody adds. What
 * a trace had before more was added to it stays among the rows and marks for a while, as of no trace. */
struct oat_assembly {
    struct oat_sources *sources; /* borrowed; looking something up may add a problem there */
    struct oat_kept_row *rows;   /* those of a trace lie together, in tree order */
    size_t row_count, row_capacity, rows_left_over;
    struct oat_hot_index index;  /* of the rows */
    bool unindexed;              /* there is none: nobody looks for a span in it, or scans it */
    struct oat_amounts *amounts; /* the first one is zeros; in no order */
    size_t amounts_count, amounts_capacity;
    uint8_t (*parent_ids)[8]; /* likewise: of rows that are away */
    size_t parent_id_count, parent_id_capacity;
    struct oat_trace_info *traces; /* in no order; row_count 0: hidden, or only marks were met as yet */
    size_t trace_count, trace_capacity;
    uint32_t *by_id;        /* traces by id */
    struct oat_mark *marks; /* those of a trace lie together, by kind, span id, time; left over: likewise */
    size_t mark_count, mark_capacity, marks_left_over;
    uint64_t open_repeats;          /* OPENs that were left out for another one */
    struct oat_linked_rows *linked; /* linked_rows.h: in place of rows; NULL: none */
};

/* Accepts a zeroed one. */
void oat_assembly_free(struct oat_assembly *assembly);

/* First place among the first `count` of by_id whose trace id is not less than id. */
size_t oat_assembly_lower_bound(const struct oat_assembly *assembly, size_t count, const uint8_t id[16]);
/* The trace of exactly this id, or NULL; it has rows. */
const struct oat_trace_info *oat_assembly_find(const struct oat_assembly *assembly, const uint8_t id[16]);
/* The number of the trace, also of one without rows; OAT_NO_ROW: it is not there. */
uint32_t oat_assembly_number(const struct oat_assembly *assembly, const uint8_t id[16]);

/* The id of a row's parent; zeros: it is a root, or of no trace. Stands as long as the row does. */
const uint8_t *oat_assembly_parent_id(const struct oat_assembly *assembly, const struct oat_kept_row *row);

/* True when the trace has an ended span of that id. */
bool oat_assembly_has_span(const struct oat_assembly *assembly, const struct oat_trace_info *trace,
                           const uint8_t span_id[8]);

/* The marks of a kind of a trace, of one span or (span_id NULL) of all; they lie together. */
const struct oat_mark *oat_assembly_marks(const struct oat_assembly *assembly,
                                          const struct oat_trace_info *trace, uint16_t kind,
                                          const uint8_t *span_id, size_t *ret_count);

#endif
