#include "format/block_rows.h"
#include "format/table.h"
#include "oat/oat.h"
#include "tests/support/damage_guard.h"
#include "tests/support/golden_test.h"
#include "tests/support/section_image.h"

#include <stdlib.h>

#define NONCE   UINT64_C(0x0123456789abcdef)
#define COLUMNS 5
#define ZEROS   3 /* the column of which every row is 0 */

static const uint16_t columns[COLUMNS] = {1, 2, 9, 40, 63};
static uint64_t *values[COLUMNS];
static struct oat_section_image image;
static struct oat_table table;
static void *owned_index;

static void fill_values(uint32_t rows)
{
    for (unsigned c = 0; c < COLUMNS; c++) {
        values[c] = calloc(rows, sizeof **values);
        assert_non_null(values[c]);
    }
    golden_fill(values[0], rows * sizeof **values, 1);
    for (uint32_t r = 0; r < rows; r++) {
        values[1][r] = UINT64_C(1795350896000000000) + r * UINT64_C(1000003);
        values[2][r] = r % 7 == 0 ? r + 1 : 0;
        values[4][r] = r % 7 == 0 ? 5 + r : 0; /* not 0 where the one before is not */
    }
}

static void open_table(void)
{
    const char *what = NULL;
    uint64_t offset;
    struct oat_sections sections;
    const uint8_t *index;
    size_t index_len;
    assert_int_equal(oat_sections_open(image.bytes, image.len, OAT_MAGIC_PART, &sections, &what, &offset),
                     OAT_OK);
    const struct oat_disk_section *section = oat_sections_find(&sections, OAT_SECTION_TABLE, 1, 0);
    assert_int_equal(oat_section_read(&sections, section, &index, &index_len, &owned_index), OAT_OK);
    assert_int_equal(oat_table_open(image.bytes, image.len, NONCE, index, index_len, &table, &what, &offset),
                     OAT_OK);
}

/* A file with a table of so many rows, opened. */
static void make_table(uint32_t rows)
{
    fill_values(rows);
    oat_section_image_begin(&image, OAT_MAGIC_PART, NONCE);
    oat_section_image_add_table(&image, 1, columns, values, COLUMNS, rows);
    oat_section_image_end(&image);
    open_table();
    assert_int_equal(table.rows, rows);
}

static int end_table(void **state)
{
    (void)state;
    for (unsigned c = 0; c < COLUMNS; c++) {
        free(values[c]);
        values[c] = NULL;
    }
    oat_section_image_free(&image);
    free(owned_index);
    owned_index = NULL;
    return 0;
}

static void require_column(const struct oat_group *group, unsigned c)
{
    uint64_t least = UINT64_MAX, greatest = 0, min, max, all[OAT_BLOCK_ROWS];
    for (unsigned b = 0; b < group->block_count; b++) {
        const uint64_t *expected = values[c] + group->first_row + b * OAT_BLOCK_ROWS;
        struct oat_block block;
        const char *what;
        assert_int_equal(oat_group_block(group, columns[c], b, true, &block, &what), OAT_OK);
        oat_block_decode64(&block, all);
        assert_memory_equal(all, expected, block.rows * sizeof *all);
        for (unsigned r = 0; r < block.rows; r++) {
            least = all[r] < least ? all[r] : least;
            greatest = all[r] > greatest ? all[r] : greatest;
        }
    }
    oat_group_zone(group, columns[c], &min, &max);
    assert_true(min == least && max == greatest);
}

static void rows_of_all_groups_read_back(void **state)
{
    const uint32_t sizes[] = {1, 1023, 1024, 1025, OAT_GROUP_ROWS, OAT_GROUP_ROWS + 1, 40000};
    for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint32_t rows = 0;
        make_table(sizes[s]);
        for (uint32_t g = 0; g < table.group_count; g++) {
            struct oat_group group;
            const char *what;
            assert_int_equal(oat_group_open(&table, g, true, &group, &what), OAT_OK);
            assert_int_equal(group.first_row, rows);
            for (unsigned c = 0; c < COLUMNS; c++)
                require_column(&group, c);
            rows += group.rows;
        }
        assert_int_equal(rows, sizes[s]);
        end_table(state);
    }
}

