#include "export/span_json.h"

#include <stdlib.h>
#include <string.h>

#include "export/attribute_texts.h"
#include "export/cost_json.h"
#include "export/field_json.h"
#include "export/record_json.h"
#include "format/names.h"

/* What the writing of one trace or span needs everywhere. */
struct context {
    struct oat_json *json;
    const oat_snapshot *snapshot;
    const oat_trace *trace; /* NULL for an element of a list, and for a span alone */
    enum oat_json_payloads payloads;
    struct oat_price_table *prices; /* NULL: not asked for */
    struct oat_attribute_texts attributes;
    struct oat_record_writer records;
};

/* Reads what spans are written with: the prices that cost_details are made of. A file that is not one has
 * none. */
static int prepare(struct context *c)
{
    char wrong[OAT_PRICES_WRONG_SIZE];
    oat_record_writer_init(&c->records);
    return c->payloads == OAT_JSON_PAYLOADS_AND_IDS ? oat_snapshot_prices(c->snapshot, &c->prices, wrong)
                                                    : OAT_OK;
}

/* What a whole text came to: OAT_OK, or why it is of no use. */
static int finish(struct context *c, int rc)
{
    oat_price_table_free(c->prices);
    oat_attribute_texts_free(&c->attributes);
    return rc == OAT_OK && c->json->failed ? OAT_E_NOMEM : rc;
}

static bool is_zero(const uint8_t *id, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (id[i])
            return false;
    return true;
}

/* ---- Payloads ------------------------------------------------------------------------------------- */

/* What is known of a payload besides its bytes; flags are there when they are true. id: NULL or zero for
 * none. */
static void put_payload_info(struct oat_json *json, const char *key, const oat_payload *payload, bool lost,
                             const uint8_t id[16])
{
    oat_json_key(json, key);
    if (!payload->present) {
        oat_json_null(json);
        return;
    }
    const struct {
        const char *key;
        bool value;
    } flags[] = {{"redacted", payload->redacted},
                 {"forgotten", payload->forgotten},
                 {"limited", payload->limited},
                 {"lost", lost}};

    oat_json_object_begin(json);
    oat_json_key(json, "media_type");
    oat_json_cstring(json, payload->media_type);
    oat_json_key(json, "size_bytes");
    oat_json_uint(json, payload->raw_len);
    if (id && !is_zero(id, 16)) {
        oat_json_key(json, "content_id");
        oat_json_hex(json, id, 16);
    }
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (!flags[i].value)
            continue;
        oat_json_key(json, flags[i].key);
        oat_json_bool(json, true);
    }
    oat_json_object_end(json);
}

/* Members of the program's own, with the comma before them. */
#define RAW(json, literal) oat_json_raw(json, literal, sizeof(literal) - 1)

struct side_keys {
    const char *preview, *value, *info;
    const char *absent; /* the preview and what is known of a payload that is not there */
};

static int put_side(const struct context *c, const struct side_keys *keys, const oat_payload *payload)
{
    uint8_t id[16] = {0};
    bool lost, lost_whole = false;
    if (!payload->present && c->payloads == OAT_JSON_PREVIEWS) {
        oat_json_raw(c->json, keys->absent, strlen(keys->absent));
        return OAT_OK;
    }
    oat_json_key(c->json, keys->preview);
    int rc = oat_json_preview(c->json, c->snapshot, payload, &lost);
    if (rc == OAT_OK && c->payloads != OAT_JSON_PREVIEWS) {
        oat_json_key(c->json, keys->value);
        rc = oat_json_payload(c->json, c->snapshot, payload, &lost_whole, id);
    }
    put_payload_info(c->json, keys->info, payload, lost || lost_whole,
                     c->payloads == OAT_JSON_PAYLOADS_AND_IDS ? id : NULL);
    return rc;
}

#define NO_EVENTS ",\"events\":[]"
#define NO_LINKS  ",\"links\":[]"
#define NO_SCORES ",\"scores\":[]"

/* Attributes of an event or link. */
static int put_own_attributes(const struct context *c, const oat_payload *payload)
{
    struct oat_stored_attrs attrs;
    int rc = oat_stored_attrs_read(c->snapshot, payload, &attrs);
    oat_json_key(c->json, "attributes");
    oat_json_stored_attrs(c->json, &attrs);
    oat_stored_attrs_free(&attrs);
    return rc;
}

/* ---- Events, links, scores -------------------------------------------------------------------------- */

static void put_own_id(struct oat_json *json, uint64_t id)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(id >> (56 - 8 * i));
    oat_json_key(json, "id");
    oat_json_hex(json, bytes, sizeof bytes);
}

