#include "reader/loose_columns.h"

#include "reader/part_source.h"

#include <stdlib.h>
#include <string.h>

/* A trace lies in two parts mostly, whose blocks are read in turns. */
#define PARTS 4u
#define CODES 256u /* of each field; a power of two */

struct oat_loose_part {
    uint32_t source;
    struct oat_source *rows; /* NULL: none is open */
    struct oat_batch batch;  /* of which values were asked for last; its source is NULL: none */
};

struct oat_loose_code {
    uint32_t source, code; /* code 0: not used as yet */
    uint32_t here;
};

static void close_part(struct oat_loose_part *part)
{
    if (part->rows)
        part->rows->ops->free(part->rows);
    part->rows = part->batch.source = NULL;
}

void oat_loose_columns_free(struct oat_loose_columns *columns)
{
    for (unsigned i = 0; columns->parts && i < PARTS; i++) {
        close_part(&columns->parts[i]);
        oat_batch_free(&columns->parts[i].batch);
    }
    free(columns->parts);
    free(columns->codes);
    *columns = (struct oat_loose_columns){0};
}

/* ---- Numbers ---- */

/* Parts that are next to each other have places of their own. */
static int open_part(struct oat_loose_columns *columns, struct oat_sources *sources, uint32_t source,
                     struct oat_loose_part **ret)
{
    int result = OAT_OK;
    if (!columns->parts)
        columns->parts = calloc(PARTS, sizeof *columns->parts);
    if (!columns->parts)
        return OAT_E_NOMEM;
    struct oat_loose_part *part = &columns->parts[source % PARTS];
    if (part->rows && part->source != source)
        close_part(part);
    if (!part->rows)
        result = oat_part_source_new(oat_sources_part(sources, source), NULL, &part->rows);
    part->source = source;
    *ret = part;
    return result;
}

/* Opens the batch of a part that a row is in. */
static int open_batch(struct oat_loose_columns *columns, struct oat_sources *sources,
                      const struct oat_kept_row *row, struct oat_batch **ret)
{
    struct oat_loose_part *part;
    uint32_t number = row->place / OAT_BATCH_ROWS;
    int result = open_part(columns, sources, row->source, &part);
    if (result != OAT_OK)
        return result;
    *ret = &part->batch;
    bool is_open = part->batch.source && part->batch.number == number;
    return is_open ? OAT_OK : oat_batch_open(&part->batch, part->rows, number);
}

/* The first of the rows behind row i that is of another batch. */
static uint32_t end_of_batch(const struct oat_kept_row *rows, uint32_t count, uint32_t i)
{
    uint32_t source = rows[i].source, number = rows[i].place / OAT_BATCH_ROWS;
    while (i < count && rows[i].source == source && rows[i].place / OAT_BATCH_ROWS == number)
        i++;
    return i;
}

int oat_loose_columns_fill64(struct oat_loose_columns *columns, struct oat_sources *sources,
                             const struct oat_kept_row *rows, uint32_t count, enum oat_vector vector,
                             uint64_t *dst)
{
    int result = OAT_OK;
    for (uint32_t i = 0, end; i < count && result == OAT_OK; i = end) {
        struct oat_batch *batch;
        const uint64_t *values;
        end = end_of_batch(rows, count, i);
        result = open_batch(columns, sources, &rows[i], &batch);
        if (result == OAT_OK)
            result = oat_batch_u64(batch, vector, &values);
        for (uint32_t k = i; k < end && result == OAT_OK; k++)
            dst[k] = values[rows[k].place % OAT_BATCH_ROWS];
    }
    return result;
}

int oat_loose_columns_fill32(struct oat_loose_columns *columns, struct oat_sources *sources,
                             const struct oat_kept_row *rows, uint32_t count, enum oat_vector vector,
                             uint32_t *dst)
{
    int result = OAT_OK;
    for (uint32_t i = 0, end; i < count && result == OAT_OK; i = end) {
        struct oat_batch *batch;
        const uint32_t *values;
        end = end_of_batch(rows, count, i);
        result = open_batch(columns, sources, &rows[i], &batch);
        if (result == OAT_OK)
            result = oat_batch_u32(batch, vector, &values);
        for (uint32_t k = i; k < end && result == OAT_OK; k++)
            dst[k] = values[rows[k].place % OAT_BATCH_ROWS];
    }
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
