/* Files of sections that are mapped: numbers are found wherever they lie, and by many threads. */
#include "reader/image.h"
#include "reader/prefetch.h"
#include "tests/support/part_fixture.h"
#include "tests/support/part_walk.h"
#include "tests/support/table_maker.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <unistd.h>

#define ROWS    (2 * OAT_GROUP_ROWS + 1500)
#define THREADS 4

struct fixture {
    char dir[OAT_RUN_PATH_SIZE];
    int dir_fd;
    struct oat_problems problems;
    struct oat_image image;
    struct oat_image_table *table;
};

/* Column 1: scattered, 2: ascends with repeats, 3: the same in each row, 4: 0 but in a few rows. */
static uint64_t value_of(unsigned column, uint32_t row)
{
    switch (column) {
    case 1:
        return (row * UINT64_C(0x9e3779b97f4a7c15)) >> row % 40;
    case 2:
        return row / 7 * 3;
    case 3:
        return 42;
    default:
        return row % 700 == 1 ? row : 0;
    }
}

static void make_file(int dir_fd)
{
    struct oat_disk_store store = {.hash_seed = oat_le64_of(7)};
    struct oat_section_file file = {.magic = OAT_MAGIC_PART, .store = &store};
    struct oat_section_writer writer;
    struct oat_table_writer table;
    uint64_t len;
    assert_int_equal(oat_section_writer_open(&writer, dir_fd, "a.part", &file), OAT_OK);
    oat_make_table(&table, &writer, OAT_TABLE_SPANS, 1, 4);
    for (uint32_t row = 0; row < ROWS; row++) {
        for (unsigned column = 1; column <= 4; column++)
            oat_table_writer_set(&table, column, value_of(column, row));
        oat_make_row(&table);
    }
    oat_make_table_end(&table);
    assert_int_equal(oat_section_writer_finish(&writer, &len), OAT_OK);
    oat_section_writer_close(&writer);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    oat_run_dir_make(f->dir);
    f->dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    oat_problems_init(&f->problems);
    make_file(f->dir_fd);
    assert_int_equal(oat_image_map(&f->image, f->dir_fd, "a.part", &f->problems), OAT_OK);
    assert_int_equal(oat_image_check(&f->image, OAT_MAGIC_PART, 0), OAT_OK);
    f->table = oat_image_table(&f->image, OAT_TABLE_SPANS);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(oat_problems_count(&f->problems), 0);
    oat_image_close(&f->image);
    oat_problems_clear(&f->problems);
    close(f->dir_fd);
    oat_run_dir_remove(f->dir);
    free(f);
    return 0;
}

static void numbers_are_the_same_in_runs_and_alone(void **state)
{
    struct fixture *f = *state;
    static uint64_t run[5000];
    static const uint32_t firsts[] = {0, 1, 1000, 1023, 1024, OAT_GROUP_ROWS - 3000, OAT_GROUP_ROWS - 1};
    static const uint32_t counts[] = {0, 1, 7, 9, 1024, 1025, 5000};
    for (size_t a = 0; a < sizeof firsts / sizeof *firsts; a++) {
        for (size_t b = 0; b < sizeof counts / sizeof *counts; b++) {
            for (unsigned column = 1; column <= 5; column++) { /* 5: not in the file */
                assert_int_equal(oat_image_numbers(f->table, column, firsts[a], counts[b], run), OAT_OK);
                for (uint32_t i = 0; i < counts[b]; i++) {
                    uint64_t alone;
                    assert_int_equal(run[i], column == 5 ? 0 : value_of(column, firsts[a] + i));
                    assert_int_equal(oat_image_number(f->table, column, firsts[a] + i, &alone), OAT_OK);
                    assert_int_equal(alone, run[i]);
                }
            }
        }
    }
}

