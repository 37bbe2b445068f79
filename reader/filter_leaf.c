#include "reader/filter_leaf.h"

#include <stdlib.h>
#include <string.h>

#include "format/endian.h"
#include "format/ids.h"
#include "reader/compare.h"
#include "reader/filter_attributes.h"
#include "reader/filter_codes.h"
#include "reader/filter_test.h"
#include "reader/filter_zone.h"

/* ---- Whether there is a value ------------------------------------------------------------------------ */

/* Keeps of `rows` those in `there`, or the others, as a null test wants. */
static void keep_null(const struct oat_filter_test *test, const uint64_t there[OAT_BATCH_WORDS],
                      uint64_t rows[OAT_BATCH_WORDS])
{
    if (test->negate)
        oat_rows_keep(rows, there);
    else
        oat_rows_drop(rows, there);
}

static int narrow_null(const struct oat_filter_node *node, struct oat_batch *batch,
                       uint64_t rows[OAT_BATCH_WORDS])
{
    uint64_t there[OAT_BATCH_WORDS];
    memcpy(there, rows, sizeof there);
    int result = oat_field_presence(batch, node->field, there);
    if (result == OAT_OK)
        keep_null(&node->test, there, rows);
    return result;
}

/* ---- Numbers ---------------------------------------------------------------------------------------- */

static int find_narrow(const struct oat_filter_node *node, struct oat_batch *batch,
                       uint64_t inside[OAT_BATCH_WORDS])
{
    int result = OAT_OK;
    for (size_t i = 0; result == OAT_OK && i < node->test.range_count; i++) {
        const struct oat_filter_range *range = &node->test.ranges[i];
        uint64_t bits[OAT_BATCH_WORDS];
        if (range->high < 0 || range->low > UINT32_MAX)
            continue;
        result = oat_batch_range(batch, node->field->place, range->low < 0 ? 0 : (uint32_t)range->low,
                                 range->high > UINT32_MAX ? UINT32_MAX : (uint32_t)range->high, bits);
        if (result == OAT_OK)
            oat_rows_join(inside, bits);
    }
    return result;
}

static int find_wide(const struct oat_filter_node *node, struct oat_batch *batch,
                     uint64_t inside[OAT_BATCH_WORDS])
{
    uint64_t scratch[OAT_BATCH_ROWS];
    const uint64_t *values;
    int result = oat_field_values(batch, node->field, scratch, &values);
    for (size_t i = 0; result == OAT_OK && i < node->test.range_count; i++) {
        uint64_t bits[OAT_BATCH_WORDS];
        oat_compare_range64(values, node->test.ranges[i].low, node->test.ranges[i].high, bits);
        oat_rows_join(inside, bits);
    }
    return result;
}

static int narrow_numbers(const struct oat_filter_node *node, struct oat_batch *batch,
                          uint64_t rows[OAT_BATCH_WORDS])
{
    const struct oat_field *field = node->field;
    uint64_t inside[OAT_BATCH_WORDS] = {0};
    int result =
        oat_field_is_narrow(field) ? find_narrow(node, batch, inside) : find_wide(node, batch, inside);
    if (result != OAT_OK)
        return result;
    if (node->test.negate)
        oat_rows_drop(rows, inside);
    else
        oat_rows_keep(rows, inside);
    bool told = !node->test.negate && oat_filter_ranges_tell_presence(node);
    return told || !oat_rows_any(rows) ? OAT_OK : oat_field_presence(batch, field, rows);
}

/* ---- Span ids --------------------------------------------------------------------------------------- */

/* Sets the ids that the texts of the test make in a trace; kept until another is asked for. */
static int set_span_ids(struct oat_filter_eval *eval, const struct oat_filter_node *node, uint32_t trace)
{
    struct oat_filter_state *state = &eval->states[node->number];
    struct oat_trace_figures figures;
    if (state->span_ids && state->span_ids_of == trace)
        return OAT_OK;
    if (!state->span_ids)
        state->span_ids = calloc(node->test.text_count, sizeof *state->span_ids);
    if (!state->span_ids)
        return OAT_E_NOMEM;
    int result = eval->source->ops->trace(eval->source, trace, OAT_FIGURES_OF(OAT_FIGURE_ID), &figures);
    for (size_t i = 0; result == OAT_OK && i < node->test.text_count; i++) {
        oat_le64 id;
        result =
            oat_span_id_of_text(figures.trace_id, node->test.texts[i].bytes, node->test.texts[i].len, id.b);
        state->span_ids[i] = oat_le64_get(id);
    }
    state->span_ids_of = trace;
    if (result != OAT_OK) {
        free(state->span_ids);
        state->span_ids = NULL;
    }
    return result;
}

/* Is the id one that a text of the test makes in the trace? */
static int made_of_text(struct oat_filter_eval *eval, const struct oat_filter_node *node, uint32_t trace,
                        uint64_t id, bool *ret)
{
    int result = set_span_ids(eval, node, trace);
    if (result != OAT_OK)
        return result;
    *ret = false;
    for (size_t i = 0; i < node->test.text_count && !*ret; i++)
        *ret = eval->states[node->number].span_ids[i] == id;
    return OAT_OK;
}

static int narrow_span_ids(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                           struct oat_batch *batch, uint64_t rows[OAT_BATCH_WORDS])
{
    const uint64_t *ids;
    const uint32_t *traces = NULL;
    int result = oat_field_presence(batch, node->field, rows);
    if (result == OAT_OK)
        result = oat_batch_u64(batch, node->field->place, &ids);
    if (result == OAT_OK && node->test.text_count > 0)
        result = oat_batch_u32(batch, OAT_VECTOR_TRACE, &traces);
    for (unsigned word = 0; result == OAT_OK && word < OAT_BATCH_WORDS; word++) {
        for (uint64_t left = rows[word]; left && result == OAT_OK; left &= left - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(left), row = 64 * word + bit;
            bool fits = oat_filter_test_id(node, &ids[row], 1);
            if (!fits && traces)
                result = made_of_text(eval, node, traces[row], ids[row], &fits);
            rows[word] &= ~((uint64_t)(fits == node->test.negate) << bit);
        }
    }
    return result;
}

/* ---- Payloads --------------------------------------------------------------------------------------- */

static int narrow_payloads(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                           struct oat_batch *batch, uint64_t rows[OAT_BATCH_WORDS])
{
    uint64_t found[OAT_BATCH_WORDS];
    memcpy(found, rows, sizeof found);
    int result =
        eval->source->ops->contains(eval->source, batch, node->field->place, node->test.match, found);
    if (result != OAT_OK)
        return result;
    if (node->test.null)
        keep_null(&node->test, found, rows);
    else
        oat_rows_keep(rows, found);
    return OAT_OK;
}

/* ---- All -------------------------------------------------------------------------------------------- */

int oat_filter_leaf_narrow(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                           struct oat_batch *batch, uint64_t rows[OAT_BATCH_WORDS])
{
    enum oat_vector vector;
    if (oat_filter_code_vector(node, &vector))
        return oat_filter_codes_narrow(eval, node, batch, rows);
    if (node->field->kind == OAT_FIELD_ATTRIBUTE)
        return oat_filter_attributes_narrow(eval, node, batch, rows);
    if (node->field->kind == OAT_FIELD_PAYLOAD)
        return narrow_payloads(eval, node, batch, rows);
    if (node->test.null)
        return narrow_null(node, batch, rows);
    if (node->field->kind == OAT_FIELD_SPAN_ID)
        return narrow_span_ids(eval, node, batch, rows);
    return narrow_numbers(node, batch, rows);
}
