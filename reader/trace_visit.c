#include "reader/trace_visit.h"

#include "format/varint.h"
#include "reader/filter_window.h"
#include "reader/part_find.h"
#include "reader/part_trace.h"
#include "reader/stop.h"
#include "reader/trace.h"
#include "reader/trace_match.h"

#include <stdlib.h>
#include <string.h>

struct visit {
    const struct oat_scan *scan;
    uint32_t source;
    const oat_trace_query *query;
    unsigned wanted;
    const uint64_t *matching; /* a bit for each trace of the source; NULL: all */
    oat_trace_visit_fn fn;
    void *arg;
};

static bool is_asked_for(const struct visit *v, const struct oat_trace_numbers *numbers)
{
    const oat_trace_query *query = v->query;
    return numbers->span_count > 0 && numbers->start_ns >= query->from_ns &&
           (query->to_ns == 0 || numbers->start_ns < query->to_ns) &&
           (query->status == 0 || numbers->status == query->status) &&
           (!v->matching || oat_bit(v->matching, numbers->trace));
}

/* ---- Loose and continued traces ---- */

static const struct oat_assembly *assembly_of(const struct oat_scan *scan, uint32_t source)
{
    return source == 0 ? &scan->snapshot->loose : &scan->continued;
}

static int visit_assembly(const struct visit *v)
{
    const struct oat_assembly *assembly = assembly_of(v->scan, v->source);
    int result = OAT_OK;
    for (uint32_t i = 0; i < assembly->trace_count && result == OAT_OK; i++) {
        const struct oat_trace_info *info = &assembly->traces[i];
        struct oat_trace_numbers numbers = {
            .source = v->source,
            .trace = i,
            .start_ns = info->start_ns,
            .end_ns = info->end_ns,
            .cost_nano = info->cost_total_nano,
            .input_tokens = info->input_tokens,
            .output_tokens = info->output_tokens,
            .span_count = info->row_count,
            .error_count = info->error_count,
            .status = (enum oat_shown_status)info->status,
            .has_cost = info->has_cost,
            .has_tokens = info->has_input_tokens || info->has_output_tokens,
        };
        if (is_asked_for(v, &numbers))
            result = v->fn(v->arg, &numbers);
    }
    return result;
}

/* ---- Traces of parts ---- */

enum column { START, FLAGS, STATUS, SPANS, DURATION, COST, INPUT, OUTPUT, ERRORS, COLUMNS };

/* What is read of TRACES, and for which numbers; 0: always. */
static const struct {
    uint8_t of_file;
    uint8_t wanted;
} columns[COLUMNS] = {
    [START] = {OAT_COL_TRACE_START, 0},
    [FLAGS] = {OAT_COL_TRACE_FLAGS, 0},
    [STATUS] = {OAT_COL_TRACE_STATUS, 0},
    [SPANS] = {OAT_COL_TRACE_SPAN_COUNT, 0},
    [DURATION] = {OAT_COL_TRACE_DURATION, OAT_NUMBERS_END},
    [COST] = {OAT_COL_TRACE_COST, OAT_NUMBERS_COST},
    [INPUT] = {OAT_COL_TRACE_INPUT_TOKENS, OAT_NUMBERS_TOKENS},
    [OUTPUT] = {OAT_COL_TRACE_OUTPUT_TOKENS, OAT_NUMBERS_TOKENS},
    [ERRORS] = {OAT_COL_TRACE_ERROR_COUNT, OAT_NUMBERS_ERRORS},
};

/* A block of TRACES; columns that are not read are zeros. */
struct block {
    uint64_t values[COLUMNS][OAT_BLOCK_ROWS];
};

static int read_block(const struct visit *v, struct oat_image_table *table, uint32_t first, uint32_t count,
                      struct block *ret)
{
    int result = OAT_OK;
    for (unsigned i = 0; i < COLUMNS && result == OAT_OK; i++)
        if (columns[i].wanted == 0 || (v->wanted & columns[i].wanted))
            result = oat_image_numbers(table, columns[i].of_file, first, count, ret->values[i]);
    return result;
}

