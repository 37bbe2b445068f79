#include "reader/part_vectors.h"

#include "format/block_rows.h"
#include "format/span_costs.h"
#include "reader/compare.h"
#include "reader/loops.h"
#include "reader/part_record.h"
#include "reader/part_trace_numbers.h"
#include "reader/prefetch.h"

#include <stdlib.h>
#include <string.h>

/* ---- Columns ---- */

unsigned oat_part_column_of(enum oat_vector vector)
{
    static const uint8_t columns[OAT_VECTOR_TEXT] = {
        [OAT_VECTOR_START] = OAT_COL_SPAN_START,
        [OAT_VECTOR_DURATION] = OAT_COL_SPAN_DURATION,
        [OAT_VECTOR_COST] = OAT_COL_SPAN_COST,
        [OAT_VECTOR_COST_INPUT] = OAT_COL_SPAN_COST_INPUT,
        [OAT_VECTOR_COST_OUTPUT] = OAT_COL_SPAN_COST_OUTPUT,
        [OAT_VECTOR_SPAN_ID] = OAT_COL_SPAN_ID,
        [OAT_VECTOR_PARENT_ID] = OAT_COL_SPAN_PARENT_ID,
        [OAT_VECTOR_CALL_ID] = OAT_COL_SPAN_CALL_ID,
        [OAT_VECTOR_TYPE] = OAT_COL_SPAN_TYPE,
        [OAT_VECTOR_STATUS] = OAT_COL_SPAN_STATUS,
        [OAT_VECTOR_OTEL_STATUS] = OAT_COL_SPAN_OTEL_STATUS,
        [OAT_VECTOR_FLAGS] = OAT_COL_SPAN_FLAGS,
        [OAT_VECTOR_COUNTED] = OAT_COL_SPAN_COUNTED,
        [OAT_VECTOR_TTFT] = OAT_COL_SPAN_TTFT,
        [OAT_VECTOR_PROMPT_VERSION] = OAT_COL_SPAN_PROMPT_VERSION,
        [OAT_VECTOR_SAMPLE_RATE] = OAT_COL_SPAN_SAMPLE_RATE,
        [OAT_VECTOR_PRICE_TIER] = OAT_COL_SPAN_PRICE_TIER,
        [OAT_VECTOR_PARENT] = OAT_COL_SPAN_PARENT,
    };
    if (vector >= OAT_VECTOR_TOKENS)
        return OAT_COL_SPAN_COUNT + (vector - OAT_VECTOR_TOKENS);
    return vector >= OAT_VECTOR_TEXT ? OAT_COL_SPAN_TEXT + (vector - OAT_VECTOR_TEXT) : columns[vector];
}

#define CACHE_LINE 64u
#define TAIL_SIZE  256u /* of a block: mostly the exceptions */

static void load_bytes(const uint8_t *bytes, uint64_t len)
{
    for (uint64_t at = 0; at < len; at += CACHE_LINE)
        __builtin_prefetch(bytes + at);
}

/* Has the processor load the first and the last bytes of blocks of some columns, which it does while the ones
 * before are worked on. */
static void load_blocks(const struct oat_group *group, uint64_t columns, unsigned block, uint64_t front,
                        uint64_t tail)
{
    for (uint64_t left = columns; left != 0; left &= left - 1) {
        unsigned column = (unsigned)__builtin_ctzll(left);
        if (group->entry_of[column] == 0)
            continue;
        uint64_t from = oat_group_block_offset(group, column, block) - group->offset;
        uint64_t to = oat_group_block_offset(group, column, block + 1) - group->offset;
        if (from > to || to > group->len)
            continue;
        if (to - from <= front + tail) {
            load_bytes(group->bytes + from, to - from);
            continue;
        }
        load_bytes(group->bytes + from, front);
        load_bytes(group->bytes + to - tail, tail);
    }
}

