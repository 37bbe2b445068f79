/* Which pairs are compacted now: SPEC.md, MANIFEST, "Which pairs may be consumed". */
#ifndef OAT_COMPACTOR_CHOOSE_H
#define OAT_COMPACTOR_CHOOSE_H

#include "compactor/survey.h"

/* What becomes of a pair. */
enum oat_pair_fate {
    OAT_PAIR_TAKEN,
    OAT_PAIR_IN_USE,     /* its writer lives, and it is not sealed or not carried over yet */
    OAT_PAIR_ELSEWHERE,  /* nothing here can tell whether its writer lives */
    OAT_PAIR_UNREADABLE, /* a file of it is missing, damaged or of a greater version */
    OAT_PAIR_UNKNOWN,    /* it has slots that parts have no place for */
    OAT_PAIR_LATER,      /* it has spans of a day that is not to be compacted yet */
    OAT_PAIR_UNSENT,     /* it is to be sent elsewhere first */
    OAT_PAIR_FATES,
};

struct oat_choose_rules {
    bool adopt;              /* pairs of other machines count as their writers' last */
    uint64_t adopt_after_ns; /* so do those that come from elsewhere, when nothing has come for so long */
    uint32_t before_day;     /* only what lies wholly before this day; UINT32_MAX: any */
    unsigned threads;        /* to look at pairs with; 0: 1 */
    struct oat_key_shards
        *keys; /* get those of the pairs that may be taken (survey.h); NULL: nothing is taken */
};

struct oat_choice {
    enum oat_pair_fate *fates;          /* by index in the sources */
    uint64_t counts[OAT_PAIR_FATES];    /* pairs of each fate */
    uint64_t spans, bytes;              /* of the taken ones; bytes on the device */
    struct oat_day_set days;            /* likewise */
    struct oat_catalog_list tombstones; /* likewise */
};

/* Judges all pairs of the sources, which hold all pairs of the store. The pairs of a writer are taken in
 * their order: one that has to wait lets the later ones wait. Adopted writers count as dead from here on.
 * What could not be read, and damage of the pairs whose keys are of use, is added to the problems of the
 * sources. Failures as of oat_survey_pairs; oat_choice_free either way. Zero-initialise *ret. */
int oat_choose(struct oat_sources *sources, const struct oat_choose_rules *rules, struct oat_choice *ret);
void oat_choice_free(struct oat_choice *choice);

/* Makes durable what living writers have carried over from pairs that are taken: those go, and until now
 * they may have been the only copy that a power loss leaves. OAT_OK, OAT_E_IO (errno). */
int oat_choice_sync_carried(const struct oat_sources *sources, const struct oat_choice *choice);

#endif
