#include "reader/attribute_sets.h"

#include "reader/part_attributes.h"
#include "reader/snapshot.h"

#include <stdlib.h>
#include <string.h>

void oat_attribute_sets_free(struct oat_attribute_sets *sets)
{
    for (size_t i = 0; i < OAT_ATTRIBUTE_SETS; i++)
        free(sets->sets[i].bytes);
    free(sets->columns.codes);
    *sets = (struct oat_attribute_sets){0};
}

/* Reads the codes of the block that a row is in. False: they cannot be read. */
static bool read_block(struct oat_attribute_sets *sets, struct oat_part *part, uint32_t row)
{
    uint32_t rows = oat_part_table(part, OAT_TABLE_SPAN_ATTRIBUTES)->table.rows;
    uint32_t first = row - row % OAT_BATCH_ROWS;
    if (sets->part == part && first == sets->first && row - first < sets->count)
        return true;
    sets->part = NULL;
    if (row >= rows)
        return false;
    sets->first = first;
    sets->count = rows - first < OAT_BATCH_ROWS ? rows - first : OAT_BATCH_ROWS;
    if (oat_part_few_codes_read(part, first, sets->count, &sets->columns) != OAT_OK)
        return false;
    sets->part = part;
    return true;
}

/* The codes of row i of the block. */
static uint32_t codes_of(const struct oat_code_columns *columns, uint32_t i,
                         uint32_t ret[OAT_ATTRIBUTE_COLUMNS])
{
    uint32_t count = 0;
    while (count < columns->count && (ret[count] = columns->codes[(size_t)count * OAT_BATCH_ROWS + i]) != 0)
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
    if (oat_part_attributes(sets->part, row, &bytes, &len) != OAT_OK)
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
    if (!read_block(sets, part, row))
        return NULL;
    uint32_t count = codes_of(&sets->columns, row - sets->first, codes);
    if (count == OAT_ATTRIBUTE_COLUMNS)
        return NULL; /* MORE_ATTRIBUTES may have others */
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
