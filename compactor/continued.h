/* Which traces of live parts go on in the parts that are being made: each live part is asked for many
 * traces at once, so that its index is read from memory once for all of them. */
#ifndef OAT_COMPACTOR_CONTINUED_H
#define OAT_COMPACTOR_CONTINUED_H

#include "compactor/key_sorter.h"
#include "compactor/live_parts.h"

struct oat_continued_batch;

/* Traces that go to `by_start`, in the order of parts; both are borrowed. One thread at a time. Accepts a
 * zeroed one. */
struct oat_continued {
    const struct oat_live_parts *live;
    struct oat_key_sorter *by_start;
    struct oat_continued_batch *batch; /* NULL: there was no trace yet */
};

/* Takes note of a trace and of the order of its keys. For each live part that has the trace a key of kind
 * OAT_KEY_CONTINUED is added in that order: its source is the index of the live part, its place the row of
 * TRACES there. Failures as of oat_key_sorter_add. */
int oat_continued_add(struct oat_continued *continued, const uint8_t trace_id[16], uint64_t order);

/* Adds the keys that are due still. */
int oat_continued_finish(struct oat_continued *continued);

void oat_continued_free(struct oat_continued *continued);

#endif
