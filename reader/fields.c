#include "reader/fields.h"

#include "format/names.h"
#include "format/slot.h"
#include "reader/compare.h"

#include <string.h>
#include <strings.h>

#define NS_PER_S  1000000000u
#define NS_PER_MS 1000000u
#define US_PER_MS 1000u

static const char *status_name(unsigned status)
{
    return oat_shown_status_name((enum oat_shown_status)status);
}

#define TEXT(text_field, long_name, short_name)                                                              \
    {                                                                                                        \
        .name = long_name, .alias = short_name, .kind = OAT_FIELD_TEXT,                                      \
        .place = OAT_VECTOR_TEXT + (text_field), .presence = OAT_FIELD_NONZERO                               \
    }
#define TOKENS(count_field, long_name)                                                                       \
    {                                                                                                        \
        .name = long_name, .kind = OAT_FIELD_COUNT, .place = OAT_VECTOR_TOKENS + (count_field),              \
        .presence = OAT_FIELD_FLAGGED, .flags = OAT_SPAN_HAS_COUNT(count_field), .per_shown = 1              \
    }
#define MONEY(vector, has, long_name, short_name)                                                            \
    {                                                                                                        \
        .name = long_name, .alias = short_name, .kind = OAT_FIELD_MONEY, .place = (vector),                  \
        .presence = OAT_FIELD_FLAGGED, .flags = (has), .per_shown = NS_PER_S                                 \
    }
#define OF_TRACE(figure, field_kind, one, long_name, short_name)                                             \
    {                                                                                                        \
        .name = long_name, .alias = short_name, .kind = (field_kind), .of_trace = true, .place = (figure),   \
        .per_shown = (one)                                                                                   \
    }
#define TEXT_OF_TRACE(text_field, long_name, short_name)                                                     \
    OF_TRACE(OAT_FIGURE_TEXT + (text_field), OAT_FIELD_TEXT, 0, long_name, short_name)

