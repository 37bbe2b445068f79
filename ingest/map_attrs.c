/* What a span keeps as attributes: its own, but for those whose bytes became a payload; the
 * resource's and scope's under a prefix; and what OTLP says that has no field. */
#include "ingest/map_attrs.h"

#include <string.h>

struct list {
    oat_attr *items;
    size_t count;
};

static void put(struct list *list, const char *key, size_t key_len, oat_value value)
{
    list->items[list->count++] = (oat_attr){key, key_len, value};
}

static void put_text(struct list *list, const char *key, oat_text text)
{
    if (text.bytes && text.len)
        put(list, key, strlen(key),
            (oat_value){.type = OAT_VALUE_STRING, .len = text.len, .u.string = text.bytes});
}

static void put_count(struct list *list, const char *key, uint64_t count)
{
    if (count && count <= INT64_MAX)
        put(list, key, strlen(key), (oat_value){.type = OAT_VALUE_INT, .u.integer = (int64_t)count});
}

static bool is_field_text(oat_text field, const oat_attr *attr)
{
    return attr->value.type == OAT_VALUE_STRING && field.bytes == attr->value.u.string &&
           field.len == attr->value.len;
}

static bool put_prefixed(struct oat_map *map, struct list *list, const char *prefix, const oat_attr *attr)
{
    size_t n = strlen(prefix);
    char *key = oat_arena_alloc(map->arena, n + attr->key_len);
    if (!key)
        return false;
    memcpy(key, prefix, n);
    if (attr->key_len)
        memcpy(key + n, attr->key, attr->key_len);
    put(list, key, n + attr->key_len, attr->value);
    return true;
}

static bool put_resource(struct oat_map *map, struct list *list)
{
    const struct oat_otel_scope *scope = map->span->scope;
    for (size_t i = 0; i < scope->resource.count; i++) {
        const oat_attr *attr = &scope->resource.items[i];
        oat_text key = {attr->key, attr->key_len};
        if (is_field_text(map->out->text[OAT_TEXT_SERVICE], attr) ||
            is_field_text(map->out->text[OAT_TEXT_ENVIRONMENT], attr))
            continue;
        if (oat_text_is(key, "service.version"))
            put(list, "oat.service_version", 19, attr->value);
        else if (!put_prefixed(map, list, "resource.", attr))
            return false;
    }
    put_text(list, "otel.scope.name", scope->name);
    put_text(list, "otel.scope.version", scope->version);
    for (size_t i = 0; i < scope->attrs.count; i++)
        if (!put_prefixed(map, list, "otel.scope.", &scope->attrs.items[i]))
            return false;
    return true;
}

static const char *const kinds[] = {NULL, "internal", "server", "client", "producer", "consumer"};

static void put_otel(struct oat_map *map, struct list *list)
{
    const struct oat_otel_span *span = map->span;
    oat_text name = map->out->text[OAT_TEXT_NAME];
    if (name.bytes != span->name.bytes)
        put_text(list, "otel.name", span->name);
    if (span->kind >= 1 && span->kind <= 5)
        put_text(list, "otel.kind", oat_text_of(kinds[span->kind]));
    put_text(list, "otel.trace_state", span->trace_state);
    put_count(list, "otel.flags", span->flags);
    put_count(list, "otel.dropped_attributes_count", span->dropped_attributes);
    put_count(list, "otel.dropped_events_count", span->dropped_events);
    put_count(list, "otel.dropped_links_count", span->dropped_links);
    put_text(list, "oat.trace_id", span->given_trace_id);
    put_text(list, "oat.span_id", span->given_span_id);
    put_text(list, "oat.parent_span_id", span->given_parent_id);
}

bool oat_map_attributes(struct oat_map *map)
{
    const struct oat_otel_span *span = map->span;
    const struct oat_otel_scope *scope = span->scope;
    struct list list = {0};
    list.items = oat_arena_calloc(
        map->arena, span->attrs.count + scope->resource.count + scope->attrs.count + 16, sizeof *list.items);
    if (!list.items)
        return false;
    for (size_t i = 0; i < span->attrs.count; i++) {
        const oat_attr *attr = &span->attrs.items[i];
        bool is_payload = attr == map->input_from[0] || attr == map->input_from[1] ||
                          attr == map->output_from[0] || attr == map->output_from[1];
        if (!is_payload)
            list.items[list.count++] = *attr;
    }
    if (!put_resource(map, &list))
        return false;
    put_otel(map, &list);
    if (map->input_source)
        put_text(&list, "oat.input.from", oat_text_of(map->input_source));
    if (map->output_source)
        put_text(&list, "oat.output.from", oat_text_of(map->output_source));
    map->out->attrs = list.items;
    map->out->attr_count = list.count;
    return true;
}