static void columns_of_zeros_and_unknown_ones_take_no_bytes_and_read_as_zeros(void **state)
{
    (void)state;
    struct oat_group group;
    struct oat_block block;
    const char *what;
    uint64_t min = 1, max = 1;
    const unsigned absent[] = {columns[ZEROS], 0, 50, 64, 1000};
    make_table(2000);
    assert_int_equal(oat_group_open(&table, 0, true, &group, &what), OAT_OK);
    assert_int_equal(group.column_count, COLUMNS - 1);
    for (unsigned i = 0; i < sizeof absent / sizeof *absent; i++) {
        oat_group_zone(&group, absent[i], &min, &max);
        assert_true(min == 0 && max == 0);
        assert_int_equal(oat_group_block(&group, absent[i], 1, true, &block, &what), OAT_OK);
        assert_int_equal(block.rows, 2000 - OAT_BLOCK_ROWS);
        assert_true(oat_block_get(&block, block.rows - 1) == 0);
        assert_true(oat_group_block_offset(&group, absent[i], 1) == group.offset);
    }
}

static void a_table_without_rows_is_good(void **state)
{
    (void)state;
    const char *what;
    uint64_t offset;
    assert_int_equal(oat_table_open(NULL, 0, NONCE, NULL, 0, &table, &what, &offset), OAT_OK);
    assert_int_equal(table.rows, 0);
    assert_int_equal(table.group_count, 0);
}

/* Opens every group and every block. Returns what is reported, or NULL. */
static const char *read_all(bool verify)
{
    const char *what = NULL;
    static uint64_t all[OAT_BLOCK_ROWS];
    for (uint32_t g = 0; g < table.group_count; g++) {
        struct oat_group group;
        if (oat_group_open(&table, g, verify, &group, &what) != OAT_OK)
            return what;
        for (unsigned column = 0; column < OAT_TABLE_COLUMNS; column++) {
            for (unsigned b = 0; b < group.block_count; b++) {
                struct oat_block block;
                if (oat_group_block(&group, column, b, verify, &block, &what) != OAT_OK)
                    return what;
                oat_block_decode64(&block, all);
                assert_true(oat_block_get(&block, block.rows - 1) == all[block.rows - 1]);
            }
        }
    }
    return NULL;
}

static void every_flipped_bit_of_a_group_is_reported(void **state)
{
    (void)state;
    make_table(40);
    assert_null(read_all(true));
    size_t len = oat_le32_get(table.places[0].len);
    for (size_t bit = 0; bit < len * 8; bit++) {
        golden_flip(image.bytes + oat_le64_get(table.places[0].offset), bit);
        assert_non_null(read_all(true));
        golden_flip(image.bytes + oat_le64_get(table.places[0].offset), bit);
    }
}

static void flipped_bits_of_a_head_without_checksums_never_lead_outside(void **state)
{
    (void)state;
    make_table(1100);
    /* The group ends where the memory does. */
    uint64_t begin = oat_le64_get(table.places[0].offset);
    size_t len = begin + oat_le32_get(table.places[0].len), reported = 0;
    uint8_t *guarded = oat_damage_guard(image.bytes, len);
    table.file = guarded;
    size_t head_len = sizeof(struct oat_disk_group) + (COLUMNS - 1) * (24 + 2 * 4);
    for (size_t bit = begin * 8; bit < (begin + head_len) * 8; bit++) {
        golden_flip(guarded, bit);
        reported += read_all(false) != NULL;
        golden_flip(guarded, bit);
    }
    assert_true(reported > 0);
    oat_damage_guard_free(guarded, len);
}

