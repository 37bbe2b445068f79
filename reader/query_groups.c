#include "reader/query_groups.h"

#include <stdlib.h>
#include <string.h>

void oat_query_groups_init(struct oat_query_groups *groups, const struct oat_query_plan *plan,
                           struct oat_budget *budget)
{
    groups->key_count = plan->key_count;
    for (unsigned i = 0; i < plan->key_count; i++) {
        oat_query_codes_init(&groups->codes[i], &plan->keys[i], budget);
        groups->pairs[i] = (struct oat_pairs){.budget = budget};
    }
}

void oat_query_groups_free(struct oat_query_groups *groups)
{
    for (unsigned i = 0; i < groups->key_count; i++) {
        oat_query_codes_free(&groups->codes[i]);
        oat_pairs_free(&groups->pairs[i]);
    }
    groups->key_count = 0;
}

void oat_query_groups_change_source(struct oat_query_groups *groups)
{
    for (unsigned i = 0; i < groups->key_count; i++)
        oat_query_codes_change_source(&groups->codes[i]);
}

int oat_query_groups_read(struct oat_query_groups *groups, struct oat_batch *batch,
                          struct oat_selection *selected, uint32_t ret[OAT_BATCH_ROWS])
{
    uint32_t codes[OAT_BATCH_ROWS];
    if (groups->key_count == 0) {
        memset(ret, 0, OAT_BATCH_ROWS * sizeof *ret);
        return OAT_OK;
    }
    int result = oat_query_codes_read(&groups->codes[0], batch, selected, ret);
    for (unsigned i = 1; i < groups->key_count && result == OAT_OK; i++) {
        result = oat_query_codes_read(&groups->codes[i], batch, selected, codes);
        if (result == OAT_OK)
            result = oat_pairs_number_rows(&groups->pairs[i], ret, codes, selected, ret);
    }
    return result;
}

uint32_t oat_query_groups_count(const struct oat_query_groups *groups)
{
    if (groups->key_count == 0)
        return 1;
    return groups->key_count == 1 ? groups->codes[0].values.count + 1
                                  : groups->pairs[groups->key_count - 1].count;
}

void oat_query_groups_codes(const struct oat_query_groups *groups, uint32_t group,
                            uint32_t ret[OAT_QUERY_KEYS_MAX])
{
    for (unsigned i = groups->key_count; i-- > 1;) {
        const uint32_t *pair = groups->pairs[i].pairs[group];
        ret[i] = pair[1];
        group = pair[0];
    }
    ret[0] = group;
}

/* ---- Merging ------------------------------------------------------------------------------------ */

/* The code here of each code there, of one column. */
static int map_codes(struct oat_query_codes *codes, const struct oat_query_codes *with, uint32_t **ret_map)
{
    int result = OAT_OK;
    uint32_t *map = calloc(with->values.count + (size_t)1, sizeof *map);
    if (!map)
        return OAT_E_NOMEM;
    for (uint32_t i = 0; i < with->values.count && result == OAT_OK; i++)
        result = oat_query_codes_of(codes, with->values.texts[i], &map[i + 1]);
    *ret_map = map;
    return result;
}

/* The number here of each pair there, given what its two numbers are here. */
static int map_pairs(struct oat_pairs *pairs, const struct oat_pairs *with, const uint32_t *first,
                     const uint32_t *second, uint32_t **ret_map)
{
    int result = OAT_OK;
    uint32_t *map = calloc(with->count + (size_t)1, sizeof *map);
    if (!map)
        return OAT_E_NOMEM;
    for (uint32_t i = 0; i < with->count && result == OAT_OK; i++)
        result = oat_pairs_number(pairs, first[with->pairs[i][0]], second[with->pairs[i][1]], &map[i]);
    *ret_map = map;
    return result;
}

int oat_query_groups_merge(struct oat_query_groups *groups, const struct oat_query_groups *with,
                           uint32_t **ret_map)
{
    uint32_t *map = NULL;
    int result = OAT_OK;
    if (groups->key_count > 0)
        result = map_codes(&groups->codes[0], &with->codes[0], &map);
    else if (!(map = calloc(1, sizeof *map)))
        result = OAT_E_NOMEM;
    for (unsigned i = 1; i < groups->key_count && result == OAT_OK; i++) {
        uint32_t *codes = NULL, *further = NULL;
        result = map_codes(&groups->codes[i], &with->codes[i], &codes);
        if (result == OAT_OK)
            result = map_pairs(&groups->pairs[i], &with->pairs[i], map, codes, &further);
        free(codes);
        free(map);
        map = further;
    }
    if (result == OAT_OK)
        *ret_map = map;
    else
        free(map);
    return result;
}
