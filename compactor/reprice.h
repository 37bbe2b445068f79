/* Prices that changed, applied to spans whose cost was computed, or could not be: what would become of
 * them. Costs that were reported stand, and so do those of models that have no price any more. */
#ifndef OAT_COMPACTOR_REPRICE_H
#define OAT_COMPACTOR_REPRICE_H

#include "compactor/survey.h"
#include "oat/reader.h"
#include "pricing/price_table.h"

/* What becomes of the calls of one model. */
struct oat_repriced_model {
    char *provider, *model;          /* "": not known */
    struct oat_price_list list;      /* its prices now */
    uint64_t changed;                /* spans that get another cost */
    uint64_t unpriced;               /* spans without a cost that get none now either */
    int64_t before_nano, after_nano; /* of the changed ones that count in totals, together */
};

/* Zero-initialise. */
struct oat_reprice_survey {
    struct oat_repriced_model *models;
    size_t count, capacity;
    struct oat_day_set days; /* of the changed spans */
    bool partial;            /* some parts could not be read */
};

/* Looks at every span of a snapshot. OAT_OK, OAT_E_NOMEM, OAT_E_STALE (take another snapshot). Free it either
 * way. */
int oat_reprice_survey(const oat_snapshot *snapshot, const struct oat_price_table *prices,
                       struct oat_reprice_survey *ret);
void oat_reprice_survey_free(struct oat_reprice_survey *survey);

/* For a compaction: the spans it writes are priced anew, and these days are written, whatever else. */
struct oat_reprice {
    const struct oat_price_table *prices;
    const struct oat_day_set *days;
};

/* Prices the record of a span anew, unless its cost was reported. Its texts may be unset. */
void oat_reprice_record(const struct oat_price_table *prices, oat_text provider, oat_text model,
                        struct oat_disk_span *record);

#endif
