#include "reader/trace_candidates.h"

#include "reader/part_find.h"
#include "reader/part_trace.h"
#include "reader/trace.h"
#include "reader/trace_match.h"

#include <stdlib.h>
#include <string.h>

static int keep(struct oat_listing *l, const struct oat_ranked *found)
{
    l->total++;
    if (l->has_after && oat_ranked_compare(found, &l->after) <= 0)
        return OAT_OK;
    return oat_ranking_add(&l->ranking, found);
}

/* ---- Loose and continued traces ---- */

static bool in_window(const oat_trace_query *query, uint64_t start_ns)
{
    return start_ns >= query->from_ns && (query->to_ns == 0 || start_ns < query->to_ns);
}

static int meet_assembly(struct oat_listing *l, const struct oat_assembly *assembly, uint32_t source,
                         const uint64_t *matching)
{
    for (uint32_t i = 0; i < assembly->trace_count; i++) {
        const struct oat_trace_info *info = &assembly->traces[i];
        oat_trace_view view;
        if (info->row_count == 0 || !in_window(l->query, info->start_ns) ||
            (l->query->status != 0 && info->status != (uint8_t)l->query->status) ||
            (l->query->filter && !oat_bit(matching, i)))
            continue;
        oat_trace_view_numbers(info, &view);
        struct oat_ranked found = {
            .key = oat_rank_key(l->query, &view), .start_ns = info->start_ns, .source = source, .trace = i};
        memcpy(found.trace_id, info->trace_id, sizeof found.trace_id);
        int result = keep(l, &found);
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

/* ---- Traces of parts ---- */

/* The columns of a block of TRACES that the query needs. */
struct columns {
    uint64_t start[OAT_BLOCK_ROWS], flags[OAT_BLOCK_ROWS], status[OAT_BLOCK_ROWS];
    uint64_t spans[OAT_BLOCK_ROWS], value[OAT_BLOCK_ROWS], more[OAT_BLOCK_ROWS];
};

static unsigned value_column(enum oat_trace_sort sort)
{
    static const uint8_t columns[] = {
        [OAT_SORT_START] = OAT_COL_TRACE_START,      [OAT_SORT_DURATION] = OAT_COL_TRACE_DURATION,
        [OAT_SORT_COST] = OAT_COL_TRACE_COST,        [OAT_SORT_TOKENS] = OAT_COL_TRACE_INPUT_TOKENS,
        [OAT_SORT_SPANS] = OAT_COL_TRACE_SPAN_COUNT, [OAT_SORT_ERRORS] = OAT_COL_TRACE_ERROR_COUNT,
    };
    return columns[sort];
}

static int read_columns(const struct oat_listing *l, struct oat_image_table *table, uint32_t first,
                        uint32_t count, struct columns *c)
{
    int result = oat_image_numbers(table, OAT_COL_TRACE_START, first, count, c->start);
    if (result == OAT_OK)
        result = oat_image_numbers(table, OAT_COL_TRACE_FLAGS, first, count, c->flags);
    if (result == OAT_OK)
        result = oat_image_numbers(table, OAT_COL_TRACE_STATUS, first, count, c->status);
    if (result == OAT_OK)
        result = oat_image_numbers(table, OAT_COL_TRACE_SPAN_COUNT, first, count, c->spans);
    if (result == OAT_OK)
        result = oat_image_numbers(table, value_column(l->query->sort), first, count, c->value);
    if (result == OAT_OK && l->query->sort == OAT_SORT_TOKENS)
        result = oat_image_numbers(table, OAT_COL_TRACE_OUTPUT_TOKENS, first, count, c->more);
    return result;
}

/* The key of row i, by the rules of key_of. */
static uint64_t key_at(const oat_trace_query *query, const struct columns *c, uint32_t i)
{
    oat_trace_view view = {.start_ns = c->start[i]};
    uint64_t value = c->value[i];
    switch (query->sort) {
    case OAT_SORT_START:
        break;
    case OAT_SORT_DURATION:
        view.end_ns = c->flags[i] & OAT_TRACE_OPEN ? 0 : c->start[i] + value;
        break;
    case OAT_SORT_COST:
        view.has_cost = c->flags[i] & OAT_TRACE_HAS_COST;
        view.cost_total_nano = (int64_t)(value >> 1 ^ (0 - (value & 1)));
        break;
    case OAT_SORT_TOKENS:
        view.input_tokens = value;
        view.output_tokens = c->more[i];
        break;
    case OAT_SORT_SPANS:
        view.span_count = (uint32_t)value;
        break;
    case OAT_SORT_ERRORS:
        view.error_count = (uint32_t)value;
        break;
    }
    return oat_rank_key(query, &view);
}

static int meet_block(struct oat_listing *l, const struct oat_scan_part *selected, uint32_t source,
                      uint32_t first, uint32_t count, const uint64_t *matching)
{
    struct columns c;
    struct oat_image_table *table = oat_part_table(selected->part, OAT_TABLE_TRACES);
    if (read_columns(l, table, first, count, &c) != OAT_OK)
        return OAT_OK; /* reported */
    for (uint32_t i = 0; i < count; i++) {
        uint32_t trace = first + i;
        if (c.spans[i] == 0 || oat_bit(selected->masked, trace) || !in_window(l->query, c.start[i]) ||
            (l->query->status != 0 && oat_part_trace_status(c.status[i], c.flags[i]) != l->query->status) ||
            (l->query->filter && !oat_bit(matching, trace)))
            continue;
        struct oat_ranked found = {
            .key = key_at(l->query, &c, i), .start_ns = c.start[i], .source = source, .trace = trace};
        if (!oat_ranking_wants(&l->ranking, found.key)) {
            l->total++; /* most traces are no match for those that were found: spare their ids */
            continue;
        }
        int result = oat_part_trace_id(selected->part, trace, found.trace_id);
        if (result == OAT_OK)
            result = keep(l, &found);
        if (result == OAT_E_NOMEM)
            return result;
    }
    return OAT_OK;
}

static int meet_part(struct oat_listing *l, const struct oat_scan_part *selected, uint32_t source,
                     const uint64_t *matching)
{
    uint32_t rows = oat_part_table(selected->part, OAT_TABLE_TRACES)->table.rows;
    uint32_t blocks = (rows + OAT_BLOCK_ROWS - 1) / OAT_BLOCK_ROWS;
    for (uint32_t block = blocks; block-- > 0;) { /* newest first */
        uint32_t first = block * OAT_BLOCK_ROWS, left = rows - first;
        int result =
            meet_block(l, selected, source, first, left < OAT_BLOCK_ROWS ? left : OAT_BLOCK_ROWS, matching);
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

int oat_listing_meet(struct oat_listing *l, uint32_t source)
{
    uint64_t *matching = NULL;
    int result = OAT_OK;
    if (l->query->filter)
        result = oat_trace_match(l->query->filter, &l->scan, source, &matching);
    if (result != OAT_OK)
        return result;
    if (source == 0)
        result = meet_assembly(l, &l->snapshot->loose, source, matching);
    else if (source == 1)
        result = meet_assembly(l, &l->scan.continued, source, matching);
    else
        result = meet_part(l, &l->scan.parts[source - 2], source, matching);
    free(matching);
    return result;
}
