#include "compactor/trace_columns.h"

#include "format/varint.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const uint16_t trace_columns[] = {
    OAT_COL_TRACE_ID_FIRST,
    OAT_COL_TRACE_ID_SECOND,
    OAT_COL_TRACE_START,
    OAT_COL_TRACE_DURATION,
    OAT_COL_TRACE_STATUS,
    OAT_COL_TRACE_FLAGS,
    OAT_COL_TRACE_FIRST_ROW,
    OAT_COL_TRACE_SPAN_COUNT,
    OAT_COL_TRACE_ROOT,
    OAT_COL_TRACE_DEPTH,
    OAT_COL_TRACE_ERROR_COUNT,
    OAT_COL_TRACE_INPUT_TOKENS,
    OAT_COL_TRACE_OUTPUT_TOKENS,
    OAT_COL_TRACE_COST,
    OAT_COL_TRACE_TYPE_COUNT + OAT_AGENT,
    OAT_COL_TRACE_TYPE_COUNT + OAT_LLM,
    OAT_COL_TRACE_TYPE_COUNT + OAT_TOOL,
    OAT_COL_TRACE_TYPE_COUNT + OAT_RETRIEVAL,
    OAT_COL_TRACE_TYPE_COUNT + OAT_GUARDRAIL,
    OAT_COL_TRACE_TYPE_COUNT + OAT_HANDOFF,
    OAT_COL_TRACE_TYPE_COUNT + OAT_EMBEDDING,
    OAT_COL_TRACE_TYPE_COUNT + OAT_RERANK,
    OAT_COL_TRACE_TYPE_COUNT + OAT_MEMORY,
    OAT_COL_TRACE_TYPE_COUNT + OAT_CHAIN,
    OAT_COL_TRACE_TYPE_COUNT + OAT_HTTP,
    OAT_COL_TRACE_TYPE_COUNT + OAT_DATABASE,
    OAT_COL_TRACE_TYPE_COUNT + OAT_CACHE,
    OAT_COL_TRACE_TYPE_COUNT + OAT_FILE_IO,
    OAT_COL_TRACE_TEXT + OAT_TEXT_NAME,
    OAT_COL_TRACE_TEXT + OAT_TEXT_SERVICE,
    OAT_COL_TRACE_TEXT + OAT_TEXT_ENVIRONMENT,
    OAT_COL_TRACE_TEXT + OAT_TEXT_MODEL,
    OAT_COL_TRACE_TEXT + OAT_TEXT_PROVIDER,
    OAT_COL_TRACE_TEXT + OAT_TEXT_AGENT,
    OAT_COL_TRACE_TEXT + OAT_TEXT_SESSION,
    OAT_COL_TRACE_TEXT + OAT_TEXT_USER,
    OAT_COL_TRACE_TEXT + OAT_TEXT_OPERATION,
    OAT_COL_TRACE_TEXT + OAT_TEXT_STATUS_MESSAGE,
    OAT_COL_TRACE_TEXT + OAT_TEXT_PROMPT_NAME,
};
static const uint16_t continued_columns[] = {OAT_COL_CONTINUED_DAY, OAT_COL_CONTINUED_GENERATION,
                                             OAT_COL_CONTINUED_TRACE};

int oat_trace_columns_open(struct oat_trace_columns *columns, struct oat_section_writer *file)
{
    *columns = (struct oat_trace_columns){0};
    int result = oat_table_writer_open(&columns->traces, file, OAT_TABLE_TRACES, trace_columns,
                                       COUNT_OF(trace_columns));
    if (result == OAT_OK)
        result = oat_table_writer_open(&columns->continued, file, OAT_TABLE_CONTINUED, continued_columns,
                                       COUNT_OF(continued_columns));
    return result;
}

void oat_trace_columns_close(struct oat_trace_columns *columns)
{
    oat_table_writer_close(&columns->traces);
    oat_table_writer_close(&columns->continued);
}

static void set(struct oat_trace_columns *columns, unsigned column, uint64_t value)
{
    oat_table_writer_set(&columns->traces, column, value);
}

/* What a span is that has not ended, or whose local parent is not here. */
static bool is_open(const struct oat_row *row)
{
    return row->open || (row->parent == OAT_NO_ROW && (row->flags & OAT_SPAN_PARENT_LOCAL) != 0);
}

static bool has_no_parent(const struct oat_disk_span *span)
{
    return oat_le64_load(span->parent_id) == 0;
}

/* True when what is said of the trace's times holds of its root, too, which is the only span without a
 * parent. */
