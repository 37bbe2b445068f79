#include "reader/part_trace_numbers.h"

#include <string.h>

#define TRACES_AHEAD 64u /* whose first rows are read at once */

/* The trace that the batch's first row belongs to, or an earlier one. */
static int first_trace(struct oat_part_vectors *vectors, const struct oat_batch *batch, uint32_t *ret)
{
    uint32_t behind;
    if (vectors->trace_batch == batch->number && batch->number > 0) {
        *ret = vectors->trace; /* of the last row before it */
        return OAT_OK;
    }
    int result = oat_image_lower_bound(oat_part_table(vectors->part, OAT_TABLE_TRACES),
                                       OAT_COL_TRACE_FIRST_ROW, (uint64_t)batch->number * OAT_BATCH_ROWS + 1,
                                       vectors->spans->table.rows, &behind);
    if (result == OAT_OK && behind == 0)
        return OAT_E_CORRUPT;
    if (result == OAT_OK)
        *ret = behind - 1;
    return result;
}

static int number_traces(struct oat_part_vectors *vectors, const struct oat_batch *batch, uint32_t *dst)
{
    struct oat_image_table *traces = oat_part_table(vectors->part, OAT_TABLE_TRACES);
    uint64_t first_rows[TRACES_AHEAD];
    uint64_t row = (uint64_t)batch->number * OAT_BATCH_ROWS;
    uint32_t trace = 0, ahead = 0, end = 0; /* first_rows are those of ahead .. end */
    int result = first_trace(vectors, batch, &trace);
    for (uint32_t i = 0; i < batch->count && result == OAT_OK;) {
        uint32_t next = trace + 1;
        if (next >= end && next < traces->table.rows) {
            ahead = next;
            end = traces->table.rows - next < TRACES_AHEAD ? traces->table.rows : next + TRACES_AHEAD;
            result = oat_image_numbers(traces, OAT_COL_TRACE_FIRST_ROW, ahead, end - ahead, first_rows);
            if (result != OAT_OK)
                break;
        }
        uint64_t rows_end = next < end ? first_rows[next - ahead] : UINT64_MAX;
        for (; i < batch->count && row + i < rows_end; i++)
            dst[i] = trace;
        trace += i < batch->count;
    }
    vectors->trace = trace;
    vectors->trace_batch = batch->number + 1;
    return result;
}

int oat_part_fill_traces(struct oat_part_vectors *vectors, struct oat_batch *batch, uint32_t *dst)
{
    int result = number_traces(vectors, batch, dst);
    if (result != OAT_E_CORRUPT)
        return result;
    vectors->trace_batch = 0;
    memset(batch->rows, 0, sizeof batch->rows);
    memset(dst, 0, batch->count * sizeof *dst);
    return OAT_OK;
}

/* The trace that a row belongs to, or would. */
static bool trace_of_row(struct oat_part_vectors *vectors, uint32_t row, uint32_t *ret)
{
    uint32_t behind;
    if (oat_image_lower_bound(oat_part_table(vectors->part, OAT_TABLE_TRACES), OAT_COL_TRACE_FIRST_ROW,
                              (uint64_t)row + 1, vectors->spans->table.rows, &behind) != OAT_OK ||
        behind == 0)
        return false;
    *ret = behind - 1;
    return true;
}

bool oat_part_trace_zone(struct oat_part_vectors *vectors, uint32_t batch, uint64_t *ret_min,
                         uint64_t *ret_max)
{
    uint32_t first = vectors->last_trace, last, rows = vectors->spans->table.rows;
    uint32_t first_row = batch * OAT_BATCH_ROWS;
    uint32_t last_row = rows - first_row > OAT_BATCH_ROWS ? first_row + OAT_BATCH_ROWS - 1 : rows - 1;
    if (vectors->zone_batch != batch && !trace_of_row(vectors, first_row, &first))
        return false;
    if (!trace_of_row(vectors, last_row, &last) || last < first)
        return false;
    vectors->last_trace = last;
    vectors->zone_batch = batch + 1;
    *ret_min = first;
    *ret_max = last;
    return true;
}
