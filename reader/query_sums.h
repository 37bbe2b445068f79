/* Counting the rows of a batch, and adding up their values, by group. */
#ifndef OAT_READER_QUERY_SUMS_H
#define OAT_READER_QUERY_SUMS_H

#include "format/spread.h"
#include "reader/selection.h"

__extension__ typedef __int128 oat_int128;

/* Of values of 64 bits, as many as there may be: it cannot overflow. */
struct oat_sum {
    oat_int128 total;
    uint64_t count; /* values; rows without one are not among them */
};

/* Values by row, in one of the two; those of some rows only lie in an oat_query_room. */
struct oat_query_values {
    const uint32_t *narrow;
    const uint64_t *wide;     /* int64_t as uint64_t */
    struct oat_sparse sparse; /* which rows; no bitmap: all */
};

/* Room for values. */
union oat_query_room {
    uint32_t narrow[OAT_BATCH_ROWS + OAT_SPREAD_AHEAD];
    uint64_t wide[OAT_BATCH_ROWS + OAT_SPREAD_AHEAD];
};

#define OAT_ROW_GROUPS_FOUND 4u

/* The groups of the selected rows of a batch. */
struct oat_row_groups {
    const uint32_t *of; /* by row */
    uint32_t first;     /* they are first .. first + count - 1, */
    uint32_t count;     /* of which some may have no row */
    /* The rows of some groups, kept from one measure to the next. */
    uint32_t found_count;
    struct {
        uint32_t group;
        uint64_t rows[OAT_BATCH_WORDS];
    } found[OAT_ROW_GROUPS_FOUND];
};

/* of: borrowed; below group_count. */
void oat_row_groups_init(struct oat_row_groups *groups, const uint32_t *of, struct oat_selection *selected,
                         uint32_t group_count);

/* Adds the rows, which are among those selected, to the counts of their groups. */
void oat_query_counts_add(uint64_t *counts, struct oat_selection *rows, const struct oat_row_groups *groups);

/* Adds their values to the sums of their groups; and them to counts, unless it is NULL. */
void oat_query_sums_add(struct oat_sum *sums, uint64_t *counts, struct oat_selection *rows,
                        struct oat_row_groups *groups, const struct oat_query_values *values);

#endif
