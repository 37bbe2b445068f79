#include "indexer/hot_index.h"
#include "tests/support/golden_test.h"

#define BLOCKS 200u
#define ROWS   (BLOCKS * OAT_BLOCK_ROWS - 300)

/* Ids that begin alike, as those of a counter do. */
static void id_of(uint64_t row, uint8_t ret[8])
{
    memcpy(ret, &row, 8);
}

static uint64_t start_of(size_t row)
{
    return 1000 + row * 10;
}

static int set_up(void **state)
{
    static struct oat_hot_index index;
    uint8_t id[8];
    for (size_t row = 0; row < ROWS; row++) {
        assert_true(oat_hot_index_reserve(&index, row + 1));
        id_of(row, id);
        oat_hot_index_add(&index, row, id, start_of(row));
    }
    *state = &index;
    return 0;
}

static int tear_down(void **state)
{
    oat_hot_index_free(*state);
    return 0;
}

/* How many blocks a lookup is given; *ret_has: one has the row. */
static unsigned look_up(const struct oat_hot_index *index, uint64_t row, bool *ret_has)
{
    uint8_t id[8];
    unsigned given = 0;
    size_t first, end;
    id_of(row, id);
    *ret_has = false;
    struct oat_hot_lookup lookup = oat_hot_index_find(index, id, 0, ROWS);
    for (; oat_hot_lookup_next(&lookup, &first, &end); given++)
        *ret_has = *ret_has || (row >= first && row < end);
    return given;
}

static void every_span_is_in_a_block_that_is_given(void **state)
{
    bool has;
    for (size_t row = 0; row < ROWS; row += 97) {
        look_up(*state, row, &has);
        assert_true(has);
    }
}

static void rows_are_given_between_the_first_and_the_last_alone(void **state)
{
    const size_t row = 2 * OAT_BLOCK_ROWS + 7,
                 ends[][2] = {
                     {row, row + 1}, {row - 3, row + 2}, {row - OAT_BLOCK_ROWS, row + 1}, {row, SIZE_MAX}};
    uint8_t id[8];
    size_t first, end;
    id_of(row, id);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct oat_hot_lookup lookup = oat_hot_index_find(*state, id, ends[i][0], ends[i][1]);
        bool has = false;
        while (oat_hot_lookup_next(&lookup, &first, &end)) {
            assert_true(first >= ends[i][0] && first < end && end <= ends[i][1]);
            has = has || (row >= first && row < end);
        }
        assert_true(has);
    }
    struct oat_hot_lookup none = oat_hot_index_find(*state, id, row, row);
    assert_false(oat_hot_lookup_next(&none, &first, &end));
}

static void most_blocks_are_passed_over(void **state)
{
    unsigned given = 0;
    bool has;
    for (uint64_t id = 0; id < 100; id++)
        given += look_up(*state, ROWS + id, &has);
    assert_true(given < 100 * BLOCKS / 10);
}

static void bounds_are_those_of_the_starts(void **state)
{
    uint64_t first, last;
    assert_true(oat_hot_index_bounds(*state, 3, &first, &last));
    assert_true(first == start_of(3 * OAT_BLOCK_ROWS) && last == start_of(4 * OAT_BLOCK_ROWS - 1));
    assert_true(oat_hot_index_bounds(*state, BLOCKS - 1, &first, &last));
    assert_true(last == start_of(ROWS - 1));
    assert_false(oat_hot_index_bounds(*state, BLOCKS, &first, &last));
}

static void an_empty_one_has_nothing(void **state)
{
    struct oat_hot_index *index = *state, none = {0};
    uint64_t first, last;
    bool has;
    assert_int_equal(look_up(&none, 1, &has), 0);
    oat_hot_index_clear(index);
    assert_int_equal(look_up(index, 1, &has), 0);
    assert_false(oat_hot_index_bounds(index, 0, &first, &last));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_span_is_in_a_block_that_is_given, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_are_given_between_the_first_and_the_last_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(most_blocks_are_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bounds_are_those_of_the_starts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_one_has_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
