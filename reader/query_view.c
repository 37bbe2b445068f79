#include "reader/query_view.h"

#include <string.h>

#include "reader/compare.h"

/* True when all values of a vector are in the range, as far as its bounds tell. */
static bool is_within(const struct oat_batch *batch, enum oat_vector vector, uint64_t low, uint64_t high)
{
    uint64_t min, max;
    return batch->source->ops->zone(batch->source, batch->number, vector, &min, &max) && min >= low &&
           max <= high;
}

#define FEW_ROWS 32u /* are read by themselves */

/* Clears the bits of rows whose usage does not count in their trace. */
static int keep_counted(struct oat_query_view *view, uint64_t rows[OAT_BATCH_WORDS])
{
    const uint32_t *counted;
    int result = OAT_OK;
    if (view->selected->count <= FEW_ROWS) {
        result = oat_batch_u32(view->batch, OAT_VECTOR_COUNTED, &counted);
        if (result == OAT_OK)
            oat_rows_keep_range32(counted, 1, 1, rows);
        return result;
    }
    if (!view->counted_known)
        result = oat_batch_range(view->batch, OAT_VECTOR_COUNTED, 1, 1, view->counted);
    view->counted_known = result == OAT_OK;
    if (view->counted_known)
        oat_rows_keep(rows, view->counted);
    return result;
}

/* Clears the bits of rows that have no value for the measure. */
static int keep_present(struct oat_query_view *view, const struct oat_measure *measure,
                        uint64_t rows[OAT_BATCH_WORDS])
{
    int result = OAT_OK;
    bool all_ended = measure->field->presence == OAT_FIELD_ENDED &&
                     is_within(view->batch, OAT_VECTOR_STATUS, OAT_SHOWN_SUCCESS, OAT_SHOWN_ERROR);
    if (!all_ended)
        result = oat_field_presence(view->batch, measure->field, rows);
    if (result == OAT_OK && measure->counted && oat_rows_any(rows))
        result = keep_counted(view, rows);
    return result;
}

/* The rows that such bits select. */
static struct oat_selection *selection_of(struct oat_query_view *view, const uint64_t bits[OAT_BATCH_WORDS])
{
    if (memcmp(bits, view->selected->bits, sizeof view->selected->bits) == 0)
        return view->selected;
    oat_selection_set(view->present, bits);
    return view->present;
}

/* Values to be added up that are there for some rows only: it does not matter where zeros stand.
 * OAT_NOTFOUND: they are there for all. */
static int read_sparse(struct oat_query_view *view, const struct oat_field *field, union oat_query_room *room,
                       struct oat_query_values *ret)
{
    int result = oat_batch_sparse(view->batch, field->place, room, &ret->sparse);
    if (result == OAT_OK && oat_field_is_narrow(field))
        ret->narrow = room->narrow;
    else if (result == OAT_OK)
        ret->wide = room->wide;
    return result;
}

/* Values to be added up, of these rows. */
static int read_addends(struct oat_query_view *view, const struct oat_field *field,
                        const struct oat_selection *rows, union oat_query_room *room,
                        struct oat_query_values *ret)
{
    int result = OAT_NOTFOUND;
    if (oat_field_is_plain(field) && rows->count > FEW_ROWS)
        result = read_sparse(view, field, room, ret);
    if (result != OAT_NOTFOUND)
        return result;
    if (oat_field_is_narrow(field))
        return oat_batch_u32(view->batch, field->place, &ret->narrow);
    return oat_field_values(view->batch, field, room->wide, &ret->wide);
}

int oat_query_view_spans(struct oat_query_view *view, const struct oat_measure *measure,
                         union oat_query_room *room, struct oat_selection **ret_rows,
                         struct oat_query_values *ret_values)
{
    uint64_t bits[OAT_BATCH_WORDS];
    memcpy(bits, view->selected->bits, sizeof bits);
    int result = keep_present(view, measure, bits);
    if (result != OAT_OK)
        return result;
    *ret_rows = selection_of(view, bits);
    *ret_values = (struct oat_query_values){0};
    if ((*ret_rows)->count == 0)
        return OAT_OK;
    if (!measure->extremes && !measure->sketch)
        return read_addends(view, measure->field, *ret_rows, room, ret_values);
    return oat_field_values(view->batch, measure->field, room->wide, &ret_values->wide);
}

int oat_query_view_errors(struct oat_query_view *view, struct oat_selection **ret_rows)
{
    uint64_t bits[OAT_BATCH_WORDS];
    int result = oat_batch_range(view->batch, OAT_VECTOR_STATUS, OAT_SHOWN_ERROR, OAT_SHOWN_ERROR, bits);
    if (result != OAT_OK)
        return result;
    oat_rows_keep(bits, view->selected->bits);
    *ret_rows = selection_of(view, bits);
    return OAT_OK;
}

/* ---- Traces ------------------------------------------------------------------------------------- */

/* A trace's value, asked for again when the trace is another one only: its rows lie together. */
struct trace_value {
    uint32_t trace;
    bool asked, has;
    int64_t value;
};

static int ask_trace(const struct oat_query_view *view, const struct oat_measure *measure, uint32_t trace,
                     struct trace_value *ret)
{
    struct oat_source *source = view->batch->source;
    struct oat_trace_figures figures;
    if (ret->asked && ret->trace == trace)
        return OAT_OK;
    *ret = (struct trace_value){
        .trace = trace, .asked = true, .has = !measure->asked && trace < source->trace_count};
    if (trace >= source->trace_count || !measure->asked)
        return OAT_OK;
    int result = source->ops->trace(source, trace, oat_field_figures(measure->field), &figures);
    if (result == OAT_OK)
        ret->has = oat_field_of_trace(measure->field, &figures, &ret->value);
    return result;
}

/* Lists the first row of each trace in each group. No branch: which rows these are cannot be foreseen. */
static void find_first_rows(struct oat_query_view *view, const uint32_t *traces, uint64_t *last_trace,
                            struct oat_selection *ret)
{
    const uint16_t *rows = oat_selection_rows(view->selected);
    const uint64_t source = view->source_number << 32;
    uint32_t count = 0;
    for (uint32_t i = 0; i < view->selected->count; i++) {
        uint64_t *last = &last_trace[view->groups[rows[i]]], trace = source | traces[rows[i]];
        ret->rows[count] = rows[i];
        count += *last != trace;
        *last = trace;
    }
    ret->count = count;
    ret->listed = true;
}

int oat_query_view_traces(struct oat_query_view *view, const struct oat_measure *measure,
                          uint64_t *last_trace, struct oat_selection *ret_rows,
                          uint64_t ret_values[OAT_BATCH_ROWS])
{
    const uint32_t *traces;
    struct trace_value value = {0};
    uint32_t count = 0; /* of those that have a value */
    int result = oat_batch_u32(view->batch, OAT_VECTOR_TRACE, &traces);
    if (result != OAT_OK)
        return result;
    memset(ret_rows->bits, 0, sizeof ret_rows->bits);
    find_first_rows(view, traces, last_trace, ret_rows);
    for (uint32_t i = 0; i < ret_rows->count && result == OAT_OK; i++) {
        uint16_t row = ret_rows->rows[i];
        result = ask_trace(view, measure, traces[row], &value);
        if (!value.has)
            continue;
        ret_values[row] = (uint64_t)value.value;
        ret_rows->bits[row / 64] |= UINT64_C(1) << row % 64;
        ret_rows->rows[count++] = row;
    }
    ret_rows->count = count;
    return result;
}
