#include "reader/root_source.h"

#include "reader/part_trace.h"

#include <stdlib.h>
#include <string.h>

struct root_source {
    struct oat_source source; /* first: it is what callers hold */
    struct oat_part *part;
    struct oat_image_table *table; /* TRACES */
    const uint64_t *traces;
};

static struct root_source *of(struct oat_source *source)
{
    return (struct root_source *)source;
}

static uint32_t rows_of_batch(const struct oat_image_table *table, uint32_t number)
{
    uint32_t left = table->table.rows - number * OAT_BATCH_ROWS;
    return left < OAT_BATCH_ROWS ? left : OAT_BATCH_ROWS;
}

static uint32_t batches_of(const struct oat_image_table *table)
{
    return (table->table.rows + OAT_BATCH_ROWS - 1) / OAT_BATCH_ROWS;
}

/* ---- Which traces --------------------------------------------------------------------------------- */

/* True when the columns that are read of a batch are good: what is not, SPANS may tell. */
static bool is_good(struct oat_image_table *table, uint32_t number)
{
    static const uint8_t columns[] = {OAT_COL_TRACE_START, OAT_COL_TRACE_DURATION, OAT_COL_TRACE_STATUS,
                                      OAT_COL_TRACE_FIRST_ROW, OAT_COL_TRACE_SPAN_COUNT};
    bool good = true;
    for (size_t i = 0; i < sizeof columns && good; i++) {
        struct oat_block block;
        good = oat_image_block(table, number / OAT_GROUP_BLOCKS, columns[i], number % OAT_GROUP_BLOCKS,
                               &block) == OAT_OK;
    }
    return good;
}

/* Those of a batch whose flags say so. */
static void find_in_batch(struct oat_image_table *table, uint32_t number, uint64_t ret[OAT_BATCH_WORDS])
{
    uint64_t flags[OAT_BATCH_ROWS];
    uint32_t count = rows_of_batch(table, number);
    if (oat_image_numbers(table, OAT_COL_TRACE_FLAGS, number * OAT_BATCH_ROWS, count, flags) != OAT_OK ||
        !is_good(table, number))
        return;
    for (uint32_t i = 0; i < count; i++)
        ret[i / 64] |= (uint64_t)((flags[i] & OAT_TRACE_LIKE_ROOT) != 0) << i % 64;
}

int oat_root_traces(struct oat_part *part, const uint64_t *masked, uint64_t **ret_told, uint64_t **ret_rest)
{
    struct oat_image_table *table = oat_part_table(part, OAT_TABLE_TRACES);
    size_t words = ((size_t)batches_of(table) + 1) * OAT_BATCH_WORDS;
    uint64_t *told = calloc(words, sizeof *told), *rest = calloc(words, sizeof *rest);
    bool any = false;
    if (!told || !rest) {
        free(told);
        free(rest);
        return OAT_E_NOMEM;
    }
    for (uint32_t number = 0; number < batches_of(table); number++)
        find_in_batch(table, number, told + (size_t)number * OAT_BATCH_WORDS);
    for (uint32_t row = 0; row < table->table.rows; row += 64) {
        uint32_t left = table->table.rows - row;
        uint64_t left_out = masked ? masked[row / 64] : 0;
        told[row / 64] &= ~left_out;
        rest[row / 64] = told[row / 64] | left_out;
        any |= (~rest[row / 64] << (left < 64 ? 64 - left : 0)) != 0;
    }
    if (!any) {
        free(rest);
        rest = NULL;
    }
    *ret_told = told;
    *ret_rest = rest;
    return OAT_OK;
}

/* ---- Batches ---------------------------------------------------------------------------------------- */

static int open_batch(struct oat_source *source, uint32_t number, struct oat_batch *batch)
{
    const struct root_source *s = of(source);
    batch->count = rows_of_batch(s->table, number);
    memcpy(batch->rows, s->traces + (size_t)number * OAT_BATCH_WORDS, sizeof batch->rows);
    return OAT_OK;
}

/* Reads a column; where it is damaged after all, no row of the batch is left. */
static int read_column(const struct root_source *s, struct oat_batch *batch, unsigned column, uint64_t *ret)
{
    int result = oat_image_numbers(s->table, column, batch->number * OAT_BATCH_ROWS, batch->count, ret);
    uint32_t known = result == OAT_OK ? batch->count : 0;
    memset(ret + known, 0, (OAT_BATCH_ROWS - known) * sizeof *ret);
    if (result == OAT_E_CORRUPT)
        memset(batch->rows, 0, sizeof batch->rows);
    return result == OAT_E_CORRUPT ? OAT_OK : result;
}

static int fill64(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint64_t *dst)
{
    if (vector == OAT_VECTOR_START)
        return read_column(of(source), batch, OAT_COL_TRACE_START, dst);
    if (vector == OAT_VECTOR_DURATION)
        return read_column(of(source), batch, OAT_COL_TRACE_DURATION, dst);
    return OAT_E_INVALID;
}

/* Statuses that cannot be become 0, and their rows are left out. */
static int fill_statuses(const struct root_source *s, struct oat_batch *batch, uint32_t *dst)
{
    uint64_t statuses[OAT_BATCH_ROWS];
    int result = read_column(s, batch, OAT_COL_TRACE_STATUS, statuses);
    for (uint32_t i = 0; i < batch->count && result == OAT_OK; i++) {
        dst[i] = oat_part_shown_status(statuses[i]);
        if (dst[i] != 0 || !(batch->rows[i / 64] >> i % 64 & 1))
            continue;
        oat_part_report(s->part, OAT_TABLE_TRACES, batch->number * OAT_BATCH_ROWS + i, "status of a trace");
        batch->rows[i / 64] &= ~(UINT64_C(1) << i % 64);
    }
    return result;
}

static int fill32(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint32_t *dst)
{
    memset(dst, 0, OAT_BATCH_ROWS * sizeof *dst);
    if (vector == OAT_VECTOR_STATUS)
        return fill_statuses(of(source), batch, dst);
    return vector == OAT_VECTOR_PARENT ? OAT_OK : OAT_E_INVALID;
}

static bool zone(struct oat_source *source, uint32_t number, enum oat_vector vector, uint64_t *ret_min,
                 uint64_t *ret_max)
{
    return vector == OAT_VECTOR_START && oat_image_zone(of(source)->table, OAT_COL_TRACE_START,
                                                        number / OAT_GROUP_BLOCKS, ret_min, ret_max);
}

static void free_source(struct oat_source *source)
{
    free(source);
}

static const struct oat_source_ops ops = {
    .free = free_source,
    .open = open_batch,
    .fill64 = fill64,
    .fill32 = fill32,
    .zone = zone,
};

int oat_root_source_new(struct oat_part *part, const uint64_t *traces, struct oat_source **ret)
{
    struct root_source *s = malloc(sizeof *s);
    if (!s)
        return OAT_E_NOMEM;
    *s =
        (struct root_source){.part = part, .table = oat_part_table(part, OAT_TABLE_TRACES), .traces = traces};
    s->source = (struct oat_source){
        .ops = &ops, .batch_count = batches_of(s->table), .trace_count = s->table->table.rows};
    *ret = &s->source;
    return OAT_OK;
}
