#include "reader/small_file.h"

#include "format/table.h"
#include "reader/file.h"

#include <errno.h>
#include <stdlib.h>

/* ---- The file ---- */

static int corrupt(const struct oat_small_file *file, uint64_t offset, const char *what)
{
    oat_problems_add(file->problems, OAT_PROBLEM_CORRUPT, file->path, offset, what, "a right one", "another");
    return OAT_E_CORRUPT;
}

static int io_failed(const struct oat_small_file *file)
{
    oat_problems_add_errno(file->problems, file->path, 0, "read", errno);
    return OAT_E_IO;
}

static int read_bytes(struct oat_small_file *file, const struct oat_file *from)
{
    size_t len = 0;
    if (from->size > OAT_SMALL_FILE_MAX) {
        oat_problems_add_numbers(file->problems, OAT_PROBLEM_CORRUPT, file->path, 0, "file length",
                                 OAT_SMALL_FILE_MAX, from->size);
        return OAT_E_CORRUPT;
    }
    file->bytes = malloc((size_t)from->size + 1);
    if (!file->bytes)
        return OAT_E_NOMEM;
    if (oat_file_read(from, file->bytes, (size_t)from->size, 0, &len) != OAT_OK)
        return io_failed(file);
    return len == from->size ? OAT_OK : corrupt(file, len, "file length");
}

static int check(struct oat_small_file *file, uint64_t len, const char *magic)
{
    const char *what = NULL;
    uint64_t offset = 0;
    int result = oat_sections_open(file->bytes, len, magic, &file->sections, &what, &offset);
    if (result == OAT_E_UNSUPPORTED)
        oat_problems_add(file->problems, OAT_PROBLEM_UNSUPPORTED, file->path, offset, what,
                         "one of this program", "a greater one");
    return result == OAT_E_CORRUPT ? corrupt(file, offset, what) : result;
}

int oat_small_file_read(struct oat_small_file *file, int dir_fd, const char *path, const char *magic,
                        struct oat_problems *problems)
{
    struct oat_file from;
    const char *found = NULL;
    *file = (struct oat_small_file){.path = path, .problems = problems};
    int result = oat_file_open(&from, dir_fd, path, true, &found);
    if (result == OAT_E_CORRUPT)
        oat_problems_add(problems, OAT_PROBLEM_CORRUPT, path, 0, "file type", "regular file", found);
    if (result == OAT_E_IO)
        io_failed(file);
    if (result != OAT_OK)
        return result;
    result = read_bytes(file, &from);
    oat_file_close(&from);
    if (result == OAT_OK)
        result = check(file, from.size, magic);
    if (result != OAT_OK)
        oat_small_file_free(file);
    return result;
}

void oat_small_file_free(struct oat_small_file *file)
{
    free(file->bytes);
    file->bytes = NULL;
}

/* ---- Tables ---- */

struct row_reader {
    const struct oat_small_file *file;
    struct oat_table table;
    const uint16_t *columns;
    unsigned column_count;
    oat_small_row_fn fn;
    void *arg;
    uint64_t (*numbers)[OAT_BLOCK_ROWS]; /* by column */
};

static int read_block(struct row_reader *r, const struct oat_group *group, unsigned number)
{
    uint64_t row[OAT_TABLE_COLUMNS];
    struct oat_block block = {0};
    const char *what = NULL;
    for (unsigned c = 0; c < r->column_count; c++) {
        if (oat_group_block(group, r->columns[c], number, true, &block, &what) != OAT_OK)
            return corrupt(r->file, oat_group_block_offset(group, r->columns[c], number), what);
        oat_block_decode64(&block, r->numbers[c]);
    }
    for (uint32_t i = 0; i < block.rows; i++) {
        for (unsigned c = 0; c < r->column_count; c++)
            row[c] = r->numbers[c][i];
        int result = r->fn(r->arg, row, &what);
        if (result == OAT_E_CORRUPT)
            corrupt(r->file, oat_group_block_offset(group, r->columns[0], number), what);
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

static int read_groups(struct row_reader *r)
{
    struct oat_group group;
    const char *what = NULL;
    for (uint32_t g = 0; g < r->table.group_count; g++) {
        if (oat_group_open(&r->table, g, true, &group, &what) != OAT_OK)
            return corrupt(r->file, oat_le64_get(r->table.places[g].offset), what);
        for (unsigned b = 0; b < group.block_count; b++) {
            int result = read_block(r, &group, b);
            if (result != OAT_OK)
                return result;
        }
    }
    return OAT_OK;
}

/* A section that was checked. */
struct content {
    const uint8_t *bytes;
    size_t len;
    uint64_t offset; /* of the section in the file */
    void *owned;     /* free it */
};

/* OAT_NOTFOUND: there is no such section. */
static int read_section(const struct oat_small_file *file, enum oat_section_kind kind, unsigned table,
                        unsigned column, struct content *ret)
{
    const struct oat_disk_section *section = oat_sections_find(&file->sections, kind, table, column);
    if (!section)
        return OAT_NOTFOUND;
    ret->offset = oat_le64_get(section->offset);
    int result = oat_section_read(&file->sections, section, &ret->bytes, &ret->len, &ret->owned);
    return result == OAT_E_CORRUPT ? corrupt(file, ret->offset, "section") : result;
}

/* A few bytes may stand for a great many rows: how many are believed is bounded. */
static int open_table(struct row_reader *r, const struct content *index)
{
    const struct oat_sections *s = &r->file->sections;
    const char *what = NULL;
    uint64_t at = 0;
    if (oat_table_open(s->file, s->file_len, s->nonce, index->bytes, index->len, &r->table, &what, &at) !=
        OAT_OK)
        return corrupt(r->file, index->offset, what);
    if (r->table.rows > OAT_SMALL_ROWS_MAX) {
        oat_problems_add_numbers(r->file->problems, OAT_PROBLEM_CORRUPT, r->file->path, index->offset,
                                 "table rows", OAT_SMALL_ROWS_MAX, r->table.rows);
        return OAT_E_CORRUPT;
    }
    r->numbers = malloc(r->column_count * sizeof *r->numbers);
    return r->numbers ? OAT_OK : OAT_E_NOMEM;
}

int oat_small_file_rows(const struct oat_small_file *file, enum oat_table_id table, const uint16_t *columns,
                        unsigned column_count, oat_small_row_fn fn, void *arg)
{
    struct row_reader r = {
        .file = file, .columns = columns, .column_count = column_count, .fn = fn, .arg = arg};
    struct content index;
    int result = read_section(file, OAT_SECTION_TABLE, table, 0, &index);
    if (result != OAT_OK)
        return result == OAT_NOTFOUND ? OAT_OK : result;
    result = open_table(&r, &index);
    if (result == OAT_OK)
        result = read_groups(&r);
    free(r.numbers);
    free(index.owned);
    return result;
}

int oat_small_file_texts(const struct oat_small_file *file, enum oat_table_id table, unsigned column,
                         struct oat_text_dictionary *ret, void **ret_owned)
{
    struct oat_text_dictionary texts = {0};
    struct content content = {0};
    const char *what = NULL;
    int result = read_section(file, OAT_SECTION_TEXTS, table, column, &content);
    if (result != OAT_OK && result != OAT_NOTFOUND)
        return result;
    struct oat_section_view view = oat_section_view_of(content.bytes, content.len);
    if (result == OAT_OK && oat_text_dictionary_open(&view, &texts, &what) != OAT_OK) {
        free(content.owned);
        return corrupt(file, content.offset, what);
    }
    *ret = texts;
    *ret_owned = content.owned;
    return OAT_OK;
}