/* The columns that the batch before was read for, of the one behind this. */
static void load_next(struct oat_part_vectors *vectors, const struct oat_batch *batch)
{
    const struct oat_group *group;
    uint32_t next = batch->number + 1, block = next % OAT_GROUP_BLOCKS;
    if ((vectors->used | vectors->few) == 0 || next / OAT_GROUP_BLOCKS >= vectors->spans->table.group_count ||
        oat_image_group(vectors->spans, next / OAT_GROUP_BLOCKS, &group) != OAT_OK ||
        block >= group->block_count)
        return;
    uint64_t few = vectors->few & ~vectors->used, bitmaps = vectors->bitmaps & ~(vectors->used | few);
    load_blocks(group, bitmaps, block, OAT_BLOCK_FRONT_SIZE, 0);
    load_blocks(group, few, block, OAT_BLOCK_FRONT_SIZE, TAIL_SIZE);
    load_blocks(group, vectors->used, block, group->len, 0);
    vectors->used = 0;
    vectors->bitmaps = 0;
}

void oat_part_vectors_ahead(struct oat_part_vectors *vectors, const struct oat_batch *batch)
{
    load_next(vectors, batch);
    uint32_t next = batch->number / OAT_GROUP_BLOCKS + 1;
    if (vectors->group == next)
        return;
    vectors->group = next;
    for (unsigned column = 0; column < OAT_TABLE_COLUMNS && next < vectors->spans->table.group_count;
         column++)
        if (vectors->columns >> column & 1)
            oat_prefetch_column(vectors->spans, column, next);
}

/* Opens a block; those of a batch are kept while it is the last that was asked for. */
static int open_block(struct oat_part_vectors *vectors, uint32_t batch, unsigned column,
                      const struct oat_block **ret)
{
    if (vectors->opened_of != batch + 1)
        vectors->opened = 0;
    vectors->opened_of = batch + 1;
    if (!(vectors->opened >> column & 1)) {
        int result = oat_image_block(vectors->spans, batch / OAT_GROUP_BLOCKS, column,
                                     batch % OAT_GROUP_BLOCKS, &vectors->blocks[column]);
        if (result != OAT_OK)
            return result;
        vectors->opened |= UINT64_C(1) << column;
    }
    *ret = &vectors->blocks[column];
    return OAT_OK;
}

int oat_part_open_block(struct oat_part_vectors *vectors, struct oat_batch *batch, unsigned column, bool few,
                        const struct oat_block **ret)
{
    *(few ? &vectors->few : &vectors->used) |= UINT64_C(1) << column;
    if (!(vectors->columns >> column & 1)) {
        vectors->columns |= UINT64_C(1) << column;
        oat_prefetch_column(vectors->spans, column, batch->number / OAT_GROUP_BLOCKS);
    }
    int result = open_block(vectors, batch->number, column, ret);
    if (result == OAT_OK && (*ret)->alike)
        vectors->bitmaps |= UINT64_C(1) << (*ret)->alike;
    if (result != OAT_E_CORRUPT)
        return result;
    memset(batch->rows, 0, sizeof batch->rows);
    return OAT_NOTFOUND;
}

/* Makes what decoding left behind the rows of the last batch zeros, so that loops may run over whole
 * batches: those the compiler makes vectors of. */
static void clear_tail(const struct oat_batch *batch, void *dst, size_t size)
{
    memset((uint8_t *)dst + batch->count * size, 0, (OAT_BATCH_ROWS - batch->count) * size);
}

#define FEW_ROWS 8u /* are sooner read one by one: the others stay as they are, defined but of no use */

static bool has_few_rows(const struct oat_batch *batch)
{
    return oat_rows_count(batch->rows) <= FEW_ROWS;
}

