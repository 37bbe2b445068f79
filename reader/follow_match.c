#include "reader/follow_match.h"

#include <stdlib.h>
#include <string.h>

#include "format/ids.h"
#include "reader/assembly.h"
#include "reader/filter_eval.h"
#include "reader/loose_source.h"

/* An assembly in which every span is a trace of its own: what is known of a trace is its id. */
struct oat_follow_batch {
    struct oat_assembly assembly;
    struct oat_source *source;
    struct oat_batch batch;
};

static bool can_follow(const struct oat_filter_node *node)
{
    if (node->kind == OAT_FILTER_TRACE_HAS || (node->field && node->field->of_trace))
        return false;
    for (const struct oat_filter_node *child = node->first_child; child; child = child->next)
        if (!can_follow(child))
            return false;
    return true;
}

bool oat_filter_can_follow(const oat_filter *filter)
{
    return !filter->root || can_follow(filter->root);
}

static bool reserve(struct oat_assembly *assembly, size_t count)
{
    assembly->rows = calloc(count, sizeof *assembly->rows);
    assembly->amounts = calloc(count, sizeof *assembly->amounts);
    assembly->parent_ids = calloc(count, sizeof *assembly->parent_ids);
    assembly->traces = calloc(count, sizeof *assembly->traces);
    return assembly->rows && assembly->amounts && assembly->parent_ids && assembly->traces;
}

/* A span that cannot be read any more stays as one of no trace, which passes no filter. */
static void set_row(struct oat_assembly *assembly, size_t index, const struct oat_row *row)
{
    struct oat_kept_row *kept = &assembly->rows[index];
    memcpy(kept->span_id, row->span_id, sizeof kept->span_id);
    memcpy(assembly->parent_ids[index], row->parent_id, sizeof assembly->parent_ids[index]);
    kept->start_ns = row->start_ns;
    kept->end_ns = row->end_ns;
    kept->source = row->source;
    kept->place = row->place;
    kept->trace = (uint32_t)index;
    kept->amounts = (uint32_t)index;
    kept->away = !oat_id_is_zero(row->parent_id, sizeof row->parent_id);
    kept->parent = kept->away ? (uint32_t)index : OAT_NO_ROW;
    kept->flags = row->flags;
    kept->open = row->open;
    kept->counted = true;
    kept->type = row->type & 0x7fu;
    kept->status = row->status;
    assembly->amounts[index] =
        (struct oat_amounts){row->call_id, row->cost_total_nano, row->input_tokens, row->output_tokens};
}

static void fill(oat_follow *follow, size_t first, size_t count, struct oat_assembly *assembly)
{
    struct oat_row row;
    for (size_t i = 0; i < count; i++) {
        assembly->traces[i].model_row = OAT_NO_ROW;
        if (oat_follow_row(follow, first + i, &row, assembly->traces[i].trace_id))
            set_row(assembly, i, &row);
        else
            assembly->rows[i].trace = OAT_NO_ROW;
    }
    assembly->row_count = assembly->trace_count = count;
    assembly->amounts_count = assembly->parent_id_count = count;
}

int oat_follow_batch_open(oat_follow *follow, size_t first, size_t count, struct oat_follow_batch **ret)
{
    struct oat_follow_batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return OAT_E_NOMEM;
    batch->assembly.sources = oat_follow_sources(follow);
    int result = reserve(&batch->assembly, count) ? OAT_OK : OAT_E_NOMEM;
    if (result == OAT_OK) {
        fill(follow, first, count, &batch->assembly);
        result = oat_loose_source_new(&batch->assembly, &batch->source);
    }
    if (result == OAT_OK)
        result = oat_batch_open(&batch->batch, batch->source, 0);
    if (result == OAT_OK)
        *ret = batch;
    else
        oat_follow_batch_free(batch);
    return result;
}

void oat_follow_batch_free(struct oat_follow_batch *batch)
{
    if (!batch)
        return;
    oat_batch_free(&batch->batch);
    if (batch->source)
        batch->source->ops->free(batch->source);
    oat_assembly_free(&batch->assembly);
    free(batch);
}

int oat_follow_batch_match(struct oat_follow_batch *batch, const oat_filter *filter,
                           uint64_t ret[OAT_BATCH_WORDS])
{
    struct oat_filter_eval *eval;
    int result = oat_filter_eval_open(filter, batch->source, &eval);
    if (result != OAT_OK)
        return result;
    result = oat_filter_select(eval, &batch->batch, ret);
    oat_filter_eval_free(eval);
    return result;
}
