#include "tests/support/filter_vectors.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/attrs.h"
#include "format/ids.h"
#include "format/slot.h"
#include "format/time_text.h"
#include "reader/fields.h"

__attribute__((noreturn, format(printf, 1, 2))) static void give_up(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fputs(OAT_FILTER_VECTORS ": ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    exit(1);
}

json_t *oat_filter_vectors_load(void)
{
    json_error_t error;
    json_t *vectors = json_load_file(OAT_FILTER_VECTORS, JSON_REJECT_DUPLICATES, &error);
    if (!vectors)
        give_up("line %d: %s", error.line, error.text);
    return vectors;
}

static uint64_t time_of(const json_t *value)
{
    uint64_t ns;
    if (!json_is_string(value) || !oat_time_parse(json_string_value(value), json_string_length(value), &ns))
        give_up("a time is wrong");
    return ns;
}

uint64_t oat_filter_vectors_now(const json_t *vectors)
{
    return time_of(json_object_get(vectors, "now"));
}

/* ---- Values --------------------------------------------------------------------------------------- */

/* A number, time or name as the field stores it. */
static uint64_t stored(const struct oat_field *field, const json_t *value)
{
    switch (field->kind) {
    case OAT_FIELD_TIME:
        return time_of(value);
    case OAT_FIELD_ENUM:
        return oat_field_enum_parse(field, json_string_value(value), json_string_length(value));
    default:
        return (uint64_t)llround(json_number_value(value) * (double)field->per_shown);
    }
}

static oat_text text_of(const json_t *value)
{
    return (oat_text){json_string_value(value), json_string_length(value)};
}

/* Encodes a value of an attribute; arrays have scalars in them. */
static size_t encode(const json_t *json, uint8_t *dst)
{
    oat_value values[8], value = {.type = OAT_VALUE_NULL};
    if (json_is_array(json)) {
        value = (oat_value){.type = OAT_VALUE_ARRAY, .len = json_array_size(json), .u.array = values};
        uint8_t *at = dst;
        *at++ = OAT_VALUE_ARRAY;
        *at++ = (uint8_t)value.len;
        for (size_t i = 0; i < value.len; i++)
            at += encode(json_array_get(json, i), at);
        return (size_t)(at - dst);
    }
    if (json_is_string(json))
        value = (oat_value){
            .type = OAT_VALUE_STRING, .len = json_string_length(json), .u.string = json_string_value(json)};
    else if (json_is_integer(json))
        value = (oat_value){.type = OAT_VALUE_INT, .u.integer = json_integer_value(json)};
    else if (json_is_real(json))
        value = (oat_value){.type = OAT_VALUE_DOUBLE, .u.real = json_real_value(json)};
    else if (json_is_boolean(json))
        value = (oat_value){.type = OAT_VALUE_BOOL, .u.boolean = json_is_true(json)};
    else if (json_is_object(json))
        value = (oat_value){.type = OAT_VALUE_MAP};
    return oat_value_encode(dst, &value);
}

/* ---- Rows ----------------------------------------------------------------------------------------- */

static void set_attributes(struct oat_row_source *source, struct oat_test_row *row, json_t *attributes)
{
    const char *key;
    json_t *value;
    json_object_foreach(attributes, key, value)
    {
        uint8_t encoded[256];
        oat_text of_key = {key, strlen(key)}, of_value = {(const char *)encoded, encode(value, encoded)};
        oat_row_source_add_attribute(row, oat_row_source_attribute(source, of_key, of_value));
    }
}

static void set_span_id(struct oat_test_row *row, const struct oat_field *field, const json_t *value)
{
    oat_le64 id;
    if (!oat_hex_parse(json_string_value(value), json_string_length(value), id.b, sizeof id.b))
        give_up("a span id is not 16 hex digits");
    row->values[field->place] = oat_le64_get(id);
}

static void set_field(struct oat_row_source *source, struct oat_test_row *row, const char *name,
                      const json_t *value)
{
    oat_text key;
    const struct oat_field *field = oat_field_find(name, strlen(name), &key);
    if (!field || field->of_trace || field->plus)
        give_up("a row cannot have %s", name);
    if (field->kind == OAT_FIELD_PAYLOAD)
        row->payloads[field->place] = text_of(value);
    else if (field->kind == OAT_FIELD_TEXT)
        row->values[field->place] =
            oat_row_source_code(source, json_string_value(value), json_string_length(value));
    else if (field->kind == OAT_FIELD_SPAN_ID)
        set_span_id(row, field, value);
    else
        row->values[field->place] |= stored(field, value) << field->shift;
    row->values[OAT_VECTOR_FLAGS] |= field->flags;
}

static void add_row(struct oat_row_source *source, json_t *json)
{
    struct oat_test_row *row = oat_row_source_add_row(source);
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value)
    {
        if (strcmp(key, "attributes") == 0)
            set_attributes(source, row, value);
        else if (strcmp(key, "trace") == 0)
            row->values[OAT_VECTOR_TRACE] = (uint64_t)json_integer_value(value);
        else
            set_field(source, row, key, value);
    }
}

