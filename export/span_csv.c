#include "export/span_csv.h"

#include <stdlib.h>
#include <string.h>

#include "export/csv.h"
#include "export/stored_json.h"
#include "format/ids.h"
#include "format/names.h"
#include "format/utf8.h"

/* A line: of the names of columns, or of the values of a span. One function puts both, so that they agree. */
struct line {
    struct oat_json *out;
    bool names;
    bool guarded;
    bool has_cells;
    int result;
};

/* True: the value is to follow. */
static bool begin_cell(struct line *line, const char *name)
{
    if (line->has_cells)
        oat_json_raw(line->out, ",", 1);
    line->has_cells = true;
    if (line->names)
        oat_json_raw(line->out, name, strlen(name));
    return !line->names && line->result == OAT_OK;
}

static void put_text(struct line *line, const char *name, oat_text text)
{
    if (begin_cell(line, name) && text.bytes)
        oat_csv_cell(line->out, text, line->guarded);
}

/* text NULL: none. */
static void put_word(struct line *line, const char *name, const char *text)
{
    put_text(line, name, (oat_text){text, text ? strlen(text) : 0});
}

/* given: the id as it was given; bytes NULL: as it is stored. */
static void put_id(struct line *line, const char *name, const uint8_t *id, size_t len, oat_text given)
{
    char hex[33] = "";
    if (!oat_id_is_zero(id, len))
        oat_hex_print(id, len, hex);
    if (given.bytes)
        put_text(line, name, given);
    else
        put_word(line, name, hex);
}

/* Takes over what the JSON writer, which parts values by itself, has made apart. */
static void end_cell(struct line *line, struct oat_json *made, bool is_text)
{
    if (made->failed)
        line->result = OAT_E_NOMEM;
    else if (is_text)
        oat_csv_cell(line->out, (oat_text){made->bytes, made->len}, line->guarded);
    else
        oat_json_raw(line->out, made->bytes, made->len);
    oat_json_free(made);
}

static void put_count(struct line *line, const char *name, bool known, uint64_t count)
{
    struct oat_json made = {0};
    if (!begin_cell(line, name) || !known)
        return;
    oat_json_uint(&made, count);
    end_cell(line, &made, false);
}

/* value / 10^decimals. */
static void put_fixed(struct line *line, const char *name, bool known, int64_t value, unsigned decimals)
{
    struct oat_json made = {0};
    if (!begin_cell(line, name) || !known)
        return;
    oat_json_fixed(&made, value, decimals);
    end_cell(line, &made, false);
}

static void put_double(struct line *line, const char *name, double value)
{
    struct oat_json made = {0};
    if (!begin_cell(line, name))
        return;
    oat_json_double(&made, value);
    end_cell(line, &made, false);
}

static void put_attributes(struct line *line, const struct oat_stored_attrs *attrs)
{
    struct oat_json made = {0};
    if (!begin_cell(line, "attributes") || !attrs->bytes)
        return;
    oat_json_stored_attrs(&made, attrs);
    end_cell(line, &made, true);
}

/* Text as it is, other bytes in base64; nothing when it is lost. */
static void put_payload(struct line *line, const char *name, const oat_snapshot *snapshot,
                        const oat_payload *payload)
{
    struct oat_json made = {0};
    uint8_t *bytes;
    size_t len;
    if (!begin_cell(line, name) || !payload->present)
        return;
    int result = oat_payload_read(snapshot, payload, &bytes, &len);
    if (result == OAT_E_NOMEM)
        line->result = result;
    if (result != OAT_OK)
        return;
    if (oat_utf8_is_valid((const char *)bytes, len)) {
        oat_csv_cell(line->out, (oat_text){(const char *)bytes, len}, line->guarded);
    } else {
        oat_json_base64(&made, bytes, len);
        end_cell(line, &made, false); /* in the quotes of a JSON string, which are CSV's, too */
    }
    free(bytes);
}