/* The next of the rows that are looked at, from `row` on; OAT_BATCH_ROWS: there is none. */
static uint32_t next_row(const struct oat_batch *batch, uint32_t row)
{
    for (; row < OAT_BATCH_ROWS; row = (row / 64 + 1) * 64) {
        uint64_t left = batch->rows[row / 64] >> row % 64;
        if (left != 0)
            return row + (uint32_t)__builtin_ctzll(left);
    }
    return OAT_BATCH_ROWS;
}

/* Reads the rows that are looked at alone. */
static void read_few64(const struct oat_batch *batch, const struct oat_block *block, uint64_t *dst)
{
    for (uint32_t row = next_row(batch, 0); row < OAT_BATCH_ROWS; row = next_row(batch, row + 1))
        dst[row] = oat_block_get(block, row);
}

int oat_part_fill_column64(struct oat_part_vectors *vectors, struct oat_batch *batch, unsigned column,
                           uint64_t *dst)
{
    const struct oat_block *block;
    bool few = has_few_rows(batch);
    int result = oat_part_open_block(vectors, batch, column, few, &block);
    if (result == OAT_OK && few) {
        read_few64(batch, block, dst);
        return OAT_OK;
    }
    if (result == OAT_OK)
        oat_block_decode64(block, dst);
    if (result == OAT_NOTFOUND)
        memset(dst, 0, batch->count * sizeof *dst);
    clear_tail(batch, dst, sizeof *dst);
    return result == OAT_NOTFOUND ? OAT_OK : result;
}

/* As oat_part_open_block; CONSTANT 0 where it is damaged. */
static int open_or_zero(struct oat_part_vectors *vectors, struct oat_batch *batch, unsigned column, bool few,
                        const struct oat_block **ret)
{
    int result = oat_part_open_block(vectors, batch, column, few, ret);
    if (result != OAT_NOTFOUND)
        return result;
    vectors->blocks[column] = (struct oat_block){
        .encoding = OAT_BLOCK_CONSTANT, .rows = batch->count, .packed_count = batch->count};
    *ret = &vectors->blocks[column];
    return OAT_OK;
}

void oat_part_drop_row(struct oat_part_vectors *vectors, struct oat_batch *batch, uint32_t row,
                       const char *what)
{
    if (batch->rows[row / 64] >> row % 64 & 1)
        oat_part_report(vectors->part, OAT_TABLE_SPANS, batch->number * OAT_BATCH_ROWS + row, what);
    batch->rows[row / 64] &= ~(UINT64_C(1) << row % 64);
}

/* ---- Vectors of 64 bits ---- */

static int fill_zigzag(struct oat_part_vectors *vectors, struct oat_batch *batch, unsigned column,
                       uint64_t *dst)
{
    int result = oat_part_fill_column64(vectors, batch, column, dst);
    if (result != OAT_OK)
        return result;
    if (!has_few_rows(batch)) {
        oat_loop_unzigzag(dst, OAT_BATCH_WORDS);
        return OAT_OK;
    }
    for (uint32_t row = next_row(batch, 0); row < OAT_BATCH_ROWS; row = next_row(batch, row + 1))
        dst[row] = (uint64_t)oat_unzigzag(dst[row]);
    return OAT_OK;
}

static int fill_cost_output(struct oat_part_vectors *vectors, struct oat_batch *batch, uint64_t *dst)
{
    uint64_t prices[OAT_BATCH_ROWS];
    const uint32_t *tokens;
    int result = oat_batch_u32(batch, (enum oat_vector)(OAT_VECTOR_TOKENS + OAT_COUNT_OUTPUT), &tokens);
    if (result == OAT_OK)
        result = oat_part_fill_column64(vectors, batch, OAT_COL_SPAN_OUTPUT_PRICE, prices);
    if (result == OAT_OK)
        result = oat_part_fill_column64(vectors, batch, OAT_COL_SPAN_COST_OUTPUT, dst);
    for (uint32_t i = 0; i < batch->count && result == OAT_OK; i++)
        dst[i] = oat_cost_output_unpack(dst[i], prices[i], tokens[i]);
    return result;
}

