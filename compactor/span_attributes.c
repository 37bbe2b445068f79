#include "compactor/span_attributes.h"

#include "format/attrs.h"
#include "format/limits.h"
#include "format/names.h"
#include "reader/array.h"
#include "reader/sources.h"

#include <stdlib.h>

/* Codes that are remembered, at most; then it begins anew. */
#define KNOWN_MAX (1u << 18)

/* What the memo has of a payload: where its codes begin among the known ones, and how many they are. */
#define COUNT_BITS 16u
_Static_assert(OAT_ATTRS_MAX < 1u << COUNT_BITS, "the count of one span fits");

#define KEY_OF_PART (UINT64_C(1) << 63)

#define ROWS_AHEAD 64u /* that are read of a part at once */

static int open_tables(struct oat_span_attributes *attributes, struct oat_section_writer *file)
{
    static const uint16_t more_columns[] = {OAT_COL_MORE_ROW, OAT_COL_MORE_CODE};
    uint16_t columns[OAT_ATTRIBUTE_COLUMNS];
    for (unsigned i = 0; i < OAT_ATTRIBUTE_COLUMNS; i++)
        columns[i] = (uint16_t)(OAT_COL_ATTRIBUTE + i);
    int result = oat_table_writer_open(&attributes->table, file, OAT_TABLE_SPAN_ATTRIBUTES, columns,
                                       OAT_ATTRIBUTE_COLUMNS);
    if (result == OAT_OK)
        result = oat_table_writer_open(&attributes->more, file, OAT_TABLE_MORE_ATTRIBUTES, more_columns, 2);
    return result;
}

int oat_span_attributes_open(struct oat_span_attributes *attributes, struct oat_section_writer *file,
                             struct oat_sources *sources)
{
    *attributes = (struct oat_span_attributes){.sources = sources};
    oat_attribute_codes_init(&attributes->dictionary);
    attributes->memo = calloc(1, sizeof *attributes->memo);
    if (!attributes->memo)
        return OAT_E_NOMEM;
    return open_tables(attributes, file);
}

void oat_span_attributes_close(struct oat_span_attributes *attributes)
{
    oat_table_writer_close(&attributes->table);
    oat_table_writer_close(&attributes->more);
    free(attributes->ahead.codes.codes);
    oat_attribute_codes_clear(&attributes->dictionary);
    free(attributes->memo);
    free(attributes->known);
    *attributes = (struct oat_span_attributes){0};
}

static int add_known(struct oat_span_attributes *attributes, uint32_t code)
{
    if (!oat_array_reserve(&attributes->known, attributes->known_count, &attributes->known_capacity,
                           sizeof *attributes->known))
        return OAT_E_NOMEM;
    attributes->known[attributes->known_count++] = code;
    return OAT_OK;
}

/* ---- Of pairs ---- */

