#include "tests/support/table_maker.h"

#include "indexer/id_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void oat_make_require(bool done, const char *what)
{
    if (done)
        return;
    perror(what);
    abort();
}

void *oat_make_array(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);
    oat_make_require(memory, "calloc");
    return memory;
}

uint64_t oat_make_id_number(const uint8_t id[8])
{
    oat_le64 number;
    memcpy(&number, id, sizeof number);
    return oat_le64_get(number);
}

uint32_t oat_make_code(struct oat_text_codes *codes, oat_text text)
{
    uint32_t code = 0;
    if (text.bytes)
        oat_make_require(oat_text_codes_get(codes, text.bytes, text.len, &code) == OAT_OK, "text code");
    return code;
}

void oat_make_table(struct oat_table_writer *table, struct oat_section_writer *file, enum oat_table_id id,
                    unsigned first, unsigned last)
{
    uint16_t columns[OAT_TABLE_COLUMNS];
    for (unsigned c = first; c <= last; c++)
        columns[c - first] = (uint16_t)c;
    oat_make_require(oat_table_writer_open(table, file, id, columns, last - first + 1) == OAT_OK, "table");
}

void oat_make_row(struct oat_table_writer *table)
{
    oat_make_require(oat_table_writer_next(table) == OAT_OK, "row");
}

void oat_make_table_end(struct oat_table_writer *table)
{
    oat_make_require(oat_table_writer_finish(table) == OAT_OK, "end of a table");
    oat_table_writer_close(table);
}

void oat_make_section(struct oat_section_writer *file, enum oat_section_kind kind, unsigned table,
                      unsigned column, const void *bytes, size_t len)
{
    oat_make_require(oat_section_writer_put(file, kind, table, column, bytes, len) == OAT_OK, "section");
}

void oat_make_texts(struct oat_section_writer *file, struct oat_text_codes *codes, unsigned table,
                    unsigned column)
{
    oat_make_require(oat_text_codes_write(codes, file, table, column) == OAT_OK, "texts");
    oat_text_codes_clear(codes);
}

void oat_make_index(struct oat_section_writer *file, enum oat_table_id table, unsigned column,
                    const uint64_t *hashes, size_t count)
{
    struct oat_id_index_shape shape = table == OAT_TABLE_SPANS ? OAT_INDEX_OF_SPANS : OAT_INDEX_OF_CHUNKS;
    size_t len = oat_id_index_size((uint32_t)count, shape);
    uint8_t *bytes = oat_make_array(len, 1);
    oat_id_index_build(hashes, (uint32_t)count, shape, bytes);
    oat_make_section(file, OAT_SECTION_INDEX, table, column, bytes, len);
    free(bytes);
}
