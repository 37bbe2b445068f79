/* Numbers for groups of rows: those that have the same values in all columns they are grouped by. */
#ifndef OAT_READER_QUERY_GROUPS_H
#define OAT_READER_QUERY_GROUPS_H

#include "reader/pairs.h"
#include "reader/query_codes.h"

struct oat_query_groups {
    struct oat_query_codes codes[OAT_QUERY_KEYS_MAX];
    /* pairs[i]: of numbers for the columns before i and codes of column i; from 1 on. One column's codes
     * are the groups themselves; without a column all rows are group 0. */
    struct oat_pairs pairs[OAT_QUERY_KEYS_MAX];
    unsigned key_count;
};

/* plan and budget must outlive it. Free it with oat_query_groups_free. One thread at a time. */
void oat_query_groups_init(struct oat_query_groups *groups, const struct oat_query_plan *plan,
                           struct oat_budget *budget);
void oat_query_groups_free(struct oat_query_groups *groups);

/* The batches read from now on are of another source. */
void oat_query_groups_change_source(struct oat_query_groups *groups);

/* Sets ret[row] to the group of each selected row. OAT_OK, OAT_E_NOMEM, OAT_E_LIMIT, or what the source
 * returned. */
int oat_query_groups_read(struct oat_query_groups *groups, struct oat_batch *batch,
                          struct oat_selection *selected, uint32_t ret[OAT_BATCH_ROWS]);

/* Groups are numbered below this; some may have no row. */
uint32_t oat_query_groups_count(const struct oat_query_groups *groups);

/* The codes of a group's values, by column. */
void oat_query_groups_codes(const struct oat_query_groups *groups, uint32_t group,
                            uint32_t ret[OAT_QUERY_KEYS_MAX]);

/* Makes the groups of another thread groups of these. *ret_map: the number here of each of them; free().
 * OAT_OK, OAT_E_NOMEM, OAT_E_LIMIT. */
int oat_query_groups_merge(struct oat_query_groups *groups, const struct oat_query_groups *with,
                           uint32_t **ret_map);

#endif