static int fill_cost_input(struct oat_part_vectors *vectors, struct oat_batch *batch, uint64_t *dst)
{
    const uint64_t *total, *output;
    int result = oat_batch_u64(batch, OAT_VECTOR_COST, &total);
    if (result == OAT_OK)
        result = oat_batch_u64(batch, OAT_VECTOR_COST_OUTPUT, &output);
    if (result == OAT_OK)
        result = oat_part_fill_column64(vectors, batch, OAT_COL_SPAN_COST_INPUT, dst);
    for (uint32_t i = 0; i < batch->count && result == OAT_OK; i++)
        dst[i] = oat_cost_input_unpack(dst[i], total[i], output[i]);
    return result;
}

/* dst: PARENT_ID of the column; becomes the id of the row that `parent` points to. */
static int near_parent(struct oat_part_vectors *vectors, struct oat_batch *batch, uint32_t i, uint64_t parent,
                       const uint64_t *span_ids, uint64_t *dst)
{
    uint64_t first = (uint64_t)batch->number * OAT_BATCH_ROWS;
    uint64_t row = first + i - (uint64_t)oat_unzigzag(parent - OAT_PARENT_NEAR);
    *dst = 0;
    uint64_t near = row - first; /* in the batch; of other rows than those looked at nothing is known */
    if (near < batch->count && batch->rows[near / 64] >> near % 64 & 1) {
        *dst = span_ids[near];
        return OAT_OK;
    }
    int result = OAT_E_CORRUPT;
    if (row < vectors->spans->table.rows)
        result = oat_image_number(vectors->spans, OAT_COL_SPAN_ID, (uint32_t)row, dst);
    if (result == OAT_E_CORRUPT)
        oat_part_drop_row(vectors, batch, i, "parent of a span");
    return result == OAT_E_CORRUPT ? OAT_OK : result;
}

static int fill_parents(struct oat_part_vectors *vectors, struct oat_batch *batch, uint64_t *dst)
{
    uint64_t parents[OAT_BATCH_ROWS];
    const uint64_t *span_ids;
    int result = oat_batch_u64(batch, OAT_VECTOR_SPAN_ID, &span_ids);
    if (result == OAT_OK)
        result = oat_part_fill_column64(vectors, batch, OAT_COL_SPAN_PARENT, parents);
    if (result == OAT_OK)
        result = oat_part_fill_column64(vectors, batch, OAT_COL_SPAN_PARENT_ID, dst);
    if (result != OAT_OK)
        return result;
    for (uint32_t i = next_row(batch, 0); i < OAT_BATCH_ROWS && result == OAT_OK;
         i = next_row(batch, i + 1)) {
        if (parents[i] == OAT_PARENT_NONE)
            dst[i] = 0;
        else if (parents[i] >= OAT_PARENT_NEAR)
            result = near_parent(vectors, batch, i, parents[i], span_ids, &dst[i]);
    }
    return result;
}

int oat_part_fill64(struct oat_part_vectors *vectors, struct oat_batch *batch, enum oat_vector vector,
                    uint64_t *dst)
{
    switch (vector) {
    case OAT_VECTOR_COST:
        return fill_zigzag(vectors, batch, oat_part_column_of(vector), dst);
    case OAT_VECTOR_COST_INPUT:
        return fill_cost_input(vectors, batch, dst);
    case OAT_VECTOR_COST_OUTPUT:
        return fill_cost_output(vectors, batch, dst);
    case OAT_VECTOR_PARENT_ID:
        return fill_parents(vectors, batch, dst);
    default:
        return oat_part_fill_column64(vectors, batch, oat_part_column_of(vector), dst);
    }
}

/* ---- Vectors of 32 bits ---- */

