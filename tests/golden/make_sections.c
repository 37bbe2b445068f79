/* Writes files of sections for tests/python/test_sections.py, which knows what is in them:
 * make_sections DIR makes DIR/large.part and DIR/small.part. The same in every run. */
#include "format/dictionary.h"
#include "format/hash.h"
#include "format/schema.h"
#include "format/table.h"
#include "indexer/id_index.h"
#include "tests/support/section_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONCE   UINT64_C(0x6e6f6e636500a100)
#define COLUMNS 9u
#define TEXTS   200u

static const uint16_t columns[COLUMNS] = {1, 4, 9, 16, 20, 33, 40, 50, 63};

/* What row r of the c-th column holds: each column is packed in another way. */
static uint64_t value_of(unsigned c, uint64_t r)
{
    uint64_t x = r * OAT_POSITION_PRIME;
    switch (columns[c]) {
    case 1:
        return x;
    case 4:
        return UINT64_C(1795350896000000000) + r * 1000;
    case 9:
        return r % 5;
    case 16:
        return r % 3 == 0 ? 1 + (x >> 30) : 0;
    case 20:
        return r % 1000 == 999 ? (UINT64_C(1) << 63) + r : r % 7;
    case 40:
        return 12345;
    case 50:
        return r % 3 == 0 ? 1 + x % 7 : 0;
    case 63:
        return (1 + r / 50) * OAT_POSITION_PRIME >> 40;
    default:
        return 0;
    }
}

static void *allocate(size_t len)
{
    void *bytes = calloc(1, len);
    if (!bytes)
        abort();
    return bytes;
}

static void add_rows(struct oat_section_image *image, uint32_t rows)
{
    uint64_t *values[COLUMNS], *hashes = allocate(rows * sizeof *hashes);
    uint8_t *index = allocate(oat_id_index_size(rows, OAT_INDEX_OF_CHUNKS));
    for (unsigned c = 0; c < COLUMNS; c++) {
        values[c] = allocate(rows * sizeof **values);
        for (uint32_t r = 0; r < rows; r++)
            values[c][r] = value_of(c, r);
    }
    oat_section_image_add_table(image, OAT_TABLE_SPANS, columns, values, COLUMNS, rows);
    for (uint32_t r = 0; r < rows; r++) {
        oat_le64 id = oat_le64_of(values[0][r]);
        hashes[r] = oat_hash64(&id, sizeof id, NONCE);
    }
    oat_id_index_build(hashes, rows, OAT_INDEX_OF_CHUNKS, index);
    oat_section_image_add(image, OAT_SECTION_INDEX, OAT_TABLE_SPANS, 1, index,
                          oat_id_index_size(rows, OAT_INDEX_OF_CHUNKS));
    for (unsigned c = 0; c < COLUMNS; c++)
        free(values[c]);
    free(hashes);
    free(index);
}

/* "text 0", "text 1" .. and an empty one. */
static void add_texts(struct oat_section_image *image)
{
    char bytes[TEXTS * 10];
    oat_le32 ends[TEXTS + 1];
    uint32_t len = 0;
    for (unsigned i = 0; i < TEXTS; i++) {
        len += (uint32_t)snprintf(bytes + len, sizeof bytes - len, "text %u", i);
        ends[i] = oat_le32_of(len);
    }
    ends[TEXTS] = oat_le32_of(len);
    const struct oat_texts texts = {(const uint8_t *)bytes, ends, TEXTS + 1};
    size_t size = oat_text_dictionary_size(&texts);
    uint8_t *section = allocate(size);
    oat_text_dictionary_encode(&texts, section);
    oat_section_image_add(image, OAT_SECTION_TEXTS, OAT_TABLE_SPANS, 16, section, size);
    free(section);
}

/* user = "pro", n = 5, user = [true] */
static void add_attributes(struct oat_section_image *image)
{
    const struct oat_texts keys = {(const uint8_t *)"usern", (const oat_le32[]){{{4}}, {{5}}}, 2};
    const struct oat_texts values = {(const uint8_t[]){1, 3, 'p', 'r', 'o', 3, 10, 6, 1, 2, 1},
                                     (const oat_le32[]){{{5}}, {{7}}, {{11}}}, 3};
    uint8_t section[100];
    oat_attribute_dictionary_encode(&keys, (const oat_le32[]){{{0}}, {{1}}, {{0}}}, &values, section);
    oat_section_image_add(image, OAT_SECTION_ATTRIBUTES, OAT_TABLE_SPAN_ATTRIBUTES, 1, section,
                          oat_attribute_dictionary_size(&keys, &values));
}

static int write_file(const char *directory, const char *name, uint32_t rows)
{
    struct oat_section_image image;
    char path[4096];
    const oat_le64 numbers[] = {oat_le64_of(1), oat_le64_of(UINT64_MAX)};
    oat_section_image_begin(&image, OAT_MAGIC_PART, NONCE);
    add_rows(&image, rows);
    add_texts(&image);
    add_attributes(&image);
    oat_section_image_add(&image, OAT_SECTION_NUMBERS, OAT_TABLE_SPANS, 10, numbers, sizeof numbers);
    oat_section_image_end(&image);
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *f = fopen(path, "wb");
    bool ok = f && fwrite(image.bytes, 1, image.len, f) == image.len;
    if (f && fclose(f) != 0)
        ok = false;
    if (!ok)
        perror(path);
    oat_section_image_free(&image);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_sections DIR\n");
        return 2;
    }
    return write_file(argv[1], "large.part", 20000) | write_file(argv[1], "small.part", 40);
}
