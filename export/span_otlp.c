#include "export/span_otlp.h"

#include <stdlib.h>
#include <string.h>

#include "export/otlp_value.h"
#include "export/stored_json.h"
#include "format/ids.h"
#include "format/names.h"

struct context {
    struct oat_json *json;
    const oat_snapshot *snapshot;
    const oat_trace *trace;
    const oat_span_view *span;
    const struct oat_export_options *options;
    struct oat_stored_attrs attrs;
};

/* ---- Where attributes go ------------------------------------------------------------------------- */

#define RESOURCE_PREFIX "resource."
#define SCOPE_PREFIX    "otel.scope."

enum place { OF_SPAN, OF_RESOURCE, OF_SCOPE, IN_FIELD };

static bool has_prefix(oat_text key, const char *prefix)
{
    return key.len > strlen(prefix) && memcmp(key.bytes, prefix, strlen(prefix)) == 0;
}

static bool is(oat_text key, const char *text)
{
    return key.len == strlen(text) && memcmp(key.bytes, text, key.len) == 0;
}

/* What docs/import.md says of the names of attributes, backwards. *key becomes the name there. */
static enum place place_of(oat_text *key)
{
    static const char *const fields[] = {
        "oat.service_version",
        "oat.input.from",
        "oat.output.from",
        "otel.name",
        "otel.kind",
        "otel.trace_state",
        "otel.flags",
        "otel.dropped_attributes_count",
        "otel.dropped_events_count",
        "otel.dropped_links_count",
        SCOPE_PREFIX "name",
        SCOPE_PREFIX "version",
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (is(*key, fields[i]))
            return IN_FIELD;
    for (unsigned i = 0; i < OAT_TEXT_FIELDS && has_prefix(*key, "oat."); i++)
        if (is((oat_text){key->bytes + 4, key->len - 4}, oat_text_field_name(i)))
            return IN_FIELD;
    const char *prefix = has_prefix(*key, RESOURCE_PREFIX) ? RESOURCE_PREFIX
                         : has_prefix(*key, SCOPE_PREFIX)  ? SCOPE_PREFIX
                                                           : "";
    key->bytes += strlen(prefix);
    key->len -= strlen(prefix);
    return *prefix == '\0' ? OF_SPAN : *prefix == 'r' ? OF_RESOURCE : OF_SCOPE;
}

static void put_attributes_of(const struct context *c, enum place place)
{
    struct oat_attr_cursor cursor;
    struct oat_attr_value value;
    const uint8_t *bytes;
    size_t len;
    if (!c->attrs.bytes || oat_attrs_open(c->attrs.bytes, c->attrs.len, &cursor) != OAT_OK)
        return;
    while (oat_attrs_next(&cursor, &bytes, &len, &value)) {
        oat_text key = {(const char *)bytes, len};
        if (place_of(&key) == place)
            oat_otlp_attribute(c->json, key.bytes, key.len, &value);
    }
}

static bool find(const struct context *c, const char *name, struct oat_attr_value *ret)
{
    struct oat_attr_cursor cursor;
    const uint8_t *bytes;
    size_t len;
    if (!c->attrs.bytes || oat_attrs_open(c->attrs.bytes, c->attrs.len, &cursor) != OAT_OK)
        return false;
    while (oat_attrs_next(&cursor, &bytes, &len, ret))
        if (is((oat_text){(const char *)bytes, len}, name))
            return true;
    return false;
}

static bool has(const struct context *c, const char *name)
{
    struct oat_attr_value value;
    return find(c, name, &value);
}

/* The text of an attribute; bytes NULL: there is none. */
static oat_text text_at(const struct context *c, const char *name)
{
    struct oat_attr_value value;
    return find(c, name, &value) && value.type == OAT_VALUE_STRING
               ? (oat_text){(const char *)value.bytes, value.len}
               : (oat_text){0};
}

static oat_text field(const struct context *c, enum oat_text_field number)
{
    oat_text given = c->attrs.given.text[number];
    return given.bytes ? given : c->span->text[number];
}

/* ---- Attributes that stand for fields ------------------------------------------------------------ */

static void put_texts(const struct context *c)
{
    static const struct {
        enum oat_text_field field;
        const char *name;
    } texts[] = {
        {OAT_TEXT_MODEL, "gen_ai.response.model"},
        {OAT_TEXT_PROVIDER, "gen_ai.provider.name"},
        {OAT_TEXT_AGENT, "gen_ai.agent.name"},
        {OAT_TEXT_SESSION, "session.id"},
        {OAT_TEXT_USER, "user.id"},
        {OAT_TEXT_OPERATION, "gen_ai.operation.name"},
        {OAT_TEXT_PROMPT_NAME, "gen_ai.prompt.name"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!has(c, texts[i].name))
            oat_otlp_text(c->json, texts[i].name, field(c, texts[i].field));
    if (c->span->has_prompt_version && !has(c, "gen_ai.prompt.version"))
        oat_otlp_int(c->json, "gen_ai.prompt.version", c->span->prompt_version);
}

static void put_word(const struct context *c, const char *name, const char *word)
{
    if (word && !has(c, name))
        oat_otlp_text(c->json, name, (oat_text){word, strlen(word)});
}

static void put_usage(const struct context *c)
{
    static const char *const names[OAT_COUNT_FIELDS] = {
        [OAT_COUNT_INPUT] = "gen_ai.usage.input_tokens",
        [OAT_COUNT_OUTPUT] = "gen_ai.usage.output_tokens",
        [OAT_COUNT_CACHED] = "gen_ai.usage.cache_read.input_tokens",
        [OAT_COUNT_CACHE_WRITE] = "gen_ai.usage.cache_write.input_tokens",
        [OAT_COUNT_CACHE_WRITE_1H] = "oat.usage.cache_write_1h_tokens",
        [OAT_COUNT_REASONING] = "gen_ai.usage.reasoning.output_tokens",
        [OAT_COUNT_AUDIO_INPUT] = "gen_ai.usage.audio.input_tokens",
        [OAT_COUNT_AUDIO_OUTPUT] = "gen_ai.usage.audio.output_tokens",
        [OAT_COUNT_IMAGE] = "gen_ai.usage.image.input_tokens",
    };
    const oat_span_view *span = c->span;
    bool reported = span->cost_source == OAT_COST_REPORTED;
    const char *cost = reported ? "gen_ai.usage.cost" : "oat.total_cost";
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        if (span->has_count[i] && !has(c, names[i]))
            oat_otlp_int(c->json, names[i], span->count[i]);
    if (span->has_cost && !has(c, cost))
        oat_otlp_double(c->json, cost, (double)span->cost_total_nano / 1e9);
    if (!reported)
        put_word(c, "oat.cost_source", oat_cost_source_name((unsigned)span->cost_source));
    if (span->has_ttft && !has(c, "gen_ai.response.time_to_first_chunk"))
        oat_otlp_double(c->json, "gen_ai.response.time_to_first_chunk", span->ttft_us / 1e6);
}

/* ---- Payloads ------------------------------------------------------------------------------------ */

struct side {
    const char *from;   /* attribute that names the one it came from */
    const char *joined; /* put together from two attributes: the one that can hold it all */
    const char *value, *media;
};

/* Where a payload goes: what it came from, when that was taken away for it. NULL: nowhere, since all of it is
 * there still. */
static const char *payload_name(const struct context *c, const struct side *side, char *room, size_t size)
{
    oat_text from = text_at(c, side->from);
    if (!from.bytes)
        return side->value;
    if (is(from, side->joined))
        return "gen_ai.input.messages";
    bool is_one = !memchr(from.bytes, '+', from.len) && !memchr(from.bytes, '*', from.len) && from.len > 0 &&
                  from.bytes[from.len - 1] != '.';
    if (!is_one || from.len >= size)
        return NULL;
    memcpy(room, from.bytes, from.len);
    room[from.len] = '\0';
    return has(c, room) ? NULL : room;
}

/* What is lost or damaged is left out. */
static int put_payload(const struct context *c, const struct side *side, const oat_payload *payload)
{
    char room[128];
    uint8_t *bytes;
    size_t len;
    const char *name = payload->present ? payload_name(c, side, room, sizeof room) : NULL;
    int result = name ? oat_payload_read(c->snapshot, payload, &bytes, &len) : OAT_NOTFOUND;
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? result : OAT_OK;
    oat_otlp_bytes(c->json, name, bytes, len);
    if (name == side->value)
        put_word(c, side->media, payload->media_type);
    free(bytes);
    return OAT_OK;
}

static int put_payloads(const struct context *c)
{
    static const struct side input = {"oat.input.from", "gen_ai.system_instructions+gen_ai.input.messages",
                                      "input.value", "input.mime_type"};
    static const struct side output = {"oat.output.from", "", "output.value", "output.mime_type"};
    int result = put_payload(c, &input, &c->span->input);
    return result == OAT_OK ? put_payload(c, &output, &c->span->output) : result;
}

/* ---- Events and links ---------------------------------------------------------------------------- */

static void begin_list(struct oat_json *json, const char *key)
{
    oat_json_key(json, key);
    oat_json_array_begin(json);
}

/* Attributes of an event or link. */
static int put_own_attributes(struct context *c, const oat_payload *payload)
{
    struct context own = *c;
    int result = oat_stored_attrs_read(c->snapshot, payload, &own.attrs);
    begin_list(c->json, "attributes");
    put_attributes_of(&own, OF_SPAN);
    oat_json_array_end(c->json);
    oat_stored_attrs_free(&own.attrs);
    return result;
}

static void put_time(struct oat_json *json, const char *key, uint64_t time_ns)
{
    oat_json_key(json, key);
    oat_json_int_string(json, (int64_t)time_ns);
}

static int put_events(struct context *c)
{
    oat_event_view *events = NULL;
    size_t count = 0;
    int result =
        c->span->event_count > 0 ? oat_trace_events(c->trace, c->span->span_id, &events, &count) : OAT_OK;
    for (size_t i = 0; i < count && result == OAT_OK; i++) {
        oat_json_object_begin(c->json);
        put_time(c->json, "timeUnixNano", events[i].time_ns);
        oat_json_key(c->json, "name");
        oat_json_string(c->json, events[i].name.bytes ? events[i].name.bytes : "", events[i].name.len);
        result = put_own_attributes(c, &events[i].attributes);
        oat_json_object_end(c->json);
    }
    free(events);
    return result;
}

/* As OpenTelemetry has evaluations: events. */
static int put_scores(struct context *c)
{
    oat_score_view *scores = NULL;
    size_t count = 0;
    int result =
        c->span->score_count > 0 ? oat_trace_scores(c->trace, c->span->span_id, &scores, &count) : OAT_OK;
    for (size_t i = 0; i < count && result == OAT_OK; i++) {
        oat_json_object_begin(c->json);
        put_time(c->json, "timeUnixNano", scores[i].time_ns);
        oat_json_key(c->json, "name");
        oat_json_cstring(c->json, "gen_ai.evaluation.result");
        begin_list(c->json, "attributes");
        oat_otlp_text(c->json, "gen_ai.evaluation.name", scores[i].name);
        if (scores[i].has_value)
            oat_otlp_double(c->json, "gen_ai.evaluation.score.value", scores[i].value);
        oat_otlp_text(c->json, "gen_ai.evaluation.score.label", scores[i].label);
        oat_otlp_text(c->json, "gen_ai.evaluation.explanation", scores[i].comment);
        oat_json_array_end(c->json);
        oat_json_object_end(c->json);
    }
    free(scores);
    return result;
}

static int put_links(struct context *c)
{
    oat_link_view *links = NULL;
    size_t count = 0;
    int result =
        c->span->link_count > 0 ? oat_trace_links(c->trace, c->span->span_id, &links, &count) : OAT_OK;
    for (size_t i = 0; i < count && result == OAT_OK; i++) {
        oat_json_object_begin(c->json);
        oat_json_key(c->json, "traceId");
        oat_json_hex(c->json, links[i].target.trace_id, sizeof links[i].target.trace_id);
        oat_json_key(c->json, "spanId");
        oat_json_hex(c->json, links[i].target.span_id, sizeof links[i].target.span_id);
        if (links[i].trace_state.bytes) {
            oat_json_key(c->json, "traceState");
            oat_json_string(c->json, links[i].trace_state.bytes, links[i].trace_state.len);
        }
        result = put_own_attributes(c, &links[i].attributes);
        oat_json_object_end(c->json);
    }
    free(links);
    return result;
}

/* ---- The span ------------------------------------------------------------------------------------ */

static void put_resource(const struct context *c)
{
    oat_json_key(c->json, "resource");
    oat_json_object_begin(c->json);
    begin_list(c->json, "attributes");
    oat_otlp_text(c->json, "service.name", field(c, OAT_TEXT_SERVICE));
    oat_otlp_text(c->json, "service.version", text_at(c, "oat.service_version"));
    oat_otlp_text(c->json, "deployment.environment.name", field(c, OAT_TEXT_ENVIRONMENT));
    put_attributes_of(c, OF_RESOURCE);
    oat_json_array_end(c->json);
    oat_json_object_end(c->json);
}

/* A member, when the span has an attribute with its value. */
static void put_member(const struct context *c, const char *key, const char *name)
{
    struct oat_attr_value value;
    bool found = find(c, name, &value);
    if (!found || (value.type != OAT_VALUE_STRING && value.type != OAT_VALUE_INT))
        return;
    oat_json_key(c->json, key);
    if (value.type == OAT_VALUE_STRING)
        oat_json_string(c->json, (const char *)value.bytes, value.len);
    else
        oat_json_int(c->json, value.integer);
}

static void put_scope(const struct context *c)
{
    oat_json_key(c->json, "scope");
    oat_json_object_begin(c->json);
    put_member(c, "name", SCOPE_PREFIX "name");
    put_member(c, "version", SCOPE_PREFIX "version");
    begin_list(c->json, "attributes");
    put_attributes_of(c, OF_SCOPE);
    oat_json_array_end(c->json);
    oat_json_object_end(c->json);
}

static void put_head(const struct context *c)
{
    static const char *const kinds[] = {"", "internal", "server", "client", "producer", "consumer"};
    const oat_span_view *span = c->span;
    oat_text kind = text_at(c, "otel.kind"), name = text_at(c, "otel.name");
    if (!name.bytes)
        name = field(c, OAT_TEXT_NAME);
    oat_json_key(c->json, "traceId");
    oat_json_hex(c->json, span->trace_id, sizeof span->trace_id);
    oat_json_key(c->json, "spanId");
    oat_json_hex(c->json, span->span_id, sizeof span->span_id);
    if (!oat_id_is_zero(span->parent_id, sizeof span->parent_id)) {
        oat_json_key(c->json, "parentSpanId");
        oat_json_hex(c->json, span->parent_id, sizeof span->parent_id);
    }
    put_member(c, "traceState", "otel.trace_state");
    put_member(c, "flags", "otel.flags");
    oat_json_key(c->json, "name");
    oat_json_string(c->json, name.bytes ? name.bytes : "", name.len);
    for (size_t i = 1; i < sizeof kinds / sizeof *kinds && kind.bytes; i++) {
        if (!is(kind, kinds[i]))
            continue;
        oat_json_key(c->json, "kind");
        oat_json_uint(c->json, i);
    }
    put_time(c->json, "startTimeUnixNano", span->start_ns);
    put_time(c->json, "endTimeUnixNano", span->end_ns);
    put_member(c, "droppedAttributesCount", "otel.dropped_attributes_count");
    put_member(c, "droppedEventsCount", "otel.dropped_events_count");
    put_member(c, "droppedLinksCount", "otel.dropped_links_count");
}

static int put_attributes(const struct context *c)
{
    begin_list(c->json, "attributes");
    put_attributes_of(c, OF_SPAN);
    put_word(c, "oat.span_type", oat_span_type_name((unsigned)c->span->type));
    if (c->span->end_ns == 0) /* OTLP has no word for what has not ended */
        put_word(c, "oat.status", oat_shown_status_name(c->span->status));
    put_texts(c);
    put_usage(c);
    int result = c->options->payloads ? put_payloads(c) : OAT_OK;
    oat_json_array_end(c->json);
    return result;
}

static int put_status(const struct context *c)
{
    bool failed = c->span->status == OAT_SHOWN_ERROR;
    oat_text message = field(c, OAT_TEXT_STATUS_MESSAGE);
    int result = OAT_OK;
    oat_json_key(c->json, "status");
    oat_json_object_begin(c->json);
    oat_json_key(c->json, "code");
    oat_json_uint(c->json, failed ? 2 : c->span->otel_status == OAT_OTEL_OK ? 1 : 0);
    if (message.bytes || (failed && c->span->error.present)) {
        oat_json_key(c->json, "message");
        if (message.bytes)
            oat_json_string(c->json, message.bytes, message.len);
        else
            result = oat_json_payload_text(c->json, c->snapshot, &c->span->error);
    }
    oat_json_object_end(c->json);
    return result;
}

static int put_span(struct context *c)
{
    oat_json_object_begin(c->json);
    put_head(c);
    int result = put_attributes(c);
    begin_list(c->json, "events");
    if (result == OAT_OK)
        result = put_events(c);
    if (result == OAT_OK)
        result = put_scores(c);
    oat_json_array_end(c->json);
    begin_list(c->json, "links");
    if (result == OAT_OK)
        result = put_links(c);
    oat_json_array_end(c->json);
    if (result == OAT_OK)
        result = put_status(c);
    oat_json_object_end(c->json);
    return result;
}

int oat_otlp_span_line(struct oat_json *out, const oat_snapshot *snapshot, const oat_trace *trace,
                       const oat_span_view *span, const struct oat_export_options *options)
{
    struct context c = {.json = out, .snapshot = snapshot, .trace = trace, .span = span, .options = options};
    int result = oat_stored_attrs_read(snapshot, &span->attributes, &c.attrs);
    oat_json_object_begin(out);
    begin_list(out, "resourceSpans");
    oat_json_object_begin(out);
    put_resource(&c);
    begin_list(out, "scopeSpans");
    oat_json_object_begin(out);
    put_scope(&c);
    begin_list(out, "spans");
    if (result == OAT_OK)
        result = put_span(&c);
    for (unsigned i = 0; i < 3; i++) { /* spans, scopeSpans, resourceSpans */
        oat_json_array_end(out);
        oat_json_object_end(out);
    }
    oat_json_raw(out, "\n", 1);
    oat_stored_attrs_free(&c.attrs);
    return result;
}
