/* MANIFEST and catalog: what was written comes back, and no bytes do harm. */
#include "compactor/catalog_write.h"
#include "compactor/manifest_write.h"
#include "compactor/section_writer.h"
#include "compactor/table_writer.h"
#include "format/day.h"
#include "tests/support/run_dir.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PARTS 1100u /* more than a block */

struct fixture {
    char dir[OAT_RUN_PATH_SIZE];
    int fd;
    struct oat_disk_store store;
    struct oat_problems problems;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 0);
    oat_run_dir_make(f->dir);
    f->fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    oat_problems_init(&f->problems);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    oat_problems_clear(&f->problems);
    close(f->fd);
    oat_run_dir_remove(f->dir);
    free(f);
    return 0;
}

/* A part all of whose numbers differ. */
static struct oat_manifest_part part(uint32_t day, uint64_t generation)
{
    struct oat_manifest_part part;
    uint64_t numbers[OAT_PART_COLUMNS];
    for (uint64_t i = 0; i < OAT_PART_COLUMNS; i++)
        numbers[i] = generation * 100 + i;
    numbers[OAT_COL_PART_DAY - 1] = day;
    numbers[OAT_COL_PART_GENERATION - 1] = generation;
    numbers[OAT_COL_PART_CONTINUED_FROM - 1] = day - 1;
    numbers[OAT_COL_PART_CONTINUED_TO - 1] = day;
    assert_true(oat_manifest_part_of_numbers(numbers, &part));
    return part;
}

static void read_back(struct fixture *f, struct oat_manifest *ret)
{
    assert_int_equal(oat_manifest_read(f->fd, &f->problems, ret), OAT_OK);
    assert_int_equal(oat_problems_count(&f->problems), 0);
}

static void a_store_without_one_has_an_empty_live_set(void **state)
{
    struct fixture *f = *state;
    struct oat_manifest m;
    struct oat_catalog catalog;
    read_back(f, &m);
    assert_int_equal(m.generation, 0);
    assert_int_equal(m.part_count, 0);
    assert_int_equal(oat_catalog_read(f->fd, &m, &f->problems, &catalog), OAT_OK);
    assert_int_equal(catalog.tombstones.count, 0);
    oat_manifest_clear(&m);
}

static void everything_comes_back_in_order(void **state)
{
    struct fixture *f = *state;
    static struct oat_manifest_part parts[PARTS];
    struct oat_manifest_pair consumed[] = {{{9}, 7}, {{9}, 3}, {{1, 2, 3, 4, 5, 6, 7, 8, 9}, UINT32_MAX}};
    struct oat_manifest_retired retired[] = {{OAT_NO_DAY, 4}, {20779, 5}};
    struct oat_manifest m = {.generation = 5000,
                             .catalog_generation = 17,
                             .catalog_bytes = 18,
                             .catalog_nonce = 19,
                             .parts = parts,
                             .part_count = PARTS,
                             .consumed = consumed,
                             .consumed_count = 3,
                             .retired = retired,
                             .retired_count = 2};
    for (uint32_t i = 0; i < PARTS; i++)
        parts[i] = part(20779 - i % 365, i + 20);
    assert_int_equal(oat_manifest_write(f->fd, &f->store, &m, 1), OAT_OK);
    struct oat_manifest back;
    read_back(f, &back);
    assert_int_equal(back.generation, 5000);
    assert_int_equal(back.catalog_generation, 17);
    assert_int_equal(back.catalog_bytes, 18);
    assert_int_equal(back.catalog_nonce, 19);
    assert_int_equal(back.part_count, PARTS);
    assert_true(oat_manifest_consumed(&back, consumed[0].writer_id, 7));
    assert_true(oat_manifest_consumed(&back, consumed[2].writer_id, UINT32_MAX));
    assert_false(oat_manifest_consumed(&back, consumed[2].writer_id, 3));
    oat_manifest_sort(&m);
    for (size_t i = 0; i < PARTS; i++) {
        uint64_t before[OAT_PART_COLUMNS], after[OAT_PART_COLUMNS];
        oat_manifest_part_to_numbers(&parts[i], before);
        oat_manifest_part_to_numbers(&back.parts[i], after);
        assert_memory_equal(before, after, sizeof before);
        assert_true(i == 0 || back.parts[i].day >= back.parts[i - 1].day);
    }
    assert_int_equal(back.retired_count, 2);
    assert_int_equal(back.retired[0].day, OAT_NO_DAY);
    assert_int_equal(back.retired[1].generation, 5);
    oat_manifest_clear(&back);
}

