#include "reader/attribute_sets.h"

#include "reader/part_attributes.h"
#include "reader/snapshot.h"

#include <stdlib.h>
#include <string.h>

void oat_attribute_sets_free(struct oat_attribute_sets *sets)
{
    for (size_t i = 0; i < OAT_ATTRIBUTE_SETS; i++)
        free(sets->sets[i].bytes);
    free(sets->columns);
    *sets = (struct oat_attribute_sets){0};
}

static bool has_any(const uint64_t *codes, uint32_t count)
{
    uint64_t any = 0;
    for (uint32_t i = 0; i < count; i++)
        any |= codes[i];
    return any != 0;
}

/* Reads the columns that the rows use. */
static int read_columns(struct oat_attribute_sets *sets, struct oat_image_table *table)
{
    int result = OAT_OK;
    sets->column_count = 0;
    while (result == OAT_OK && sets->column_count < OAT_ATTRIBUTE_COLUMNS) {
        uint64_t *codes = sets->columns[sets->column_count];
        result =
            oat_image_numbers(table, OAT_COL_ATTRIBUTE + sets->column_count, sets->first, sets->count, codes);
        if (result != OAT_OK || !has_any(codes, sets->count))
            break;
        sets->column_count++;
    }
    return result;
}

/* Reads the codes of rows from that one on: of a trace, the first one is mostly asked for first. False: they
 * cannot be read. */
static bool read_rows(struct oat_attribute_sets *sets, struct oat_part *part, uint32_t row)
{
    struct oat_image_table *table = oat_part_table(part, OAT_TABLE_SPAN_ATTRIBUTES);
    uint32_t rows = table->table.rows;
    if (sets->part == part && row >= sets->first && row - sets->first < sets->count)
        return true;
    if (!sets->columns)
        sets->columns = malloc(OAT_ATTRIBUTE_COLUMNS * sizeof *sets->columns);
    sets->part = NULL;
    if (!sets->columns || row >= rows)
        return false;
    sets->first = row;
    sets->count = rows - row < OAT_ATTRIBUTE_ROWS ? rows - row : OAT_ATTRIBUTE_ROWS;
    if (read_columns(sets, table) != OAT_OK)
        return false;
    sets->part = part;
    return true;
}

/* The codes of a row that was read. */
static uint32_t codes_of(const struct oat_attribute_sets *sets, uint32_t row,
                         uint32_t ret[OAT_ATTRIBUTE_COLUMNS])
{
    uint32_t count = 0, i = row - sets->first;
    while (count < sets->column_count && (ret[count] = (uint32_t)sets->columns[count][i]) != 0)
        count++;
    return count;
}

static const struct oat_attribute_set *find_set(const struct oat_attribute_sets *sets, const uint32_t *codes,
                                                uint32_t count)
{
    for (size_t i = 0; i < OAT_ATTRIBUTE_SETS; i++) {
        const struct oat_attribute_set *set = &sets->sets[i];
        if (set->part == sets->part && set->count == count &&
            memcmp(set->codes, codes, count * sizeof *codes) == 0)
            return set;
    }
    return NULL;
}

/* Puts a set together in the place of the oldest. */
static const struct oat_attribute_set *make_set(struct oat_attribute_sets *sets, uint32_t row,
                                                const uint32_t *codes, uint32_t count)
{
    struct oat_attribute_set *set = &sets->sets[sets->made % OAT_ATTRIBUTE_SETS];
    uint8_t *bytes;
    size_t len;
    if (oat_part_attributes_of_codes(sets->part, row, codes, count, &bytes, &len) != OAT_OK)
        return NULL;
    free(set->bytes);
    *set = (struct oat_attribute_set){
        .number = ++sets->made, .part = sets->part, .count = count, .bytes = bytes, .len = len};
    memcpy(set->codes, codes, count * sizeof *codes);
    return set;
}

const struct oat_attribute_set *oat_attribute_sets_of_row(struct oat_attribute_sets *sets,
                                                          struct oat_part *part, uint32_t row)
{
    uint32_t codes[OAT_ATTRIBUTE_COLUMNS];
    if (!read_rows(sets, part, row))
        return NULL;
    uint32_t count = codes_of(sets, row, codes);
    if (count == 0 || count == OAT_ATTRIBUTE_COLUMNS)
        return NULL; /* they are elsewhere, or MORE_ATTRIBUTES may have others */
    const struct oat_attribute_set *set = find_set(sets, codes, count);
    return set ? set : make_set(sets, row, codes, count);
}

const struct oat_attribute_set *oat_attribute_sets_find(struct oat_attribute_sets *sets,
                                                        const oat_snapshot *snapshot,
                                                        const oat_payload *payload)
{
    if (!payload->present || payload->lost || payload->place_kind != OAT_PLACE_ATTRIBUTES)
        return NULL;
    return oat_attribute_sets_of_row(sets, oat_sources_part(snapshot->sources, payload->source),
                                     (uint32_t)payload->place);
}
