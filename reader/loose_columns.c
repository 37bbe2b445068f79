#include "reader/loose_columns.h"

#include "format/span_costs.h"
#include "reader/part_vectors.h"

#include <stdlib.h>
#include <string.h>

/* A trace lies in two parts mostly, whose blocks are read in turns. */
#define BLOCKS 8u
#define CODES  256u /* of each field; a power of two */

struct oat_loose_block {
    struct oat_image_table *table; /* NULL: not used as yet */
    uint32_t number;               /* of the block in its table */
    unsigned column;
    uint64_t numbers[OAT_BLOCK_ROWS];
};

struct oat_loose_code {
    uint32_t source, code; /* code 0: not used as yet */
    uint32_t here;
};

void oat_loose_columns_free(struct oat_loose_columns *columns)
{
    free(columns->blocks);
    free(columns->codes);
    *columns = (struct oat_loose_columns){0};
}

/* ---- Numbers ---- */

static int read_block(struct oat_loose_block *block, struct oat_image_table *table, unsigned column,
                      uint32_t number)
{
    uint32_t first = number * OAT_BLOCK_ROWS, left = table->table.rows - first;
    int result = oat_image_numbers(table, column, first, left < OAT_BLOCK_ROWS ? left : OAT_BLOCK_ROWS,
                                   block->numbers);
    block->table = NULL;
    if (result == OAT_E_CORRUPT)
        memset(block->numbers, 0, sizeof block->numbers);
    else if (result != OAT_OK)
        return result;
    block->table = table;
    block->column = column;
    block->number = number;
    return OAT_OK;
}

/* The number in a column of a row; parts that are next to each other have places of their own. */
static int number_of(struct oat_loose_columns *columns, struct oat_sources *sources,
                     const struct oat_kept_row *row, unsigned column, uint64_t *ret)
{
    struct oat_image_table *table = oat_part_table(oat_sources_part(sources, row->source), OAT_TABLE_SPANS);
    struct oat_loose_block *block = &columns->blocks[row->source % BLOCKS];
    uint32_t number = row->place / OAT_BLOCK_ROWS;
    int result = OAT_OK;
    if (block->table != table || block->number != number || block->column != column)
        result = read_block(block, table, column, number);
    if (result == OAT_OK)
        *ret = block->numbers[row->place % OAT_BLOCK_ROWS];
    return result;
}

static int prepare(struct oat_loose_columns *columns)
{
    if (!columns->blocks)
        columns->blocks = calloc(BLOCKS, sizeof *columns->blocks);
    return columns->blocks ? OAT_OK : OAT_E_NOMEM;
}

static int fill(struct oat_loose_columns *columns, struct oat_sources *sources,
                const struct oat_kept_row *rows, uint32_t count, unsigned column, uint64_t *dst)
{
    int result = prepare(columns);
    for (uint32_t i = 0; i < count && result == OAT_OK; i++)
        result = number_of(columns, sources, &rows[i], column, &dst[i]);
    return result;
}

static int fill_cost(struct oat_loose_columns *columns, struct oat_sources *sources,
                     const struct oat_kept_row *rows, struct oat_batch *batch, enum oat_vector vector,
                     uint64_t *dst)
{
    uint64_t prices[OAT_BATCH_ROWS], rest[OAT_BATCH_ROWS];
    const uint64_t *totals;
    uint32_t count = batch->count;
    int result = fill(columns, sources, rows, count, OAT_COL_SPAN_COST_OUTPUT, rest);
    if (result == OAT_OK)
        result = fill(columns, sources, rows, count, OAT_COL_SPAN_OUTPUT_PRICE, prices);
    if (result == OAT_OK)
        result = fill(columns, sources, rows, count, OAT_COL_SPAN_COUNT + OAT_COUNT_OUTPUT, dst);
    for (uint32_t i = 0; i < count && result == OAT_OK; i++)
        dst[i] = oat_cost_output_unpack(rest[i], prices[i], dst[i]);
    if (result != OAT_OK || vector == OAT_VECTOR_COST_OUTPUT)
        return result;
    result = fill(columns, sources, rows, count, OAT_COL_SPAN_COST_INPUT, rest);
    if (result == OAT_OK)
        result = oat_batch_u64(batch, OAT_VECTOR_COST, &totals);
    for (uint32_t i = 0; i < count && result == OAT_OK; i++)
        dst[i] = oat_cost_input_unpack(rest[i], totals[i], dst[i]);
    return result;
}

int oat_loose_columns_fill64(struct oat_loose_columns *columns, struct oat_sources *sources,
                             const struct oat_kept_row *rows, struct oat_batch *batch, enum oat_vector vector,
                             uint64_t *dst)
{
    if (vector == OAT_VECTOR_COST_INPUT || vector == OAT_VECTOR_COST_OUTPUT)
        return fill_cost(columns, sources, rows, batch, vector, dst);
    return fill(columns, sources, rows, batch->count, oat_part_column_of(vector), dst);
}

int oat_loose_columns_fill32(struct oat_loose_columns *columns, struct oat_sources *sources,
                             const struct oat_kept_row *rows, uint32_t count, enum oat_vector vector,
                             uint32_t *dst)
{
    uint64_t numbers[OAT_BATCH_ROWS];
    int result = fill(columns, sources, rows, count, oat_part_column_of(vector), numbers);
    for (uint32_t i = 0; i < count && result == OAT_OK; i++)
        dst[i] = (uint32_t)numbers[i];
    return result;
}

/* ---- Texts ---- */

static int code_of(struct oat_loose_code *known, struct oat_sources *sources, uint32_t source,
                   unsigned column, uint32_t code, struct oat_intern *texts, uint32_t *ret)
{
    int result = OAT_OK;
    if (known->source != source || known->code != code) {
        oat_text text = oat_part_text(oat_sources_part(sources, source), OAT_TABLE_SPANS, column, code);
        *known = (struct oat_loose_code){.source = source, .code = code};
        result = oat_intern(texts, text, &known->here);
        if (result != OAT_OK)
            known->code = 0;
    }
    *ret = known->here;
    return result;
}

int oat_loose_columns_texts(struct oat_loose_columns *columns, struct oat_sources *sources,
                            const struct oat_kept_row *rows, uint32_t count, unsigned field,
                            struct oat_intern *texts, uint32_t *dst)
{
    unsigned column = OAT_COL_SPAN_TEXT + field;
    int result = oat_loose_columns_fill32(columns, sources, rows, count,
                                          (enum oat_vector)(OAT_VECTOR_TEXT + field), dst);
    if (result == OAT_OK && !columns->codes)
        columns->codes = calloc((size_t)OAT_TEXT_FIELDS * CODES, sizeof *columns->codes);
    if (result == OAT_OK && !columns->codes)
        result = OAT_E_NOMEM;
    for (uint32_t i = 0; i < count && result == OAT_OK; i++) {
        uint32_t place = (dst[i] + rows[i].source * 97) % CODES;
        if (dst[i] != 0)
            result = code_of(&columns->codes[field * CODES + place], sources, rows[i].source, column, dst[i],
                             texts, &dst[i]);
    }
    return result;
}