/* Flags by code, once. */
static int read_flags(struct oat_part_vectors *vectors)
{
    uint32_t count = oat_part_flags_count(vectors->part);
    if (vectors->flags)
        return OAT_OK;
    uint32_t *flags = calloc((size_t)count + OAT_LOOP_TABLE, sizeof *flags);
    if (!flags)
        return OAT_E_NOMEM;
    for (uint32_t code = 1; code <= count; code++)
        oat_part_flags(vectors->part, code, &flags[code]);
    vectors->flags = flags;
    vectors->flag_codes = count;
    return OAT_OK;
}

/* Values outside become 0, and their rows are left out: whoever has a vector may trust its values. */
static void bound(struct oat_part_vectors *vectors, struct oat_batch *batch, uint32_t min, uint32_t max,
                  uint32_t *dst)
{
    uint64_t inside[OAT_BATCH_WORDS];
    oat_compare_range32(dst, min, max, inside);
    for (uint32_t word = 0; word < OAT_BATCH_WORDS; word++) {
        for (uint64_t left = ~inside[word]; left != 0; left &= left - 1) {
            uint32_t i = 64 * word + (uint32_t)__builtin_ctzll(left);
            if (i < batch->count)
                oat_part_drop_row(vectors, batch, i, "number of a span");
            dst[i] = 0;
        }
    }
}

/* The values that a vector may have, before statuses are shown and flags looked up. False: any. */
static bool find_bounds(const struct oat_part_vectors *vectors, enum oat_vector vector, uint32_t *ret_min,
                        uint32_t *ret_max)
{
    *ret_min = 0;
    if (vector == OAT_VECTOR_TYPE) {
        *ret_min = OAT_AGENT;
        *ret_max = OAT_FILE_IO;
    } else if (vector == OAT_VECTOR_STATUS) {
        *ret_min = OAT_STATUS_OPEN;
        *ret_max = OAT_STATUS_ERROR;
    } else if (vector == OAT_VECTOR_OTEL_STATUS) {
        *ret_max = OAT_OTEL_ERROR;
    } else if (vector == OAT_VECTOR_COUNTED) {
        *ret_max = 1;
    } else if (vector == OAT_VECTOR_FLAGS) {
        *ret_max = vectors->flag_codes;
    } else if (vector >= OAT_VECTOR_TEXT && vector < OAT_VECTOR_TOKENS) {
        *ret_max = oat_part_text_count(vectors->part, OAT_TABLE_SPANS, oat_part_column_of(vector));
    } else {
        return false;
    }
    return true;
}

/* What a block's header tells of its values. */
static void bounds_of_block(const struct oat_block *block, uint64_t *ret_min, uint64_t *ret_max)
{
    uint64_t range = block->width == 0 ? 0 : UINT64_MAX >> (64 - block->width);
    bool all = block->exception_count == 0 && range <= UINT64_MAX - block->base;
    *ret_min = all && !block->bitmap ? block->base : 0;
    *ret_max = all ? block->base + range : UINT64_MAX;
}

bool oat_part_is_bounded(const struct oat_part_vectors *vectors, enum oat_vector vector,
                         const struct oat_block *block)
{
    uint64_t least, greatest;
    uint32_t min, max;
    if (!find_bounds(vectors, vector, &min, &max))
        return true;
    bounds_of_block(block, &least, &greatest);
    return least >= min && greatest <= max;
}

/* As oat_part_shown_status; in a way that takes a cycle for several. */
static void show_statuses(uint32_t *dst)
{
    for (uint32_t i = 0; i < OAT_BATCH_ROWS; i++)
        dst[i] += OAT_PART_STATUS_SHOWN;
}

static void read_all32(struct oat_part_vectors *vectors, struct oat_batch *batch, enum oat_vector vector,
                       const struct oat_block *block, bool bounded, uint32_t *dst)
{
    uint32_t min, max;
    oat_block_decode32(block, dst);
    clear_tail(batch, dst, sizeof *dst);
    if (!bounded && find_bounds(vectors, vector, &min, &max))
        bound(vectors, batch, min, max, dst);
    if (vector == OAT_VECTOR_STATUS)
        show_statuses(dst);
    if (vector == OAT_VECTOR_FLAGS)
        oat_loop_look_up(vectors->flags, vectors->flag_codes + 1, dst);
}

