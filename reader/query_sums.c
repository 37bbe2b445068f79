#include "reader/query_sums.h"

#include <string.h>

#include "format/simd.h"
#include "reader/compare.h"
#include "reader/loops.h"

/* While the groups of a batch are few, what is counted and added up lies in lanes: rows of the same group
 * take turns, so that they do not wait for each other's sums to be stored. A batch is added to a lane of
 * words of 64 bits: the count of its rows in the upper bits, the sum of their values in the lower ones. */
#define LANES       8u
#define LANE_GROUPS 64u
#define LANE_ROWS   (OAT_BATCH_ROWS / LANES)
#define FEW_ROWS    32u /* are added one by one */
#define SUM_BITS    56u /* with a sign; above them LANE_ROWS rows can be counted */
#define ONE_ROW     (UINT64_C(1) << SUM_BITS)
/* Values that are less, either way: as many as a lane has rows cannot overflow its sum. */
#define NEAR_VALUE (ONE_ROW / 2 / LANE_ROWS)

_Static_assert(LANE_ROWS < 1u << (64 - SUM_BITS), "rows of a lane can be counted");

/* Word `lane` of group i, counted from the first, is at[i * LANES + lane]. */
struct lanes {
    uint64_t at[LANES * LANE_GROUPS];
};

void oat_row_groups_init(struct oat_row_groups *groups, const uint32_t *of, struct oat_selection *selected,
                         uint32_t group_count)
{
    uint32_t first = UINT32_MAX, last = 0;
    groups->of = of;
    groups->first = 0;
    groups->count = group_count;
    groups->found_count = 0;
    if (group_count <= LANE_GROUPS)
        return;
    const uint16_t *rows = NULL;
    if (selected->count == OAT_BATCH_ROWS)
        oat_loop_range(of, &first, &last);
    else
        rows = oat_selection_rows(selected);
    for (uint32_t i = 0; rows && i < selected->count; i++) {
        first = of[rows[i]] < first ? of[rows[i]] : first;
        last = of[rows[i]] > last ? of[rows[i]] : last;
    }
    groups->first = first;
    groups->count = first <= last ? last - first + 1 : 0;
}

/* ---- Few groups --------------------------------------------------------------------------------- */

/* The rows of a group; NULL: others are kept already. */
static const uint64_t *rows_of(struct oat_row_groups *groups, uint32_t group)
{
    for (uint32_t i = 0; i < groups->found_count; i++)
        if (groups->found[i].group == group)
            return groups->found[i].rows;
    if (groups->found_count == OAT_ROW_GROUPS_FOUND)
        return NULL;
    uint64_t *rows = groups->found[groups->found_count].rows;
    groups->found[groups->found_count++].group = group;
    oat_compare_range32(groups->of, group, group, rows);
    return rows;
}

static uint32_t first_row(const uint64_t rows[OAT_BATCH_WORDS])
{
    uint32_t word = 0;
    while (rows[word] == 0)
        word++;
    return 64 * word + (uint32_t)__builtin_ctzll(rows[word]);
}

/* True when the rows are of a few groups, as those that have tokens are, whose rows are kept then. */
static bool are_few(struct oat_row_groups *groups, const struct oat_selection *rows)
{
    uint64_t left[OAT_BATCH_WORDS];
    memcpy(left, rows->bits, sizeof left);
    while (oat_rows_any(left)) {
        const uint64_t *found = rows_of(groups, groups->of[first_row(left)]);
        if (!found)
            return false;
        oat_rows_drop(left, found);
    }
    return true;
}

/* Sets of 64 that the values make. */
static uint32_t words_of(const struct oat_query_values *values)
{
    return values->sparse.bitmap ? (values->sparse.count + 63) / 64 : OAT_BATCH_WORDS;
}

static void add_to(struct oat_sum *sum, const uint64_t rows[OAT_BATCH_WORDS],
                   const struct oat_query_values *values)
{
    uint64_t gathered[OAT_SPREAD_WORDS + 1];
    const uint64_t *bits = rows;
    const uint32_t words = words_of(values);
    if (values->sparse.bitmap) {
        oat_spread_gather(rows, values->sparse.bitmap, gathered);
        bits = gathered;
    }
    sum->total += (int64_t)(values->narrow ? oat_loop_sum32(values->narrow, bits, words)
                                           : oat_loop_sum64(values->wide, bits, words));
    sum->count += oat_rows_count(rows);
}

/* Group by group, once their rows are known; values are near 0. */
static void add_groups(struct oat_sum *sums, const struct oat_row_groups *groups,
                       const struct oat_selection *rows, const struct oat_query_values *values)
{
    for (uint32_t i = 0; i < groups->found_count; i++) {
        uint64_t of_group[OAT_BATCH_WORDS];
        memcpy(of_group, rows->bits, sizeof of_group);
        oat_rows_keep(of_group, groups->found[i].rows);
        if (oat_rows_any(of_group))
            add_to(&sums[groups->found[i].group], of_group, values);
    }
}

/* ---- Lanes -------------------------------------------------------------------------------------- */

static void clear_lanes(struct lanes *lanes, uint32_t count)
{
    memset(lanes->at, 0, count * LANES * sizeof *lanes->at);
}

