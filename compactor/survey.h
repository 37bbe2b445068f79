/* What a pair holds, in short: enough to decide whether and how it is compacted. */
#ifndef OAT_COMPACTOR_SURVEY_H
#define OAT_COMPACTOR_SURVEY_H

#include "compactor/keys.h"
#include "reader/catalog.h"

/* Distinct days, ascending. Zero-initialise an empty one; free(days). */
struct oat_day_set {
    uint32_t *days;
    size_t count, capacity;
};

/* OAT_OK or OAT_E_NOMEM. */
int oat_day_set_add(struct oat_day_set *set, uint32_t day);

bool oat_day_set_has(const struct oat_day_set *set, uint32_t day);

struct oat_survey {
    uint64_t spans;                     /* open ones that count included; repeats too */
    bool has_unknown;                   /* slots that parts have no place for */
    struct oat_day_set days;            /* of its spans, events, links and scores */
    struct oat_catalog_list tombstones; /* reasons are copies */
    struct oat_problems problems;       /* damage of the pair */
};

/* An empty one. oat_survey_free */
void oat_survey_init(struct oat_survey *survey);
void oat_survey_free(struct oat_survey *survey);

/* Reads those of the pairs that are wanted, both by their place in sources->by_name, on several threads. No
 * pair may have been read before. keys: get a key of every span, event, link and score, as of
 * oat_keys_collect; may be NULL. ret: one for each pair, initialised. OAT_OK, OAT_E_NOMEM; with keys,
 * failures as of oat_key_sorter_add. */
int oat_survey_pairs(struct oat_sources *sources, const bool *wanted, unsigned threads,
                     struct oat_key_shards *keys, struct oat_survey *ret);

#endif