/* ---- Traces --------------------------------------------------------------------------------------- */

static void set_figure(struct oat_trace_figures *trace, const struct oat_field *field, const json_t *value)
{
    switch ((enum oat_trace_figure)field->place) {
    case OAT_FIGURE_START:
        trace->start_ns = stored(field, value);
        break;
    case OAT_FIGURE_END:
        trace->end_ns = stored(field, value);
        break;
    case OAT_FIGURE_STATUS:
        trace->status = (enum oat_shown_status)stored(field, value);
        break;
    case OAT_FIGURE_INPUT_TOKENS:
        trace->has_input_tokens = true;
        trace->input_tokens = stored(field, value);
        break;
    case OAT_FIGURE_OUTPUT_TOKENS:
        trace->has_output_tokens = true;
        trace->output_tokens = stored(field, value);
        break;
    case OAT_FIGURE_COST:
        trace->has_cost = true;
        trace->cost_nano = (int64_t)stored(field, value);
        break;
    case OAT_FIGURE_LLM_CALLS:
        trace->llm_calls = (uint32_t)stored(field, value);
        break;
    case OAT_FIGURE_TOOL_CALLS:
        trace->tool_calls = (uint32_t)stored(field, value);
        break;
    case OAT_FIGURE_SPAN_COUNT:
        trace->span_count = (uint32_t)stored(field, value);
        break;
    case OAT_FIGURE_ERROR_COUNT:
        trace->error_count = (uint32_t)stored(field, value);
        break;
    case OAT_FIGURE_DEPTH:
        trace->depth = (uint32_t)stored(field, value);
        break;
    case OAT_FIGURE_DURATION:
    case OAT_FIGURE_TOTAL_TOKENS:
    case OAT_FIGURE_TEXT:
    default:
        give_up("a trace cannot have %s", field->name);
    }
}

static void add_trace(struct oat_row_source *source, json_t *json)
{
    struct oat_trace_figures *trace = oat_row_source_add_trace(source);
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value)
    {
        char name[64];
        oat_text ignored;
        if (strcmp(key, "trace_id") == 0) {
            oat_trace_id_of_text(json_string_value(value), json_string_length(value), trace->trace_id);
            continue;
        }
        snprintf(name, sizeof name, "trace.%s", key);
        const struct oat_field *field = oat_field_find(name, strlen(name), &ignored);
        if (!field)
            give_up("a trace cannot have %s", key);
        if (field->kind == OAT_FIELD_TEXT)
            trace->text[field->place - OAT_FIGURE_TEXT] = text_of(value);
        else
            set_figure(trace, field, value);
    }
}

struct oat_row_source *oat_filter_vectors_rows(const json_t *vectors, unsigned repeat)
{
    struct oat_row_source *source = oat_row_source_new();
    size_t i;
    json_t *value;
    for (; repeat > 0; repeat--)
        json_array_foreach(json_object_get(vectors, "rows"), i, value) add_row(source, value);
    json_array_foreach(json_object_get(vectors, "traces"), i, value) add_trace(source, value);
    return source;
}