static void the_catalog_comes_back(void **state)
{
    struct fixture *f = *state;
    struct oat_catalog catalog = {0}, back;
    struct oat_catalog_file file;
    struct oat_catalog_entry forgotten = {
        .of = {8},
        .id = 3,
        .time_ns = 4,
        .raw_len = 5,
        .redaction_id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
    for (unsigned i = 0; i < 2000; i++) {
        struct oat_catalog_entry tombstone = {.of = {(uint8_t)i, (uint8_t)(i >> 8)},
                                              .id = i,
                                              .time_ns = 10 + i,
                                              .reason = {"no more", i % 3 ? 7 : 2}};
        assert_int_equal(oat_catalog_add(&catalog.tombstones, &tombstone), OAT_OK);
    }
    assert_int_equal(oat_catalog_add(&catalog.forgotten, &forgotten), OAT_OK);
    assert_int_equal(oat_catalog_write(f->fd, &f->store, &catalog, 6, 1, &file), OAT_OK);
    struct oat_manifest m = {
        .catalog_generation = file.generation, .catalog_bytes = file.bytes, .catalog_nonce = file.nonce};
    assert_int_equal(oat_catalog_read(f->fd, &m, &f->problems, &back), OAT_OK);
    assert_int_equal(back.tombstones.count, 2000);
    uint8_t trace_id[16] = {0xd0, 7};
    assert_null(oat_catalog_find(&back.tombstones, trace_id));
    trace_id[0] = 0xcf;
    const struct oat_catalog_entry *found = oat_catalog_find(&back.tombstones, trace_id);
    assert_non_null(found);
    assert_int_equal(found->id, 1999);
    assert_int_equal(found->reason.len, 7);
    assert_memory_equal(found->reason.bytes, "no more", 7);
    found = oat_catalog_find(&back.forgotten, forgotten.of);
    assert_non_null(found);
    assert_int_equal(found->raw_len, 5);
    assert_memory_equal(found->redaction_id, forgotten.redaction_id, 16);
    assert_null(found->reason.bytes);
    m.catalog_nonce++;
    oat_catalog_clear(&back);
    assert_int_equal(oat_catalog_read(f->fd, &m, &f->problems, &back), OAT_E_CORRUPT);
    m.catalog_generation++;
    assert_int_equal(oat_catalog_read(f->fd, &m, &f->problems, &back), OAT_NOTFOUND);
    oat_catalog_clear(&catalog);
}

static void the_same_record_is_kept_once(void **state)
{
    (void)state;
    struct oat_catalog_list list = {0};
    struct oat_catalog_entry entries[] = {{.of = {2}, .id = 1, .time_ns = 9},
                                          {.of = {2}, .id = 1, .time_ns = 5, .reason = {"first", 5}},
                                          {.of = {2}, .id = 2, .time_ns = 1},
                                          {.of = {1}, .id = 1, .time_ns = 7}};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(oat_catalog_add(&list, &entries[i]), OAT_OK);
    oat_catalog_sort(&list);
    assert_int_equal(list.count, 3);
    assert_int_equal(oat_catalog_find(&list, entries[0].of)->time_ns, 5);
    struct oat_catalog catalog = {.tombstones = list};
    oat_catalog_clear(&catalog);
}

/* ---- Bytes that are not right ---- */

static size_t read_file(struct fixture *f, uint8_t bytes[4096])
{
    int fd = openat(f->fd, OAT_MANIFEST_NAME, O_RDONLY | O_CLOEXEC);
    ssize_t len = read(fd, bytes, 4096);
    close(fd);
    assert_true(len > 0 && len < 4096);
    return (size_t)len;
}

static void write_file(struct fixture *f, const uint8_t *bytes, size_t len)
{
    int fd = openat(f->fd, OAT_MANIFEST_NAME, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static void write_small_manifest(struct fixture *f)
{
    struct oat_manifest_part parts[] = {part(20779, 3), part(20780, 4)};
    struct oat_manifest_pair consumed = {{9}, 7};
    struct oat_manifest m = {
        .generation = 50, .parts = parts, .part_count = 2, .consumed = &consumed, .consumed_count = 1};
    assert_int_equal(oat_manifest_write(f->fd, &f->store, &m, 1), OAT_OK);
}

static void a_flipped_bit_is_reported_or_does_no_harm(void **state)
{
    struct fixture *f = *state;
    uint8_t bytes[4096];
    size_t reported = 0;
    write_small_manifest(f);
    size_t len = read_file(f, bytes);
    for (size_t bit = 0; bit < len * 8; bit++) {
        struct oat_manifest m;
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        write_file(f, bytes, len);
        int result = oat_manifest_read(f->fd, &f->problems, &m);
        assert_true(result == OAT_OK || result == OAT_E_CORRUPT);
        if (result == OAT_OK) {
            assert_int_equal(m.part_count, 2);
            assert_int_equal(m.parts[1].generation, 4);
            assert_int_equal(m.consumed_count, 1);
        }
        reported += result != OAT_OK;
        oat_manifest_clear(&m);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(reported > len * 8 * 9 / 10); /* the rest is padding */
}

static void a_file_that_is_cut_is_reported(void **state)
{
    struct fixture *f = *state;
    uint8_t bytes[4096];
    write_small_manifest(f);
    for (size_t len = read_file(f, bytes); len-- > 0;) {
        struct oat_manifest m;
        write_file(f, bytes, len);
        assert_int_equal(oat_manifest_read(f->fd, &f->problems, &m), OAT_E_CORRUPT);
        assert_int_equal(m.part_count, 0);
    }
}

static void a_greater_major_is_unsupported(void **state)
{
    struct fixture *f = *state;
    uint8_t bytes[4096];
    struct oat_disk_file_header header;
    struct oat_manifest m;
    write_small_manifest(f);
    size_t len = read_file(f, bytes);
    memcpy(&header, bytes, sizeof header);
    header.major = oat_le16_of(2);
    oat_file_header_seal(&header);
    memcpy(bytes, &header, sizeof header);
    write_file(f, bytes, len);
    assert_int_equal(oat_manifest_read(f->fd, &f->problems, &m), OAT_E_UNSUPPORTED);
    assert_int_equal(oat_problems_get(&f->problems, 0)->kind, OAT_PROBLEM_UNSUPPORTED);
}

/* Writes a MANIFEST of generation 50 with one table of one row. */
static void write_row(struct fixture *f, enum oat_table_id table, const uint64_t *numbers, unsigned count,
                      size_t rows)
{
    struct oat_section_file file = {
        .magic = OAT_MAGIC_MANIFEST, .day = OAT_NO_DAY, .generation = 50, .store = &f->store};
    struct oat_section_writer writer;
    struct oat_table_writer rows_writer;
    uint16_t columns[OAT_PART_COLUMNS];
    uint64_t len;
    for (unsigned c = 0; c < count; c++)
        columns[c] = (uint16_t)(c + 1);
    assert_int_equal(oat_section_writer_open(&writer, f->fd, OAT_MANIFEST_NAME, &file), OAT_OK);
    assert_int_equal(oat_table_writer_open(&rows_writer, &writer, table, columns, count), OAT_OK);
    for (size_t row = 0; row < rows; row++) {
        for (unsigned c = 0; c < count; c++)
            oat_table_writer_set(&rows_writer, columns[c], numbers[c]);
        assert_int_equal(oat_table_writer_next(&rows_writer), OAT_OK);
    }
    assert_int_equal(oat_table_writer_finish(&rows_writer), OAT_OK);
    oat_table_writer_close(&rows_writer);
    assert_int_equal(oat_section_writer_finish(&writer, &len), OAT_OK);
    oat_section_writer_close(&writer);
}

static void assert_refused(struct fixture *f, const char *what)
{
    struct oat_manifest m;
    assert_int_equal(oat_manifest_read(f->fd, &f->problems, &m), OAT_E_CORRUPT);
    const oat_problem *last = oat_problems_get(&f->problems, oat_problems_count(&f->problems) - 1);
    assert_string_equal(last->what, what);
    assert_string_equal(last->path, "MANIFEST");
}

static void numbers_that_cannot_be_are_refused(void **state)
{
    struct fixture *f = *state;
    static const struct {
        unsigned column;
        uint64_t number;
        const char *what;
    } cases[] = {
        {OAT_COL_PART_DAY, OAT_DAY_MAX + 1, "day of a part"},
        {OAT_COL_PART_DAY, (UINT64_C(1) << 32) + 5, "day of a part"},
        {OAT_COL_PART_CONTINUED_TO, 5, "day of a part"},
        {OAT_COL_PART_CONTINUED_TO, UINT64_C(1) << 32, "day of a part"},
        {OAT_COL_PART_GENERATION, 0, "generation of a part"},
        {OAT_COL_PART_GENERATION, 50, "generation of a part"},
        {OAT_COL_PART_MIN_START, UINT64_MAX, "times of a part"},
        {OAT_COL_PART_MAX_END, 1, "times of a part"},
        {OAT_COL_PART_ARRIVED, UINT64_C(1) << 63, "times of a part"},
        {OAT_COL_PART_BYTES, UINT64_MAX, "bytes of a part"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t numbers[OAT_PART_COLUMNS];
        struct oat_manifest_part good = part(20779, 3);
        oat_manifest_part_to_numbers(&good, numbers);
        numbers[cases[i].column - 1] = cases[i].number;
        write_row(f, OAT_TABLE_PARTS, numbers, OAT_PART_COLUMNS, 1);
        assert_refused(f, cases[i].what);
    }
    write_row(f, OAT_TABLE_CATALOGS, (uint64_t[]){50, 1, 1}, 3, 1);
    assert_refused(f, "generation of a catalog");
    write_row(f, OAT_TABLE_CONSUMED, (uint64_t[]){1, 1, UINT64_C(1) << 32}, 3, 1);
    assert_refused(f, "sequence number of a pair");
    write_row(f, OAT_TABLE_RETIRED, (uint64_t[]){UINT32_MAX - 1, 1}, 2, 1);
    assert_refused(f, "day of a retired file");
}

static void a_part_that_is_listed_twice_is_refused(void **state)
{
    struct fixture *f = *state;
    uint64_t numbers[OAT_PART_COLUMNS];
    struct oat_manifest_part good = part(20779, 3);
    oat_manifest_part_to_numbers(&good, numbers);
    write_row(f, OAT_TABLE_PARTS, numbers, OAT_PART_COLUMNS, 2);
    assert_refused(f, "parts");
}

/* Blocks of one value take next to nothing: a small file may claim any number of rows. */
static void more_rows_than_there_can_be_are_refused(void **state)
{
    struct fixture *f = *state;
    write_row(f, OAT_TABLE_CONSUMED, (uint64_t[]){1, 1, 1}, 3, (1u << 20) + 1);
    assert_refused(f, "table rows");
}

static void a_folder_in_its_place_is_reported(void **state)
{
    struct fixture *f = *state;
    struct oat_manifest m;
    assert_int_equal(mkdirat(f->fd, OAT_MANIFEST_NAME, 0700), 0);
    assert_int_equal(oat_manifest_read(f->fd, &f->problems, &m), OAT_E_CORRUPT);
    assert_string_equal(oat_problems_get(&f->problems, 0)->found, "directory");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_store_without_one_has_an_empty_live_set),
        TEST(everything_comes_back_in_order),
        TEST(the_catalog_comes_back),
        TEST(the_same_record_is_kept_once),
        TEST(a_flipped_bit_is_reported_or_does_no_harm),
        TEST(a_file_that_is_cut_is_reported),
        TEST(a_greater_major_is_unsupported),
        TEST(numbers_that_cannot_be_are_refused),
        TEST(a_part_that_is_listed_twice_is_refused),
        TEST(more_rows_than_there_can_be_are_refused),
        TEST(a_folder_in_its_place_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
