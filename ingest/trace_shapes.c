/* Span exports that are close to OpenTelemetry: lists of spans, and Jaeger's answers. */
#include "ingest/trace_shapes.h"

#include "ingest/number.h"
#include "ingest/synthetic.h"
#include "ingest/text.h"

#include <stdio.h>
#include <string.h>

/* ---- OpenInference span lists ------------------------------------------------------------- */

static bool is_openinference_list(const struct oat_json_doc *doc, oat_jnode node)
{
    oat_jnode first = oat_jdoc_first(doc, node);
    return oat_jdoc_type_of(doc, node) == OAT_JSON_ARRAY &&
           oat_jdoc_get(doc, oat_jdoc_get(doc, first, "context"), "trace_id") &&
           oat_jdoc_get(doc, first, "start_time");
}

/* A list of spans, or an object of such lists by name. */
static bool is_openinference(const struct oat_json_doc *doc, oat_jnode root)
{
    return is_openinference_list(doc, root) ||
           (oat_jdoc_type_of(doc, root) == OAT_JSON_OBJECT && oat_jdoc_count(doc, root) > 0 &&
            is_openinference_list(doc, oat_jdoc_first_key(doc, root) + 1));
}

/* A time: text, or [seconds, nanoseconds]; 0 for anything else. */
static uint64_t any_time(const struct oat_json_doc *doc, oat_jnode node)
{
    uint64_t seconds, ns;
    oat_jnode first = oat_jdoc_first(doc, node);
    if (oat_jdoc_type_of(doc, node) == OAT_JSON_ARRAY)
        return oat_jdoc_uint(doc, first, &seconds) &&
                       oat_jdoc_uint(doc, oat_jdoc_next(doc, node, first), &ns) &&
                       seconds < UINT64_C(9000000000) && ns < UINT64_C(1000000000)
                   ? seconds * UINT64_C(1000000000) + ns
                   : 0;
    return oat_parse_time(oat_jdoc_string(doc, node), &ns) ? ns : 0;
}

static void read_events(struct oat_json_doc *doc, oat_jnode list, const char *time_key,
                        struct oat_otel_span *span)
{
    oat_event *events = oat_arena_calloc(doc->arena, oat_jdoc_count(doc, list), sizeof *events);
    for (oat_jnode e = events ? oat_jdoc_first(doc, list) : 0; e; e = oat_jdoc_next(doc, list, e)) {
        oat_event *event = &events[span->event_count++];
        oat_text name = oat_jdoc_text(doc, e, "name");
        *event = (oat_event){.name = name.bytes, .name_len = name.len};
        event->time_ns = any_time(doc, oat_jdoc_get(doc, e, time_key));
        event->attrs = oat_jdoc_to_attrs(doc, oat_jdoc_get(doc, e, "attributes"), &event->attr_count);
    }
    span->events = events;
}

static int read_openinference_list(struct oat_shape_reader *r, oat_jnode list, const char *path)
{
    struct oat_json_doc *doc = &r->doc;
    struct oat_otel_scope *scope = oat_shape_scope(r);
    size_t index = 0;
    int result = scope ? OAT_OK : OAT_E_NOMEM;
    for (oat_jnode s = oat_jdoc_first(doc, list); s && result >= 0;
         s = oat_jdoc_next(doc, list, s), index++) {
        snprintf(r->place, sizeof r->place, "%s[%zu]", path, index);
        oat_jnode context = oat_jdoc_get(doc, s, "context"), status = oat_jdoc_get(doc, s, "status_code");
        struct oat_shape_attrs attrs = oat_shape_attrs_of(doc, oat_jdoc_get(doc, s, "attributes"), 1);
        oat_text kind = oat_jdoc_text(doc, s, "span_kind");
        struct oat_otel_span span = {
            .scope = scope,
            .name = oat_jdoc_text(doc, s, "name"),
            .start_ns = oat_shape_time(doc, s, "start_time"),
            .end_ns = oat_shape_time(doc, s, "end_time"),
            .has_status = status != 0,
            .status_code = oat_jdoc_is(doc, status, "ERROR") ? 2
                           : oat_jdoc_is(doc, status, "OK")  ? 1
                                                             : 0,
            .status_message = oat_jdoc_text(doc, s, "status_message"),
        };
        oat_shape_set_ids(&span, oat_jdoc_text(doc, context, "trace_id"),
                          oat_jdoc_text(doc, context, "span_id"), oat_jdoc_text(doc, s, "parent_id"));
        oat_shape_put_text(&attrs, "openinference.span.kind", kind);
        read_events(doc, oat_jdoc_get(doc, s, "events"), "timestamp", &span);
        result = oat_shape_add(r, &span, &attrs);
    }
    return result;
}

