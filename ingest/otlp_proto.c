/* The OTLP protobuf encoding (opentelemetry-proto 1.x). The schema is small and does not change
 * shape, so its messages are walked by hand: any order of fields, unknown fields of any wire type,
 * repeated occurrences of a singular message merge, every length is checked before it is used. */
#include "ingest/otlp_proto.h"

#include "format/limits.h"
#include "ingest/otel_batch.h"
#include "ingest/proto_wire.h"

#include <stdio.h>
#include <string.h>

struct decoder {
    struct oat_wire_error error;
    struct oat_otel_batch batch;
    struct oat_arena *arena; /* the batch's shared or own one: where values go now */
};

/* ---- Values ------------------------------------------------------------------------------- */

/* Makes room for one more element of a list in the arena. */
static void *grow(struct oat_arena *arena, void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    size_t more = *room ? *room * 2 : 4;
    void *bigger = oat_arena_calloc(arena, more, size);
    if (bigger && count)
        memcpy(bigger, items, count * size);
    if (bigger)
        *room = more;
    return bigger;
}

struct attr_list {
    oat_attr *items;
    size_t count, room;
};

static oat_text text_of(struct oat_wire_bytes bytes)
{
    return (oat_text){(const char *)bytes.at, (size_t)(bytes.end - bytes.at)};
}

static void read_value(struct decoder *d, struct oat_wire_bytes c, oat_value *value, unsigned depth);

static void read_key_value(struct decoder *d, struct oat_wire_bytes c, struct attr_list *list, unsigned depth)
{
    struct oat_wire_field f;
    oat_attr attr = {.key = "", .value.type = OAT_VALUE_NULL};
    while (oat_wire_next(&d->error, &c, &f)) {
        if (f.number == 1 && f.wire == OAT_WIRE_BYTES) {
            attr.key = text_of(f.bytes).bytes;
            attr.key_len = text_of(f.bytes).len;
        } else if (f.number == 2 && f.wire == OAT_WIRE_BYTES) {
            read_value(d, f.bytes, &attr.value, depth);
        }
    }
    oat_attr *items = grow(d->arena, list->items, list->count, &list->room, sizeof *items);
    if (!items)
        return;
    list->items = items;
    list->items[list->count++] = attr;
}

static void read_array(struct decoder *d, struct oat_wire_bytes c, oat_value *value, unsigned depth)
{
    struct oat_wire_field f;
    oat_value *items = NULL;
    size_t count = 0, room = 0;
    while (oat_wire_next(&d->error, &c, &f)) {
        if (f.number != 1 || f.wire != OAT_WIRE_BYTES)
            continue;
        oat_value *bigger = grow(d->arena, items, count, &room, sizeof *items);
        if (!bigger)
            return;
        items = bigger;
        read_value(d, f.bytes, &items[count++], depth);
    }
    *value = (oat_value){.type = OAT_VALUE_ARRAY, .len = count, .u.array = items};
}

