/* Counts and sums by group, beside the plainest way to find them. */
#include "reader/query_sums.h"

#include "format/simd.h"
#include "tests/support/run_random.h"
#include "tests/support/unit.h"

#define GROUPS_MAX 300u
#define ROUNDS     400u

struct drawn {
    uint32_t groups[OAT_BATCH_ROWS];
    uint32_t narrow[OAT_BATCH_ROWS];
    uint64_t wide[OAT_BATCH_ROWS];
    struct oat_selection selected;
    uint32_t group_count;
};

/* How wide the values are, from 0 to all 64 bits, with a sign; where sums just fit is between. */
static void draw(struct drawn *d, unsigned round, uint64_t *seed)
{
    uint64_t bits[OAT_BATCH_WORDS];
    unsigned width = (unsigned)oat_run_below(seed, 65), cut = (unsigned)oat_run_below(seed, 4);
    uint32_t count = 1 + (uint32_t)oat_run_below(seed, round % 3 == 0 ? GROUPS_MAX : round % 3 == 1 ? 20 : 5);
    uint32_t first = (uint32_t)oat_run_below(seed, count);
    d->group_count = count;
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i++) {
        uint64_t any = oat_run_below(seed, UINT64_MAX), value = width == 0 ? 0 : any >> (64 - width);
        d->groups[i] = first + (uint32_t)oat_run_below(seed, count - first);
        d->wide[i] = any % 3 == 0 ? -value : any % 3 == 1 ? value : UINT64_C(1) << width % 64;
        d->narrow[i] = (uint32_t)any;
    }
    for (unsigned i = 0; i < OAT_BATCH_WORDS; i++)
        bits[i] = cut == 0   ? UINT64_MAX
                  : cut == 1 ? oat_run_below(seed, UINT64_MAX)
                  : cut == 2 ? UINT64_C(1) << i
                             : UINT64_MAX >> (i == OAT_BATCH_WORDS - 1 ? 7 : 0);
    memset(&d->selected, 0, sizeof d->selected);
    oat_selection_set(&d->selected, bits);
}

static void check(struct drawn *d, const struct oat_query_values *values)
{
    uint64_t counts[GROUPS_MAX] = {0}, with_sums[GROUPS_MAX] = {0}, wanted_counts[GROUPS_MAX] = {0};
    struct oat_sum sums[GROUPS_MAX] = {{0}}, wanted[GROUPS_MAX] = {{0}};
    struct oat_row_groups groups;
    oat_row_groups_init(&groups, d->groups, &d->selected, d->group_count);
    oat_query_counts_add(counts, &d->selected, &groups);
    oat_query_sums_add(sums, with_sums, &d->selected, &groups, values);
    const uint16_t *rows = oat_selection_rows(&d->selected);
    for (uint32_t i = 0; i < d->selected.count; i++) {
        uint32_t row = rows[i];
        wanted_counts[d->groups[row]]++;
        wanted[d->groups[row]].count++;
        wanted[d->groups[row]].total += values->wide ? (int64_t)d->wide[row] : d->narrow[row];
    }
    for (uint32_t i = 0; i < d->group_count; i++) {
        assert_int_equal(counts[i], wanted_counts[i]);
        assert_int_equal(with_sums[i], wanted_counts[i]);
        assert_int_equal(sums[i].count, wanted[i].count);
        assert_true(sums[i].total == wanted[i].total);
    }
}

/* Leaves the values of some rows alone, which are packed together; the others become 0. */
static void check_sparse(struct drawn *d, bool wide, uint64_t *seed)
{
    static union oat_query_room room;
    uint8_t bitmap[OAT_BATCH_ROWS / 8] = {0};
    struct oat_query_values values = {.narrow = wide ? NULL : room.narrow, .wide = wide ? room.wide : NULL};
    const uint64_t share = oat_run_below(seed, 6); /* 0: no row; 5: all */
    uint32_t count = 0;
    memset(&room, 0, sizeof room);
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i++) {
        if (oat_run_below(seed, 5) >= share) {
            d->wide[i] = d->narrow[i] = 0;
            continue;
        }
        bitmap[i / 8] |= (uint8_t)(1u << i % 8);
        if (wide)
            room.wide[count++] = d->wide[i];
        else
            room.narrow[count++] = d->narrow[i];
    }
    values.sparse = (struct oat_sparse){bitmap, count};
    check(d, &values);
}

static void sums_are_exact_however_wide_the_values_and_however_many_the_groups(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct drawn d;
        oat_simd_most = i % 3;
        draw(&d, i, &seed);
        check(&d, &(struct oat_query_values){.wide = d.wide});
        check(&d, &(struct oat_query_values){.narrow = d.narrow});
        check_sparse(&d, i % 2 == 0, &seed);
    }
    oat_simd_most = OAT_SIMD_AVX512;
}

/* All of a lane's values at the bound, on either side. */
static void sums_of_values_at_the_bound_are_exact(void **state)
{
    (void)state;
    static const int64_t bounds[] = {INT64_C(1) << 48, -(INT64_C(1) << 48), INT64_MAX, INT64_MIN};
    uint64_t seed = 1;
    for (unsigned i = 0; i < 4 * 3; i++) {
        struct drawn d;
        draw(&d, 0, &seed);
        for (unsigned row = 0; row < OAT_BATCH_ROWS; row++) {
            d.wide[row] = (uint64_t)bounds[i / 3] + i % 3 - 1;
            d.groups[row] = 0;
        }
        check(&d, &(struct oat_query_values){.wide = d.wide});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_exact_however_wide_the_values_and_however_many_the_groups),
        cmocka_unit_test(sums_of_values_at_the_bound_are_exact),
    };
    return cmocka_run_group_tests_name("query_sums", tests, NULL, NULL);
}