static void bounds_are_found_whatever_the_guess(void **state)
{
    struct fixture *f = *state;
    static const uint64_t ranges[] = {0, 1, ROWS * 3 / 7, ROWS, UINT64_MAX};
    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
        for (uint64_t value = 0; value < ROWS / 7 * 3 + 9; value += value < 20 ? 1 : 1237) {
            uint64_t expected = (value + 2) / 3 * 7;
            uint32_t row;
            assert_int_equal(oat_image_lower_bound(f->table, 2, value, ranges[r], &row), OAT_OK);
            assert_int_equal(row, expected < ROWS ? expected : ROWS);
        }
    }
}

static void a_table_that_is_not_there_has_no_rows(void **state)
{
    struct fixture *f = *state;
    struct oat_image_table *none = oat_image_table(&f->image, OAT_TABLE_LINKS);
    uint32_t row = 7;
    assert_int_equal(none->table.rows, 0);
    assert_int_equal(oat_image_lower_bound(none, 1, 5, 10, &row), OAT_OK);
    assert_int_equal(row, 0);
}

static void a_zone_is_the_least_and_the_greatest(void **state)
{
    struct fixture *f = *state;
    uint64_t min, max;
    assert_true(oat_image_zone(f->table, 2, 1, &min, &max));
    assert_int_equal(min, value_of(2, OAT_GROUP_ROWS));
    assert_int_equal(max, value_of(2, 2 * OAT_GROUP_ROWS - 1));
    assert_true(oat_image_zone(f->table, 9, 1, &min, &max));
    assert_int_equal(min, 0);
    assert_int_equal(max, 0);
}

static void a_block_is_checked_when_it_is_read(void **state)
{
    struct fixture *f = *state;
    uint64_t value;
    assert_false(oat_image_checked(f->table, 1, 1, 3));
    assert_true(oat_image_first_use(f->table, 1, 1));
    assert_false(oat_image_first_use(f->table, 1, 1));
    assert_true(oat_image_first_use(f->table, 1, 2));
    assert_int_equal(oat_image_number(f->table, 1, OAT_GROUP_ROWS + 3 * OAT_BLOCK_ROWS, &value), OAT_OK);
    assert_true(oat_image_checked(f->table, 1, 1, 3));
    assert_false(oat_image_checked(f->table, 1, 1, 2));
    assert_false(oat_image_checked(f->table, 1, 2, 3));
}

static void advice_changes_nothing(void **state)
{
    struct fixture *f = *state;
    uint64_t value;
    oat_prefetch_rows(f->table, OAT_PREFETCH_ALL, OAT_GROUP_ROWS - 10, 20);
    oat_prefetch_rows(f->table, 2, ROWS - 1, 1);
    oat_prefetch_column(f->table, 1, 2);
    oat_prefetch_column(f->table, 40, 2);
    oat_prefetch(f->image.bytes, f->image.len);
    assert_int_equal(oat_image_number(f->table, 1, ROWS - 1, &value), OAT_OK);
    assert_int_equal(value, value_of(1, ROWS - 1));
}

/* ---- Threads ---- */

static void *walk(void *arg)
{
    uint64_t hash = oat_part_walk(arg, 200);
    return (void *)(uintptr_t)hash;
}

static void threads_that_read_a_part_first_see_the_same(void **state)
{
    struct oat_part_fixture *f = oat_part_fixture_new();
    pthread_t threads[THREADS];
    void *hashes[THREADS];
    (void)state;
    oat_part_fixture_draw(f, 12, 3000, 40);
    oat_part_fixture_open(f);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, walk, f->part), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], &hashes[i]), 0);
    for (int i = 1; i < THREADS; i++)
        assert_ptr_equal(hashes[i], hashes[0]);
    assert_int_equal(oat_problems_count(&f->problems), 0);
    oat_part_fixture_free(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(numbers_are_the_same_in_runs_and_alone),
        TEST(bounds_are_found_whatever_the_guess),
        TEST(a_table_that_is_not_there_has_no_rows),
        TEST(a_zone_is_the_least_and_the_greatest),
        TEST(a_block_is_checked_when_it_is_read),
        TEST(advice_changes_nothing),
        cmocka_unit_test(threads_that_read_a_part_first_see_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
