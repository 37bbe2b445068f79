/* A batch as a query sees it: the rows that it selects, their groups, and which of them have a value. */
#ifndef OAT_READER_QUERY_VIEW_H
#define OAT_READER_QUERY_VIEW_H

#include "reader/query_plan.h"
#include "reader/query_sums.h"
#include "reader/selection.h"

struct oat_query_view {
    struct oat_batch *batch;
    struct oat_selection *selected;
    const uint32_t *groups;            /* by row */
    uint64_t source_number;            /* another one for every source; not 0 */
    struct oat_selection *present;     /* kept from batch to batch: often the same rows have a value */
    bool counted_known;                /* `counted` is */
    uint64_t counted[OAT_BATCH_WORDS]; /* rows whose usage counts in their trace */
};

/* The selected rows that have a value for a measure of spans; *ret_rows is valid until the view is asked
 * again. Values are narrow, or of some rows only, when nothing but sums are asked for. No values are set when
 * there is no such row. OAT_OK, OAT_E_NOMEM, or what the source returned. */
int oat_query_view_spans(struct oat_query_view *view, const struct oat_measure *measure,
                         union oat_query_room *room, struct oat_selection **ret_rows,
                         struct oat_query_values *ret_values);

/* The same for a measure of traces: the first row of each trace in each group. last_trace: by group, kept
 * from batch to batch of all sources, at first zeros. */
int oat_query_view_traces(struct oat_query_view *view, const struct oat_measure *measure,
                          uint64_t *last_trace, struct oat_selection *ret_rows,
                          uint64_t ret_values[OAT_BATCH_ROWS]);

/* The selected rows whose status is error. As oat_query_view_spans. */
int oat_query_view_errors(struct oat_query_view *view, struct oat_selection **ret_rows);

#endif
