/* Files of sections: what was written is what a reader finds, and nothing is left of one that fails. */
#include "compactor/section_writer.h"
#include "compactor/table_writer.h"
#include "compactor/text_codes.h"
#include "format/block_rows.h"
#include "format/dictionary.h"
#include "tests/support/fs_fault.h"
#include "tests/support/run_dir.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char dir[OAT_RUN_PATH_SIZE];
    int dir_fd;
    struct oat_disk_store store;
    struct oat_section_file file;
    uint8_t *bytes; /* of the file that was read */
    struct oat_sections sections;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    oat_run_dir_make(f->dir);
    f->dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    memset(f->store.store_id, 0x5a, sizeof f->store.store_id);
    f->store.hash_seed = oat_le64_of(77);
    f->file = (struct oat_section_file){
        .magic = OAT_MAGIC_PART, .day = 20779, .generation = 5, .created_ns = 9, .store = &f->store};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    oat_fault_arm(OAT_FAULT_NONE, 0, 0);
    close(f->dir_fd);
    oat_run_dir_remove(f->dir);
    free(f->bytes);
    free(f);
    return 0;
}

static void begin(struct fixture *f, struct oat_section_writer *writer)
{
    assert_int_equal(oat_section_writer_open(writer, f->dir_fd, "a.part", &f->file), OAT_OK);
}

/* Finishes the file and opens it as a reader does. */
static void finish(struct fixture *f, struct oat_section_writer *writer)
{
    uint64_t len, offset;
    struct stat st;
    const char *what;
    assert_int_equal(oat_section_writer_finish(writer, &len), OAT_OK);
    oat_section_writer_close(writer);
    int fd = openat(f->dir_fd, "a.part", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, len);
    f->bytes = malloc(len);
    assert_int_equal(pread(fd, f->bytes, len, 0), len);
    close(fd);
    assert_int_equal(oat_sections_open(f->bytes, len, OAT_MAGIC_PART, &f->sections, &what, &offset), OAT_OK);
}

/* A section decodes to these bytes. */
static void assert_section(struct fixture *f, enum oat_section_kind kind, unsigned column, const void *bytes,
                           size_t len)
{
    const struct oat_disk_section *section = oat_sections_find(&f->sections, kind, OAT_TABLE_SPANS, column);
    const uint8_t *found;
    size_t found_len;
    void *owned;
    assert_non_null(section);
    assert_int_equal(oat_section_read(&f->sections, section, &found, &found_len, &owned), OAT_OK);
    assert_int_equal(found_len, len);
    assert_memory_equal(found, bytes, len);
    free(owned);
}

static void the_header_says_whose_file_it_is(void **state)
{
    struct fixture *f = *state;
    struct oat_section_writer writer;
    begin(f, &writer);
    finish(f, &writer);
    assert_int_equal(oat_le32_get(f->sections.header->day), 20779);
    assert_int_equal(oat_le64_get(f->sections.header->generation), 5);
    assert_int_equal(oat_le64_get(f->sections.header->created_ns), 9);
    assert_int_equal(oat_le64_get(f->sections.header->hash_seed), 77);
    assert_memory_equal(f->sections.header->store_id, f->store.store_id, 16);
}

static void sections_come_back_as_they_were_put(void **state)
{
    struct fixture *f = *state;
    struct oat_section_writer writer;
    static uint8_t same[100000];
    uint8_t other[1000];
    memset(same, 'x', sizeof same);
    for (size_t i = 0; i < sizeof other; i++)
        other[i] = (uint8_t)(i * i * 31 + i / 7);
    begin(f, &writer);
    assert_int_equal(
        oat_section_writer_put(&writer, OAT_SECTION_BYTES, OAT_TABLE_SPANS, 1, same, sizeof same), OAT_OK);
    assert_int_equal(oat_section_writer_put(&writer, OAT_SECTION_BYTES, OAT_TABLE_SPANS, 2, other, 999),
                     OAT_OK);
    assert_int_equal(oat_section_writer_put(&writer, OAT_SECTION_BYTES, OAT_TABLE_SPANS, 3, other, 0),
                     OAT_OK);
    finish(f, &writer);
    assert_section(f, OAT_SECTION_BYTES, 1, same, sizeof same);
    assert_section(f, OAT_SECTION_BYTES, 2, other, 999);
    assert_section(f, OAT_SECTION_BYTES, 3, other, 0);
    assert_true(f->sections.file_len < sizeof same);
}

