/* A snapshot: rows in memory, slots and payloads behind them in the files. */
#ifndef OAT_READER_SNAPSHOT_H
#define OAT_READER_SNAPSHOT_H

#include "reader/rows.h"

struct oat_snapshot {
    struct oat_sources *sources; /* behind a pointer: looking something up may add a problem */
    struct oat_row *rows;        /* by trace, then in tree order */
    uint32_t *by_span;           /* for each trace: its rows by span id */
    size_t row_count;
    struct oat_trace_info *traces; /* newest start first */
    size_t trace_count;
    uint32_t *by_id;        /* traces by id */
    struct oat_mark *marks; /* by trace, kind, span id, time */
    size_t mark_count;
    uint64_t replacements;
};

/* The trace of exactly this id, or NULL. */
const struct oat_trace_info *oat_snapshot_trace_by_id(const struct oat_snapshot *snapshot,
                                                 const uint8_t trace_id[16]);

/* The marks of a kind of a trace, of one span or (span_id NULL) of all; they lie together. */
const struct oat_mark *oat_snapshot_marks(const struct oat_snapshot *snapshot, const struct oat_trace_info *trace,
                                          uint16_t kind, const uint8_t *span_id, size_t *ret_count);

#endif
