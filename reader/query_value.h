/* Values of a query's groups as they are shown. */
#ifndef OAT_READER_QUERY_VALUE_H
#define OAT_READER_QUERY_VALUE_H

#include "reader/arena.h"
#include "reader/query_scan.h"

/* What a code of a key stands for; texts are the arena's. OAT_OK or OAT_E_NOMEM. */
int oat_query_key_value(const struct oat_query_codes *codes, uint32_t code, struct oat_arena *arena,
                        oat_query_value *ret);

/* Orders two interned values of a key, as a sorted result has them. */
int oat_query_key_compare(const struct oat_query_key *key, oat_text a, oat_text b);

/* An aggregate of a group. seconds: of the time that the group is of, for rates; 0: not known. */
oat_query_value oat_query_aggregate_value(const struct oat_aggregate *aggregate,
                                          const struct oat_query_fold *fold, uint32_t group, double seconds);

#endif