static void put_times(struct line *line, const oat_span_view *span)
{
    bool ended = span->end_ns != 0;
    put_fixed(line, "start_time", true, (int64_t)span->start_ns, 9);
    put_fixed(line, "end_time", ended, (int64_t)span->end_ns, 9);
    put_fixed(line, "duration_ms", ended,
              span->end_ns > span->start_ns ? (int64_t)(span->end_ns - span->start_ns) : 0, 6);
}

static void put_usage(struct line *line, const oat_span_view *span)
{
    static const unsigned summed[] = {OAT_COUNT_INPUT, OAT_COUNT_OUTPUT};
    uint64_t tokens = 0;
    bool has_tokens = false;
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        put_count(line, oat_count_field_name(i), span->has_count[i], span->count[i]);
    for (size_t i = 0; i < sizeof summed / sizeof *summed; i++) {
        has_tokens |= span->has_count[summed[i]];
        tokens += span->has_count[summed[i]] ? span->count[summed[i]] : 0;
    }
    put_count(line, "total_tokens", has_tokens, tokens);
    put_fixed(line, "total_cost", span->has_cost, span->cost_total_nano, 9);
    put_fixed(line, "input_cost", span->has_cost_input, span->cost_input_nano, 9);
    put_fixed(line, "output_cost", span->has_cost_output, span->cost_output_nano, 9);
    put_word(line, "cost_source", oat_cost_source_name((unsigned)span->cost_source));
}

/* All columns but for the payloads. */
static void put_fields(struct line *line, const oat_span_view *span, const struct oat_stored_attrs *attrs)
{
    const struct oat_given *given = &attrs->given;
    put_id(line, "trace_id", span->trace_id, sizeof span->trace_id, given->trace_id);
    put_id(line, "span_id", span->span_id, sizeof span->span_id, given->span_id);
    put_id(line, "parent_span_id", span->parent_id, sizeof span->parent_id, given->parent_span_id);
    put_word(line, "span_type", oat_span_type_name((unsigned)span->type));
    put_word(line, "status", oat_shown_status_name(span->status));
    put_word(line, "otel_status", oat_otel_status_name((unsigned)span->otel_status));
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++)
        put_text(line, oat_text_field_name(i), given->text[i].bytes ? given->text[i] : span->text[i]);
    put_count(line, "prompt_version", span->has_prompt_version, span->prompt_version);
    put_times(line, span);
    put_fixed(line, "ttft_ms", span->has_ttft, span->ttft_us, 3);
    put_usage(line, span);
    put_double(line, "sample_rate", span->sample_rate);
    put_attributes(line, attrs);
}

static void put_line(struct line *line, const oat_snapshot *snapshot, const oat_span_view *span,
                     const struct oat_stored_attrs *attrs, bool payloads)
{
    put_fields(line, span, attrs);
    put_payload(line, "error", snapshot, &span->error);
    if (payloads) {
        put_payload(line, "inputs", snapshot, &span->input);
        put_payload(line, "outputs", snapshot, &span->output);
    }
    oat_json_raw(line->out, "\n", 1);
}

void oat_csv_span_head(struct oat_json *out, const struct oat_export_options *options)
{
    static const oat_span_view none;
    struct line line = {.out = out, .names = true};
    put_line(&line, NULL, &none, &(struct oat_stored_attrs){0}, options->payloads);
}

int oat_csv_span_line(struct oat_json *out, const oat_snapshot *snapshot, const oat_trace *trace,
                      const oat_span_view *span, const struct oat_export_options *options)
{
    struct line line = {.out = out, .guarded = !options->raw_cells};
    struct oat_stored_attrs attrs;
    (void)trace;
    line.result = oat_stored_attrs_read(snapshot, &span->attributes, &attrs);
    put_line(&line, snapshot, span, &attrs, options->payloads);
    oat_stored_attrs_free(&attrs);
    return line.result;
}
