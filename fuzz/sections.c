/* Fuzz target: a file of sections of any bytes never makes its readers crash, loop or read outside.
 * Checksums are made right first, so that what is behind them is reached. */
#include "format/sections.h"
#include "format/attrs.h"
#include "format/block_rows.h"
#include "format/dictionary.h"
#include "format/hash.h"
#include "format/table.h"
#include "fuzz/fuzz.h"
#include "indexer/id_index.h"
#include "oat/oat.h"

#include <string.h>

#define SIZE_CAP    65536u
#define RAW_LEN_CAP (1u << 20)
#define ROW_CAP     100000u /* of a table: the work for one input stays bounded */

static const char *const magics[] = {OAT_MAGIC_PART, OAT_MAGIC_PACK, OAT_MAGIC_CATALOG, OAT_MAGIC_MANIFEST};

/* Gives the file the checksums that its fields ask for. */
static void make_right(uint8_t *bytes, size_t len)
{
    if (len < OAT_FILE_HEADER_SIZE + OAT_FILE_TRAILER_SIZE)
        return;
    struct oat_disk_file_header *header = (void *)bytes;
    struct oat_disk_file_trailer *trailer = (void *)(bytes + len - sizeof *trailer);
    uint64_t nonce = oat_le64_get(header->nonce);
    uint64_t begin = oat_le64_get(trailer->directory_offset), end = len - sizeof *trailer;
    oat_file_header_seal(header);
    for (uint64_t at = begin; at <= end && end - at >= sizeof(struct oat_disk_section);
         at += sizeof(struct oat_disk_section)) {
        struct oat_disk_section *section = (void *)(bytes + at);
        uint64_t offset = oat_le64_get(section->offset), stored = oat_le64_get(section->stored_len);
        if (offset <= begin && stored <= begin - offset)
            section->check = oat_le64_of(oat_section_check(bytes + offset, (size_t)stored, nonce, offset));
    }
    if (begin <= end)
        trailer->directory_check = oat_le64_of(oat_hash64(bytes + begin, (size_t)(end - begin), nonce));
    oat_file_trailer_seal(trailer, nonce);
}

static void read_table(const struct oat_sections *sections, const uint8_t *index, size_t index_len)
{
    static uint64_t all[OAT_BLOCK_ROWS];
    struct oat_table table;
    const char *what = NULL;
    uint64_t offset, min, max;
    if (oat_table_open(sections->file, sections->file_len, sections->nonce, index, index_len, &table, &what,
                       &offset) != OAT_OK) {
        fuzz_require(what != NULL && offset <= index_len);
        return;
    }
    for (uint32_t g = 0; g < table.group_count && table.rows < ROW_CAP; g++) {
        struct oat_group group;
        if (oat_group_open(&table, g, false, &group, &what) != OAT_OK)
            continue;
        for (unsigned column = 0; column < OAT_TABLE_COLUMNS; column++) {
            oat_group_zone(&group, column, &min, &max);
            for (unsigned b = 0; b < group.block_count && group.entry_of[column] != 0; b++) {
                struct oat_block block;
                if (oat_group_block(&group, column, b, false, &block, &what) != OAT_OK)
                    continue;
                oat_block_decode64(&block, all);
                fuzz_require(oat_block_get(&block, block.rows - 1) == all[block.rows - 1]);
            }
        }
    }
}

static void read_texts(const uint8_t *bytes, size_t len)
{
    struct oat_text_dictionary texts;
    const char *what = NULL;
    size_t text_len, total = 0;
    const struct oat_section_view view = oat_section_view_of(bytes, len);
    if (oat_text_dictionary_open(&view, &texts, &what) != OAT_OK) {
        fuzz_require(what != NULL);
        return;
    }
    for (uint64_t code = 1; oat_text_dictionary_get(&texts, code, &text_len) != NULL; code++)
        total += text_len;
    fuzz_require(total <= len);
}

