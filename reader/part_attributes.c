#include "reader/part_attributes.h"

#include "format/limits.h"
#include "format/varint.h"

#include <stdlib.h>
#include <string.h>

/* ---- Codes ---- */

static int damaged(struct oat_part *part, uint32_t row, const char *what)
{
    oat_part_report(part, OAT_TABLE_SPANS, row, what);
    return OAT_E_CORRUPT;
}

/* Rows of a column of SPAN_ATTRIBUTES. */
static int read_column(struct oat_part *part, unsigned column, uint32_t first, uint32_t count, uint32_t *dst)
{
    struct oat_image_table *table = oat_part_table(part, OAT_TABLE_SPAN_ATTRIBUTES);
    struct oat_block block;
    uint64_t wide[OAT_BLOCK_ROWS];
    int result;
    if (first % OAT_BLOCK_ROWS == 0) {
        result = oat_image_block(table, first / OAT_GROUP_ROWS, column,
                                 first % OAT_GROUP_ROWS / OAT_BLOCK_ROWS, &block);
        if (result == OAT_OK)
            oat_block_decode32(&block, dst);
        return result;
    }
    result = oat_image_numbers(table, column, first, count, wide);
    for (uint32_t i = 0; i < count && result == OAT_OK; i++)
        dst[i] = (uint32_t)wide[i];
    return result;
}

/* False: a row has a code behind one that is 0 in the column before. *ret_any: a row has one. Behind the
 * rows there are zeros: runs over whole vectors, which the compiler then makes of it. */
static bool check_column(const uint32_t *before, const uint32_t *codes, uint32_t count, bool *ret_any)
{
    uint32_t any = 0, holes = 0;
    for (uint32_t i = 0; i < (count + 15) / 16 * 16; i++) {
        any |= codes[i];
        holes |= (uint32_t)(codes[i] != 0) & (uint32_t)(before[i] == 0);
    }
    *ret_any = any != 0;
    return holes == 0;
}

/* Reads the columns that are used in these rows. */
static int read_columns(struct oat_part *part, uint32_t first, uint32_t count,
                        struct oat_code_columns *columns)
{
    for (bool any = true; any && columns->count < OAT_ATTRIBUTE_COLUMNS;) {
        unsigned number = OAT_COL_ATTRIBUTE + columns->count;
        uint32_t *codes = oat_code_columns_add(columns);
        if (!codes)
            return OAT_E_NOMEM;
        int result = read_column(part, number, first, count, codes);
        if (result != OAT_OK)
            return result;
        memset(codes + count, 0, (OAT_BATCH_ROWS - count) * sizeof *codes);
        if (!check_column(columns->count > 1 ? codes - OAT_BATCH_ROWS : codes, codes, count, &any))
            return damaged(part, first, "attributes of a row");
        columns->count -= !any;
    }
    return OAT_OK;
}

/* Adds what MORE_ATTRIBUTES has of the rows, whose first columns are all used. */
static int read_more(struct oat_part *part, uint32_t first, uint32_t count, struct oat_code_columns *columns)
{
    struct oat_image_table *more = oat_part_table(part, OAT_TABLE_MORE_ATTRIBUTES);
    uint32_t rows = more->table.rows, next, last = first, n = OAT_ATTRIBUTE_COLUMNS;
    uint64_t row, code;
    int result = oat_image_lower_bound(more, OAT_COL_MORE_ROW, first,
                                       oat_part_table(part, OAT_TABLE_SPANS)->table.rows, &next);
    for (; result == OAT_OK && next < rows; next++, n++) {
        result = oat_image_number(more, OAT_COL_MORE_ROW, next, &row);
        if (result != OAT_OK || row < first || row - first >= count)
            return result;
        result = oat_image_number(more, OAT_COL_MORE_CODE, next, &code);
        if (result != OAT_OK)
            return result;
        n = row == last ? n : OAT_ATTRIBUTE_COLUMNS;
        last = (uint32_t)row;
        if (n == columns->count) {
            uint32_t *column = n < OAT_ATTRS_MAX ? oat_code_columns_add(columns) : NULL;
            if (!column)
                return n < OAT_ATTRS_MAX ? OAT_E_NOMEM : damaged(part, last, "attribute count");
            memset(column, 0, OAT_BATCH_ROWS * sizeof *column);
        }
        uint32_t *place = columns->codes + (size_t)n * OAT_BATCH_ROWS + (last - first);
        if (code == 0 || *(place - OAT_BATCH_ROWS) == 0)
            return damaged(part, last, "attributes of a row");
        *place = (uint32_t)code;
    }
    return result;
}

