#include "reader/part_trace.h"

#include "format/limits.h"
#include "format/varint.h"
#include "reader/part_find.h"
#include "reader/part_record.h"

#define TIMES                                                                                                \
    (OAT_FIGURES_OF(OAT_FIGURE_START) | OAT_FIGURES_OF(OAT_FIGURE_END) | OAT_FIGURES_OF(OAT_FIGURE_DURATION))
#define TOTAL OAT_FIGURES_OF(OAT_FIGURE_TOTAL_TOKENS)

/* A row of TRACES. The first failure stays: zeros are read from then on. */
struct trace_row {
    struct oat_part *part;
    struct oat_image_table *table;
    uint32_t row;
    uint32_t wanted;
    int result;
};

/* Is any of these figures wanted? */
static bool wants(const struct trace_row *trace, uint32_t figures)
{
    return (trace->wanted & figures) != 0;
}

static uint64_t number(struct trace_row *trace, unsigned column)
{
    uint64_t value = 0;
    if (trace->result == OAT_OK)
        trace->result = oat_image_number(trace->table, column, trace->row, &value);
    return value;
}

static uint32_t number32(struct trace_row *trace, unsigned column)
{
    uint64_t value = number(trace, column);
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static void fail(struct trace_row *trace, const char *what)
{
    if (trace->result == OAT_OK)
        oat_part_report(trace->part, OAT_TABLE_TRACES, trace->row, what);
    trace->result = OAT_E_CORRUPT;
}

static void read_times(struct trace_row *trace, bool open, struct oat_trace_figures *figures)
{
    uint64_t duration_ns = number(trace, OAT_COL_TRACE_DURATION);
    figures->start_ns = number(trace, OAT_COL_TRACE_START);
    if (figures->start_ns > OAT_TIME_MAX || duration_ns > OAT_TIME_MAX - figures->start_ns)
        fail(trace, "times of a trace");
    else if (!open)
        figures->end_ns = figures->start_ns + duration_ns;
}

enum oat_shown_status oat_part_trace_status(uint64_t status, uint64_t flags)
{
    return flags & OAT_TRACE_ROOT_OPEN ? OAT_SHOWN_INTERRUPTED : oat_part_shown_status(status);
}

static void read_status(struct trace_row *trace, uint64_t flags, struct oat_trace_figures *figures)
{
    uint64_t status = number(trace, OAT_COL_TRACE_STATUS);
    figures->status = oat_part_trace_status(status, flags);
    if (figures->status == 0)
        fail(trace, "status of a trace");
}

static void read_usage(struct trace_row *trace, uint64_t flags, struct oat_trace_figures *figures)
{
    figures->has_input_tokens = flags & OAT_TRACE_HAS_INPUT_TOKENS;
    figures->has_output_tokens = flags & OAT_TRACE_HAS_OUTPUT_TOKENS;
    figures->has_cost = flags & OAT_TRACE_HAS_COST;
    if (wants(trace, OAT_FIGURES_OF(OAT_FIGURE_INPUT_TOKENS) | TOTAL))
        figures->input_tokens = number(trace, OAT_COL_TRACE_INPUT_TOKENS);
    if (wants(trace, OAT_FIGURES_OF(OAT_FIGURE_OUTPUT_TOKENS) | TOTAL))
        figures->output_tokens = number(trace, OAT_COL_TRACE_OUTPUT_TOKENS);
    if (wants(trace, OAT_FIGURES_OF(OAT_FIGURE_COST)))
        figures->cost_nano = oat_unzigzag(number(trace, OAT_COL_TRACE_COST));
}

static void read_counts(struct trace_row *trace, struct oat_trace_figures *figures)
{
    if (wants(trace, OAT_FIGURES_OF(OAT_FIGURE_SPAN_COUNT) | OAT_FIGURES_OF(OAT_FIGURE_STATUS)))
        figures->span_count = number32(trace, OAT_COL_TRACE_SPAN_COUNT);
    if (wants(trace, OAT_FIGURES_OF(OAT_FIGURE_ERROR_COUNT)))
        figures->error_count = number32(trace, OAT_COL_TRACE_ERROR_COUNT);
    if (wants(trace, OAT_FIGURES_OF(OAT_FIGURE_DEPTH)))
        figures->depth = number32(trace, OAT_COL_TRACE_DEPTH);
    if (wants(trace, OAT_FIGURES_OF(OAT_FIGURE_LLM_CALLS)))
        figures->llm_calls = number32(trace, OAT_COL_TRACE_TYPE_COUNT + OAT_LLM);
    if (wants(trace, OAT_FIGURES_OF(OAT_FIGURE_TOOL_CALLS)))
        figures->tool_calls = number32(trace, OAT_COL_TRACE_TYPE_COUNT + OAT_TOOL);
}

int oat_part_trace_figures(struct oat_part *part, uint32_t trace, uint32_t wanted,
                           struct oat_trace_figures *ret)
{
    struct oat_trace_figures figures = {0};
    struct trace_row row = {part, oat_part_table(part, OAT_TABLE_TRACES), trace, wanted, OAT_OK};
    if (wants(&row, OAT_FIGURES_OF(OAT_FIGURE_ID)))
        row.result = oat_part_trace_id(part, trace, figures.trace_id);
    uint64_t flags = number(&row, OAT_COL_TRACE_FLAGS);
    figures.partial = flags & OAT_TRACE_PARTIAL;
    figures.root_missing = flags & OAT_TRACE_ROOT_MISSING;
    read_usage(&row, flags, &figures);
    read_counts(&row, &figures);
    if (wants(&row, TIMES))
        read_times(&row, flags & OAT_TRACE_OPEN, &figures);
    if (wants(&row, OAT_FIGURES_OF(OAT_FIGURE_STATUS)) && figures.span_count > 0)
        read_status(&row, flags, &figures);
    for (unsigned field = 0; field < OAT_TEXT_FIELDS; field++)
        if (wants(&row, OAT_FIGURES_OF(OAT_FIGURE_TEXT + field)))
            figures.text[field] = oat_part_text(part, OAT_TABLE_SPANS, OAT_COL_SPAN_TEXT + field,
                                                number(&row, OAT_COL_TRACE_TEXT + field));
    if (row.result == OAT_OK)
        *ret = figures;
    return row.result;
}

int oat_part_root(struct oat_part *part, uint32_t trace, uint32_t source, struct oat_record *ret)
{
    struct trace_row row = {part, oat_part_table(part, OAT_TABLE_TRACES), trace, 0, OAT_OK};
    uint32_t first, count, root = number32(&row, OAT_COL_TRACE_ROOT);
    int result = row.result == OAT_OK ? oat_part_trace_rows(part, trace, &first, &count) : row.result;
    if (result == OAT_OK && root >= count) {
        oat_part_report(part, OAT_TABLE_TRACES, trace, "root of a trace");
        result = OAT_E_CORRUPT;
    }
    return result == OAT_OK ? oat_part_records(part, first + root, 1, source, 0, ret) : result;
}
