/* Traces in the order of parts, read ahead of who writes them when there is a thread for it. */
#ifndef OAT_COMPACTOR_TRACE_FEED_H
#define OAT_COMPACTOR_TRACE_FEED_H

#include "compactor/day_trace.h"
#include "compactor/key_shards.h"

struct oat_trace_feed;

/* keys: as placed; nobody else takes from them while the feed is there. memory_bytes: what it may hold,
 * about, one large trace apart. prices: as of a day reader (day_trace.h); with them texts of the sources are
 * looked up, which nobody may have them forget while the feed is threaded. OAT_OK or OAT_E_NOMEM. */
int oat_trace_feed_new(struct oat_sources *sources, struct oat_key_shards *keys, uint64_t memory_bytes,
                       const struct oat_price_table *prices, bool threaded, struct oat_trace_feed **ret);
/* Accepts NULL; keeps errno. */
void oat_trace_feed_free(struct oat_trace_feed *feed);

/* The next trace, borrowed until the next call. OAT_NOTFOUND: no more. Failures as of oat_key_sorter_next. */
int oat_trace_feed_next(struct oat_trace_feed *feed, const struct oat_day_trace **ret);

#endif
