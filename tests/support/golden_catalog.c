#include "tests/support/golden_catalog.h"

#include "format/dictionary.h"
#include "format/hash.h"
#include "format/schema.h"
#include "tests/support/golden_pair.h"
#include "tests/support/section_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NONCE      UINT64_C(0x6e6f6e636500c100)
#define GENERATION 1u
#define COLUMNS    9u
#define ROWS       16u

/* Rows of a small table: the number of row r of column c, from 1, is at [c - 1][r]. */
struct rows {
    uint64_t numbers[COLUMNS][ROWS];
    unsigned count;
};

/* Each with a nonce of its own. */
static void begin(struct oat_section_image *image, const char *magic, uint64_t generation)
{
    oat_section_image_begin(image, magic, NONCE + generation);
    struct oat_disk_file_header *header = (void *)image->bytes;
    header->day = oat_le32_of(OAT_NO_DAY);
    header->generation = oat_le64_of(generation);
}

static void add_rows(struct oat_section_image *image, enum oat_table_id table, struct rows *rows,
                     unsigned column_count)
{
    static const uint16_t columns[COLUMNS] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    uint64_t *values[COLUMNS];
    for (unsigned c = 0; c < column_count; c++)
        values[c] = rows->numbers[c];
    oat_section_image_add_table(image, table, columns, values, column_count, rows->count);
}

static void add_reason(struct oat_section_image *image, enum oat_table_id table, unsigned column,
                       const char *reason)
{
    const oat_le32 end = oat_le32_of((uint32_t)strlen(reason));
    const struct oat_texts texts = {(const uint8_t *)reason, &end, 1};
    size_t size = oat_text_dictionary_size(&texts);
    uint8_t *section = malloc(size);
    if (!section)
        abort();
    oat_text_dictionary_encode(&texts, section);
    oat_section_image_add(image, OAT_SECTION_TEXTS, table, column, section, size);
    free(section);
}

static void set(struct rows *rows, unsigned column, uint64_t number)
{
    rows->numbers[column - 1][rows->count] = number;
}

static void set_id(struct rows *rows, unsigned first_column, const uint8_t id[16])
{
    set(rows, first_column, oat_le64_load(id));
    set(rows, first_column + 1, oat_le64_load(id + 8));
}

static void add_contents(struct oat_section_image *image, const struct golden_content *contents,
                         unsigned count)
{
    struct rows rows = {0};
    if (count > ROWS)
        abort();
    for (; rows.count < count; rows.count++) {
        const struct golden_content *content = &contents[rows.count];
        oat_content_id id = oat_content_id_of(content->bytes, content->len, GOLDEN_HASH_SEED);
        uint8_t redaction_id[16];
        memset(redaction_id, 0xc0 + (int)rows.count, sizeof redaction_id);
        set_id(&rows, OAT_COL_FORGOTTEN_ID_FIRST, id.b);
        set(&rows, OAT_COL_FORGOTTEN_RAW_LEN, content->len);
        set(&rows, OAT_COL_FORGOTTEN_TIME, GOLDEN_START_NS + rows.count);
        set_id(&rows, OAT_COL_FORGOTTEN_REDACTION_FIRST, redaction_id);
        set(&rows, OAT_COL_FORGOTTEN_REASON, rows.count % 2);
        set(&rows, OAT_COL_FORGOTTEN_RECORD, 100 + rows.count);
        set(&rows, OAT_COL_FORGOTTEN_ERASED, content->erased);
    }
    add_rows(image, OAT_TABLE_FORGOTTEN, &rows, 9);
    add_reason(image, OAT_TABLE_FORGOTTEN, OAT_COL_FORGOTTEN_REASON, "asked for");
}

static void add_tombstone(struct oat_section_image *image, const char *reason)
{
    struct rows rows = {0};
    uint8_t trace_id[16];
    memset(trace_id, 0x22, sizeof trace_id);
    set_id(&rows, OAT_COL_TOMBSTONE_TRACE_FIRST, trace_id);
    set(&rows, OAT_COL_TOMBSTONE_ID, 1);
    set(&rows, OAT_COL_TOMBSTONE_TIME, GOLDEN_START_NS);
    set(&rows, OAT_COL_TOMBSTONE_REASON, 1);
    rows.count = 1;
    add_rows(image, OAT_TABLE_TOMBSTONES, &rows, 5);
    add_reason(image, OAT_TABLE_TOMBSTONES, OAT_COL_TOMBSTONE_REASON, reason);
}

static void write_manifest(const char *dir, size_t catalog_bytes)
{
    struct oat_section_image image;
    struct rows rows = {.count = 1, .numbers = {{GENERATION}, {catalog_bytes}, {NONCE + GENERATION}}};
    begin(&image, OAT_MAGIC_MANIFEST, GENERATION + 1);
    add_rows(&image, OAT_TABLE_CATALOGS, &rows, 3);
    oat_section_image_end(&image);
    golden_file(dir, "MANIFEST", image.bytes, image.len);
    oat_section_image_free(&image);
}

void golden_catalog(const char *dir, const struct golden_content *contents, unsigned count,
                    const char *reason)
{
    struct oat_section_image image;
    char path[1024];
    begin(&image, OAT_MAGIC_CATALOG, GENERATION);
    add_tombstone(&image, reason);
    add_contents(&image, contents, count);
    oat_section_image_end(&image);
    snprintf(path, sizeof path, "%s/catalog", dir);
    mkdir(path, 0777);
    golden_file(dir, "catalog/0000000000000001.part", image.bytes, image.len);
    write_manifest(dir, image.len);
    oat_section_image_free(&image);
}