static const struct oat_field fields[] = {
    {.name = "trace_id", .kind = OAT_FIELD_TRACE_ID, .place = OAT_VECTOR_TRACE},
    {.name = "span_id", .kind = OAT_FIELD_SPAN_ID, .place = OAT_VECTOR_SPAN_ID},
    {.name = "parent_span_id",
     .kind = OAT_FIELD_SPAN_ID,
     .place = OAT_VECTOR_PARENT_ID,
     .presence = OAT_FIELD_NONZERO},
    TEXT(OAT_TEXT_NAME, "name", NULL),
    {.name = "span_type",
     .alias = "type",
     .kind = OAT_FIELD_ENUM,
     .place = OAT_VECTOR_TYPE,
     .value_name = oat_span_type_name},
    {.name = "status", .kind = OAT_FIELD_ENUM, .place = OAT_VECTOR_STATUS, .value_name = status_name},
    {.name = "start_time",
     .alias = "start",
     .kind = OAT_FIELD_TIME,
     .place = OAT_VECTOR_START,
     .per_shown = NS_PER_S},
    {.name = "end_time",
     .alias = "end",
     .kind = OAT_FIELD_TIME,
     .place = OAT_VECTOR_START,
     .plus = OAT_VECTOR_DURATION,
     .presence = OAT_FIELD_ENDED,
     .per_shown = NS_PER_S},
    {.name = "duration_ms",
     .alias = "duration",
     .kind = OAT_FIELD_DURATION,
     .place = OAT_VECTOR_DURATION,
     .presence = OAT_FIELD_ENDED,
     .per_shown = NS_PER_MS},
    TEXT(OAT_TEXT_MODEL, "model", NULL),
    TEXT(OAT_TEXT_PROVIDER, "provider", NULL),
    TEXT(OAT_TEXT_SERVICE, "service", NULL),
    TEXT(OAT_TEXT_ENVIRONMENT, "environment", NULL),
    TEXT(OAT_TEXT_AGENT, "agent", NULL),
    TEXT(OAT_TEXT_SESSION, "session_id", "session"),
    TEXT(OAT_TEXT_USER, "user_id", "user"),
    TEXT(OAT_TEXT_PROMPT_NAME, "prompt_name", NULL),
    {.name = "prompt_version",
     .kind = OAT_FIELD_COUNT,
     .place = OAT_VECTOR_PROMPT_VERSION,
     .presence = OAT_FIELD_FLAGGED,
     .flags = OAT_SPAN_HAS_PROMPT_VERSION,
     .per_shown = 1},
    TOKENS(OAT_COUNT_INPUT, "prompt_tokens"),
    TOKENS(OAT_COUNT_OUTPUT, "completion_tokens"),
    TOKENS(OAT_COUNT_CACHED, "cached_tokens"),
    TOKENS(OAT_COUNT_CACHE_WRITE, "cache_write_tokens"),
    TOKENS(OAT_COUNT_REASONING, "reasoning_tokens"),
    {.name = "total_tokens",
     .alias = "tokens",
     .kind = OAT_FIELD_COUNT,
     .place = OAT_VECTOR_TOKENS + OAT_COUNT_INPUT,
     .plus = OAT_VECTOR_TOKENS + OAT_COUNT_OUTPUT,
     .presence = OAT_FIELD_FLAGGED,
     .flags = OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT) | OAT_SPAN_HAS_COUNT(OAT_COUNT_OUTPUT),
     .per_shown = 1},
    MONEY(OAT_VECTOR_COST, OAT_SPAN_HAS_COST, "total_cost", "cost"),
    {.name = "cost_source",
     .kind = OAT_FIELD_ENUM,
     .place = OAT_VECTOR_FLAGS,
     .shift = OAT_SPAN_COST_SOURCE_SHIFT,
     .mask = OAT_SPAN_COST_SOURCE_MASK >> OAT_SPAN_COST_SOURCE_SHIFT,
     .presence = OAT_FIELD_NONZERO,
     .value_name = oat_cost_source_name},
    {.name = "ttft_ms",
     .alias = "ttft",
     .kind = OAT_FIELD_DURATION,
     .place = OAT_VECTOR_TTFT,
     .presence = OAT_FIELD_FLAGGED,
     .flags = OAT_SPAN_HAS_TTFT,
     .per_shown = US_PER_MS},
    {.name = "input", .kind = OAT_FIELD_PAYLOAD, .place = OAT_PAYLOAD_OF_INPUT},
    {.name = "output", .kind = OAT_FIELD_PAYLOAD, .place = OAT_PAYLOAD_OF_OUTPUT},
    {.name = "error", .kind = OAT_FIELD_PAYLOAD, .place = OAT_PAYLOAD_OF_ERROR},
    TEXT(OAT_TEXT_OPERATION, "operation", NULL),
    TEXT(OAT_TEXT_STATUS_MESSAGE, "status_message", NULL),
    TOKENS(OAT_COUNT_AUDIO_INPUT, "audio_input_tokens"),
    TOKENS(OAT_COUNT_AUDIO_OUTPUT, "audio_output_tokens"),
    TOKENS(OAT_COUNT_IMAGE, "image_tokens"),
    TOKENS(OAT_COUNT_CACHE_WRITE_1H, "cache_write_1h_tokens"),
    MONEY(OAT_VECTOR_COST_INPUT, OAT_SPAN_HAS_COST_INPUT, "input_cost", NULL),
    MONEY(OAT_VECTOR_COST_OUTPUT, OAT_SPAN_HAS_COST_OUTPUT, "output_cost", NULL),
    {.name = "sample_rate",
     .kind = OAT_FIELD_SHARE,
     .place = OAT_VECTOR_SAMPLE_RATE,
     .if_zero = OAT_SAMPLE_RATE_ONE,
     .per_shown = OAT_SAMPLE_RATE_ONE},
    {.name = "otel_status",
     .kind = OAT_FIELD_ENUM,
     .place = OAT_VECTOR_OTEL_STATUS,
     .presence = OAT_FIELD_NONZERO,
     .value_name = oat_otel_status_name},

    OF_TRACE(OAT_FIGURE_LLM_CALLS, OAT_FIELD_COUNT, 1, "llm_calls", NULL),
    OF_TRACE(OAT_FIGURE_TOOL_CALLS, OAT_FIELD_COUNT, 1, "tool_calls", NULL),
    OF_TRACE(OAT_FIGURE_SPAN_COUNT, OAT_FIELD_COUNT, 1, "span_count", NULL),
    OF_TRACE(OAT_FIGURE_ERROR_COUNT, OAT_FIELD_COUNT, 1, "error_count", "errors"),
    OF_TRACE(OAT_FIGURE_DEPTH, OAT_FIELD_COUNT, 1, "depth", NULL),
    TEXT_OF_TRACE(OAT_TEXT_NAME, "trace.name", NULL),
    {.name = "trace.status",
     .kind = OAT_FIELD_ENUM,
     .of_trace = true,
     .place = OAT_FIGURE_STATUS,
     .value_name = status_name},
    OF_TRACE(OAT_FIGURE_START, OAT_FIELD_TIME, NS_PER_S, "trace.start_time", "trace.start"),
    OF_TRACE(OAT_FIGURE_END, OAT_FIELD_TIME, NS_PER_S, "trace.end_time", "trace.end"),
    OF_TRACE(OAT_FIGURE_DURATION, OAT_FIELD_DURATION, NS_PER_MS, "trace.duration_ms", "trace.duration"),
    TEXT_OF_TRACE(OAT_TEXT_MODEL, "trace.model", NULL),
    TEXT_OF_TRACE(OAT_TEXT_SERVICE, "trace.service", NULL),
    TEXT_OF_TRACE(OAT_TEXT_ENVIRONMENT, "trace.environment", NULL),
    TEXT_OF_TRACE(OAT_TEXT_AGENT, "trace.agent", NULL),
    TEXT_OF_TRACE(OAT_TEXT_SESSION, "trace.session_id", "trace.session"),
    TEXT_OF_TRACE(OAT_TEXT_USER, "trace.user_id", "trace.user"),
    OF_TRACE(OAT_FIGURE_INPUT_TOKENS, OAT_FIELD_COUNT, 1, "trace.prompt_tokens", NULL),
    OF_TRACE(OAT_FIGURE_OUTPUT_TOKENS, OAT_FIELD_COUNT, 1, "trace.completion_tokens", NULL),
    OF_TRACE(OAT_FIGURE_TOTAL_TOKENS, OAT_FIELD_COUNT, 1, "trace.total_tokens", "trace.tokens"),
    OF_TRACE(OAT_FIGURE_COST, OAT_FIELD_MONEY, NS_PER_S, "trace.total_cost", "trace.cost"),
};

