#include "reader/summary_verify.h"

#include "format/varint.h"
#include "indexer/summary.h"

#include <stdlib.h>
#include <string.h>

struct verifier {
    struct oat_part *part;
    const struct oat_summary_shape *shape; /* of the table that is being verified, */
    struct oat_image_table *summaries;     /* which is this */
    struct oat_image_table *spans;
    struct oat_summary of_spans;
};

/* ---- What spans come to --------------------------------------------------------------------------- */

enum column {
    START,
    DURATION,
    TYPE,
    STATUS,
    FLAGS,
    COUNTED,
    MODEL,
    AGENT,
    PROMPT,
    PROMPT_VERSION,
    COST,
    COUNT,
    COLUMNS = COUNT + OAT_COUNT_FIELDS
};

struct block {
    uint64_t of[COLUMNS][OAT_BLOCK_ROWS];
};

static int read_block(struct verifier *v, uint32_t first, uint32_t count, struct block *ret)
{
    static const uint8_t columns[COUNT + 1] = {
        [START] = OAT_COL_SPAN_START,
        [DURATION] = OAT_COL_SPAN_DURATION,
        [TYPE] = OAT_COL_SPAN_TYPE,
        [STATUS] = OAT_COL_SPAN_STATUS,
        [FLAGS] = OAT_COL_SPAN_FLAGS,
        [COUNTED] = OAT_COL_SPAN_COUNTED,
        [MODEL] = OAT_COL_SPAN_TEXT + OAT_TEXT_MODEL,
        [AGENT] = OAT_COL_SPAN_TEXT + OAT_TEXT_AGENT,
        [PROMPT] = OAT_COL_SPAN_TEXT + OAT_TEXT_PROMPT_NAME,
        [PROMPT_VERSION] = OAT_COL_SPAN_PROMPT_VERSION,
        [COST] = OAT_COL_SPAN_COST,
        [COUNT] = OAT_COL_SPAN_COUNT,
    };
    int result = OAT_OK;
    for (unsigned i = 0; i < COLUMNS && result == OAT_OK; i++) {
        unsigned column = i < COUNT ? columns[i] : columns[COUNT] + (i - COUNT);
        result = oat_image_numbers(v->spans, column, first, count, ret->of[i]);
    }
    return result;
}

static void add_span(struct verifier *v, const struct block *block, uint32_t i)
{
    uint32_t flags = 0;
    oat_part_flags(v->part, block->of[FLAGS][i], &flags);
    struct oat_summary_span span = {
        .key = {{
            [OAT_ALIKE_TYPE] = (uint32_t)block->of[TYPE][i],
            [OAT_ALIKE_STATUS] = (uint32_t)block->of[STATUS][i],
            [OAT_ALIKE_FLAGS] = flags,
            [OAT_ALIKE_MODEL] = (uint32_t)block->of[MODEL][i],
            [OAT_ALIKE_AGENT] = (uint32_t)block->of[AGENT][i],
            [OAT_ALIKE_PROMPT] = (uint32_t)block->of[PROMPT][i],
            [OAT_ALIKE_PROMPT_VERSION] = (uint32_t)block->of[PROMPT_VERSION][i],
        }},
        .start_ns = block->of[START][i],
        .duration_ns = (int64_t)block->of[DURATION][i],
        .cost_nano = oat_unzigzag(block->of[COST][i]),
        .counted = block->of[COUNTED][i] != 0,
    };
    for (unsigned field = 0; field < OAT_COUNT_FIELDS; field++)
        span.count[field] = (uint32_t)block->of[COUNT + field][i];
    oat_summary_add(&v->of_spans, &span);
}