static int put_events(const struct context *c, const oat_span_view *span)
{
    oat_event_view *events = NULL;
    size_t count = 0;
    if (span->event_count == 0) {
        RAW(c->json, NO_EVENTS);
        return OAT_OK;
    }
    int rc = oat_trace_events(c->trace, span->span_id, &events, &count);
    oat_json_key(c->json, "events");
    oat_json_array_begin(c->json);
    for (size_t i = 0; i < count && rc == OAT_OK; i++) {
        oat_json_object_begin(c->json);
        put_own_id(c->json, events[i].id);
        oat_json_text_field(c->json, "name", events[i].name);
        oat_json_time(c->json, events[i].time_ns);
        rc = put_own_attributes(c, &events[i].attributes);
        oat_json_object_end(c->json);
    }
    oat_json_array_end(c->json);
    free(events);
    return rc;
}

static int put_links(const struct context *c, const oat_span_view *span)
{
    oat_link_view *links = NULL;
    size_t count = 0;
    if (span->link_count == 0) {
        RAW(c->json, NO_LINKS);
        return OAT_OK;
    }
    int rc = oat_trace_links(c->trace, span->span_id, &links, &count);
    oat_json_key(c->json, "links");
    oat_json_array_begin(c->json);
    for (size_t i = 0; i < count && rc == OAT_OK; i++) {
        oat_json_object_begin(c->json);
        put_own_id(c->json, links[i].id);
        oat_json_key(c->json, "trace_id");
        oat_json_hex(c->json, links[i].target.trace_id, sizeof links[i].target.trace_id);
        oat_json_key(c->json, "span_id");
        oat_json_hex(c->json, links[i].target.span_id, sizeof links[i].target.span_id);
        oat_json_text_field(c->json, "trace_state", links[i].trace_state);
        rc = put_own_attributes(c, &links[i].attributes);
        oat_json_object_end(c->json);
    }
    oat_json_array_end(c->json);
    free(links);
    return rc;
}

/* span_id NULL: those of the trace. any false: there are none. */
static int put_scores(const struct context *c, const uint8_t *span_id, bool any)
{
    oat_score_view *scores = NULL;
    size_t count = 0;
    if (!any) {
        RAW(c->json, NO_SCORES);
        return OAT_OK;
    }
    int rc = oat_trace_scores(c->trace, span_id, &scores, &count);
    oat_json_key(c->json, "scores");
    oat_json_array_begin(c->json);
    for (size_t i = 0; i < count && rc == OAT_OK; i++) {
        oat_json_object_begin(c->json);
        put_own_id(c->json, scores[i].id);
        oat_json_text_field(c->json, "name", scores[i].name);
        oat_json_key(c->json, "value");
        if (scores[i].has_value)
            oat_json_double(c->json, scores[i].value);
        else
            oat_json_null(c->json);
        oat_json_text_field(c->json, "label", scores[i].label);
        oat_json_text_field(c->json, "comment", scores[i].comment);
        oat_json_text_field(c->json, "source", scores[i].source);
        oat_json_time(c->json, scores[i].time_ns);
        oat_json_object_end(c->json);
    }
    oat_json_array_end(c->json);
    free(scores);
    return rc;
}

static int put_marks(const struct context *c, const oat_span_view *span)
{
    int rc = put_events(c, span);
    if (rc == OAT_OK)
        rc = put_links(c, span);
    return rc == OAT_OK ? put_scores(c, span->span_id, span->score_count > 0) : rc;
}

/* ---- A span --------------------------------------------------------------------------------------- */

/* Record and attributes: the attributes may hold ids and texts of the record. */
static int put_record_and_attributes(struct context *c, const oat_span_view *span)
{
    const struct oat_given *given;
    int rc = oat_attribute_texts_read(&c->attributes, c->snapshot, &span->attributes, &given);
    if (rc != OAT_OK)
        return rc;
    oat_json_record(c->json, &c->records, span, given);
    if (c->prices) {
        oat_json_key(c->json, "cost_details");
        oat_json_cost_details(c->json, c->prices, span);
    }
    RAW(c->json, ",\"attributes\":");
    oat_attribute_texts_put(&c->attributes, c->json);
    return OAT_OK;
}

#define NO_ERROR ",\"error\":null"

static int put_error(const struct context *c, const oat_payload *error)
{
    if (!error->present) {
        RAW(c->json, NO_ERROR);
        return OAT_OK;
    }
    oat_json_key(c->json, "error");
    return oat_json_payload_text(c->json, c->snapshot, error);
}

#define NO_INPUT  ",\"input_preview\":null,\"input_info\":null"
#define NO_OUTPUT ",\"output_preview\":null,\"output_info\":null"
#define NO_MARKS  NO_EVENTS NO_LINKS NO_SCORES

/* True: it has nothing but its record and attributes, as most spans of an answer without payloads. */
static bool is_bare(const struct context *c, const oat_span_view *span)
{
    return c->trace && c->payloads == OAT_JSON_PREVIEWS && !span->error.present && !span->input.present &&
           !span->output.present && (span->event_count | span->link_count | span->score_count) == 0;
}