/* Adds the codes of encoded attributes to the known ones. */
static int add_encoded(struct oat_span_attributes *attributes, const uint8_t *bytes, size_t len)
{
    struct oat_attr_cursor cursor;
    struct oat_attr_value value;
    const uint8_t *key;
    size_t key_len;
    if (oat_attrs_open(bytes, len, &cursor) != OAT_OK || cursor.left > OAT_ATTRS_MAX)
        return OAT_E_CORRUPT;
    while (oat_attrs_next(&cursor, &key, &key_len, &value)) {
        const uint8_t *encoded = key + key_len;
        uint32_t code;
        int result = oat_attribute_codes_get(&attributes->dictionary, key, key_len, encoded,
                                             (size_t)(cursor.bytes + cursor.pos - encoded), &code);
        if (result == OAT_OK)
            result = add_known(attributes, code);
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

static int find_entry(struct oat_span_attributes *attributes, uint32_t source,
                      const struct oat_record_payload *payload, uint64_t *ret_known)
{
    uint64_t key = (uint64_t)source << 32 | payload->place / OAT_BLOB_UNIT;
    uint64_t first = attributes->known_count;
    uint8_t *bytes;
    size_t len;
    if (oat_code_memo_get(attributes->memo, key, ret_known))
        return OAT_OK;
    int result = oat_record_payload_read(attributes->sources, source, payload, SIZE_MAX, &bytes, &len);
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? result : OAT_E_CORRUPT;
    result = add_encoded(attributes, bytes, len);
    free(bytes);
    if (result != OAT_OK)
        return result;
    *ret_known = first << COUNT_BITS | (attributes->known_count - first);
    oat_code_memo_put(attributes->memo, key, *ret_known);
    return OAT_OK;
}

/* ---- Of parts ---- */

/* Our code for one of a part. */
static int translate(struct oat_span_attributes *attributes, uint32_t source, uint64_t code, uint32_t *ret)
{
    uint64_t memo_key = KEY_OF_PART | (uint64_t)source << 32 | code, known;
    oat_text key, value;
    if (oat_code_memo_get(attributes->memo, memo_key, &known)) {
        *ret = (uint32_t)known;
        return OAT_OK;
    }
    oat_part_attribute(oat_sources_part(attributes->sources, source), code, &key, &value);
    if (!key.bytes || !value.bytes)
        return OAT_E_CORRUPT;
    int result = oat_attribute_codes_get(&attributes->dictionary, (const uint8_t *)key.bytes, key.len,
                                         (const uint8_t *)value.bytes, value.len, ret);
    if (result == OAT_OK)
        oat_code_memo_put(attributes->memo, memo_key, *ret);
    return result;
}

/* Reads the codes of a row and of some behind it, unless that was done. *ret_place: which of them it is. */
static int read_ahead(struct oat_span_attributes *attributes, uint32_t source, uint32_t row,
                      uint32_t *ret_place)
{
    struct oat_part *part = oat_sources_part(attributes->sources, source);
    if (attributes->ahead.count > 0 && attributes->ahead.source == source && row >= attributes->ahead.first &&
        row - attributes->ahead.first < attributes->ahead.count) {
        *ret_place = row - attributes->ahead.first;
        return OAT_OK;
    }
    uint32_t left = oat_part_table(part, OAT_TABLE_SPANS)->table.rows - row;
    attributes->ahead.source = source;
    attributes->ahead.first = row;
    attributes->ahead.count = left < ROWS_AHEAD ? left : ROWS_AHEAD;
    int result = oat_part_codes_read(part, row, attributes->ahead.count, &attributes->ahead.codes);
    if (result != OAT_OK)
        attributes->ahead.count = 0;
    *ret_place = 0;
    return result;
}

static int find_row(struct oat_span_attributes *attributes, uint32_t source,
                    const struct oat_record_payload *payload, uint64_t *ret_known)
{
    const struct oat_code_columns *theirs = &attributes->ahead.codes;
    uint64_t first = attributes->known_count;
    uint32_t place = 0;
    int result = read_ahead(attributes, source, (uint32_t)payload->place, &place);
    if (result != OAT_OK)
        return result;
    for (uint32_t n = 0; n < theirs->count && result == OAT_OK; n++) {
        uint32_t ours, code = theirs->codes[(size_t)n * OAT_BATCH_ROWS + place];
        if (code == 0)
            break;
        result = translate(attributes, source, code, &ours);
        if (result == OAT_OK)
            result = add_known(attributes, ours);
    }
    *ret_known = first << COUNT_BITS | (attributes->known_count - first);
    return result;
}

/* ---- Rows ---- */

/* Those that are in a pack could not be written as codes before. */
static bool may_be_codes(const struct oat_record_payload *payload)
{
    return payload->media == OAT_MEDIA_ATTRS && !(payload->flags & (OAT_REF_LOST | OAT_REF_LIMITED)) &&
           (payload->kind == OAT_PLACE_ENTRY || payload->kind == OAT_PLACE_ATTRIBUTES);
}

int oat_span_attributes_set(struct oat_span_attributes *attributes, uint32_t source,
                            const struct oat_record_payload *payload)
{
    uint64_t known;
    if (!may_be_codes(payload))
        return OAT_E_CORRUPT;
    if (attributes->known_count > KNOWN_MAX) {
        *attributes->memo = (struct oat_code_memo){0};
        attributes->known_count = 0;
    }
    int result = payload->kind == OAT_PLACE_ATTRIBUTES ? find_row(attributes, source, payload, &known)
                                                       : find_entry(attributes, source, payload, &known);
    if (result != OAT_OK)
        return result;
    const uint32_t *codes = attributes->known + (known >> COUNT_BITS);
    uint32_t count = (uint32_t)(known & ((1u << COUNT_BITS) - 1));
    for (uint32_t i = 0; i < count && i < OAT_ATTRIBUTE_COLUMNS; i++)
        oat_table_writer_set(&attributes->table, OAT_COL_ATTRIBUTE + i, codes[i]);
    for (uint32_t i = OAT_ATTRIBUTE_COLUMNS; i < count && result == OAT_OK; i++) {
        oat_table_writer_set(&attributes->more, OAT_COL_MORE_ROW, attributes->table.total_rows);
        oat_table_writer_set(&attributes->more, OAT_COL_MORE_CODE, codes[i]);
        result = oat_table_writer_next(&attributes->more);
    }
    return result;
}

int oat_span_attributes_next(struct oat_span_attributes *attributes)
{
    return oat_table_writer_next(&attributes->table);
}

size_t oat_span_attributes_memory(const struct oat_span_attributes *attributes)
{
    return oat_attribute_codes_memory(&attributes->dictionary);
}

int oat_span_attributes_finish(struct oat_span_attributes *attributes)
{
    int result = oat_table_writer_finish(&attributes->table);
    if (result == OAT_OK)
        result = oat_table_writer_finish(&attributes->more);
    if (result != OAT_OK)
        return result;
    return oat_attribute_codes_write(&attributes->dictionary, attributes->table.file,
                                     OAT_TABLE_SPAN_ATTRIBUTES, OAT_COL_ATTRIBUTE);
}
