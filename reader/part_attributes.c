#include "reader/part_attributes.h"

#include "format/limits.h"
#include "format/varint.h"

#include <stdlib.h>
#include <string.h>

int oat_part_attributes_start(struct oat_part *part, uint32_t row, uint32_t *ret_start)
{
    struct oat_image_table *spans = oat_part_table(part, OAT_TABLE_SPANS);
    uint64_t counts[OAT_BLOCK_ROWS];
    uint32_t start, before = row % OAT_BLOCK_ROWS;
    int result = oat_part_attributes_of_block(part, row / OAT_BLOCK_ROWS, &start);
    if (result == OAT_OK)
        result = oat_image_numbers(spans, OAT_COL_SPAN_ATTRIBUTE_COUNT, row - before, before, counts);
    if (result != OAT_OK)
        return result;
    uint64_t sum = start;
    for (uint32_t i = 0; i < before; i++)
        sum += counts[i] < OAT_TABLE_ROWS_MAX ? counts[i] : OAT_TABLE_ROWS_MAX;
    if (sum > oat_part_table(part, OAT_TABLE_SPAN_ATTRIBUTES)->table.rows) {
        oat_part_report(part, OAT_TABLE_SPANS, row, "attribute count");
        return OAT_E_CORRUPT;
    }
    *ret_start = (uint32_t)sum;
    return OAT_OK;
}

/* ---- Attribute after attribute ---- */

#define CODES_HELD 32u

struct cursor {
    struct oat_part *part;
    uint32_t next; /* row of SPAN_ATTRIBUTES */
    uint32_t left;
    uint32_t held, at; /* of codes */
    uint64_t codes[CODES_HELD];
};

static int open_cursor(struct oat_part *part, uint32_t start, uint64_t count, struct cursor *ret)
{
    uint32_t rows = oat_part_table(part, OAT_TABLE_SPAN_ATTRIBUTES)->table.rows;
    if (count > OAT_ATTRS_MAX || start > rows || count > rows - start) {
        oat_part_report(part, OAT_TABLE_SPANS, 0, "attribute count");
        return OAT_E_CORRUPT;
    }
    ret->part = part;
    ret->next = start;
    ret->left = (uint32_t)count;
    ret->held = ret->at = 0;
    return OAT_OK;
}

static int hold_codes(struct cursor *cursor)
{
    uint32_t n = cursor->left < CODES_HELD ? cursor->left : CODES_HELD;
    int result = oat_image_numbers(oat_part_table(cursor->part, OAT_TABLE_SPAN_ATTRIBUTES),
                                   OAT_COL_ATTRIBUTE_CODE, cursor->next, n, cursor->codes);
    cursor->next += n;
    cursor->left -= n;
    cursor->held = n;
    cursor->at = 0;
    return result;
}

/* OAT_NOTFOUND: no more. */
static int next_attribute(struct cursor *cursor, oat_text *ret_key, oat_text *ret_value)
{
    if (cursor->at == cursor->held) {
        int result = cursor->left == 0 ? OAT_NOTFOUND : hold_codes(cursor);
        if (result != OAT_OK)
            return result;
    }
    oat_part_attribute(cursor->part, cursor->codes[cursor->at++], ret_key, ret_value);
    if (!ret_value->bytes) {
        oat_part_report(cursor->part, OAT_TABLE_SPAN_ATTRIBUTES, cursor->next - 1, "attribute code");
        return OAT_E_CORRUPT;
    }
    return OAT_OK;
}

int oat_part_attributes_len(struct oat_part *part, uint32_t start, uint64_t count, uint64_t *ret_len)
{
    struct cursor cursor;
    oat_text key, value;
    uint64_t len = oat_varint_size(count);
    int result = open_cursor(part, start, count, &cursor);
    while (result == OAT_OK) {
        result = next_attribute(&cursor, &key, &value);
        if (result == OAT_OK)
            len += oat_varint_size(key.len) + key.len + value.len;
    }
    if (result != OAT_NOTFOUND)
        return result;
    *ret_len = len;
    return OAT_OK;
}

/* Writes what oat_part_attributes_len has measured. */
static int encode(struct oat_part *part, uint32_t start, uint64_t count, uint8_t *dst)
{
    struct cursor cursor;
    oat_text key, value;
    int result = open_cursor(part, start, count, &cursor);
    dst += oat_varint_put(dst, count);
    while (result == OAT_OK) {
        result = next_attribute(&cursor, &key, &value);
        if (result != OAT_OK)
            break;
        dst += oat_varint_put(dst, key.len);
        memcpy(dst, key.bytes, key.len);
        memcpy(dst + key.len, value.bytes, value.len);
        dst += key.len + value.len;
    }
    return result == OAT_NOTFOUND ? OAT_OK : result;
}

int oat_part_attributes(struct oat_part *part, uint32_t row, uint8_t **ret_bytes, size_t *ret_len)
{
    struct oat_image_table *spans = oat_part_table(part, OAT_TABLE_SPANS);
    uint64_t flags, count, len;
    uint32_t start;
    int result = oat_image_number(spans, OAT_COL_SPAN_ATTRIBUTE_FLAGS, row, &flags);
    if (result == OAT_OK && flags == 0)
        return OAT_NOTFOUND;
    if (result == OAT_OK)
        result = oat_image_number(spans, OAT_COL_SPAN_ATTRIBUTE_COUNT, row, &count);
    if (result == OAT_OK)
        result = oat_part_attributes_start(part, row, &start);
    if (result == OAT_OK)
        result = oat_part_attributes_len(part, start, count, &len);
    if (result != OAT_OK)
        return result;
    uint8_t *bytes = malloc((size_t)len + 1);
    if (!bytes)
        return OAT_E_NOMEM;
    result = encode(part, start, count, bytes);
    if (result != OAT_OK) {
        free(bytes);
        return result;
    }
    bytes[len] = 0;
    *ret_bytes = bytes;
    *ret_len = (size_t)len;
    return OAT_OK;
}