static int read_openinference(struct oat_shape_reader *r, oat_jnode root)
{
    if (oat_jdoc_type_of(&r->doc, root) == OAT_JSON_ARRAY)
        return read_openinference_list(r, root, "$");
    int result = OAT_OK;
    for (oat_jnode k = oat_jdoc_first_key(&r->doc, root); k && result >= 0;
         k = oat_jdoc_next_key(&r->doc, root, k)) {
        char path[80];
        oat_text key = oat_jdoc_string(&r->doc, k);
        snprintf(path, sizeof path, "$.%.*s", (int)(key.len < 60 ? key.len : 60), key.bytes);
        result = read_openinference_list(r, k + 1, path);
    }
    return result;
}

/* ---- OpenTelemetry JS SDK spans ----------------------------------------------------------- */

static bool is_js_sdk(const struct oat_json_doc *doc, oat_jnode root)
{
    return oat_jdoc_type_of(doc, root) == OAT_JSON_ARRAY &&
           oat_jdoc_get(doc, oat_jdoc_get(doc, oat_jdoc_first(doc, root), "spanContext"), "spanId");
}

static int read_js_sdk(struct oat_shape_reader *r, oat_jnode root)
{
    struct oat_json_doc *doc = &r->doc;
    size_t index = 0;
    int result = OAT_OK;
    for (oat_jnode s = oat_jdoc_first(doc, root); s && result >= 0;
         s = oat_jdoc_next(doc, root, s), index++) {
        snprintf(r->place, sizeof r->place, "$[%zu]", index);
        struct oat_otel_scope *scope = oat_shape_scope(r);
        oat_jnode context = oat_jdoc_get(doc, s, "spanContext"),
                  parent = oat_jdoc_get(doc, s, "parentSpanContext");
        oat_jnode status = oat_jdoc_get(doc, s, "status");
        oat_jnode library = oat_jdoc_get2(doc, s, "instrumentationScope", "instrumentationLibrary");
        if (!scope)
            return OAT_E_NOMEM;
        scope->resource.items = oat_jdoc_to_attrs(
            doc, oat_jdoc_get(doc, oat_jdoc_get(doc, s, "resource"), "attributes"), &scope->resource.count);
        scope->name = oat_jdoc_text(doc, library, "name");
        scope->version = oat_jdoc_text(doc, library, "version");
        struct oat_shape_attrs attrs = oat_shape_attrs_of(doc, oat_jdoc_get(doc, s, "attributes"), 0);
        struct oat_otel_span span = {
            .scope = scope,
            .name = oat_jdoc_text(doc, s, "name"),
            .start_ns = any_time(doc, oat_jdoc_get(doc, s, "startTime")),
            .end_ns = any_time(doc, oat_jdoc_get(doc, s, "endTime")),
            .has_status = status != 0,
            .status_message = oat_jdoc_text(doc, status, "message"),
        };
        oat_jdoc_int(doc, oat_jdoc_get(doc, status, "code"), &span.status_code);
        if (oat_jdoc_int(doc, oat_jdoc_get(doc, s, "kind"), &span.kind))
            span.kind++; /* the JS API counts from 0 = internal */
        oat_text parent_id =
            parent ? oat_jdoc_text(doc, parent, "spanId") : oat_jdoc_text(doc, s, "parentSpanId");
        oat_shape_set_ids(&span, oat_jdoc_text(doc, context, "traceId"),
                          oat_jdoc_text(doc, context, "spanId"), parent_id);
        read_events(doc, oat_jdoc_get(doc, s, "events"), "time", &span);
        result = oat_shape_add(r, &span, &attrs);
    }
    return result;
}

/* ---- {scopeName, spanName, attributes}: no ids, no times ---------------------------------- */

static bool is_bare(const struct oat_json_doc *doc, oat_jnode root)
{
    return oat_jdoc_get(doc, root, "spanName") && oat_jdoc_get(doc, root, "attributes");
}