static void read_map(struct decoder *d, struct oat_wire_bytes c, oat_value *value, unsigned depth)
{
    struct oat_wire_field f;
    struct attr_list list = {0};
    while (oat_wire_next(&d->error, &c, &f) && !d->arena->failed)
        if (f.number == 1 && f.wire == OAT_WIRE_BYTES)
            read_key_value(d, f.bytes, &list, depth);
    *value = (oat_value){.type = OAT_VALUE_MAP, .len = list.count, .u.map = list.items};
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* AnyValue: of several members the last one counts. */
static void read_value(struct decoder *d, struct oat_wire_bytes c, oat_value *value, unsigned depth)
{
    struct oat_wire_field f;
    if (depth >= OAT_VALUE_DEPTH_MAX) {
        oat_wire_fail(&d->error, c.at, "values nested deeper than 64");
        return;
    }
    while (oat_wire_next(&d->error, &c, &f) && !d->arena->failed) {
        if (f.number == 1 && f.wire == OAT_WIRE_BYTES)
            *value = oat_import_text_value(text_of(f.bytes));
        else if (f.number == 2 && f.wire == OAT_WIRE_VARINT)
            *value = (oat_value){.type = OAT_VALUE_BOOL, .u.boolean = f.value != 0};
        else if (f.number == 3 && f.wire == OAT_WIRE_VARINT)
            *value = (oat_value){.type = OAT_VALUE_INT, .u.integer = (int64_t)f.value};
        else if (f.number == 4 && f.wire == OAT_WIRE_FIXED64)
            *value = (oat_value){.type = OAT_VALUE_DOUBLE, .u.real = double_of(f.value)};
        else if (f.number == 5 && f.wire == OAT_WIRE_BYTES)
            read_array(d, f.bytes, value, depth + 1);
        else if (f.number == 6 && f.wire == OAT_WIRE_BYTES)
            read_map(d, f.bytes, value, depth + 1);
        else if (f.number == 7 && f.wire == OAT_WIRE_BYTES)
            *value = (oat_value){
                .type = OAT_VALUE_BYTES, .len = (size_t)(f.bytes.end - f.bytes.at), .u.bytes = f.bytes.at};
    }
}

/* ---- Messages ----------------------------------------------------------------------------- */

/* An id of the right length; any other leaves zeros, which reject the span or mean "no parent". */
static bool read_id(struct oat_wire_bytes bytes, uint8_t *ret, size_t size)
{
    if ((size_t)(bytes.end - bytes.at) != size)
        return false;
    memcpy(ret, bytes.at, size);
    return true;
}

static void read_event(struct decoder *d, struct oat_wire_bytes c, oat_event *event)
{
    struct oat_wire_field f;
    struct attr_list attrs = {0};
    *event = (oat_event){.name = ""};
    while (oat_wire_next(&d->error, &c, &f) && !d->arena->failed) {
        if (f.number == 1 && f.wire == OAT_WIRE_FIXED64) {
            event->time_ns = f.value;
        } else if (f.number == 2 && f.wire == OAT_WIRE_BYTES) {
            event->name = text_of(f.bytes).bytes;
            event->name_len = text_of(f.bytes).len;
        } else if (f.number == 3 && f.wire == OAT_WIRE_BYTES) {
            read_key_value(d, f.bytes, &attrs, 0);
        }
    }
    event->attrs = attrs.items;
    event->attr_count = attrs.count;
}

static void read_link(struct decoder *d, struct oat_wire_bytes c, oat_link *link)
{
    struct oat_wire_field f;
    struct attr_list attrs = {0};
    *link = (oat_link){.target.remote = true};
    while (oat_wire_next(&d->error, &c, &f) && !d->arena->failed) {
        if (f.number == 1 && f.wire == OAT_WIRE_BYTES)
            read_id(f.bytes, link->target.trace_id, 16);
        else if (f.number == 2 && f.wire == OAT_WIRE_BYTES)
            read_id(f.bytes, link->target.span_id, 8);
        else if (f.number == 3 && f.wire == OAT_WIRE_BYTES)
            link->trace_state = oat_arena_copy(d->arena, f.bytes.at, text_of(f.bytes).len);
        else if (f.number == 4 && f.wire == OAT_WIRE_BYTES)
            read_key_value(d, f.bytes, &attrs, 0);
        else if (f.number == 6 && f.wire == OAT_WIRE_FIXED32)
            link->target.trace_flags = (uint8_t)f.value;
    }
    link->attrs = attrs.items;
    link->attr_count = attrs.count;
}

static void read_status(struct decoder *d, struct oat_wire_bytes c, struct oat_otel_span *span)
{
    struct oat_wire_field f;
    span->has_status = true;
    while (oat_wire_next(&d->error, &c, &f)) {
        if (f.number == 2 && f.wire == OAT_WIRE_BYTES)
            span->status_message = text_of(f.bytes);
        else if (f.number == 3 && f.wire == OAT_WIRE_VARINT)
            span->status_code = (int64_t)f.value;
    }
}

/* What a span collects while its fields are read. */
struct span_lists {
    struct attr_list attrs;
    oat_event *events;
    size_t event_count, event_room;
    oat_link *links;
    size_t link_count, link_room;
};

static void read_span_message(struct decoder *d, const struct oat_wire_field *f, struct oat_otel_span *span,
                              struct span_lists *lists)
{
    switch (f->number) {
    case 1:
        if (!read_id(f->bytes, span->trace_id, 16))
            memset(span->trace_id, 0, 16);
        break;
    case 2:
        if (!read_id(f->bytes, span->span_id, 8))
            memset(span->span_id, 0, 8);
        break;
    case 3:
        span->trace_state = text_of(f->bytes);
        break;
    case 4:
        if (!read_id(f->bytes, span->parent_id, 8))
            memset(span->parent_id, 0, 8);
        break;
    case 5:
        span->name = text_of(f->bytes);
        break;
    case 9:
        read_key_value(d, f->bytes, &lists->attrs, 0);
        break;
    case 11:
        lists->events =
            grow(d->arena, lists->events, lists->event_count, &lists->event_room, sizeof(oat_event));
        if (lists->events)
            read_event(d, f->bytes, &lists->events[lists->event_count++]);
        break;
    case 13:
        lists->links = grow(d->arena, lists->links, lists->link_count, &lists->link_room, sizeof(oat_link));
        if (lists->links)
            read_link(d, f->bytes, &lists->links[lists->link_count++]);
        break;
    case 15:
        read_status(d, f->bytes, span);
        break;
    default:
        break;
    }
}

static void read_span_number(const struct oat_wire_field *f, struct oat_otel_span *span)
{
    switch (f->number << 3 | (unsigned)f->wire) {
    case 6 << 3 | OAT_WIRE_VARINT:
        span->kind = (int64_t)f->value;
        break;
    case 7 << 3 | OAT_WIRE_FIXED64:
        span->start_ns = f->value;
        break;
    case 8 << 3 | OAT_WIRE_FIXED64:
        span->end_ns = f->value;
        break;
    case 10 << 3 | OAT_WIRE_VARINT:
        span->dropped_attributes = (uint32_t)f->value;
        break;
    case 12 << 3 | OAT_WIRE_VARINT:
        span->dropped_events = (uint32_t)f->value;
        break;
    case 14 << 3 | OAT_WIRE_VARINT:
        span->dropped_links = (uint32_t)f->value;
        break;
    case 16 << 3 | OAT_WIRE_FIXED32:
        span->flags = (uint32_t)f->value;
        break;
    default:
        break;
    }
}

static int read_span(struct decoder *d, struct oat_wire_bytes c, const struct oat_otel_scope *scope)
{
    char place[40];
    snprintf(place, sizeof place, "byte %zu", (size_t)(c.at - d->error.start));
    struct oat_wire_field f;
    struct oat_otel_span span = {.scope = scope, .name = {"", 0}};
    struct span_lists lists = {0};

    d->arena = &d->batch.arena;
    while (oat_wire_next(&d->error, &c, &f) && !d->arena->failed) {
        if (f.wire == OAT_WIRE_BYTES)
            read_span_message(d, &f, &span, &lists);
        else
            read_span_number(&f, &span);
    }
    if (d->error.what) { /* the message's length is good, so the next span can still be read */
        snprintf(place, sizeof place, "byte %zu", d->error.at);
        oat_import_reject(d->batch.report, 1, place, d->error.what);
        d->error.what = NULL;
        d->arena->failed = d->arena->over_limit = false;
        return OAT_OK;
    }
    span.attrs = (struct oat_otel_attrs){lists.attrs.items, lists.attrs.count};
    span.events = lists.events;
    span.event_count = lists.event_count;
    span.links = lists.links;
    span.link_count = lists.link_count;
    return oat_otel_batch_add(&d->batch, &span, place);
}

static void read_scope(struct decoder *d, struct oat_wire_bytes c, struct oat_otel_scope *scope,
                       struct attr_list *attrs)
{
    struct oat_wire_field f;
    while (oat_wire_next(&d->error, &c, &f) && !d->arena->failed) {
        if (f.number == 1 && f.wire == OAT_WIRE_BYTES)
            scope->name = text_of(f.bytes);
        else if (f.number == 2 && f.wire == OAT_WIRE_BYTES)
            scope->version = text_of(f.bytes);
        else if (f.number == 3 && f.wire == OAT_WIRE_BYTES)
            read_key_value(d, f.bytes, attrs, 0);
    }
}

/* Fields may come in any order, so what spans share is read first, in a walk of its own. */
static int read_scope_spans(struct decoder *d, struct oat_wire_bytes message,
                            const struct oat_otel_attrs *resource)
{
    struct oat_wire_field f;
    struct attr_list attrs = {0};
    int result = OAT_OK;
    struct oat_otel_scope *scope = oat_arena_calloc(&d->batch.shared, 1, sizeof *scope);
    if (!scope)
        return OAT_E_NOMEM;
    d->arena = &d->batch.shared;
    scope->resource = *resource;
    for (struct oat_wire_bytes c = message; oat_wire_next(&d->error, &c, &f);)
        if (f.number == 1 && f.wire == OAT_WIRE_BYTES)
            read_scope(d, f.bytes, scope, &attrs);
    scope->attrs = (struct oat_otel_attrs){attrs.items, attrs.count};
    for (struct oat_wire_bytes c = message; result >= 0 && oat_wire_next(&d->error, &c, &f);)
        if (f.number == 2 && f.wire == OAT_WIRE_BYTES) {
            result = read_span(d, f.bytes, scope);
            if (result >= 0)
                result = oat_otel_batch_settle(&d->batch, false);
        }
    return result;
}

static int read_resource_spans(struct decoder *d, struct oat_wire_bytes message)
{
    struct oat_wire_field f, inner;
    struct attr_list attrs = {0};
    int result = OAT_OK;
    d->arena = &d->batch.shared;
    for (struct oat_wire_bytes c = message; oat_wire_next(&d->error, &c, &f);)
        if (f.number == 1 && f.wire == OAT_WIRE_BYTES)
            for (struct oat_wire_bytes r = f.bytes;
                 oat_wire_next(&d->error, &r, &inner) && !d->arena->failed;)
                if (inner.number == 1 && inner.wire == OAT_WIRE_BYTES)
                    read_key_value(d, inner.bytes, &attrs, 0);
    struct oat_otel_attrs resource = {attrs.items, attrs.count};
    for (struct oat_wire_bytes c = message; result >= 0 && oat_wire_next(&d->error, &c, &f);)
        if (f.number == 2 && f.wire == OAT_WIRE_BYTES)
            result = read_scope_spans(d, f.bytes, &resource);
    if (result >= 0 && d->batch.shared.failed)
        result = OAT_E_NOMEM;
    return result;
}

int oat_import_otlp_proto(const void *data, size_t len, const struct oat_import_sink *sink,
                          struct oat_import_report *report)
{
    struct decoder d = {.error.start = data};
    struct oat_wire_bytes c = {data, len ? (const uint8_t *)data + len : data};
    struct oat_wire_field f;
    int result = OAT_OK;
    report->kind = OAT_KIND_OTLP_PROTO;
    report->what = "OTLP protobuf";
    oat_otel_batch_init(&d.batch, sink, report);
    while (result >= 0 && oat_wire_next(&d.error, &c, &f))
        if (f.number == 1 && f.wire == OAT_WIRE_BYTES) {
            result = read_resource_spans(&d, f.bytes);
            if (result >= 0)
                result = oat_otel_batch_settle(&d.batch, true);
        }
    if (result >= 0)
        result = oat_otel_batch_flush(&d.batch);
    if (result >= 0 && d.error.what) {
        snprintf(report->place, sizeof report->place, "byte %zu", d.error.at);
        snprintf(report->reason, sizeof report->reason, "%s", d.error.what);
        result = OAT_E_INVALID;
    }
    oat_otel_batch_free(&d.batch);
    return result;
}
