/* Span exports of other systems. Each shape becomes OpenTelemetry spans whose attributes carry the
 * names that system writes over OTLP too, so that one mapping serves both ways in. */
#include "ingest/trace_export.h"

#include "format/hash.h"
#include "format/ids.h"
#include "ingest/number.h"
#include "ingest/synthetic.h"
#include "ingest/trace_shapes.h"

#include <stdio.h>
#include <string.h>

/* ---- Pieces ------------------------------------------------------------------------------- */

bool oat_shape_is_zero(const uint8_t *bytes, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++)
        any |= bytes[i];
    return any == 0;
}

/* An id that is 16 hex digits is taken as it is, any other text is hashed and kept beside; so is
 * one of all zeros, which some exports give to a root. */
static void span_id_of(const uint8_t trace_id[16], oat_text text, uint8_t ret[8], oat_text *ret_given)
{
    uint8_t hex[8];
    if (text.len == 0)
        return;
    if (oat_hex_parse(text.bytes, text.len, hex, 8) && oat_shape_is_zero(hex, 8)) {
        oat_synthetic_span_id(trace_id, UINT64_MAX, ret);
        *ret_given = text;
    } else if (oat_span_id_of_text(trace_id, text.bytes, text.len, ret) == OAT_OK &&
               !oat_hex_parse(text.bytes, text.len, hex, 8)) {
        *ret_given = text;
    }
}

void oat_shape_set_ids(struct oat_otel_span *span, oat_text trace, oat_text id, oat_text parent)
{
    uint8_t hex[16];
    if (oat_trace_id_of_text(trace.bytes, trace.len, span->trace_id) != OAT_OK)
        return;
    if (!oat_hex_parse(trace.bytes, trace.len, hex, 16))
        span->given_trace_id = trace;
    span_id_of(span->trace_id, id, span->span_id, &span->given_span_id);
    span_id_of(span->trace_id, parent, span->parent_id, &span->given_parent_id);
}

uint64_t oat_shape_time(const struct oat_json_doc *doc, oat_jnode object, const char *key)
{
    uint64_t ns;
    return oat_parse_time(oat_jdoc_text(doc, object, key), &ns) ? ns : 0;
}

void oat_shape_put(struct oat_shape_attrs *attrs, const char *key, oat_value value)
{
    if (attrs->count < attrs->room && value.type != OAT_VALUE_NULL)
        attrs->items[attrs->count++] = (oat_attr){key, strlen(key), value};
}

void oat_shape_put_text(struct oat_shape_attrs *attrs, const char *key, oat_text text)
{
    if (text.len)
        oat_shape_put(attrs, key,
                      (oat_value){.type = OAT_VALUE_STRING, .len = text.len, .u.string = text.bytes});
}

struct oat_shape_attrs oat_shape_attrs_of(struct oat_json_doc *doc, oat_jnode object, size_t more)
{
    struct oat_shape_attrs attrs = {0};
    size_t count;
    const oat_attr *given = oat_jdoc_to_attrs(doc, object, &count);
    attrs.items = oat_arena_calloc(doc->arena, count + more, sizeof *attrs.items);
    if (!attrs.items)
        return attrs;
    if (count)
        memcpy(attrs.items, given, count * sizeof *given);
    attrs.count = count;
    attrs.room = count + more;
    return attrs;
}

struct oat_otel_scope *oat_shape_scope(struct oat_shape_reader *r)
{
    return oat_arena_calloc(&r->batch.shared, 1, sizeof(struct oat_otel_scope));
}

int oat_shape_add(struct oat_shape_reader *r, struct oat_otel_span *span, const struct oat_shape_attrs *attrs)
{
    if (r->doc.arena->failed || r->batch.shared.failed)
        return OAT_E_NOMEM;
    span->attrs = (struct oat_otel_attrs){attrs->items, attrs->count};
    int result = oat_otel_batch_add(&r->batch, span, r->place);
    return result < 0 ? result : oat_otel_batch_settle(&r->batch, false);
}

/* ---- Langfuse: {trace, observations} ------------------------------------------------------ */

/* raw: an object or array is kept as its JSON text. */
struct member {
    const char *json;
    const char *attribute;
};

static const struct member observation_members[] = {
    {"type", "langfuse.observation.type"},
    {"input", "langfuse.observation.input"},
    {"output", "langfuse.observation.output"},
    {"model", "langfuse.observation.model.name"},
    {"modelParameters", "langfuse.observation.model.parameters"},
    {"usageDetails", "langfuse.observation.usage_details"},
    {"costDetails", "langfuse.observation.cost_details"},
    {"level", "langfuse.observation.level"},
    {"statusMessage", "langfuse.observation.status_message"},
    {"completionStartTime", "langfuse.observation.completion_start_time"},
    {"promptName", "langfuse.observation.prompt.name"},
    {"promptVersion", "langfuse.observation.prompt.version"},
    {"environment", "langfuse.environment"},
    {"version", "langfuse.version"},
    {"metadata", "langfuse.observation.metadata"},
};

static const struct member trace_members[] = {
    {"sessionId", "session.id"},     {"userId", "user.id"},           {"name", "langfuse.trace.name"},
    {"release", "langfuse.release"}, {"tags", "langfuse.trace.tags"},
};