static int read_bare(struct oat_shape_reader *r, oat_jnode root)
{
    struct oat_json_doc *doc = &r->doc;
    struct oat_otel_scope *scope = oat_shape_scope(r);
    if (!scope)
        return OAT_E_NOMEM;
    snprintf(r->place, sizeof r->place, "$");
    scope->name = oat_jdoc_text(doc, root, "scopeName");
    struct oat_shape_attrs attrs = oat_shape_attrs_of(doc, oat_jdoc_get(doc, root, "attributes"), 0);
    struct oat_otel_span span = {
        .scope = scope, .name = oat_jdoc_text(doc, root, "spanName"), .synthetic_time = true};
    oat_text raw = oat_jdoc_raw(doc, root);
    oat_synthetic_trace_id("span", raw.bytes, raw.len, span.trace_id);
    oat_synthetic_span_id(span.trace_id, 0, span.span_id);
    span.start_ns = span.end_ns = oat_synthetic_start_ns(span.trace_id);
    return oat_shape_add(r, &span, &attrs);
}

/* ---- Jaeger query answers: {data: [{spans, processes}]} ----------------------------------- */

static bool is_jaeger(const struct oat_json_doc *doc, oat_jnode root)
{
    oat_jnode data = oat_jdoc_get(doc, root, "data");
    oat_jnode first = oat_jdoc_first(doc, data);
    return oat_jdoc_type_of(doc, data) == OAT_JSON_ARRAY && oat_jdoc_get(doc, first, "traceID") &&
           oat_jdoc_get(doc, first, "spans");
}

/* [{key, type, value}] as attributes. */
static struct oat_shape_attrs jaeger_tags(struct oat_json_doc *doc, oat_jnode list, size_t more)
{
    struct oat_shape_attrs attrs = oat_shape_attrs_of(doc, 0, oat_jdoc_count(doc, list) + more);
    for (oat_jnode t = oat_jdoc_first(doc, list); t && attrs.items; t = oat_jdoc_next(doc, list, t)) {
        oat_text key = oat_jdoc_string(doc, oat_jdoc_get(doc, t, "key"));
        oat_jnode value = oat_jdoc_get(doc, t, "value");
        if (key.bytes && value)
            attrs.items[attrs.count++] = (oat_attr){key.bytes, key.len, oat_jdoc_to_value(doc, value)};
    }
    return attrs;
}

static const oat_value *tag_of(const struct oat_shape_attrs *attrs, const char *key)
{
    for (size_t i = attrs->count; i-- > 0;)
        if (oat_text_is((oat_text){attrs->items[i].key, attrs->items[i].key_len}, key))
            return &attrs->items[i].value;
    return NULL;
}

static oat_text tag_text(const struct oat_shape_attrs *attrs, const char *key)
{
    const oat_value *value = tag_of(attrs, key);
    return value && value->type == OAT_VALUE_STRING ? (oat_text){value->u.string, value->len}
                                                    : (oat_text){"", 0};
}

static void jaeger_logs(struct oat_json_doc *doc, oat_jnode list, struct oat_otel_span *span)
{
    oat_event *events = oat_arena_calloc(doc->arena, oat_jdoc_count(doc, list), sizeof *events);
    for (oat_jnode l = events ? oat_jdoc_first(doc, list) : 0; l; l = oat_jdoc_next(doc, list, l)) {
        struct oat_shape_attrs fields = jaeger_tags(doc, oat_jdoc_get(doc, l, "fields"), 0);
        oat_text name = tag_text(&fields, "event");
        uint64_t us = 0;
        oat_jdoc_uint(doc, oat_jdoc_get(doc, l, "timestamp"), &us);
        events[span->event_count++] = (oat_event){
            .name = name.bytes,
            .name_len = name.len,
            .time_ns = us < UINT64_MAX / 1000 ? us * 1000 : 0,
            .attrs = fields.items,
            .attr_count = fields.count,
        };
    }
    span->events = events;
}

/* The first CHILD_OF names the parent; any other reference is a link. */
static void jaeger_references(struct oat_json_doc *doc, oat_jnode span_node, struct oat_otel_span *span)
{
    oat_jnode list = oat_jdoc_get(doc, span_node, "references");
    oat_link *links = oat_arena_calloc(doc->arena, oat_jdoc_count(doc, list), sizeof *links);
    oat_text parent = {"", 0};
    for (oat_jnode f = links ? oat_jdoc_first(doc, list) : 0; f; f = oat_jdoc_next(doc, list, f)) {
        oat_text id = oat_jdoc_text(doc, f, "spanID");
        if (parent.len == 0 && oat_jdoc_is(doc, oat_jdoc_get(doc, f, "refType"), "CHILD_OF")) {
            parent = id;
            continue;
        }
        struct oat_otel_span target = {0};
        oat_shape_set_ids(&target, oat_jdoc_text(doc, f, "traceID"), id, (oat_text){"", 0});
        oat_link *link = &links[span->link_count++];
        memcpy(link->target.trace_id, target.trace_id, sizeof target.trace_id);
        memcpy(link->target.span_id, target.span_id, sizeof target.span_id);
        link->target.remote = true;
    }
    span->links = links;
    oat_shape_set_ids(span, oat_jdoc_text(doc, span_node, "traceID"), oat_jdoc_text(doc, span_node, "spanID"),
                      parent);
}

