/* What spans that are alike come to in sum: the rows that SUMMARIES (SPEC.md "Part") has of a group of
 * SPANS. */
#ifndef OAT_INDEXER_SUMMARY_H
#define OAT_INDEXER_SUMMARY_H

#include "format/slot.h"
#include "format/table.h"
#include "oat/oat.h"

#include <stdbool.h>

/* A group has at most one row for so many of its spans: less would save little, and cost room. */
#define OAT_SUMMARY_SHARE    64u
#define OAT_SUMMARY_ROWS_MAX (OAT_GROUP_ROWS / OAT_SUMMARY_SHARE)
#define OAT_SUMMARY_HOUR_NS  UINT64_C(3600000000000)

/* The span flags that spans have in common that are alike: which counts and cost there are. */
#define OAT_SUMMARY_FLAGS                                                                                    \
    ((OAT_SPAN_HAS_COUNT(OAT_COUNT_FIELDS) - 1) | OAT_SPAN_HAS_COST | OAT_SPAN_COST_SOURCE_MASK)

/* What spans have in common that are alike. */
struct oat_summary_key {
    uint8_t hour; /* 1 + hour of the UTC day of their starts; 0: any */
    uint8_t type;
    uint8_t status; /* enum oat_status */
    uint32_t flags; /* OAT_SUMMARY_FLAGS */
    uint32_t model; /* code of the text */
};

/* A span, as the columns of SPANS have it. */
struct oat_summary_span {
    struct oat_summary_key key; /* without the hour; with any flags */
    uint64_t start_ns;
    int64_t duration_ns;
    int64_t cost_nano;
    uint32_t count[OAT_COUNT_FIELDS];
    bool counted;
};

struct oat_summary_row {
    struct oat_summary_key key;
    uint32_t spans;
    uint32_t counted; /* of them: their usage is counted */
    int64_t duration_ns;
    int64_t cost_nano; /* of those that are counted, as are the counts */
    uint64_t count[OAT_COUNT_FIELDS];
};

/* The spans of one group. One thread at a time. */
struct oat_summary {
    struct oat_summary_row rows[OAT_SUMMARY_ROWS_MAX];
    uint16_t slots[4 * OAT_SUMMARY_ROWS_MAX]; /* by hash of the key: number of its row + 1; 0: free */
    uint32_t count;
    bool hours; /* rows are of one hour each */
    bool full;  /* there are too many rows, or a sum is too great: no row counts */
};

/* Begins a group; hours: rows are of one hour each as long as there is room for them. */
void oat_summary_begin(struct oat_summary *summary, bool hours);

/* Adds a span. */
void oat_summary_add(struct oat_summary *summary, const struct oat_summary_span *span);

/* Sorts the rows by key, so that equal spans make equal rows. Returns how many there are: at most row_max,
 * for which hours are joined if need be; 0: they cannot be so few, or there is no span. */
uint32_t oat_summary_end(struct oat_summary *summary, uint32_t row_max);

#endif