static void a_block_in_the_place_of_another_is_reported(void **state)
{
    (void)state;
    struct oat_group group;
    const char *what;
    make_table(2 * OAT_BLOCK_ROWS);
    assert_int_equal(oat_group_open(&table, 0, true, &group, &what), OAT_OK);
    uint64_t first = oat_group_block_offset(&group, columns[0], 0);
    uint64_t second = oat_group_block_offset(&group, columns[0], 1);
    uint64_t behind = oat_group_block_offset(&group, columns[1], 0);
    assert_true(first < second && behind - second == second - first);
    memcpy(image.bytes + first, image.bytes + second, second - first);
    assert_string_equal(read_all(true), "block checksum");
}

/* What is reported of a block that is said to have the bitmap of a column. */
static const char *bitmap_problem(unsigned column)
{
    struct oat_group group;
    struct oat_block block;
    const char *what = "nothing";
    assert_int_equal(oat_group_open(&table, 0, true, &group, &what), OAT_OK);
    uint64_t at = oat_group_block_offset(&group, columns[COLUMNS - 1], 0);
    assert_int_equal(oat_block_alike(image.bytes + at, 24), columns[2]);
    uint8_t kept = image.bytes[at + 16];
    image.bytes[at + 16] = (uint8_t)column;
    oat_group_block(&group, columns[COLUMNS - 1], 0, false, &block, &what);
    image.bytes[at + 16] = kept;
    return what;
}

static void only_an_earlier_column_lends_its_bitmap(void **state)
{
    (void)state;
    make_table(2000);
    assert_string_equal(bitmap_problem(columns[1]), "block bitmap"); /* has none */
    assert_string_equal(bitmap_problem(columns[ZEROS]), "block bitmap");
    assert_string_equal(bitmap_problem(columns[COLUMNS - 1]), "block bitmap");
    assert_string_equal(bitmap_problem(255), "block bitmap");
    assert_string_equal(bitmap_problem(0), "block bitmap");
    assert_string_equal(bitmap_problem(columns[2]), "nothing");
}

static void damage_of_a_bitmap_is_that_of_all_who_have_it(void **state)
{
    (void)state;
    struct oat_group group;
    struct oat_block block;
    const char *what;
    make_table(2000);
    assert_int_equal(oat_group_open(&table, 0, true, &group, &what), OAT_OK);
    golden_flip(image.bytes + oat_group_block_offset(&group, columns[2], 1), 8 * 20);
    assert_int_equal(oat_group_block(&group, columns[COLUMNS - 1], 1, true, &block, &what), OAT_E_CORRUPT);
    assert_string_equal(what, "block checksum");
    assert_int_equal(oat_group_block(&group, columns[COLUMNS - 1], 0, true, &block, &what), OAT_OK);
}

static void a_group_in_the_place_of_another_is_reported(void **state)
{
    (void)state;
    const char *what;
    struct oat_group group;
    make_table(3 * OAT_GROUP_ROWS);
    struct oat_disk_group_place places[3];
    memcpy(places, table.places, sizeof places);
    uint64_t from = oat_le64_get(places[1].offset), to = oat_le64_get(places[0].offset);
    places[0].len = places[1].len;
    table.places = places;
    memmove(image.bytes + to, image.bytes + from, oat_le32_get(places[1].len));
    assert_int_equal(oat_group_open(&table, 0, true, &group, &what), OAT_E_CORRUPT);
    assert_string_equal(what, "group checksum");
}

