/* Which of the spans that a follower found pass a filter. */
#ifndef OAT_READER_FOLLOW_MATCH_H
#define OAT_READER_FOLLOW_MATCH_H

#include "reader/batch.h"
#include "reader/follow.h"

/* False: the filter asks for what only a whole trace has (trace.errors, trace.has ...), and a span is
 * followed alone. */
bool oat_filter_can_follow(const oat_filter *filter);

/* Spans of a look as a source of one batch. Of one thread. */
struct oat_follow_batch;

/* Takes spans [first, first + count) of the last look; count: 1 .. OAT_BATCH_ROWS. They are tested until the
 * next look; free it with oat_follow_batch_free, which takes NULL, before that. OAT_OK or OAT_E_NOMEM. */
int oat_follow_batch_open(oat_follow *follow, size_t first, size_t count, struct oat_follow_batch **ret);
void oat_follow_batch_free(struct oat_follow_batch *batch);

/* Sets bit i of ret when span first + i passes, and clears the others. OAT_OK or OAT_E_NOMEM. */
int oat_follow_batch_match(struct oat_follow_batch *batch, const oat_filter *filter,
                           uint64_t ret[OAT_BATCH_WORDS]);

#endif