static bool is_like_root(const struct oat_day_trace *trace, uint64_t end_ns)
{
    const struct oat_row *root = &trace->rows[trace->summary.root];
    const struct oat_disk_span *span = &trace->spans[root->trace].span;
    size_t roots = 0;
    for (size_t i = 0; i < trace->span_count; i++)
        roots += has_no_parent(&trace->spans[i].span);
    return roots == 1 && has_no_parent(span) && !is_open(root) &&
           oat_le64_get(span->start_ns) == trace->start_ns &&
           oat_le64_get(span->duration_ns) == end_ns - trace->start_ns;
}

static void set_spans(struct oat_trace_columns *columns, const struct oat_day_trace *trace, uint32_t flags)
{
    const struct oat_trace_info *summary = &trace->summary;
    const struct oat_row *root = &trace->rows[summary->root];
    uint32_t type_count[OAT_FILE_IO + 1] = {0};
    uint64_t end_ns = trace->start_ns;
    for (size_t i = 0; i < trace->span_count; i++) {
        const struct oat_row *row = &trace->rows[i];
        type_count[row->type]++;
        end_ns = row->end_ns > end_ns ? row->end_ns : end_ns;
        flags |= is_open(row) ? OAT_TRACE_OPEN : 0;
    }
    flags |= is_open(root) ? OAT_TRACE_ROOT_OPEN : 0;
    flags |= summary->root_missing ? OAT_TRACE_ROOT_MISSING : 0;
    flags |= is_like_root(trace, end_ns) ? OAT_TRACE_LIKE_ROOT : 0;
    flags |= summary->has_input_tokens ? OAT_TRACE_HAS_INPUT_TOKENS : 0;
    flags |= summary->has_output_tokens ? OAT_TRACE_HAS_OUTPUT_TOKENS : 0;
    flags |= summary->has_cost ? OAT_TRACE_HAS_COST : 0;
    set(columns, OAT_COL_TRACE_DURATION, end_ns - trace->start_ns);
    set(columns, OAT_COL_TRACE_STATUS, trace->spans[root->trace].span.status);
    set(columns, OAT_COL_TRACE_FLAGS, flags);
    set(columns, OAT_COL_TRACE_ROOT, root->trace);
    set(columns, OAT_COL_TRACE_DEPTH, summary->depth);
    set(columns, OAT_COL_TRACE_ERROR_COUNT, summary->error_count);
    set(columns, OAT_COL_TRACE_INPUT_TOKENS, summary->input_tokens);
    set(columns, OAT_COL_TRACE_OUTPUT_TOKENS, summary->output_tokens);
    set(columns, OAT_COL_TRACE_COST, oat_zigzag(summary->cost_total_nano));
    for (unsigned type = OAT_AGENT; type <= OAT_FILE_IO; type++)
        set(columns, OAT_COL_TRACE_TYPE_COUNT + type, type_count[type]);
}

/* Codes of texts that are shown of a trace: a root that was never announced has no name. */
static void set_texts(struct oat_trace_columns *columns, const struct oat_day_trace *trace,
                      const struct oat_trace_place *place)
{
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++) {
        const uint32_t *codes = i == OAT_TEXT_MODEL ? place->model_codes : place->root_codes;
        bool of_root = i == OAT_TEXT_NAME || i == OAT_TEXT_AGENT;
        if (codes && !(of_root && trace->summary.root_missing))
            set(columns, OAT_COL_TRACE_TEXT + i, codes[i]);
    }
}

int oat_trace_columns_add(struct oat_trace_columns *columns, const struct oat_day_trace *trace,
                          const struct oat_trace_place *place)
{
    set(columns, OAT_COL_TRACE_ID_FIRST, oat_le64_load(trace->trace_id));
    set(columns, OAT_COL_TRACE_ID_SECOND, oat_le64_load(trace->trace_id + 8));
    set(columns, OAT_COL_TRACE_START, trace->start_ns);
    set(columns, OAT_COL_TRACE_FLAGS, place->flags);
    set(columns, OAT_COL_TRACE_FIRST_ROW, place->first_row);
    set(columns, OAT_COL_TRACE_SPAN_COUNT, trace->span_count);
    if (trace->span_count > 0)
        set_spans(columns, trace, place->flags);
    set_texts(columns, trace, place);
    return oat_table_writer_next(&columns->traces);
}

int oat_trace_columns_continue(struct oat_trace_columns *columns, const struct oat_manifest_part *part,
                               uint32_t trace)
{
    oat_table_writer_set(&columns->continued, OAT_COL_CONTINUED_DAY, part->day);
    oat_table_writer_set(&columns->continued, OAT_COL_CONTINUED_GENERATION, part->generation);
    oat_table_writer_set(&columns->continued, OAT_COL_CONTINUED_TRACE, trace);
    return oat_table_writer_next(&columns->continued);
}

int oat_trace_columns_finish(struct oat_trace_columns *columns)
{
    int result = oat_table_writer_finish(&columns->traces);
    return result == OAT_OK ? oat_table_writer_finish(&columns->continued) : result;
}
