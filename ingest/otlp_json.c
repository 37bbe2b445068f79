/* The OTLP JSON encoding. */
#include "ingest/otlp_json.h"

#include "format/ids.h"
#include "format/json_scan.h"
#include "format/limits.h"
#include "ingest/json_value.h"
#include "ingest/number.h"
#include "ingest/otel_batch.h"

#include <stdio.h>
#include <string.h>

struct decoder {
    struct oat_json_doc doc;
    struct oat_otel_batch batch;
    char path[120]; /* of the scope spans that are being read */
};

/* ---- Values ------------------------------------------------------------------------------- */

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

/* Standard or URL-safe, padded or not: at most room bytes. False for anything else. */
static bool base64_decode(oat_text text, uint8_t *ret, size_t room, size_t *ret_len)
{
    size_t len = text.len, out = 0;
    uint32_t bits = 0;
    while (len > 0 && text.bytes[len - 1] == '=')
        len--;
    for (size_t i = 0; i < len; i++) {
        int digit = base64_digit(text.bytes[i]);
        if (digit < 0 || (i % 4 != 0 && out == room))
            return false;
        bits = bits << 6 | (uint32_t)digit;
        if (i % 4 != 0)
            ret[out++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    *ret_len = out;
    return true;
}

/* What is no base64 is kept as the text it is. */
static oat_value bytes_value(struct oat_json_doc *doc, oat_text text)
{
    oat_value value = {.type = OAT_VALUE_STRING, .len = text.len, .u.string = text.bytes ? text.bytes : ""};
    size_t room = text.len / 4 * 3 + 3, len;
    uint8_t *bytes = oat_arena_alloc(doc->arena, room);
    if (bytes && base64_decode(text, bytes, room, &len))
        value = (oat_value){.type = OAT_VALUE_BYTES, .len = len, .u.bytes = bytes};
    return value;
}

static struct oat_otel_attrs read_attrs(struct oat_json_doc *doc, oat_jnode list, unsigned depth);

static oat_value read_value(struct oat_json_doc *doc, oat_jnode node, unsigned depth)
{
    oat_value value = {.type = OAT_VALUE_NULL};
    oat_jnode member;
    if (depth >= OAT_VALUE_DEPTH_MAX)
        return oat_import_text_value(oat_jdoc_raw(doc, node));
    if (oat_jdoc_type_of(doc, member = oat_jdoc_get(doc, node, "stringValue")) == OAT_JSON_STRING)
        return oat_import_text_value(oat_jdoc_string(doc, member));
    if ((member = oat_jdoc_get(doc, node, "boolValue")) != 0)
        return (oat_value){.type = OAT_VALUE_BOOL,
                           .u.boolean = oat_jdoc_type_of(doc, member) == OAT_JSON_TRUE};
    if ((member = oat_jdoc_get(doc, node, "intValue")) != 0)
        return oat_jdoc_int(doc, member, &value.u.integer) ? (value.type = OAT_VALUE_INT, value)
                                                           : oat_jdoc_to_value(doc, member);
    if ((member = oat_jdoc_get(doc, node, "doubleValue")) != 0)
        return oat_jdoc_double(doc, member, &value.u.real) ? (value.type = OAT_VALUE_DOUBLE, value)
                                                           : oat_jdoc_to_value(doc, member);
    if ((member = oat_jdoc_get(doc, node, "arrayValue")) != 0) {
        oat_jnode list = oat_jdoc_get(doc, member, "values");
        oat_value *items = oat_arena_calloc(doc->arena, oat_jdoc_count(doc, list), sizeof *items);
        value.type = OAT_VALUE_ARRAY;
        value.u.array = items;
        for (oat_jnode e = items ? oat_jdoc_first(doc, list) : 0; e; e = oat_jdoc_next(doc, list, e))
            items[value.len++] = read_value(doc, e, depth + 1);
    } else if ((member = oat_jdoc_get(doc, node, "kvlistValue")) != 0) {
        struct oat_otel_attrs map = read_attrs(doc, oat_jdoc_get(doc, member, "values"), depth + 1);
        value = (oat_value){.type = OAT_VALUE_MAP, .len = map.count, .u.map = map.items};
    } else if ((member = oat_jdoc_get(doc, node, "bytesValue")) != 0) {
        return bytes_value(doc, oat_jdoc_string(doc, member));
    }
    return value;
}

static struct oat_otel_attrs read_attrs(struct oat_json_doc *doc, oat_jnode list, unsigned depth)
{
    struct oat_otel_attrs attrs = {0};
    oat_attr *items = oat_arena_calloc(doc->arena, oat_jdoc_count(doc, list), sizeof *items);
    for (oat_jnode e = items ? oat_jdoc_first(doc, list) : 0; e; e = oat_jdoc_next(doc, list, e)) {
        oat_text key = oat_jdoc_string(doc, oat_jdoc_get(doc, e, "key"));
        if (key.bytes)
            items[attrs.count++] =
                (oat_attr){key.bytes, key.len, read_value(doc, oat_jdoc_get(doc, e, "value"), depth)};
    }
    attrs.items = items;
    return attrs;
}

/* ---- Spans -------------------------------------------------------------------------------- */

/* Hex as OTLP has it, or the base64 that general protobuf-to-JSON writers make of an id: their
 * lengths differ. An id that is neither leaves *ret as it was. */
static void read_id(const struct oat_json_doc *doc, oat_jnode node, uint8_t *ret, size_t size)
{
    oat_text text = oat_jdoc_string(doc, node);
    uint8_t bytes[16];
    size_t len;
    if (!text.bytes || oat_hex_parse(text.bytes, text.len, ret, size))
        return;
    if (text.len == (size + 2) / 3 * 4 && base64_decode(text, bytes, size, &len) && len == size)
        memcpy(ret, bytes, size);
}

static uint64_t read_uint(const struct oat_json_doc *doc, oat_jnode object, const char *key)
{
    uint64_t value;
    return oat_jdoc_uint(doc, oat_jdoc_get(doc, object, key), &value) ? value : 0;
}

/* An enum as its number, or leniently as its name. */
static int64_t read_enum(const struct oat_json_doc *doc, oat_jnode node, const char *const *names)
{
    int64_t value;
    if (oat_jdoc_int(doc, node, &value))
        return value;
    for (int i = 0; names[i]; i++)
        if (oat_jdoc_is(doc, node, names[i]))
            return i;
    return 0;
}

static const char *const kind_names[] = {
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
    NULL,
};
static const char *const status_names[] = {"STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR", NULL};

static void read_events(struct oat_json_doc *doc, oat_jnode list, struct oat_otel_span *span)
{
    oat_event *events = oat_arena_calloc(doc->arena, oat_jdoc_count(doc, list), sizeof *events);
    for (oat_jnode e = events ? oat_jdoc_first(doc, list) : 0; e; e = oat_jdoc_next(doc, list, e)) {
        oat_text name = oat_jdoc_text(doc, e, "name");
        struct oat_otel_attrs attrs = read_attrs(doc, oat_jdoc_get(doc, e, "attributes"), 0);
        events[span->event_count++] = (oat_event){
            .name = name.bytes,
            .name_len = name.len,
            .time_ns = read_uint(doc, e, "timeUnixNano"),
            .attrs = attrs.items,
            .attr_count = attrs.count,
        };
    }
    span->events = events;
}

static void read_links(struct oat_json_doc *doc, oat_jnode list, struct oat_otel_span *span)
{
    oat_link *links = oat_arena_calloc(doc->arena, oat_jdoc_count(doc, list), sizeof *links);
    for (oat_jnode e = links ? oat_jdoc_first(doc, list) : 0; e; e = oat_jdoc_next(doc, list, e)) {
        oat_link *link = &links[span->link_count++];
        oat_text state = oat_jdoc_string(doc, oat_jdoc_get(doc, e, "traceState"));
        struct oat_otel_attrs attrs = read_attrs(doc, oat_jdoc_get(doc, e, "attributes"), 0);
        read_id(doc, oat_jdoc_get(doc, e, "traceId"), link->target.trace_id, 16);
        read_id(doc, oat_jdoc_get(doc, e, "spanId"), link->target.span_id, 8);
        link->target.remote = true;
        link->target.trace_flags = (uint8_t)read_uint(doc, e, "flags");
        link->trace_state = state.bytes ? oat_arena_copy(doc->arena, state.bytes, state.len) : NULL;
        link->attrs = attrs.items;
        link->attr_count = attrs.count;
    }
    span->links = links;
}

static int read_span(struct decoder *d, oat_jnode node, const struct oat_otel_scope *scope, size_t index)
{
    struct oat_json_doc *doc = &d->doc;
    char place[160];
    snprintf(place, sizeof place, "%s.spans[%zu]", d->path, index);
    if (oat_jdoc_type_of(doc, node) != OAT_JSON_OBJECT) {
        oat_import_reject(d->batch.report, 1, place, "a span is an object");
        return OAT_OK;
    }
    oat_jnode status = oat_jdoc_get(doc, node, "status");
    struct oat_otel_span span = {
        .scope = scope,
        .name = oat_jdoc_text(doc, node, "name"),
        .kind = read_enum(doc, oat_jdoc_get(doc, node, "kind"), kind_names),
        .start_ns = read_uint(doc, node, "startTimeUnixNano"),
        .end_ns = read_uint(doc, node, "endTimeUnixNano"),
        .trace_state = oat_jdoc_text(doc, node, "traceState"),
        .flags = (uint32_t)read_uint(doc, node, "flags"),
        .attrs = read_attrs(doc, oat_jdoc_get(doc, node, "attributes"), 0),
        .dropped_attributes = read_uint(doc, node, "droppedAttributesCount"),
        .dropped_events = read_uint(doc, node, "droppedEventsCount"),
        .dropped_links = read_uint(doc, node, "droppedLinksCount"),
        .has_status = status != 0,
        .status_code = read_enum(doc, oat_jdoc_get(doc, status, "code"), status_names),
        .status_message = oat_jdoc_text(doc, status, "message"),
    };
    read_id(doc, oat_jdoc_get(doc, node, "traceId"), span.trace_id, 16);
    read_id(doc, oat_jdoc_get(doc, node, "spanId"), span.span_id, 8);
    read_id(doc, oat_jdoc_get(doc, node, "parentSpanId"), span.parent_id, 8);
    read_events(doc, oat_jdoc_get(doc, node, "events"), &span);
    read_links(doc, oat_jdoc_get(doc, node, "links"), &span);
    return oat_otel_batch_add(&d->batch, &span, place);
}

static int read_scope_spans(struct decoder *d, oat_jnode node, const struct oat_otel_attrs *resource)
{
    struct oat_json_doc *doc = &d->doc;
    size_t index = 0;
    int result = OAT_OK;
    doc->arena = &d->batch.shared;
    oat_jnode scope_node = oat_jdoc_get2(doc, node, "scope", "instrumentationLibrary");
    struct oat_otel_scope *scope = oat_arena_calloc(doc->arena, 1, sizeof *scope);
    if (!scope)
        return OAT_E_NOMEM;
    *scope = (struct oat_otel_scope){
        .resource = *resource,
        .name = oat_jdoc_text(doc, scope_node, "name"),
        .version = oat_jdoc_text(doc, scope_node, "version"),
        .attrs = read_attrs(doc, oat_jdoc_get(doc, scope_node, "attributes"), 0),
    };
    doc->arena = &d->batch.arena;
    oat_jnode spans = oat_jdoc_get(doc, node, "spans");
    for (oat_jnode s = oat_jdoc_first(doc, spans); s && result >= 0; s = oat_jdoc_next(doc, spans, s)) {
        result = read_span(d, s, scope, index++);
        if (result >= 0)
            result = oat_otel_batch_settle(&d->batch, false);
    }
    return result;
}

static int read_request(struct decoder *d, oat_jnode request, const char *path)
{
    struct oat_json_doc *doc = &d->doc;
    oat_jnode resources = oat_jdoc_get(doc, request, "resourceSpans");
    size_t i = 0;
    int result = OAT_OK;
    for (oat_jnode r = oat_jdoc_first(doc, resources); r && result >= 0;
         r = oat_jdoc_next(doc, resources, r), i++) {
        doc->arena = &d->batch.shared;
        struct oat_otel_attrs resource =
            read_attrs(doc, oat_jdoc_get(doc, oat_jdoc_get(doc, r, "resource"), "attributes"), 0);
        oat_jnode scopes = oat_jdoc_get2(doc, r, "scopeSpans", "instrumentationLibrarySpans");
        size_t k = 0;
        for (oat_jnode s = oat_jdoc_first(doc, scopes); s && result >= 0;
             s = oat_jdoc_next(doc, scopes, s), k++) {
            snprintf(d->path, sizeof d->path, "%sresourceSpans[%zu].scopeSpans[%zu]", path, i, k);
            result = read_scope_spans(d, s, &resource);
        }
        if (result >= 0)
            result = d->batch.shared.failed ? OAT_E_NOMEM : oat_otel_batch_settle(&d->batch, true);
    }
    return result;
}

/* A request, or a list of them. */
static int read_document(struct decoder *d, size_t line)
{
    char path[48] = "$.";
    if (line > 1)
        snprintf(path, sizeof path, "line %zu: $.", line);
    if (oat_jdoc_type_of(&d->doc, 1) != OAT_JSON_ARRAY)
        return read_request(d, 1, path);
    int result = OAT_OK;
    size_t i = 0;
    for (oat_jnode e = oat_jdoc_first(&d->doc, 1); e && result >= 0; e = oat_jdoc_next(&d->doc, 1, e), i++) {
        snprintf(path, sizeof path, "$[%zu].", i);
        result = read_request(d, e, path);
    }
    return result;
}

int oat_import_otlp_json(const void *data, size_t len, const struct oat_import_sink *sink,
                         struct oat_import_report *report)
{
    struct decoder d = {0};
    size_t pos = 0;
    int result = OAT_OK;
    report->kind = OAT_KIND_OTLP_JSON;
    report->what = "OTLP JSON";
    oat_otel_batch_init(&d.batch, sink, report);
    d.doc.budget = sink->budget;
    for (size_t line = 1; result >= 0 && (line == 1 || pos < len); line++) {
        d.doc.arena = &d.batch.arena;
        result = oat_jdoc_parse(&d.doc, data, len, pos);
        if (result == OAT_E_INVALID) {
            snprintf(report->place, sizeof report->place, "byte %zu", d.doc.end);
            snprintf(report->reason, sizeof report->reason, "%s", d.doc.error);
        }
        if (result < 0)
            break;
        pos = oat_json_skip_space(data, len, d.doc.end);
        result = read_document(&d, line);
        /* Mapped spans point into the text, which stays, and the arenas: nothing into the nodes. */
    }
    int flushed = oat_otel_batch_flush(&d.batch);
    oat_jdoc_free(&d.doc);
    oat_otel_batch_free(&d.batch);
    return result < 0 ? result : flushed;
}