int oat_part_codes_read(struct oat_part *part, uint32_t first, uint32_t count,
                        struct oat_code_columns *columns)
{
    uint32_t rows = oat_part_table(part, OAT_TABLE_SPAN_ATTRIBUTES)->table.rows;
    columns->count = 0;
    if (first > rows || count > rows - first)
        return damaged(part, first, "attributes of a row");
    int result = read_columns(part, first, count, columns);
    if (result == OAT_OK && columns->count == OAT_ATTRIBUTE_COLUMNS &&
        oat_part_table(part, OAT_TABLE_MORE_ATTRIBUTES)->table.rows > 0)
        result = read_more(part, first, count, columns);
    return result;
}

/* True when the block may have one of the codes. */
static bool may_have(const struct oat_block *block, const uint32_t *wanted, uint32_t wanted_count)
{
    bool may = false;
    for (uint32_t i = 0; i < wanted_count && !may; i++)
        may = oat_block_may_have(block, wanted[i]);
    return may;
}

/* Adds a column of a block if it may have one of the codes. */
static int read_wanted(struct oat_part *part, unsigned column, uint32_t first, uint32_t count,
                       const uint32_t *wanted, uint32_t wanted_count, struct oat_code_columns *columns)
{
    struct oat_block block;
    int result = oat_image_block(oat_part_table(part, OAT_TABLE_SPAN_ATTRIBUTES), first / OAT_GROUP_ROWS,
                                 column, first % OAT_GROUP_ROWS / OAT_BLOCK_ROWS, &block);
    if (result != OAT_OK || !may_have(&block, wanted, wanted_count))
        return result;
    uint32_t *codes = oat_code_columns_add(columns);
    if (!codes)
        return OAT_E_NOMEM;
    oat_block_decode32(&block, codes);
    memset(codes + count, 0, (OAT_BATCH_ROWS - count) * sizeof *codes);
    return OAT_OK;
}

int oat_part_codes_among(struct oat_part *part, uint32_t first, uint32_t count, const uint32_t *wanted,
                         uint32_t wanted_count, struct oat_code_columns *columns)
{
    const struct oat_group *group;
    struct oat_image_table *table = oat_part_table(part, OAT_TABLE_SPAN_ATTRIBUTES);
    columns->count = 0;
    if (first > table->table.rows || count > table->table.rows - first)
        return damaged(part, first, "attributes of a row");
    int result = oat_image_group(table, first / OAT_GROUP_ROWS, &group);
    if (result == OAT_OK && group->entry_of[OAT_COL_ATTRIBUTE + OAT_ATTRIBUTE_COLUMNS - 1] != 0)
        return oat_part_codes_read(part, first, count, columns); /* there may be more */
    for (unsigned n = 0; n < OAT_ATTRIBUTE_COLUMNS && result == OAT_OK; n++)
        if (group->entry_of[OAT_COL_ATTRIBUTE + n] != 0)
            result = read_wanted(part, OAT_COL_ATTRIBUTE + n, first, count, wanted, wanted_count, columns);
    return result;
}

/* ---- Attributes ---- */

/* The codes of a row, one every `stride`. */
struct row_codes {
    const uint32_t *codes;
    size_t stride;
    uint32_t count;
};

static struct row_codes codes_of(const struct oat_code_columns *columns, uint32_t i)
{
    struct row_codes row = {.codes = columns->codes + i, .stride = OAT_BATCH_ROWS};
    while (row.count < columns->count && row.codes[row.count * row.stride] != 0)
        row.count++;
    return row;
}

struct attribute {
    oat_text key, value;
};

/* What a code of the row stands for, and bytes of its encoding. */
static int find_attribute(struct oat_part *part, uint32_t row, uint32_t code, struct attribute *ret,
                          uint64_t *ret_len)
{
    oat_part_attribute(part, code, &ret->key, &ret->value);
    if (!ret->value.bytes)
        return damaged(part, row, "attribute code");
    *ret_len = oat_varint_size(ret->key.len) + ret->key.len + ret->value.len;
    return OAT_OK;
}

#define LENS_KEPT 16u /* of codes that were met last, by their low bits: rows often have the same in turn */

struct kept_len {
    uint32_t code;
    uint64_t len; /* 0: the code stands for nothing */
};

/* Bytes of the encoding of a code that is not 0. */
static uint64_t len_of(struct oat_part *part, uint32_t row, uint32_t code, struct kept_len *kept)
{
    struct attribute attribute;
    struct kept_len *of_code = &kept[code % LENS_KEPT];
    if (of_code->code == code)
        return of_code->len;
    of_code->code = code;
    if (find_attribute(part, row, code, &attribute, &of_code->len) != OAT_OK)
        of_code->len = 0;
    return of_code->len;
}