static const struct oat_field attribute = {
    .name = "attributes.", .alias = "attr.", .kind = OAT_FIELD_ATTRIBUTE};

#define FIELD_COUNT (sizeof fields / sizeof *fields)

/* ---- Names --------------------------------------------------------------------------------------- */

static bool is_word(const char *word, const char *text, size_t len)
{
    return word && strlen(word) == len && memcmp(word, text, len) == 0;
}

static bool begins_with(const char *prefix, const char *text, size_t len)
{
    return len > strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

const struct oat_field *oat_field_at(size_t index)
{
    return index < FIELD_COUNT ? &fields[index] : NULL;
}

static const struct oat_field *find_listed(const char *name, size_t len)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (is_word(fields[i].name, name, len) || is_word(fields[i].alias, name, len))
            return &fields[i];
    return NULL;
}

const struct oat_field *oat_field_find(const char *name, size_t len, oat_text *ret_key)
{
    static const char of_trace[] = "trace.";
    *ret_key = (oat_text){0};
    const struct oat_field *listed = find_listed(name, len);
    if (listed)
        return listed;
    for (unsigned i = 0; i < 2; i++) {
        const char *prefix = i == 0 ? attribute.name : attribute.alias;
        if (!begins_with(prefix, name, len))
            continue;
        *ret_key = (oat_text){name + strlen(prefix), len - strlen(prefix)};
        return &attribute;
    }
    /* What only a trace has may be said to be a trace's. */
    if (!begins_with(of_trace, name, len))
        return NULL;
    name += strlen(of_trace);
    len -= strlen(of_trace);
    listed = begins_with(of_trace, name, len) ? NULL : find_listed(name, len);
    return listed && listed->of_trace ? listed : NULL;
}

