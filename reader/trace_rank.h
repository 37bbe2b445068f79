/* The order of a list of traces, and the best of those that were met. */
#ifndef OAT_READER_TRACE_RANK_H
#define OAT_READER_TRACE_RANK_H

#include "reader/trace_visit.h"

/* One trace that a list may show, and where it is. */
struct oat_ranked {
    uint64_t key; /* what is sorted by; greater comes first */
    uint64_t start_ns;
    uint8_t trace_id[16];
    uint32_t source; /* of the scan */
    uint32_t trace;  /* in it */
};

/* The best so far: a heap, the worst first. Zero-initialise, set capacity. */
struct oat_ranking {
    struct oat_ranked *best;
    size_t count, room;
    size_t capacity; /* SIZE_MAX: no limit */
};

/* Less than 0: a is listed before b. */
int oat_ranked_compare(const struct oat_ranked *a, const struct oat_ranked *b);

/* The numbers that the query's order looks at. */
unsigned oat_rank_numbers(const oat_trace_query *query);

/* The key of what has these numbers by the query's order. */
uint64_t oat_rank_key(const oat_trace_query *query, const struct oat_trace_numbers *numbers);

/* False: no trace with this key can be among the best any more. */
static inline bool oat_ranking_wants(const struct oat_ranking *ranking, uint64_t key)
{
    return ranking->count < ranking->capacity || (ranking->count > 0 && key >= ranking->best[0].key);
}

/* Keeps a trace if it is among the best. OAT_OK or OAT_E_NOMEM. */
int oat_ranking_add(struct oat_ranking *ranking, const struct oat_ranked *trace);

/* Puts the best in order; nothing can be added then. */
void oat_ranking_sort(struct oat_ranking *ranking);

/* Accepts a zeroed one. */
void oat_ranking_clear(struct oat_ranking *ranking);

#endif
