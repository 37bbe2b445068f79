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

/* Clears the bits of rows whose usage does not count in their trace. */
static int keep_counted(struct oat_query_view *view, uint64_t rows[OAT_BATCH_WORDS])
{
    const uint32_t *counted;
    if (!view->counted_known) {
        int result = oat_batch_u32(view->batch, OAT_VECTOR_COUNTED, &counted);
        if (result != OAT_OK)
            return result;
        oat_compare_range32(counted, 1, 1, view->counted);
        view->counted_known = true;
    }
    oat_rows_keep(rows, view->counted);
    return OAT_OK;
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

int oat_query_view_spans(struct oat_query_view *view, const struct oat_measure *measure,
                         uint64_t scratch[OAT_BATCH_ROWS], struct oat_selection **ret_rows,
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
    if (!measure->extremes && !measure->sketch && oat_field_is_narrow(measure->field))
        return oat_batch_u32(view->batch, measure->field->place, &ret_values->narrow);
    return oat_field_values(view->batch, measure->field, scratch, &ret_values->wide);
}

int oat_query_view_errors(struct oat_query_view *view, struct oat_selection **ret_rows)
{
    const uint32_t *statuses;
    uint64_t bits[OAT_BATCH_WORDS];
    int result = oat_batch_u32(view->batch, OAT_VECTOR_STATUS, &statuses);
    if (result != OAT_OK)
        return result;
    oat_compare_range32(statuses, OAT_SHOWN_ERROR, OAT_SHOWN_ERROR, bits);
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
    *ret = (struct trace_value){.trace = trace, .asked = true};
    if (trace >= source->trace_count)
        return OAT_OK;
    int result = source->ops->trace(source, trace, oat_field_figures(measure->field), &figures);
    if (result == OAT_OK)
        ret->has = oat_field_of_trace(measure->field, &figures, &ret->value);
    return result;
}

int oat_query_view_traces(struct oat_query_view *view, const struct oat_measure *measure,
                          uint64_t *last_trace, struct oat_selection *ret_rows,
                          uint64_t ret_values[OAT_BATCH_ROWS])
{
    const uint32_t *traces;
    struct trace_value value = {0};
    const uint16_t *rows = oat_selection_rows(view->selected);
    memset(ret_rows->bits, 0, sizeof ret_rows->bits);
    ret_rows->count = 0;
    ret_rows->listed = true;
    int result = oat_batch_u32(view->batch, OAT_VECTOR_TRACE, &traces);
    for (uint32_t i = 0; i < view->selected->count && result == OAT_OK; i++) {
        uint32_t row = rows[i];
        uint64_t *last = &last_trace[view->groups[row]], trace = view->source_number << 32 | traces[row];
        if (*last == trace)
            continue;
        *last = trace;
        result = ask_trace(view, measure, traces[row], &value);
        if (!value.has)
            continue;
        ret_values[row] = (uint64_t)value.value;
        ret_rows->bits[row / 64] |= UINT64_C(1) << row % 64;
        ret_rows->rows[ret_rows->count++] = (uint16_t)row;
    }
    return result;
}