static void a_section_may_be_larger_than_the_buffer_and_come_in_pieces(void **state)
{
    struct fixture *f = *state;
    struct oat_section_writer writer;
    size_t len = 3u << 20, done = 0;
    uint8_t *bytes = malloc(len);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i >> 3 ^ i >> 11);
    begin(f, &writer);
    assert_int_equal(oat_section_writer_begin(&writer, OAT_SECTION_BYTES, OAT_TABLE_SPANS, 1), OAT_OK);
    for (size_t piece = 1; done < len; piece = piece * 3 + 1) {
        size_t n = piece < len - done ? piece : len - done;
        assert_int_equal(oat_section_writer_add(&writer, bytes + done, n), OAT_OK);
        done += n;
    }
    assert_int_equal(oat_section_writer_end(&writer), OAT_OK);
    assert_int_equal(oat_section_writer_put(&writer, OAT_SECTION_BYTES, OAT_TABLE_SPANS, 2, "abc", 3),
                     OAT_OK);
    finish(f, &writer);
    assert_section(f, OAT_SECTION_BYTES, 1, bytes, len);
    assert_section(f, OAT_SECTION_BYTES, 2, "abc", 3);
    free(bytes);
}

/* ---- Tables ---- */

static const uint16_t columns[] = {OAT_COL_SPAN_START, OAT_COL_SPAN_TYPE, OAT_COL_SPAN_ATTRIBUTE_FLAGS};

static uint64_t start_of(uint32_t row)
{
    return UINT64_C(1795305600000000000) + (uint64_t)row * row * 1234567;
}

static void write_spans(struct oat_section_writer *file, uint32_t rows)
{
    struct oat_table_writer table;
    assert_int_equal(oat_table_writer_open(&table, file, OAT_TABLE_SPANS, columns, 3), OAT_OK);
    for (uint32_t row = 0; row < rows; row++) {
        oat_table_writer_set(&table, OAT_COL_SPAN_START, start_of(row));
        if (row % 3 == 0)
            oat_table_writer_set(&table, OAT_COL_SPAN_TYPE, row % 14);
        oat_table_writer_set(&table, OAT_COL_SPAN_ATTRIBUTE_FLAGS, row % 5);
        assert_int_equal(oat_table_writer_next(&table), OAT_OK);
    }
    assert_int_equal(table.total_rows, rows);
    assert_int_equal(oat_table_writer_finish(&table), OAT_OK);
    oat_table_writer_close(&table);
}

static void open_spans(struct fixture *f, struct oat_table *ret)
{
    const struct oat_disk_section *section =
        oat_sections_find(&f->sections, OAT_SECTION_TABLE, OAT_TABLE_SPANS, 0);
    const uint8_t *index;
    size_t len;
    void *owned;
    const char *what;
    uint64_t offset;
    assert_non_null(section);
    assert_int_equal(oat_section_read(&f->sections, section, &index, &len, &owned), OAT_OK);
    assert_null(owned); /* the index of a few groups is stored as it is */
    assert_int_equal(
        oat_table_open(f->bytes, f->sections.file_len, f->sections.nonce, index, len, ret, &what, &offset),
        OAT_OK);
}

static uint64_t number(const struct oat_table *table, unsigned column, uint32_t row)
{
    struct oat_group group;
    struct oat_block block;
    const char *what;
    assert_int_equal(oat_group_open(table, row / OAT_GROUP_ROWS, true, &group, &what), OAT_OK);
    row %= OAT_GROUP_ROWS;
    assert_int_equal(oat_group_block(&group, column, row / OAT_BLOCK_ROWS, true, &block, &what), OAT_OK);
    return oat_block_get(&block, row % OAT_BLOCK_ROWS);
}

static void rows_of_several_groups_come_back(void **state)
{
    struct fixture *f = *state;
    struct oat_section_writer writer;
    struct oat_table table;
    const uint32_t rows = 2 * OAT_GROUP_ROWS + 1500;
    begin(f, &writer);
    write_spans(&writer, rows);
    finish(f, &writer);
    open_spans(f, &table);
    assert_int_equal(table.rows, rows);
    for (uint32_t row = 0; row < rows; row += 37) {
        assert_int_equal(number(&table, OAT_COL_SPAN_START, row), start_of(row));
        assert_int_equal(number(&table, OAT_COL_SPAN_TYPE, row), row % 3 == 0 ? row % 14 : 0);
        assert_int_equal(number(&table, OAT_COL_SPAN_ATTRIBUTE_FLAGS, row), row % 5);
    }
}

