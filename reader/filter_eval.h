/* Evaluating a filter over the rows of a source, a batch at a time.
 *
 * What is true of a code, an attribute or a trace is found out once and remembered, a byte each; so is
 * what trace.has asks. Siblings that read less are evaluated first, and only for rows that are still
 * open: payloads are looked into last. */
#ifndef OAT_READER_FILTER_EVAL_H
#define OAT_READER_FILTER_EVAL_H

#include "reader/filter.h"

/* A filter at work on one source; for one thread, as the source is. */
struct oat_filter_eval;

/* filter and source must outlive it. Free it with oat_filter_eval_free, which takes NULL. OAT_OK or
 * OAT_E_NOMEM. */
int oat_filter_eval_open(const struct oat_filter *filter, struct oat_source *source,
                         struct oat_filter_eval **ret);
void oat_filter_eval_free(struct oat_filter_eval *eval);

/* False when no row of batch `number` can pass, as far as the bounds of its vectors tell: it need not
 * be opened. */
bool oat_filter_may_match(struct oat_filter_eval *eval, uint32_t number);

/* Sets in ret the bits of those rows of an open batch of the source that are to be read and pass.
 * OAT_OK, OAT_E_NOMEM, or what the source returned. */
int oat_filter_select(struct oat_filter_eval *eval, struct oat_batch *batch, uint64_t ret[OAT_BATCH_WORDS]);

/* Sets the bits of those traces of the source that have a row that passes; ret has a bit for each, all
 * cleared. Returns as above. */
int oat_filter_traces(struct oat_filter_eval *eval, uint64_t *ret);

#endif