static bool is_word_of_any_case(const char *word, const char *text, size_t len)
{
    return strlen(word) == len && strncasecmp(word, text, len) == 0;
}

unsigned oat_field_enum_parse(const struct oat_field *field, const char *name, size_t len)
{
    unsigned value = 1;
    while (field->value_name(value) && !is_word_of_any_case(field->value_name(value), name, len))
        value++;
    if (field->value_name(value))
        return value;
    return field->value_name == status_name && is_word_of_any_case("ok", name, len) ? OAT_SHOWN_SUCCESS : 0;
}

/* ---- Values of rows ------------------------------------------------------------------------------- */

bool oat_field_is_plain(const struct oat_field *field)
{
    return field->plus == 0 && field->mask == 0 && field->if_zero == 0;
}

bool oat_field_is_narrow(const struct oat_field *field)
{
    return oat_field_is_plain(field) && field->place >= OAT_VECTOR_WIDE_COUNT;
}

/* A vector widened to 64 bits: into scratch, or where it lies. */
static int read_wide(struct oat_batch *batch, enum oat_vector vector, uint64_t *scratch, const uint64_t **ret)
{
    const uint32_t *narrow;
    if (vector < OAT_VECTOR_WIDE_COUNT)
        return oat_batch_u64(batch, vector, ret);
    int result = oat_batch_u32(batch, vector, &narrow);
    if (result != OAT_OK)
        return result;
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i++)
        scratch[i] = narrow[i];
    *ret = scratch;
    return OAT_OK;
}

static int add(struct oat_batch *batch, enum oat_vector vector, const uint64_t *values, uint64_t *ret)
{
    uint64_t scratch[OAT_BATCH_ROWS];
    const uint64_t *more;
    int result = read_wide(batch, vector, scratch, &more);
    for (unsigned i = 0; result == OAT_OK && i < OAT_BATCH_ROWS; i++)
        ret[i] = values[i] + more[i];
    return result;
}

int oat_field_values(struct oat_batch *batch, const struct oat_field *field, uint64_t scratch[OAT_BATCH_ROWS],
                     const uint64_t **ret)
{
    const uint64_t *values;
    int result = read_wide(batch, field->place, scratch, &values);
    if (result == OAT_OK && field->plus != 0)
        result = add(batch, field->plus, values, scratch);
    if (result != OAT_OK)
        return result;
    *ret = oat_field_is_plain(field) ? values : scratch;
    const uint64_t mask = field->mask ? field->mask : UINT64_MAX;
    for (unsigned i = 0; field->mask && i < OAT_BATCH_ROWS; i++)
        scratch[i] = values[i] >> field->shift & mask;
    for (unsigned i = 0; field->if_zero && i < OAT_BATCH_ROWS; i++)
        scratch[i] = values[i] ? values[i] : field->if_zero;
    return OAT_OK;
}

/* Keeps the rows whose value in a narrow vector is in a range. */
static int keep_range(struct oat_batch *batch, enum oat_vector vector, uint32_t low, uint32_t high,
                      uint64_t *rows)
{
    const uint32_t *values;
    int result = oat_batch_u32(batch, vector, &values);
    if (result == OAT_OK)
        oat_rows_keep_range32(values, low, high, rows);
    return result;
}

static int keep_flagged(struct oat_batch *batch, uint32_t flags, uint64_t *rows)
{
    const uint32_t *values;
    int result = oat_batch_u32(batch, OAT_VECTOR_FLAGS, &values);
    if (result == OAT_OK)
        oat_rows_keep_bits32(values, flags, rows);
    return result;
}

