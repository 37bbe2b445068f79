/* What is counted, added up and sketched for each group. */
#ifndef OAT_READER_QUERY_FOLD_H
#define OAT_READER_QUERY_FOLD_H

#include "reader/budget.h"
#include "reader/query_sums.h"
#include "reader/query_view.h"
#include "reader/sketch.h"

struct oat_extremes {
    int64_t min, max; /* min > max: no value */
};

/* One element a group; those that the measure does not keep are NULL. */
struct oat_measure_fold {
    struct oat_sum *sums;
    struct oat_extremes *extremes;
    struct oat_sketch *sketches;
    uint64_t *last_trace; /* of a trace's field: the trace whose value was the last */
};

struct oat_query_fold {
    const struct oat_query_plan *plan;
    struct oat_budget *budget;
    uint32_t group_count;
    size_t capacity;  /* elements of each array */
    uint64_t *counts; /* of rows */
    uint64_t *errors; /* likewise; NULL: not asked for */
    struct oat_measure_fold measures[OAT_QUERY_AGGREGATES_MAX];
};

/* plan and budget must outlive it. Free it with oat_query_fold_free. One thread at a time. */
void oat_query_fold_init(struct oat_query_fold *fold, const struct oat_query_plan *plan,
                         struct oat_budget *budget);
void oat_query_fold_free(struct oat_query_fold *fold);

/* Makes room for groups 0 .. count - 1. OAT_OK, OAT_E_NOMEM, OAT_E_LIMIT. */
int oat_query_fold_reserve(struct oat_query_fold *fold, uint32_t count);

/* Adds the selected rows of a batch to their groups, for which there is room. OAT_OK, OAT_E_NOMEM,
 * OAT_E_LIMIT, or what the source returned. */
int oat_query_fold_batch(struct oat_query_fold *fold, struct oat_query_view *view);

/* Adds another one of the same plan: its group i to map[i], for which there is room. OAT_OK,
 * OAT_E_NOMEM, OAT_E_LIMIT. */
int oat_query_fold_merge(struct oat_query_fold *fold, const struct oat_query_fold *with, const uint32_t *map);

/* Takes off another one of the same plan, of which counts and sums are all that is asked: group i of map[i],
 * which has its rows among its own. */
void oat_query_fold_take_off(struct oat_query_fold *fold, const struct oat_query_fold *with,
                             const uint32_t *map);

#endif
