/* What spans that are alike come to in sum: the rows that the summaries of a part (SPEC.md "Part") have of a
 * group of SPANS. */
#ifndef OAT_INDEXER_SUMMARY_H
#define OAT_INDEXER_SUMMARY_H

#include "format/schema.h"
#include "format/slot.h"
#include "format/table.h"
#include "oat/oat.h"

#include <stdbool.h>

/* A group has at most one row for so many of its spans: less would save little, and cost room. */
#define OAT_SUMMARY_SHARE    64u
#define OAT_SUMMARY_ROWS_MAX (OAT_GROUP_ROWS / OAT_SUMMARY_SHARE)
#define OAT_SUMMARY_HOUR_NS  UINT64_C(3600000000000)

/* The span flags that spans have in common that are alike: which counts, cost and version there are. */
#define OAT_SUMMARY_FLAGS                                                                                    \
    ((OAT_SPAN_HAS_COUNT(OAT_COUNT_FIELDS) - 1) | OAT_SPAN_HAS_COST | OAT_SPAN_COST_SOURCE_MASK |            \
     OAT_SPAN_HAS_PROMPT_VERSION)

/* What spans may have in common; rows come in this order. */
enum oat_alike {
    OAT_ALIKE_HOUR, /* 1 + hour of the UTC day of their starts; 0: any */
    OAT_ALIKE_TYPE,
    OAT_ALIKE_STATUS, /* enum oat_status */
    OAT_ALIKE_FLAGS,  /* OAT_SUMMARY_FLAGS */
    OAT_ALIKE_MODEL,  /* code of the text, as the next two */
    OAT_ALIKE_AGENT,
    OAT_ALIKE_PROMPT,
    OAT_ALIKE_PROMPT_VERSION,
    OAT_ALIKE_FIELDS,
};

struct oat_summary_key {
    uint32_t of[OAT_ALIKE_FIELDS]; /* 0: not told apart */
};

/* The tables that there are, each with what its rows tell apart. */
enum oat_summary_kind {
    OAT_SUMMARY_BY_MODEL,
    OAT_SUMMARY_BY_AGENT,
    OAT_SUMMARY_KINDS,
};

struct oat_summary_shape {
    enum oat_table_id table;
    uint32_t fields; /* a bit for each enum oat_alike */
};

extern const struct oat_summary_shape oat_summary_shapes[OAT_SUMMARY_KINDS];
/* The column of each field. */
extern const uint8_t oat_summary_columns_of[OAT_ALIKE_FIELDS];

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
    uint32_t fields; /* that rows tell apart */
    bool full;       /* there are too many rows, or a sum is too great: no row counts */
};

/* Begins a group, whose rows tell these fields apart; hours as long as there is room for them. */
void oat_summary_begin(struct oat_summary *summary, uint32_t fields);

/* Adds a span. */
void oat_summary_add(struct oat_summary *summary, const struct oat_summary_span *span);

/* Sorts the rows by key, so that equal spans make equal rows. Returns how many there are: at most row_max,
 * for which hours are joined if need be; 0: they cannot be so few, or there is no span. */
uint32_t oat_summary_end(struct oat_summary *summary, uint32_t row_max);

#endif