/* Defines a function that adds `addend`, an expression of `row`, for each of the rows. */
#define DEFINE_ADD(name, type, addend)                                                                       \
    OAT_ALWAYS_INLINE void name##_row(uint64_t *lane, const struct oat_row_groups *groups,                   \
                                      const type *values, uint32_t row)                                      \
    {                                                                                                        \
        (void)values;                                                                                        \
        lane[(groups->of[row] - groups->first) * LANES] += (addend);                                         \
    }                                                                                                        \
    static void name(struct lanes *lanes, struct oat_selection *rows, const struct oat_row_groups *of_rows,  \
                     const type *values)                                                                     \
    {                                                                                                        \
        const struct oat_row_groups groups = *of_rows;                                                       \
        bool all = rows->count == OAT_BATCH_ROWS;                                                            \
        const uint16_t *list = all ? NULL : oat_selection_rows(rows);                                        \
        uint32_t i = 0;                                                                                      \
        for (; all && i < OAT_BATCH_ROWS; i += LANES)                                                        \
            _Pragma("GCC unroll 8") for (uint32_t lane = 0; lane < LANES; lane++)                            \
                name##_row(&lanes->at[lane], &groups, values, i + lane);                                     \
        for (; !all && i + LANES <= rows->count; i += LANES)                                                 \
            _Pragma("GCC unroll 8") for (uint32_t lane = 0; lane < LANES; lane++)                            \
                name##_row(&lanes->at[lane], &groups, values, list[i + lane]);                               \
        for (uint32_t lane = 0; !all && i < rows->count; i++, lane++)                                        \
            name##_row(&lanes->at[lane], &groups, values, list[i]);                                          \
    }

DEFINE_ADD(add_rows, void, 1)
DEFINE_ADD(add_narrow, uint32_t, ONE_ROW + values[row])
DEFINE_ADD(add_wide, uint64_t, ONE_ROW + values[row])

/* Adds what the lanes have to the sums of count groups, and, unless NULL, to their counts. */
static void take_lanes(struct oat_sum *sums, uint64_t *counts, const struct lanes *lanes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t total = 0, rows = 0;
        for (uint32_t lane = 0; lane < LANES; lane++) {
            uint64_t word = lanes->at[i * LANES + lane];
            uint64_t sum = (uint64_t)((int64_t)(word << (64 - SUM_BITS)) >> (64 - SUM_BITS));
            total += sum;
            rows += (word - sum) >> SUM_BITS;
        }
        sums[i].total += (int64_t)total;
        sums[i].count += rows;
        if (counts)
            counts[i] += rows;
    }
}

/* True when all of the values are near 0. */
static bool are_near(const struct oat_query_values *values)
{
    return values->narrow || oat_loop_join(values->wide, words_of(values), NEAR_VALUE) < 2 * NEAR_VALUE;
}

/* ---- Counts and sums ---------------------------------------------------------------------------- */

void oat_query_counts_add(uint64_t *counts, struct oat_selection *rows, const struct oat_row_groups *groups)
{
    struct lanes lanes;
    if (groups->count == 1) {
        counts[groups->first] += rows->count;
        return;
    }
    const uint16_t *list = groups->count > LANE_GROUPS ? oat_selection_rows(rows) : NULL;
    for (uint32_t i = 0; list && i < rows->count; i++)
        counts[groups->of[list[i]]]++;
    if (list)
        return;
    clear_lanes(&lanes, groups->count);
    add_rows(&lanes, rows, groups, NULL);
    for (uint32_t i = 0; i < groups->count * LANES; i++)
        counts[groups->first + i / LANES] += lanes.at[i];
}

/* One row after the other, whatever their groups and values. */
static void add_one_by_one(struct oat_sum *sums, struct oat_selection *rows,
                           const struct oat_row_groups *groups, const struct oat_query_values *values)
{
    const uint16_t *list = oat_selection_rows(rows);
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = list[i];
        struct oat_sum *sum = &sums[groups->of[row]];
        sum->total += values->narrow ? (int64_t)values->narrow[row] : (int64_t)values->wide[row];
        sum->count++;
    }
}

static void add_in_lanes(struct oat_sum *sums, struct oat_selection *rows,
                         const struct oat_row_groups *groups, const struct oat_query_values *values,
                         uint64_t *counts)
{
    struct lanes lanes;
    clear_lanes(&lanes, groups->count);
    if (values->wide)
        add_wide(&lanes, rows, groups, values->wide);
    else
        add_narrow(&lanes, rows, groups, values->narrow);
    take_lanes(sums + groups->first, counts ? counts + groups->first : NULL, &lanes, groups->count);
}

/* Adds what has few groups, group by group. False: it has more. */
static bool add_by_group(struct oat_sum *sums, const struct oat_selection *rows,
                         struct oat_row_groups *groups, const struct oat_query_values *values)
{
    if (groups->count == 1)
        add_to(&sums[groups->first], rows->bits, values);
    else if (rows->count < OAT_BATCH_ROWS && are_few(groups, rows))
        add_groups(sums, groups, rows, values);
    else
        return false;
    return true;
}

/* The values of all rows; room: for those that are not. */
static struct oat_query_values spread(const struct oat_query_values *values, union oat_query_room *room)
{
    const uint8_t *bitmap = values->sparse.bitmap;
    if (!bitmap)
        return *values;
    if (values->narrow) {
        oat_spread32(values->narrow, bitmap, room->narrow);
        return (struct oat_query_values){.narrow = room->narrow};
    }
    oat_spread64(values->wide, bitmap, room->wide);
    return (struct oat_query_values){.wide = room->wide};
}

void oat_query_sums_add(struct oat_sum *sums, uint64_t *counts, struct oat_selection *rows,
                        struct oat_row_groups *groups, const struct oat_query_values *values)
{
    if (rows->count == 0)
        return;
    bool quickly = rows->count >= FEW_ROWS && groups->count <= LANE_GROUPS && are_near(values);
    if (!quickly || !add_by_group(sums, rows, groups, values)) {
        union oat_query_room room;
        struct oat_query_values all = spread(values, &room);
        if (quickly) {
            add_in_lanes(sums, rows, groups, &all, counts);
            return;
        }
        add_one_by_one(sums, rows, groups, &all);
    }
    if (counts)
        oat_query_counts_add(counts, rows, groups);
}
