#include "reader/trace_candidates.h"

static int meet(void *arg, const struct oat_trace_numbers *numbers)
{
    struct oat_listing *l = arg;
    struct oat_ranked found = {.key = oat_rank_key(l->query, numbers),
                               .start_ns = numbers->start_ns,
                               .source = numbers->source,
                               .trace = numbers->trace};
    /* Most traces are no match for those that were found: spare their ids. */
    bool wanted = oat_ranking_wants(&l->ranking, found.key);
    int result = wanted ? oat_visited_trace_id(&l->scan, numbers, found.trace_id) : OAT_OK;
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? result : OAT_OK; /* reported */
    l->total++;
    if (!wanted || (l->has_after && oat_ranked_compare(&found, &l->after) <= 0))
        return OAT_OK;
    return oat_ranking_add(&l->ranking, &found);
}

int oat_listing_meet(struct oat_listing *l, uint32_t source)
{
    return oat_traces_visit(&l->scan, source, l->query, oat_rank_numbers(l->query), meet, l);
}