/* Whether a span has a parent is told quicker than which. */
static int keep_children(struct oat_batch *batch, uint64_t *rows)
{
    uint64_t children[OAT_BATCH_WORDS];
    int result = oat_batch_range(batch, OAT_VECTOR_PARENT, 1, UINT32_MAX, children);
    if (result == OAT_OK)
        oat_rows_keep(rows, children);
    return result;
}

static int keep_nonzero(struct oat_batch *batch, const struct oat_field *field, uint64_t *rows)
{
    uint64_t scratch[OAT_BATCH_ROWS], zero[OAT_BATCH_WORDS];
    const uint64_t *values;
    if (field->place == OAT_VECTOR_PARENT_ID)
        return keep_children(batch, rows);
    int result = oat_field_values(batch, field, scratch, &values);
    if (result != OAT_OK)
        return result;
    oat_compare_range64(values, 0, 0, zero);
    oat_rows_drop(rows, zero);
    return OAT_OK;
}

int oat_field_presence(struct oat_batch *batch, const struct oat_field *field, uint64_t rows[OAT_BATCH_WORDS])
{
    switch (field->presence) {
    case OAT_FIELD_NONZERO:
        return keep_nonzero(batch, field, rows);
    case OAT_FIELD_FLAGGED:
        return keep_flagged(batch, field->flags, rows);
    case OAT_FIELD_ENDED:
        return keep_range(batch, OAT_VECTOR_STATUS, OAT_SHOWN_SUCCESS, OAT_SHOWN_ERROR, rows);
    case OAT_FIELD_ALWAYS:
        break;
    }
    return OAT_OK;
}

/* ---- Values of traces ----------------------------------------------------------------------------- */

uint32_t oat_field_figures(const struct oat_field *field)
{
    return OAT_FIGURES_OF(field->of_trace ? field->place : OAT_FIGURE_ID);
}

/* Sets *ret when the trace has the value, and says whether it has. */
static bool answer(bool has, uint64_t value, int64_t *ret)
{
    if (has)
        *ret = (int64_t)value;
    return has;
}

bool oat_field_of_trace(const struct oat_field *field, const struct oat_trace_figures *trace, int64_t *ret)
{
    switch ((enum oat_trace_figure)field->place) {
    case OAT_FIGURE_START:
        return answer(true, trace->start_ns, ret);
    case OAT_FIGURE_END:
        return answer(trace->end_ns != 0, trace->end_ns, ret);
    case OAT_FIGURE_DURATION:
        return answer(trace->end_ns != 0, trace->end_ns - trace->start_ns, ret);
    case OAT_FIGURE_STATUS:
        return answer(true, trace->status, ret);
    case OAT_FIGURE_INPUT_TOKENS:
        return answer(trace->has_input_tokens, trace->input_tokens, ret);
    case OAT_FIGURE_OUTPUT_TOKENS:
        return answer(trace->has_output_tokens, trace->output_tokens, ret);
    case OAT_FIGURE_TOTAL_TOKENS:
        return answer(trace->has_input_tokens || trace->has_output_tokens,
                      trace->input_tokens + trace->output_tokens, ret);
    case OAT_FIGURE_COST:
        return answer(trace->has_cost, (uint64_t)trace->cost_nano, ret);
    case OAT_FIGURE_LLM_CALLS:
        return answer(true, trace->llm_calls, ret);
    case OAT_FIGURE_TOOL_CALLS:
        return answer(true, trace->tool_calls, ret);
    case OAT_FIGURE_SPAN_COUNT:
        return answer(true, trace->span_count, ret);
    case OAT_FIGURE_ERROR_COUNT:
        return answer(true, trace->error_count, ret);
    case OAT_FIGURE_DEPTH:
        return answer(true, trace->depth, ret);
    case OAT_FIGURE_TEXT:
    case OAT_FIGURE_ID:
        break;
    }
    return false;
}

oat_text oat_field_text_of_trace(const struct oat_field *field, const struct oat_trace_figures *trace)
{
    return trace->text[field->place - OAT_FIGURE_TEXT];
}