/* What is reported of an index of three places after a change to one of them. */
static const char *index_problem(unsigned number, uint64_t offset, uint32_t len, uint32_t rows,
                                 uint64_t *ret_offset)
{
    const char *what = "nothing";
    struct oat_disk_group_place places[3];
    for (unsigned p = 0; p < 3; p++)
        places[p] = (struct oat_disk_group_place){oat_le64_of(128 + 1000 * p), oat_le32_of(1000),
                                                  oat_le32_of(p < 2 ? OAT_GROUP_ROWS : 9)};
    places[number] = (struct oat_disk_group_place){oat_le64_of(offset), oat_le32_of(len), oat_le32_of(rows)};
    if (oat_table_open(NULL, 4000, NONCE, (const uint8_t *)places, sizeof places, &table, &what,
                       ret_offset) == OAT_OK)
        return "nothing";
    return what;
}

static void bad_places_are_named(void **state)
{
    (void)state;
    uint64_t at = 0;
    const char *what;
    assert_string_equal(index_problem(1, 1128, 1000, OAT_GROUP_ROWS, &at), "nothing");
    assert_string_equal(index_problem(1, 1124, 1000, OAT_GROUP_ROWS, &at), "group place");
    assert_int_equal(at, 16);
    assert_string_equal(index_problem(2, 4000, 1000, 9, &at), "group place");
    assert_int_equal(at, 32);
    assert_string_equal(index_problem(0, UINT64_MAX - 7, 1000, OAT_GROUP_ROWS, &at), "group place");
    assert_int_equal(at, 0);
    assert_string_equal(index_problem(0, 128, 23, OAT_GROUP_ROWS, &at), "group place");
    assert_string_equal(index_problem(0, 128, 4000, OAT_GROUP_ROWS, &at), "group place");
    assert_string_equal(index_problem(0, 128, 1000, OAT_GROUP_ROWS - 1, &at), "group rows");
    assert_string_equal(index_problem(2, 128, 1000, OAT_GROUP_ROWS + 1, &at), "group rows");
    assert_string_equal(index_problem(2, 128, 1000, 0, &at), "group rows");
    assert_int_equal(oat_table_open(NULL, 4000, NONCE, (const uint8_t *)"", 1, &table, &what, &at),
                     OAT_E_CORRUPT);
}

static void more_rows_than_a_table_may_have_are_refused(void **state)
{
    (void)state;
    size_t count = OAT_TABLE_ROWS_MAX / OAT_GROUP_ROWS;
    struct oat_disk_group_place *places = calloc(count + 1, sizeof *places);
    const char *what = NULL;
    uint64_t at;
    assert_non_null(places);
    for (size_t p = 0; p <= count; p++) {
        places[p].len = oat_le32_of(24);
        places[p].rows = oat_le32_of(p < count ? OAT_GROUP_ROWS : 1);
    }
    assert_int_equal(oat_table_open(NULL, 4000, NONCE, (const uint8_t *)places, count * sizeof *places,
                                    &table, &what, &at),
                     OAT_OK);
    assert_int_equal(oat_table_open(NULL, 4000, NONCE, (const uint8_t *)places, (count + 1) * sizeof *places,
                                    &table, &what, &at),
                     OAT_E_CORRUPT);
    assert_string_equal(what, "table rows");
    free(places);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_all_groups_read_back),
        cmocka_unit_test_teardown(columns_of_zeros_and_unknown_ones_take_no_bytes_and_read_as_zeros,
                                  end_table),
        cmocka_unit_test(a_table_without_rows_is_good),
        cmocka_unit_test_teardown(every_flipped_bit_of_a_group_is_reported, end_table),
        cmocka_unit_test_teardown(flipped_bits_of_a_head_without_checksums_never_lead_outside, end_table),
        cmocka_unit_test_teardown(a_block_in_the_place_of_another_is_reported, end_table),
        cmocka_unit_test_teardown(only_an_earlier_column_lends_its_bitmap, end_table),
        cmocka_unit_test_teardown(damage_of_a_bitmap_is_that_of_all_who_have_it, end_table),
        cmocka_unit_test_teardown(a_group_in_the_place_of_another_is_reported, end_table),
        cmocka_unit_test(bad_places_are_named),
        cmocka_unit_test(more_rows_than_a_table_may_have_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
