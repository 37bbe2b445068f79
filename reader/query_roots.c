#include "reader/query_roots.h"

#include "reader/filter_fields.h"
#include "reader/part_source.h"
#include "reader/root_source.h"

#include <stdlib.h>

#define ASSEMBLIES 2u /* sources of a scan that are of no part come first */

/* ---- Plans ---------------------------------------------------------------------------------------- */

/* True of a comparison that only spans without a parent pass. */
static bool is_root(const struct oat_filter_node *node)
{
    return node->kind == OAT_FILTER_COMPARE && !node->field->of_trace &&
           node->field->kind == OAT_FIELD_SPAN_ID && node->field->place == OAT_VECTOR_PARENT_ID &&
           node->test.null && !node->test.negate;
}

static bool selects_roots(const struct oat_filter_node *node)
{
    bool found = is_root(node);
    for (const struct oat_filter_node *child = node->first_child;
         child && node->kind == OAT_FILTER_AND && !found; child = child->next)
        found = selects_roots(child);
    return found;
}

/* True when the source has a field's values, and tells which rows have one. */
static bool is_told(const struct oat_field *field, uint64_t vectors)
{
    bool has_vector =
        field->kind == OAT_FIELD_TIME || field->kind == OAT_FIELD_DURATION || field->kind == OAT_FIELD_ENUM;
    return !field->of_trace && has_vector && (vectors >> field->place & 1) &&
           (field->plus == 0 || (vectors >> field->plus & 1)) &&
           (field->presence == OAT_FIELD_ALWAYS || field->presence == OAT_FIELD_ENDED);
}

static bool passes(const struct oat_field *field, bool presence, uint64_t vectors)
{
    bool asks_for_parent =
        !field->of_trace && field->kind == OAT_FIELD_SPAN_ID && field->place == OAT_VECTOR_PARENT_ID;
    return asks_for_parent ? presence : is_told(field, vectors);
}

bool oat_query_is_of_roots(const struct oat_query_plan *plan)
{
    const oat_filter *filter = plan->query->filter;
    if (!filter || !filter->root || !selects_roots(filter->root) ||
        !oat_filter_all_fields(filter, passes, OAT_ROOT_VECTORS))
        return false;
    for (unsigned i = 0; i < plan->key_count; i++)
        if (!is_told(plan->keys[i].field, OAT_ROOT_VECTORS))
            return false;
    for (unsigned i = 0; i < plan->measure_count; i++)
        if (!is_told(plan->measures[i].field, OAT_ROOT_VECTORS))
            return false;
    return true;
}

/* ---- Sources -------------------------------------------------------------------------------------- */

static void add_piece(struct oat_root_scan *roots, struct oat_part *part, uint64_t *traces, bool of_spans)
{
    roots->pieces[roots->piece_count++] = (struct oat_root_piece){part, traces, of_spans};
}

/* Adds what there is of a part: the roots that TRACES tells of, and the spans of other traces. */
static int add_part(struct oat_root_scan *roots, const struct oat_scan_part *selected)
{
    uint64_t *masked = NULL, *told, *rest;
    int result = oat_scan_masked(roots->scan, selected, &masked);
    if (result == OAT_OK)
        result = oat_root_traces(selected->part, masked, &told, &rest);
    free(masked);
    if (result != OAT_OK)
        return result;
    add_piece(roots, selected->part, told, false);
    if (rest)
        add_piece(roots, selected->part, rest, true);
    return OAT_OK;
}

int oat_root_scan_open(const struct oat_scan *scan, struct oat_root_scan *ret)
{
    int result = OAT_OK;
    *ret = (struct oat_root_scan){.scan = scan};
    ret->pieces = calloc(2 * scan->part_count + 1, sizeof *ret->pieces);
    if (!ret->pieces)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < scan->part_count && result == OAT_OK; i++)
        result = add_part(ret, &scan->parts[i]);
    return result;
}

void oat_root_scan_close(struct oat_root_scan *roots)
{
    for (size_t i = 0; i < roots->piece_count; i++)
        free(roots->pieces[i].traces);
    free(roots->pieces);
    *roots = (struct oat_root_scan){0};
}

size_t oat_root_scan_source_count(const struct oat_root_scan *roots)
{
    return ASSEMBLIES + roots->piece_count;
}

int oat_root_scan_source(const struct oat_root_scan *roots, size_t index, struct oat_source **ret)
{
    if (index < ASSEMBLIES)
        return oat_scan_source(roots->scan, index, ret);
    const struct oat_root_piece *piece = &roots->pieces[index - ASSEMBLIES];
    int result = piece->of_spans ? oat_part_source_new(piece->part, piece->traces, ret)
                                 : oat_root_source_new(piece->part, piece->traces, ret);
    if (result == OAT_OK)
        (*ret)->stop = roots->scan->stop;
    return result;
}