static void read_attributes(const uint8_t *bytes, size_t len)
{
    struct oat_attribute_dictionary attributes;
    const char *what = NULL;
    const uint8_t *key, *value;
    size_t key_len, value_len;
    const struct oat_section_view view = oat_section_view_of(bytes, len);
    if (oat_attribute_dictionary_open(&view, &attributes, &what) != OAT_OK) {
        fuzz_require(what != NULL);
        return;
    }
    for (uint64_t code = 1;
         oat_attribute_dictionary_get(&attributes, code, &key, &key_len, &value, &value_len); code++) {
        struct oat_attr_value decoded;
        fuzz_require(oat_value_open(value, value_len, &decoded) == OAT_OK);
    }
}

static void read_index(const uint8_t *bytes, size_t len)
{
    struct oat_id_index index;
    const char *what = NULL;
    oat_le32 rows = {{0}};
    memcpy(&rows, bytes, len < sizeof rows ? len : sizeof rows);
    const struct oat_section_view view = oat_section_view_of(bytes, len);
    if (oat_id_index_open(&view, oat_le32_get(rows), &index, &what) != OAT_OK) {
        fuzz_require(what != NULL);
        return;
    }
    for (uint64_t i = 0; i < 256; i++) {
        uint32_t row = 0, count = 0;
        struct oat_id_lookup lookup = oat_id_index_find(&index, i * OAT_POSITION_PRIME);
        while (oat_id_lookup_next(&lookup, &row, &count))
            fuzz_require(row < index.count && count > 0 && count <= index.count - row);
    }
}

static void ignore_ahead(void *arg, const uint8_t *bytes, uint64_t len)
{
    (void)arg, (void)bytes, (void)len;
}

static void ignore_damage(void *arg, uint64_t offset, const char *what)
{
    (void)arg, (void)offset, (void)what;
}

/* A section that is read piece by piece is as the whole, or is refused. */
static void read_view(const struct oat_sections *sections, const struct oat_disk_section *section)
{
    static const struct oat_section_listener listener = {ignore_ahead, ignore_damage, NULL};
    struct oat_section_view view;
    const uint8_t *bytes;
    size_t len;
    void *owned = NULL;
    if (oat_le64_get(section->raw_len) > RAW_LEN_CAP ||
        oat_section_view_open(sections, section, &listener, &view) != OAT_OK)
        return;
    bool good = oat_section_need(&view, view.len / 3, view.len - view.len / 3);
    good = oat_section_need(&view, 0, view.len) && good;
    if (good && oat_section_read(sections, section, &bytes, &len, &owned) == OAT_OK) {
        fuzz_require(len == view.len && (len == 0 || memcmp(bytes, view.bytes, len) == 0));
        free(owned);
    }
    oat_section_view_close(&view);
}

static void read_section(const struct oat_sections *sections, const struct oat_disk_section *section)
{
    const uint8_t *bytes;
    size_t len;
    void *owned = NULL;
    read_view(sections, section);
    if (oat_le64_get(section->raw_len) > RAW_LEN_CAP ||
        oat_section_read(sections, section, &bytes, &len, &owned) != OAT_OK)
        return;
    switch (oat_le16_get(section->kind)) {
    case OAT_SECTION_TABLE:
        read_table(sections, bytes, len);
        break;
    case OAT_SECTION_TEXTS:
        read_texts(bytes, len);
        break;
    case OAT_SECTION_ATTRIBUTES:
        read_attributes(bytes, len);
        break;
    case OAT_SECTION_INDEX:
        read_index(bytes, len);
        break;
    }
    free(owned);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t len = size < SIZE_CAP ? size : SIZE_CAP;
    uint8_t *bytes = malloc(len > 0 ? len : 1);
    fuzz_require(bytes != NULL);
    if (len > 0)
        memcpy(bytes, data, len);
    make_right(bytes, len);
    for (size_t m = 0; m < sizeof magics / sizeof *magics; m++) {
        struct oat_sections sections;
        const char *what = NULL;
        uint64_t offset = 0;
        if (oat_sections_open(bytes, len, magics[m], &sections, &what, &offset) != OAT_OK) {
            fuzz_require(what != NULL && offset <= len);
            continue;
        }
        for (uint32_t i = 0; i < sections.count; i++)
            read_section(&sections, &sections.directory[i]);
    }
    free(bytes);
    return 0;
}
