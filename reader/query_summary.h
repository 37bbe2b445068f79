/* Answering a query from summaries of spans instead of the spans. */
#ifndef OAT_READER_QUERY_SUMMARY_H
#define OAT_READER_QUERY_SUMMARY_H

#include "reader/query_fold.h"
#include "reader/summary_source.h"

/* True when all that the query asks for stands in summaries, those of *ret. */
bool oat_query_is_summed(const struct oat_query_plan *plan, enum oat_summary_kind *ret);

/* Which rows of these answer it. */
struct oat_summary_scope oat_query_scope(const struct oat_query_plan *plan, enum oat_summary_kind kind);

/* Adds the spans that the selected rows of an open batch stand for to their groups (by row), for which there
 * is room, and their number to *span_count. OAT_OK, OAT_E_NOMEM. */
int oat_query_fold_summary(struct oat_query_fold *fold, const struct oat_summary_source *summary,
                           struct oat_batch *batch, struct oat_selection *selected, const uint32_t *groups,
                           uint64_t *span_count);

#endif