static uint32_t narrow(uint64_t value)
{
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static struct oat_trace_numbers numbers_of(const struct visit *v, const struct block *block, uint32_t first,
                                           uint32_t i)
{
    const uint64_t(*values)[OAT_BLOCK_ROWS] = block->values;
    uint64_t flags = values[FLAGS][i];
    return (struct oat_trace_numbers){
        .source = v->source,
        .trace = first + i,
        .start_ns = values[START][i],
        .end_ns = flags & OAT_TRACE_OPEN ? 0 : values[START][i] + values[DURATION][i],
        .cost_nano = oat_unzigzag(values[COST][i]),
        .input_tokens = values[INPUT][i],
        .output_tokens = values[OUTPUT][i],
        .span_count = narrow(values[SPANS][i]),
        .error_count = narrow(values[ERRORS][i]),
        .status = oat_part_trace_status(values[STATUS][i], flags),
        .has_cost = flags & OAT_TRACE_HAS_COST,
        .has_tokens = flags & (OAT_TRACE_HAS_INPUT_TOKENS | OAT_TRACE_HAS_OUTPUT_TOKENS),
    };
}

static int visit_block(const struct visit *v, struct oat_image_table *table, const uint64_t *masked,
                       uint32_t first, uint32_t count, struct block *block)
{
    int result = OAT_OK;
    if (oat_stop_is_asked(v->scan->stop))
        return OAT_E_STOPPED;
    if (read_block(v, table, first, count, block) != OAT_OK)
        return OAT_OK; /* reported */
    for (uint32_t i = 0; i < count && result == OAT_OK; i++) {
        struct oat_trace_numbers numbers = numbers_of(v, block, first, i);
        if (!oat_bit(masked, first + i) && is_asked_for(v, &numbers))
            result = v->fn(v->arg, &numbers);
    }
    return result;
}

static int visit_part(const struct visit *v)
{
    const struct oat_scan_part *selected = &v->scan->parts[v->source - 2];
    struct oat_image_table *table = oat_part_table(selected->part, OAT_TABLE_TRACES);
    uint32_t rows = table->table.rows, blocks = (rows + OAT_BLOCK_ROWS - 1) / OAT_BLOCK_ROWS;
    uint64_t *masked = NULL;
    struct block *block = calloc(1, sizeof *block);
    int result = block ? oat_scan_masked(v->scan, selected, &masked) : OAT_E_NOMEM;
    for (uint32_t number = blocks; number-- > 0 && result == OAT_OK;) {
        uint32_t first = number * OAT_BLOCK_ROWS, left = rows - first;
        uint32_t count = left < OAT_BLOCK_ROWS ? left : OAT_BLOCK_ROWS;
        result = visit_block(v, table, masked, first, count, block);
    }
    free(masked);
    free(block);
    return result;
}

/* ---- All ---- */

int oat_traces_visit(const struct oat_scan *scan, uint32_t source, const oat_trace_query *query,
                     unsigned wanted, oat_trace_visit_fn fn, void *arg)
{
    struct visit v = {scan, source, query, wanted, NULL, fn, arg};
    uint64_t *matching = NULL;
    if (oat_stop_is_asked(scan->stop))
        return OAT_E_STOPPED;
    int result = query->filter ? oat_trace_match(query->filter, scan, source, &matching) : OAT_OK;
    v.matching = matching;
    if (result == OAT_OK)
        result = source < 2 ? visit_assembly(&v) : visit_part(&v);
    free(matching);
    return result;
}

/* A span that the filter selects lies in the filter's window, whenever its trace began. */
bool oat_trace_query_window(const oat_trace_query *query, uint64_t *ret_from_ns, uint64_t *ret_to_ns)
{
    uint64_t first_ns, last_ns;
    *ret_from_ns = query->from_ns;
    *ret_to_ns = query->to_ns ? query->to_ns - 1 : UINT64_MAX;
    if (!query->filter)
        return true;
    if (!oat_filter_window(query->filter, &first_ns, &last_ns))
        return false;
    *ret_from_ns = first_ns > query->from_ns ? first_ns : query->from_ns;
    *ret_to_ns = last_ns;
    return true;
}

int oat_visited_trace_people(const struct oat_scan *scan, const struct oat_trace_numbers *numbers,
                             oat_text *ret_session, oat_text *ret_user)
{
    const uint32_t wanted =
        OAT_FIGURES_OF(OAT_FIGURE_TEXT + OAT_TEXT_SESSION) | OAT_FIGURES_OF(OAT_FIGURE_TEXT + OAT_TEXT_USER);
    if (numbers->source < 2) {
        const struct oat_assembly *assembly = assembly_of(scan, numbers->source);
        oat_trace_view view;
        oat_trace_view_fill(assembly, &assembly->traces[numbers->trace], NULL, &view);
        *ret_session = view.session;
        *ret_user = view.user;
        return OAT_OK;
    }
    struct oat_trace_figures figures;
    int result =
        oat_part_trace_figures(scan->parts[numbers->source - 2].part, numbers->trace, wanted, &figures);
    if (result == OAT_OK) {
        *ret_session = figures.text[OAT_TEXT_SESSION];
        *ret_user = figures.text[OAT_TEXT_USER];
    }
    return result;
}

int oat_visited_trace_id(const struct oat_scan *scan, const struct oat_trace_numbers *numbers,
                         uint8_t ret[16])
{
    if (numbers->source >= 2)
        return oat_part_trace_id(scan->parts[numbers->source - 2].part, numbers->trace, ret);
    memcpy(ret, assembly_of(scan, numbers->source)->traces[numbers->trace].trace_id, 16);
    return OAT_OK;
}