void oat_part_attributes_lens(struct oat_part *part, uint32_t first, uint32_t count,
                              const struct oat_code_columns *columns, uint64_t *ret_lens)
{
    for (uint32_t i = 0; i < count; i++)
        ret_lens[i] = oat_varint_size(0);
    for (uint32_t n = 0; n < columns->count; n++) {
        const uint32_t *codes = columns->codes + (size_t)n * OAT_BATCH_ROWS;
        uint64_t more = oat_varint_size(n + 1) - oat_varint_size(n);
        struct kept_len kept[LENS_KEPT] = {{0}};
        for (uint32_t i = 0; i < count; i++) {
            if (codes[i] == 0 || ret_lens[i] == 0)
                continue;
            uint64_t len = len_of(part, first + i, codes[i], kept);
            ret_lens[i] = len > 0 ? ret_lens[i] + more + len : 0;
        }
    }
}

static uint8_t *put_attribute(uint8_t *dst, const struct attribute *attribute)
{
    dst += oat_varint_put(dst, attribute->key.len);
    memcpy(dst, attribute->key.bytes, attribute->key.len);
    memcpy(dst + attribute->key.len, attribute->value.bytes, attribute->value.len);
    return dst + attribute->key.len + attribute->value.len;
}

static int encode(struct oat_part *part, uint32_t row, const struct row_codes *codes, uint8_t **ret_bytes,
                  size_t *ret_len)
{
    struct attribute *attributes = malloc((codes->count + 1) * sizeof *attributes);
    uint64_t len = oat_varint_size(codes->count), more = 0;
    int result = attributes ? OAT_OK : OAT_E_NOMEM;
    for (uint32_t n = 0; n < codes->count && result == OAT_OK; n++) {
        result = find_attribute(part, row, codes->codes[n * codes->stride], &attributes[n], &more);
        len += more;
    }
    uint8_t *bytes = result == OAT_OK ? malloc((size_t)len + 1) : NULL;
    if (bytes) {
        uint8_t *dst = bytes + oat_varint_put(bytes, codes->count);
        for (uint32_t n = 0; n < codes->count; n++)
            dst = put_attribute(dst, &attributes[n]);
        *dst = 0;
        *ret_bytes = bytes;
        *ret_len = (size_t)len;
    } else if (result == OAT_OK) {
        result = OAT_E_NOMEM;
    }
    free(attributes);
    return result;
}

/* The codes of one row. Those that SPAN_ATTRIBUTES has are read into own; when there may be more, all of them
 * into columns, which the caller frees. */
static int read_row(struct oat_part *part, uint32_t row, uint32_t own[OAT_ATTRIBUTE_COLUMNS],
                    struct oat_code_columns *columns, struct row_codes *ret)
{
    struct oat_image_table *table = oat_part_table(part, OAT_TABLE_SPAN_ATTRIBUTES);
    struct row_codes codes = {.codes = own, .stride = 1};
    if (row >= table->table.rows)
        return damaged(part, row, "attributes of a row");
    while (codes.count < OAT_ATTRIBUTE_COLUMNS) {
        uint64_t code;
        int result = oat_image_number(table, OAT_COL_ATTRIBUTE + codes.count, row, &code);
        if (result != OAT_OK)
            return result;
        if (code == 0)
            break;
        own[codes.count++] = (uint32_t)code;
    }
    if (codes.count == OAT_ATTRIBUTE_COLUMNS &&
        oat_part_table(part, OAT_TABLE_MORE_ATTRIBUTES)->table.rows > 0) {
        int result = oat_part_codes_read(part, row, 1, columns);
        if (result != OAT_OK)
            return result;
        codes = codes_of(columns, 0);
    }
    *ret = codes;
    return OAT_OK;
}

int oat_part_attributes_of_codes(struct oat_part *part, uint32_t row, const uint32_t *codes, uint32_t count,
                                 uint8_t **ret_bytes, size_t *ret_len)
{
    const struct row_codes all = {.codes = codes, .stride = 1, .count = count};
    return encode(part, row, &all, ret_bytes, ret_len);
}

int oat_part_attributes(struct oat_part *part, uint32_t row, uint8_t **ret_bytes, size_t *ret_len)
{
    struct oat_code_columns columns = {0};
    struct row_codes codes;
    uint32_t own[OAT_ATTRIBUTE_COLUMNS];
    uint64_t flags;
    int result =
        oat_image_number(oat_part_table(part, OAT_TABLE_SPANS), OAT_COL_SPAN_ATTRIBUTE_FLAGS, row, &flags);
    if (result == OAT_OK && flags == 0)
        return OAT_NOTFOUND;
    if (result == OAT_OK)
        result = read_row(part, row, own, &columns, &codes);
    if (result == OAT_OK)
        result = encode(part, row, &codes, ret_bytes, ret_len);
    free(columns.codes);
    return result;
}
