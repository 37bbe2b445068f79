/* The summaries of a part (SPEC.md "Part", SUMMARIES) as a source: each of its rows stands for spans that are
 * alike. It has the vectors of oat_summary_vectors alone, and START, the earliest time at which one of the
 * spans may have started; of FLAGS there is OAT_SUMMARY_FLAGS, and texts are those of the part. */
#ifndef OAT_READER_SUMMARY_SOURCE_H
#define OAT_READER_SUMMARY_SOURCE_H

#include "indexer/summary.h"
#include "reader/batch.h"
#include "reader/part.h"

/* A bit for each vector whose values the rows of a table tell apart. */
uint64_t oat_summary_vectors(enum oat_summary_kind kind);

/* Which rows answer a query: those of a table, and which starts of spans it tells apart. */
struct oat_summary_scope {
    uint64_t from_ns, last_ns; /* it selects those from one to the other */
    uint64_t bucket_ns;        /* and whether they are in the same multiple of this; 0: it does not */
    enum oat_summary_kind kind;
};

struct oat_summary_source;

/* Opens the summaries of those groups of SPANS that answer as their rows do. masked: a bit for each row of
 * SPANS that is left out, whole batches; NULL: none. A group of which it has many is not answered for. part
 * must outlive it; free it with source->ops->free, as of oat_summary_source_rows. OAT_OK; OAT_NOTFOUND: there
 * are none, or they are damaged, which is reported; OAT_E_NOMEM. */
int oat_summary_source_new(struct oat_part *part, const uint64_t *masked,
                           const struct oat_summary_scope *scope, struct oat_summary_source **ret);

/* Its rows: those that the scope selects are to be read. */
struct oat_source *oat_summary_source_rows(struct oat_summary_source *summary);

/* True when the rows stand for all spans of the group of SPANS. */
bool oat_summary_source_covers(const struct oat_summary_source *summary, uint32_t group);

/* True when some of those are masked: what they come to has to be taken off. */
bool oat_summary_source_has_masked(const struct oat_summary_source *summary, uint32_t group);

/* Numbers of an open batch: a column of SUMMARIES as it is stored. OAT_OK, OAT_E_NOMEM. */
int oat_summary_source_numbers(const struct oat_summary_source *summary, const struct oat_batch *batch,
                               unsigned column, uint64_t ret[OAT_BATCH_ROWS]);

#endif