/* OpenTelemetry's status in Jaeger's tags; clients of Jaeger's own say only that it failed. */
static void jaeger_status(const struct oat_shape_attrs *tags, struct oat_otel_span *span)
{
    oat_text code = tag_text(tags, "otel.status_code");
    const oat_value *error = tag_of(tags, "error");
    bool failed = error && error->type == OAT_VALUE_BOOL && error->u.boolean;
    span->has_status = code.len > 0;
    span->status_code = oat_text_is(code, "ERROR") || (failed && code.len == 0) ? 2
                        : oat_text_is(code, "OK")                               ? 1
                                                                                : 0;
    span->status_message = tag_text(tags, "otel.status_description");
}

static int read_jaeger_span(struct oat_shape_reader *r, oat_jnode s, oat_jnode processes)
{
    static const char *const kinds[] = {"", "internal", "server", "client", "producer", "consumer"};
    struct oat_json_doc *doc = &r->doc;
    struct oat_otel_scope *scope = oat_shape_scope(r);
    oat_text process_id = oat_jdoc_text(doc, s, "processID");
    char *process_key = oat_arena_copy(doc->arena, process_id.bytes, process_id.len);
    if (!scope || !process_key)
        return OAT_E_NOMEM;
    oat_jnode process = oat_jdoc_get(doc, processes, process_key);
    struct oat_shape_attrs resource = jaeger_tags(doc, oat_jdoc_get(doc, process, "tags"), 1);
    struct oat_shape_attrs attrs = jaeger_tags(doc, oat_jdoc_get(doc, s, "tags"), 0);
    oat_shape_put_text(&resource, "service.name", oat_jdoc_text(doc, process, "serviceName"));
    scope->resource = (struct oat_otel_attrs){resource.items, resource.count};

    uint64_t start_us = 0, duration_us = 0;
    oat_jdoc_uint(doc, oat_jdoc_get(doc, s, "startTime"), &start_us);
    oat_jdoc_uint(doc, oat_jdoc_get(doc, s, "duration"), &duration_us);
    if (start_us > INT64_MAX / 1000 || duration_us > INT64_MAX / 1000)
        start_us = duration_us = 0;
    struct oat_otel_span span = {
        .scope = scope,
        .name = oat_jdoc_text(doc, s, "operationName"),
        .start_ns = start_us * 1000,
        .end_ns = (start_us + duration_us) * 1000,
    };
    oat_text kind = tag_text(&attrs, "span.kind");
    for (int64_t i = 1; i <= 5; i++)
        if (oat_text_is(kind, kinds[i]))
            span.kind = i;
    jaeger_status(&attrs, &span);
    jaeger_references(doc, s, &span);
    jaeger_logs(doc, oat_jdoc_get(doc, s, "logs"), &span);
    return oat_shape_add(r, &span, &attrs);
}

static int read_jaeger(struct oat_shape_reader *r, oat_jnode root)
{
    struct oat_json_doc *doc = &r->doc;
    oat_jnode data = oat_jdoc_get(doc, root, "data");
    size_t i = 0;
    int result = OAT_OK;
    for (oat_jnode t = oat_jdoc_first(doc, data); t && result >= 0; t = oat_jdoc_next(doc, data, t), i++) {
        oat_jnode spans = oat_jdoc_get(doc, t, "spans"), processes = oat_jdoc_get(doc, t, "processes");
        size_t k = 0;
        for (oat_jnode s = oat_jdoc_first(doc, spans); s && result >= 0;
             s = oat_jdoc_next(doc, spans, s), k++) {
            snprintf(r->place, sizeof r->place, "$.data[%zu].spans[%zu]", i, k);
            result = read_jaeger_span(r, s, processes);
        }
    }
    return result;
}

const struct oat_shape oat_trace_shapes[] = {
    {"OpenInference spans", is_openinference, read_openinference},
    {"OpenTelemetry JS spans", is_js_sdk, read_js_sdk},
    {"span without ids", is_bare, read_bare},
    {"Jaeger traces", is_jaeger, read_jaeger},
    {NULL, NULL, NULL},
};