/* The same of the rows that are looked at, whose values are within bounds. */
static void read_few32(const struct oat_part_vectors *vectors, const struct oat_batch *batch,
                       enum oat_vector vector, const struct oat_block *block, uint32_t *dst)
{
    for (uint32_t row = next_row(batch, 0); row < OAT_BATCH_ROWS; row = next_row(batch, row + 1)) {
        uint32_t value = (uint32_t)oat_block_get(block, row);
        if (vector == OAT_VECTOR_STATUS)
            value += OAT_PART_STATUS_SHOWN;
        dst[row] = vector == OAT_VECTOR_FLAGS ? vectors->flags[value] : value;
    }
}

int oat_part_fill32(struct oat_part_vectors *vectors, struct oat_batch *batch, enum oat_vector vector,
                    uint32_t *dst)
{
    if (vector == OAT_VECTOR_TRACE)
        return oat_part_fill_traces(vectors, batch, dst);
    const struct oat_block *block;
    bool few = has_few_rows(batch);
    int result = vector == OAT_VECTOR_FLAGS ? read_flags(vectors) : OAT_OK;
    if (result == OAT_OK)
        result = open_or_zero(vectors, batch, oat_part_column_of(vector), few, &block);
    if (result != OAT_OK)
        return result;
    bool bounded = oat_part_is_bounded(vectors, vector, block);
    if (few && bounded)
        read_few32(vectors, batch, vector, block, dst);
    else
        read_all32(vectors, batch, vector, block, bounded, dst);
    return OAT_OK;
}

/* ---- Zones ---- */

/* Bounds of a column in a batch. A block that nobody has read is not read for this. */
static bool column_zone(struct oat_part_vectors *vectors, uint32_t batch, unsigned column, uint64_t *ret_min,
                        uint64_t *ret_max)
{
    uint32_t group = batch / OAT_GROUP_BLOCKS;
    uint64_t least, greatest;
    const struct oat_block *block;
    if (!oat_image_zone(vectors->spans, column, group, ret_min, ret_max))
        return false;
    if (oat_image_checked(vectors->spans, group, column, batch % OAT_GROUP_BLOCKS) &&
        open_block(vectors, batch, column, &block) == OAT_OK) {
        bounds_of_block(block, &least, &greatest);
        *ret_min = least > *ret_min ? least : *ret_min;
        *ret_max = greatest < *ret_max ? greatest : *ret_max;
    }
    return *ret_min <= *ret_max;
}

bool oat_part_vector_zone(struct oat_part_vectors *vectors, uint32_t batch, enum oat_vector vector,
                          uint64_t *ret_min, uint64_t *ret_max)
{
    uint64_t min, max;
    if (vector == OAT_VECTOR_TRACE)
        return oat_part_trace_zone(vectors, batch, ret_min, ret_max);
    if (vector == OAT_VECTOR_COST_INPUT || vector == OAT_VECTOR_COST_OUTPUT ||
        vector == OAT_VECTOR_PARENT_ID || vector == OAT_VECTOR_FLAGS ||
        !column_zone(vectors, batch, oat_part_column_of(vector), &min, &max))
        return false;
    if (vector >= OAT_VECTOR_WIDE_COUNT && max > UINT32_MAX)
        return false;
    if (vector == OAT_VECTOR_COST) {
        *ret_min = UINT64_C(0) - (max / 2 + max % 2);
        *ret_max = max / 2;
        return true;
    }
    if (vector == OAT_VECTOR_STATUS) {
        min = oat_part_shown_status(min);
        max = oat_part_shown_status(max);
        if (min == 0 || max < min)
            return false;
    }
    *ret_min = min;
    *ret_max = max;
    return true;
}