static void a_table_without_rows_is_not_in_the_file(void **state)
{
    struct fixture *f = *state;
    struct oat_section_writer writer;
    begin(f, &writer);
    write_spans(&writer, 0);
    finish(f, &writer);
    assert_int_equal(f->sections.count, 0);
}

/* ---- Texts ---- */

static void a_text_has_one_code(void **state)
{
    struct fixture *f = *state;
    struct oat_section_writer writer;
    struct oat_text_codes codes;
    struct oat_text_dictionary dictionary;
    const char *what;
    char text[32];
    uint32_t code;
    oat_text_codes_init(&codes);
    for (unsigned i = 0; i < 3000; i++) {
        size_t len = (size_t)snprintf(text, sizeof text, "text %u", i % 1000);
        assert_int_equal(oat_text_codes_get(&codes, text, i % 1000 == 7 ? 0 : len, &code), OAT_OK);
        assert_int_equal(code, i % 1000 + 1);
    }
    assert_true(oat_text_codes_memory(&codes) > 1000 * 4);
    begin(f, &writer);
    assert_int_equal(oat_text_codes_write(&codes, &writer, OAT_TABLE_SPANS, 16), OAT_OK);
    finish(f, &writer);
    const struct oat_disk_section *section =
        oat_sections_find(&f->sections, OAT_SECTION_TEXTS, OAT_TABLE_SPANS, 16);
    const uint8_t *bytes;
    size_t len;
    void *owned;
    assert_int_equal(oat_section_read(&f->sections, section, &bytes, &len, &owned), OAT_OK);
    const struct oat_section_view view = oat_section_view_of(bytes, len);
    assert_int_equal(oat_text_dictionary_open(&view, &dictionary, &what), OAT_OK);
    assert_int_equal(dictionary.count, 1000);
    assert_memory_equal(oat_text_dictionary_get(&dictionary, 1000, &len), "text 999", 8);
    assert_int_equal(len, 8);
    oat_text_dictionary_get(&dictionary, 8, &len);
    assert_int_equal(len, 0);
    free(owned);
    oat_text_codes_clear(&codes);
}

/* ---- Failures ---- */

static int write_small_file(struct fixture *f)
{
    struct oat_section_writer writer;
    uint64_t len;
    int result = oat_section_writer_open(&writer, f->dir_fd, "a.part", &f->file);
    if (result != OAT_OK)
        return result;
    result = oat_section_writer_put(&writer, OAT_SECTION_BYTES, OAT_TABLE_SPANS, 1, "abc", 3);
    if (result == OAT_OK)
        result = oat_section_writer_finish(&writer, &len);
    int error = errno;
    oat_section_writer_close(&writer);
    assert_int_equal(errno, error);
    return result;
}

static int count_name(void *arg, const char *name)
{
    (void)name;
    ++*(int *)arg;
    return OAT_OK;
}

static void a_file_that_fails_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    uint64_t n = 0;
    for (;; n++) {
        int names = 0;
        oat_fault_arm(OAT_FAULT_FAIL, n, ENOSPC);
        int result = write_small_file(f), error = errno;
        oat_fault_arm(OAT_FAULT_NONE, 0, 0);
        assert_int_equal(oat_fs_list(f->dir_fd, count_name, &names), OAT_OK);
        if (result == OAT_OK)
            break;
        assert_int_equal(result, OAT_E_FULL);
        assert_int_equal(error, ENOSPC);
        assert_int_equal(names, 0);
    }
    assert_true(n >= 4); /* open, write, sync, rename */
}

static void a_file_that_is_there_is_not_overwritten_while_it_is_made(void **state)
{
    struct fixture *f = *state;
    struct oat_section_writer writer, second;
    begin(f, &writer);
    assert_int_equal(oat_section_writer_open(&second, f->dir_fd, "a.part", &f->file), OAT_E_IO);
    assert_int_equal(errno, EEXIST);
    finish(f, &writer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_header_says_whose_file_it_is),
        TEST(sections_come_back_as_they_were_put),
        TEST(a_section_may_be_larger_than_the_buffer_and_come_in_pieces),
        TEST(rows_of_several_groups_come_back),
        TEST(a_table_without_rows_is_not_in_the_file),
        TEST(a_text_has_one_code),
        TEST(a_file_that_fails_leaves_nothing),
        TEST(a_file_that_is_there_is_not_overwritten_while_it_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
