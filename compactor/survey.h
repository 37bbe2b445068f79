/* What a pair holds, in short: enough to decide whether and how it is compacted. */
#ifndef OAT_COMPACTOR_SURVEY_H
#define OAT_COMPACTOR_SURVEY_H

#include "reader/catalog.h"
#include "reader/sources.h"

/* Distinct days, ascending. Zero-initialise an empty one; free(days). */
struct oat_day_set {
    uint32_t *days;
    size_t count, capacity;
};

/* OAT_OK or OAT_E_NOMEM. */
int oat_day_set_add(struct oat_day_set *set, uint32_t day);

struct oat_survey {
    uint64_t spans;                     /* open ones that count included; repeats too */
    bool has_unknown;                   /* slots that parts have no place for */
    struct oat_day_set days;            /* of its spans, events, links and scores */
    struct oat_catalog_list tombstones; /* reasons are copies */
};

/* Scans those of the pairs that are wanted, both by their place in sources->by_name, on several threads.
 * Damaged slots are passed over, here without a report; an I/O error is in the problems of the sources.
 * ret: zero-initialised, one for each pair. OAT_OK or OAT_E_NOMEM; oat_survey_free each, either way. */
int oat_survey_pairs(struct oat_sources *sources, const bool *wanted, unsigned threads,
                     struct oat_survey *ret);
void oat_survey_free(struct oat_survey *survey);

#endif