static int put_span(struct context *c, const oat_span_view *span)
{
    static const struct side_keys input = {"input_preview", "inputs", "input_info", NO_INPUT};
    static const struct side_keys output = {"output_preview", "outputs", "output_info", NO_OUTPUT};

    oat_json_object_begin(c->json);
    int rc = put_record_and_attributes(c, span);
    if (rc == OAT_OK && is_bare(c, span)) {
        RAW(c->json, NO_ERROR NO_INPUT NO_OUTPUT NO_MARKS "}");
        return OAT_OK;
    }
    if (rc == OAT_OK)
        rc = put_error(c, &span->error);
    if (rc == OAT_OK)
        rc = put_side(c, &input, &span->input);
    if (rc == OAT_OK)
        rc = put_side(c, &output, &span->output);
    if (rc == OAT_OK && c->trace)
        rc = put_marks(c, span);
    oat_json_object_end(c->json);
    return rc;
}

int oat_json_span(struct oat_json *json, const oat_snapshot *snapshot, const oat_trace *trace,
                  const oat_span_view *span, enum oat_json_payloads payloads)
{
    struct context c = {.json = json, .snapshot = snapshot, .trace = trace, .payloads = payloads};
    int rc = prepare(&c);
    if (rc == OAT_OK)
        rc = put_span(&c, span);
    return finish(&c, rc);
}

/* ---- A trace -------------------------------------------------------------------------------------- */

/* The fields of a trace, inside its object. given: what its root's attributes say of it. */
static void put_trace_fields(struct oat_json *json, const oat_trace_view *trace,
                             const struct oat_given *given)
{
    oat_text whole_name = given->text[OAT_TEXT_NAME];
    oat_json_id(json, "trace_id", trace->trace_id, sizeof trace->trace_id, given->trace_id);
    oat_json_text_field(json, "name", whole_name.bytes && !trace->root_missing ? whole_name : trace->name);
    oat_json_key(json, "status");
    oat_json_cstring(json, oat_shown_status_name(trace->status));
    oat_json_times(json, trace->start_ns, trace->end_ns);
    oat_json_text_field(json, "service", trace->service);
    oat_json_text_field(json, "agent", trace->agent);
    oat_json_text_field(json, "session_id", trace->session);
    oat_json_text_field(json, "user_id", trace->user);
    oat_json_text_field(json, "model", trace->model);
    oat_json_count_field(json, "prompt_tokens", trace->has_input_tokens, trace->input_tokens);
    oat_json_count_field(json, "completion_tokens", trace->has_output_tokens, trace->output_tokens);
    oat_json_count_field(json, "total_tokens", trace->has_input_tokens || trace->has_output_tokens,
                         trace->input_tokens + trace->output_tokens);
    oat_json_total_cost(json, trace->has_cost, trace->cost_total_nano);
    oat_json_count_field(json, "llm_calls", true, trace->llm_calls);
    oat_json_count_field(json, "tool_calls", true, trace->tool_calls);
    oat_json_count_field(json, "span_count", true, trace->span_count);
    oat_json_count_field(json, "error_count", true, trace->error_count);
    oat_json_count_field(json, "depth", true, trace->depth);
}

/* The trace itself, whose root is the first span that is shown, mostly. */
static int put_head(struct context *c)
{
    const oat_trace_view *head = oat_trace_head(c->trace);
    const struct oat_given *given;
    int rc = oat_attribute_texts_read(&c->attributes, c->snapshot, &head->attributes, &given);
    if (rc == OAT_OK)
        put_trace_fields(c->json, head, given);
    return rc;
}

static int put_spans(struct context *c)
{
    size_t count;
    const oat_span_view *spans = oat_trace_spans(c->trace, &count);
    int rc = OAT_OK;
    oat_json_key(c->json, "spans");
    oat_json_array_begin(c->json);
    for (size_t i = 0; i < count && rc == OAT_OK; i++)
        rc = put_span(c, &spans[i]);
    oat_json_array_end(c->json);
    return rc;
}

int oat_json_trace_summary(struct oat_json *json, const oat_snapshot *snapshot, const oat_trace_view *view)
{
    struct oat_stored_attrs attrs;
    int rc = oat_stored_attrs_read(snapshot, &view->attributes, &attrs);
    oat_json_object_begin(json);
    put_trace_fields(json, view, &attrs.given);
    oat_json_object_end(json);
    oat_stored_attrs_free(&attrs);
    return rc == OAT_OK && json->failed ? OAT_E_NOMEM : rc;
}

int oat_json_trace(struct oat_json *json, const oat_snapshot *snapshot, const oat_trace *trace,
                   enum oat_json_payloads payloads)
{
    struct context c = {.json = json, .snapshot = snapshot, .trace = trace, .payloads = payloads};
    int rc = prepare(&c);
    oat_json_object_begin(json);
    if (rc == OAT_OK)
        rc = put_head(&c);
    if (rc == OAT_OK)
        rc = put_scores(&c, NULL, true);
    if (rc == OAT_OK)
        rc = put_spans(&c);
    oat_json_object_end(json);
    return finish(&c, rc);
}