static const struct member root_members[] = {
    {"input", "langfuse.trace.input"},
    {"output", "langfuse.trace.output"},
    {"metadata", "langfuse.trace.metadata"},
};

static void put_members(struct oat_json_doc *doc, struct oat_shape_attrs *attrs, oat_jnode object,
                        const struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        oat_jnode node = oat_jdoc_get(doc, object, members[i].json);
        enum oat_json_type type = oat_jdoc_type_of(doc, node);
        if (type == OAT_JSON_ARRAY || type == OAT_JSON_OBJECT) {
            oat_text raw = oat_jdoc_raw(doc, node);
            if (oat_jdoc_count(doc, node))
                oat_shape_put(attrs, members[i].attribute,
                              (oat_value){.type = OAT_VALUE_STRING, .len = raw.len, .u.string = raw.bytes});
        } else if (node) {
            oat_value value = oat_jdoc_to_value(doc, node);
            if (value.type != OAT_VALUE_STRING || value.len)
                oat_shape_put(attrs, members[i].attribute, value);
        }
    }
}

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool is_langfuse(const struct oat_json_doc *doc, oat_jnode root)
{
    oat_jnode list = oat_jdoc_get(doc, root, "observations");
    oat_jnode first = oat_jdoc_first(doc, list);
    return oat_jdoc_type_of(doc, list) == OAT_JSON_ARRAY &&
           (!first || (oat_jdoc_get(doc, first, "id") && oat_jdoc_get(doc, first, "traceId")));
}

static int read_langfuse(struct oat_shape_reader *r, oat_jnode root)
{
    struct oat_json_doc *doc = &r->doc;
    oat_jnode trace = oat_jdoc_get(doc, root, "trace"), list = oat_jdoc_get(doc, root, "observations");
    struct oat_otel_scope *scope = oat_shape_scope(r);
    size_t index = 0;
    int result = scope ? OAT_OK : OAT_E_NOMEM;
    for (oat_jnode o = oat_jdoc_first(doc, list); o && result >= 0;
         o = oat_jdoc_next(doc, list, o), index++) {
        snprintf(r->place, sizeof r->place, "$.observations[%zu]", index);
        struct oat_shape_attrs attrs = oat_shape_attrs_of(
            doc, 0, COUNT(observation_members) + COUNT(trace_members) + COUNT(root_members) + 1);
        struct oat_otel_span span = {
            .scope = scope,
            .name = oat_jdoc_text(doc, o, "name"),
            .start_ns = oat_shape_time(doc, o, "startTime"),
            .end_ns = oat_shape_time(doc, o, "endTime"),
        };
        oat_shape_set_ids(&span, oat_jdoc_text(doc, o, "traceId"), oat_jdoc_text(doc, o, "id"),
                          oat_jdoc_text(doc, o, "parentObservationId"));
        put_members(doc, &attrs, o, observation_members, COUNT(observation_members));
        put_members(doc, &attrs, trace, trace_members, COUNT(trace_members));
        if (oat_shape_is_zero(span.parent_id, 8))
            put_members(doc, &attrs, trace, root_members, COUNT(root_members));
        double cost;
        if (!oat_jdoc_count(doc, oat_jdoc_get(doc, o, "costDetails")) &&
            oat_jdoc_double(doc, oat_jdoc_get(doc, o, "totalCost"), &cost) && cost > 0)
            oat_shape_put(&attrs, "operation.cost", (oat_value){.type = OAT_VALUE_DOUBLE, .u.real = cost});
        result = oat_shape_add(r, &span, &attrs);
    }
    return result;
}

/* ---- All of them -------------------------------------------------------------------------- */

static const struct oat_shape langfuse_shape = {"Langfuse trace export", is_langfuse, read_langfuse};

static const struct oat_shape *shape_of(const struct oat_json_doc *doc)
{
    if (langfuse_shape.matches(doc, 1))
        return &langfuse_shape;
    for (const struct oat_shape *shape = oat_trace_shapes; shape->what; shape++)
        if (shape->matches(doc, 1))
            return shape;
    return NULL;
}

int oat_import_trace_export(const void *data, size_t len, const struct oat_import_sink *sink,
                            struct oat_import_report *report)
{
    struct oat_shape_reader r = {0};
    oat_otel_batch_init(&r.batch, sink, report);
    /* Values that spans share are read into the same arena as their own: it all goes together. */
    r.doc.arena = &r.batch.shared;
    r.doc.budget = sink->budget;
    r.batch.shared.limit += len < SIZE_MAX / 16 ? 8 * len : 0;
    int result = oat_jdoc_parse_all(&r.doc, data, len);
    const struct oat_shape *shape = result == OAT_OK ? shape_of(&r.doc) : NULL;
    if (!shape) {
        result = result == OAT_E_NOMEM ? result : OAT_NOTFOUND;
    } else {
        report->kind = OAT_KIND_TRACE_EXPORT;
        report->what = shape->what;
        result = shape->read(&r, 1);
        int flushed = oat_otel_batch_flush(&r.batch);
        result = result < 0 ? result : flushed;
    }
    oat_jdoc_free(&r.doc);
    oat_otel_batch_free(&r.batch);
    return result;
}
