/* Which of the spans count, and which day each span, event, link and score belongs to. */
#ifndef OAT_COMPACTOR_PLACING_H
#define OAT_COMPACTOR_PLACING_H

#include "compactor/keys.h"
#include "compactor/live_parts.h"
#include "reader/catalog.h"
#include "reader/sources.h"

struct oat_placing {
    struct oat_sources *sources;
    const struct oat_live_parts *live;
    const struct oat_catalog *catalog; /* its tombstones; NULL: none */
    const uint32_t *pair_of; /* of struct oat_pair_keys, for the sources of the keys; NULL: as they are */
};

/* Takes all keys of one set of shards, of which nothing is left, trace by trace, and adds those that count to
 * the other, of as many shards, in the order of parts: by the first start of their trace on their day, then
 * trace id; the spans of a trace and day by (start, span id), then its events, links and scores, then a key
 * for each live part that has the trace (continued.h). Of repeats one is left; an OPEN whose span has ended,
 * here or in a live part, and traces with a tombstone go away. Failures as of oat_key_sorter_add. */
int oat_keys_place(const struct oat_placing *placing, unsigned threads, struct oat_key_shards *by_trace,
                   struct oat_key_shards *by_start);

#endif
