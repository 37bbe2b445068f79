#include "reader/filter_eval.h"

#include <stdlib.h>
#include <string.h>

#include "reader/compare.h"
#include "reader/filter_codes.h"
#include "reader/filter_leaf.h"
#include "reader/filter_zone.h"

int oat_filter_eval_open(const struct oat_filter *filter, struct oat_source *source,
                         struct oat_filter_eval **ret)
{
    struct oat_filter_eval *eval = calloc(1, sizeof *eval);
    if (!eval)
        return OAT_E_NOMEM;
    eval->filter = filter;
    eval->source = source;
    eval->states = calloc(filter->node_count + 1, sizeof *eval->states);
    if (!eval->states) {
        oat_filter_eval_free(eval);
        return OAT_E_NOMEM;
    }
    *ret = eval;
    return OAT_OK;
}

void oat_filter_eval_free(struct oat_filter_eval *eval)
{
    if (!eval)
        return;
    for (uint32_t i = 0; eval->states && i < eval->filter->node_count; i++) {
        free(eval->states[i].memo);
        free(eval->states[i].span_ids);
    }
    free(eval->states);
    free(eval);
}

bool oat_filter_may_match(struct oat_filter_eval *eval, uint32_t number)
{
    const struct oat_filter_node *root = eval->filter->root;
    return !root || oat_filter_zone(eval, root, number) != OAT_ZONE_NONE;
}

/* Clears the bits of rows that fail one of the children. */
static int narrow_all(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                      struct oat_batch *batch, uint64_t rows[OAT_BATCH_WORDS])
{
    int result = OAT_OK;
    for (unsigned cost = 0; cost < OAT_FILTER_COST_COUNT; cost++)
        for (const struct oat_filter_node *child = node->first_child; child && result == OAT_OK;
             child = child->next)
            if (child->cost == cost)
                result = oat_filter_narrow(eval, child, batch, rows);
    return result;
}

/* Clears the bits of rows that fail all children. */
static int narrow_any(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                      struct oat_batch *batch, uint64_t rows[OAT_BATCH_WORDS])
{
    uint64_t left[OAT_BATCH_WORDS], passing[OAT_BATCH_WORDS];
    int result = OAT_OK;
    memcpy(left, rows, sizeof left);
    for (unsigned cost = 0; cost < OAT_FILTER_COST_COUNT; cost++) {
        for (const struct oat_filter_node *child = node->first_child; child && result == OAT_OK;
             child = child->next) {
            if (child->cost != cost)
                continue;
            memcpy(passing, left, sizeof passing);
            result = oat_filter_narrow(eval, child, batch, passing);
            oat_rows_drop(left, passing);
        }
    }
    oat_rows_drop(rows, left);
    return result;
}

static int narrow_none(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                       struct oat_batch *batch, uint64_t rows[OAT_BATCH_WORDS])
{
    uint64_t passing[OAT_BATCH_WORDS];
    memcpy(passing, rows, sizeof passing);
    int result = oat_filter_narrow(eval, node->first_child, batch, passing);
    oat_rows_drop(rows, passing);
    return result;
}

int oat_filter_narrow(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                      struct oat_batch *batch, uint64_t rows[OAT_BATCH_WORDS])
{
    if (!oat_rows_any(rows))
        return OAT_OK;
    switch (node->kind) {
    case OAT_FILTER_AND:
        return narrow_all(eval, node, batch, rows);
    case OAT_FILTER_OR:
    case OAT_FILTER_SEARCH:
        return narrow_any(eval, node, batch, rows);
    case OAT_FILTER_NOT:
        return narrow_none(eval, node, batch, rows);
    case OAT_FILTER_TRACE_HAS:
        return oat_filter_codes_narrow(eval, node, batch, rows);
    case OAT_FILTER_COMPARE:
        break;
    }
    switch (oat_filter_zone(eval, node, batch->number)) {
    case OAT_ZONE_ALL:
        return OAT_OK;
    case OAT_ZONE_NONE:
        memset(rows, 0, sizeof(uint64_t[OAT_BATCH_WORDS]));
        return OAT_OK;
    case OAT_ZONE_SOME:
        break;
    }
    return oat_filter_leaf_narrow(eval, node, batch, rows);
}

/* The rows of an open batch that pass the node, which may be NULL: all. */
static int select_rows(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                       struct oat_batch *batch, uint64_t ret[OAT_BATCH_WORDS])
{
    memcpy(ret, batch->rows, sizeof batch->rows);
    eval->attributes_of = NULL;
    int result = node ? oat_filter_narrow(eval, node, batch, ret) : OAT_OK;
    /* Rows that turned out to be damaged on the way were taken out of the batch. */
    oat_rows_keep(ret, batch->rows);
    return result;
}

int oat_filter_select(struct oat_filter_eval *eval, struct oat_batch *batch, uint64_t ret[OAT_BATCH_WORDS])
{
    return select_rows(eval, eval->filter->root, batch, ret);
}

/* ---- Traces ---------------------------------------------------------------------------------------- */

static int mark_rows(struct oat_batch *batch, const uint64_t rows[OAT_BATCH_WORDS], uint32_t trace_count,
                     uint64_t *traces)
{
    const uint32_t *trace_of;
    int result = oat_rows_any(rows) ? oat_batch_u32(batch, OAT_VECTOR_TRACE, &trace_of) : OAT_NOTFOUND;
    for (unsigned word = 0; result == OAT_OK && word < OAT_BATCH_WORDS; word++) {
        for (uint64_t left = rows[word]; left; left &= left - 1) {
            uint32_t trace = trace_of[64 * word + (unsigned)__builtin_ctzll(left)];
            if (trace < trace_count)
                traces[trace / 64] |= UINT64_C(1) << trace % 64;
        }
    }
    return result == OAT_NOTFOUND ? OAT_OK : result;
}

int oat_filter_mark_traces(struct oat_filter_eval *eval, const struct oat_filter_node *node, uint64_t *traces)
{
    struct oat_source *source = eval->source;
    struct oat_batch batch = {0};
    int result = OAT_OK;
    for (uint32_t i = 0; i < source->batch_count && result == OAT_OK; i++) {
        uint64_t rows[OAT_BATCH_WORDS];
        if (node && oat_filter_zone(eval, node, i) == OAT_ZONE_NONE)
            continue;
        result = oat_batch_open(&batch, source, i);
        if (result == OAT_OK)
            result = select_rows(eval, node, &batch, rows);
        if (result == OAT_OK)
            result = mark_rows(&batch, rows, source->trace_count, traces);
    }
    eval->attributes_of = NULL; /* its batch is gone */
    oat_batch_free(&batch);
    return result;
}

int oat_filter_traces(struct oat_filter_eval *eval, uint64_t *ret)
{
    return oat_filter_mark_traces(eval, eval->filter->root, ret);
}
