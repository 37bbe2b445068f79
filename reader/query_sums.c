#include "reader/query_sums.h"

#include <string.h>

#include "format/simd.h"
#include "reader/loops.h"

/* While the groups of a batch are few, what is counted and added up lies in lanes: rows of the same group
 * take turns, so that they do not wait for each other's sums to be stored. A batch is added to a lane of
 * words of 64 bits: the count of its rows in the upper bits, the sum of their values in the lower ones. */
#define LANES       8u
#define LANE_GROUPS 64u
#define LANE_ROWS   (OAT_BATCH_ROWS / LANES)
#define SUM_BITS    56u /* with a sign; above them LANE_ROWS rows can be counted */
#define ONE_ROW     (UINT64_C(1) << SUM_BITS)
/* Values that are less, either way: as many as a lane has rows cannot overflow its sum. */
#define NEAR_VALUE (ONE_ROW / 2 / LANE_ROWS)

_Static_assert(LANE_ROWS < 1u << (64 - SUM_BITS), "rows of a lane can be counted");

/* Word `lane` of group i, counted from the first, is at[i * LANES + lane]. */
struct lanes {
    uint64_t at[LANES * LANE_GROUPS];
};

struct oat_row_groups oat_row_groups_of(const uint32_t *of, const struct oat_selection *selected,
                                        uint32_t group_count)
{
    uint32_t first = UINT32_MAX, last = 0;
    if (group_count <= LANE_GROUPS)
        return (struct oat_row_groups){of, 0, group_count};
    for (uint32_t i = 0; i < selected->count; i++) {
        uint32_t group = of[selected->rows[i]];
        first = group < first ? group : first;
        last = group > last ? group : last;
    }
    return (struct oat_row_groups){of, first, first <= last ? last - first + 1 : 0};
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
    static void name(struct lanes *lanes, const struct oat_selection *rows,                                  \
                     const struct oat_row_groups *of_rows, const type *values)                               \
    {                                                                                                        \
        const struct oat_row_groups groups = *of_rows;                                                       \
        bool all = rows->count == OAT_BATCH_ROWS;                                                            \
        uint32_t i = 0;                                                                                      \
        for (; all && i < OAT_BATCH_ROWS; i += LANES)                                                        \
            _Pragma("GCC unroll 8") for (uint32_t lane = 0; lane < LANES; lane++)                            \
                name##_row(&lanes->at[lane], &groups, values, i + lane);                                     \
        for (; i + LANES <= rows->count; i += LANES)                                                         \
            _Pragma("GCC unroll 8") for (uint32_t lane = 0; lane < LANES; lane++)                            \
                name##_row(&lanes->at[lane], &groups, values, rows->rows[i + lane]);                         \
        for (uint32_t lane = 0; i < rows->count; i++, lane++)                                                \
            name##_row(&lanes->at[lane], &groups, values, rows->rows[i]);                                    \
    }

DEFINE_ADD(add_rows, void, 1)
DEFINE_ADD(add_narrow, uint32_t, ONE_ROW + values[row])
DEFINE_ADD(add_wide, uint64_t, ONE_ROW + values[row])

/* Adds what the lanes have to the sums of count groups. */
static void take_lanes(struct oat_sum *sums, const struct lanes *lanes, uint32_t count)
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
    }
}

/* True when all of a batch's values are near 0. */
static bool are_near(const uint64_t *values)
{
    return oat_loop_join(values, NEAR_VALUE) < 2 * NEAR_VALUE;
}

/* ---- Counts and sums ---------------------------------------------------------------------------- */

void oat_query_counts_add(uint64_t *counts, const struct oat_selection *rows,
                          const struct oat_row_groups *groups)
{
    struct lanes lanes;
    if (groups->count == 1) {
        counts[groups->first] += rows->count;
        return;
    }
    for (uint32_t i = 0; groups->count > LANE_GROUPS && i < rows->count; i++)
        counts[groups->of[rows->rows[i]]]++;
    if (groups->count > LANE_GROUPS)
        return;
    clear_lanes(&lanes, groups->count);
    add_rows(&lanes, rows, groups, NULL);
    for (uint32_t i = 0; i < groups->count * LANES; i++)
        counts[groups->first + i / LANES] += lanes.at[i];
}

/* One row after the other, whatever their groups and values. */
static void add_one_by_one(struct oat_sum *sums, const struct oat_selection *rows,
                           const struct oat_row_groups *groups, const struct oat_query_values *values)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t row = rows->rows[i];
        struct oat_sum *sum = &sums[groups->of[row]];
        sum->total += values->narrow ? (int64_t)values->narrow[row] : (int64_t)values->wide[row];
        sum->count++;
    }
}

void oat_query_sums_add(struct oat_sum *sums, const struct oat_selection *rows,
                        const struct oat_row_groups *groups, const struct oat_query_values *values)
{
    struct lanes lanes;
    if (rows->count < LANE_GROUPS || groups->count > LANE_GROUPS ||
        (values->wide && !are_near(values->wide))) {
        add_one_by_one(sums, rows, groups, values);
        return;
    }
    clear_lanes(&lanes, groups->count);
    if (values->wide)
        add_wide(&lanes, rows, groups, values->wide);
    else
        add_narrow(&lanes, rows, groups, values->narrow);
    take_lanes(sums + groups->first, &lanes, groups->count);
}