/* Sums up a group of SPANS, which is in the table. */
static int sum_up(struct verifier *v, uint32_t group, bool hours, uint32_t *ret_count)
{
    struct block *block = malloc(sizeof *block);
    uint32_t first = group * OAT_GROUP_ROWS, rows = v->spans->table.rows;
    uint32_t end = rows - first < OAT_GROUP_ROWS ? rows : first + OAT_GROUP_ROWS;
    int result = block ? OAT_OK : OAT_E_NOMEM;
    oat_summary_begin(&v->of_spans, v->shape->fields & ~(hours ? 0 : 1u << OAT_ALIKE_HOUR));
    for (; first < end && result == OAT_OK; first += OAT_BLOCK_ROWS) {
        uint32_t count = end - first < OAT_BLOCK_ROWS ? end - first : OAT_BLOCK_ROWS;
        result = read_block(v, first, count, block);
        for (uint32_t i = 0; i < count && result == OAT_OK; i++)
            add_span(v, block, i);
    }
    *ret_count = oat_summary_end(&v->of_spans, OAT_SUMMARY_ROWS_MAX);
    free(block);
    return result;
}

/* ---- What summaries say --------------------------------------------------------------------------- */

/* True when a row of the table says the same, the group apart. A block that is damaged says nothing. */
static bool is_same(struct verifier *v, uint32_t row, const struct oat_summary_row *expected)
{
    const struct {
        unsigned column;
        uint64_t number;
    } numbers[] = {
        {OAT_COL_SUMMARY_SPANS, expected->spans},
        {OAT_COL_SUMMARY_COUNTED, expected->counted},
        {OAT_COL_SUMMARY_DURATION, (uint64_t)expected->duration_ns},
        {OAT_COL_SUMMARY_COST, oat_zigzag(expected->cost_nano)},
    };
    uint64_t found;
    bool same = true;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        same = same && (oat_image_number(v->summaries, numbers[i].column, row, &found) != OAT_OK ||
                        found == numbers[i].number);
    for (unsigned i = 0; i < OAT_ALIKE_FIELDS; i++)
        same = same && (oat_image_number(v->summaries, oat_summary_columns_of[i], row, &found) != OAT_OK ||
                        found == expected->key.of[i]);
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        same = same && (oat_image_number(v->summaries, OAT_COL_SUMMARY_COUNT + i, row, &found) != OAT_OK ||
                        found == expected->count[i]);
    return same;
}

/* Compares the rows [first, end), which are of one group. */
static int verify_group(struct verifier *v, uint32_t first, uint32_t end, uint64_t group)
{
    uint64_t hour = 0;
    uint32_t count = 0;
    bool same = group < v->spans->table.group_count;
    int result = oat_image_number(v->summaries, OAT_COL_SUMMARY_HOUR, first, &hour);
    if (result == OAT_OK && same)
        result = sum_up(v, (uint32_t)group, hour > 0, &count);
    if (result != OAT_OK)
        return result == OAT_E_CORRUPT ? OAT_OK : result;
    same = same && count == end - first;
    for (uint32_t i = 0; same && i < count; i++)
        same = is_same(v, first + i, &v->of_spans.rows[i]);
    if (!same)
        oat_part_report(v->part, v->shape->table, first, "summary of spans");
    return OAT_OK;
}

static int verify_all(struct verifier *v)
{
    uint32_t first = 0, rows = v->summaries->table.rows;
    uint64_t group = 0, next;
    int result = oat_image_number(v->summaries, OAT_COL_SUMMARY_GROUP, 0, &group);
    for (uint32_t row = 1; row <= rows && result == OAT_OK; row++) {
        next = UINT64_MAX;
        if (row < rows)
            result = oat_image_number(v->summaries, OAT_COL_SUMMARY_GROUP, row, &next);
        if (result != OAT_OK || next == group)
            continue;
        result = verify_group(v, first, row, group);
        group = next;
        first = row;
    }
    return result == OAT_E_CORRUPT ? OAT_OK : result;
}

int oat_summaries_verify(struct oat_part *part)
{
    struct verifier *v = malloc(sizeof *v);
    int result = v ? OAT_OK : OAT_E_NOMEM;
    for (unsigned kind = 0; kind < OAT_SUMMARY_KINDS && result == OAT_OK; kind++) {
        v->part = part;
        v->shape = &oat_summary_shapes[kind];
        v->summaries = oat_part_table(part, v->shape->table);
        v->spans = oat_part_table(part, OAT_TABLE_SPANS);
        if (v->summaries->table.rows > 0)
            result = verify_all(v);
    }
    free(v);
    return result;
}
