#include "ingest/map.h"

#include "format/hash.h"
#include "ingest/map_answer.h"
#include "ingest/map_attrs.h"
#include "ingest/map_events.h"
#include "ingest/map_fields.h"
#include "ingest/map_payload.h"
#include "ingest/map_type.h"
#include "ingest/map_usage.h"
#include "ingest/number.h"
#include "ingest/value_json.h"

#include <string.h>

/* ---- The index ---------------------------------------------------------------------------- */

/* The slot of a key: its attribute's, or the free one where it would go. */
static uint32_t *slot_of(const struct oat_map *map, const char *key, size_t key_len)
{
    const oat_attr *attrs = map->span->attrs.items;
    size_t at = oat_hash64(key, key_len, 0) & map->mask;
    for (;; at = (at + 1) & map->mask) {
        uint32_t *slot = &map->slots[at];
        if (*slot == 0)
            return slot;
        const oat_attr *attr = &attrs[*slot - 1];
        if (attr->key_len == key_len && memcmp(attr->key, key, key_len) == 0)
            return slot;
    }
}

/* False: out of memory. */
static bool index_attributes(struct oat_map *map)
{
    size_t count = map->span->attrs.count, room = 16;
    if (count >= UINT32_MAX / 2)
        return false;
    while (room < count * 2)
        room *= 2;
    map->mask = room - 1;
    map->slots = oat_arena_calloc(map->arena, room, sizeof *map->slots);
    if (!map->slots)
        return false;
    for (size_t i = 0; i < count; i++) /* the last of a key wins */
        *slot_of(map, map->span->attrs.items[i].key, map->span->attrs.items[i].key_len) = (uint32_t)i + 1;
    return true;
}

const oat_attr *oat_map_find(const struct oat_map *map, const char *key)
{
    uint32_t slot = *slot_of(map, key, strlen(key));
    return slot ? &map->span->attrs.items[slot - 1] : NULL;
}

bool oat_map_has_prefix(const struct oat_map *map, const char *prefix)
{
    for (size_t i = 0; i < map->span->attrs.count; i++) {
        const oat_attr *attr = &map->span->attrs.items[i];
        if (oat_text_begins((oat_text){attr->key, attr->key_len}, prefix))
            return true;
    }
    return false;
}

/* ---- Values ------------------------------------------------------------------------------- */

/* Follows "member>member" into a JSON value. */
static oat_value json_at(const struct oat_map *map, oat_jnode node, const char *path)
{
    while (path && node) {
        char key[64];
        const char *next = strchr(path, '>');
        size_t len = next ? (size_t)(next - path) : strlen(path);
        if (len >= sizeof key)
            return (oat_value){0};
        memcpy(key, path, len);
        key[len] = '\0';
        node = oat_jdoc_type_of(map->scratch, node) == OAT_JSON_ARRAY && strcmp(key, "0") == 0
                   ? oat_jdoc_first(map->scratch, node)
                   : oat_jdoc_get(map->scratch, node, key);
        path = next ? next + 1 : NULL;
    }
    return oat_jdoc_to_value(map->scratch, node);
}

static oat_value member_at(const struct oat_map *map, oat_value value, const char *path)
{
    if (!path)
        return value;
    if (value.type == OAT_VALUE_STRING) {
        if (value.len == 0 || !memchr("{[", value.u.string[0], 2) ||
            oat_jdoc_parse_all(map->scratch, value.u.string, value.len) != OAT_OK)
            return (oat_value){0};
        return json_at(map, 1, path);
    }
    const char *next = strchr(path, '>');
    size_t len = next ? (size_t)(next - path) : strlen(path);
    if (value.type == OAT_VALUE_ARRAY && len == 1 && *path == '0' && value.len)
        return member_at(map, value.u.array[0], next ? next + 1 : NULL);
    if (value.type == OAT_VALUE_MAP)
        for (size_t i = value.len; i-- > 0;)
            if (value.u.map[i].key_len == len && memcmp(value.u.map[i].key, path, len) == 0)
                return member_at(map, value.u.map[i].value, next ? next + 1 : NULL);
    return (oat_value){0};
}

/* The value at a path (map.h). type NULL when it is not there. */
static oat_value get(const struct oat_map *map, const char *path)
{
    const char *members = strchr(path, '>');
    size_t key_len = members ? (size_t)(members - path) : strlen(path);
    uint32_t slot = *slot_of(map, path, key_len);
    if (!slot)
        return (oat_value){0};
    const oat_attr *attr = &map->span->attrs.items[slot - 1];
    oat_value value = member_at(map, attr->value, members ? members + 1 : NULL);

    /* MLflow encodes every attribute as JSON, so a string carries quotes. */
    if (value.type == OAT_VALUE_STRING && value.len >= 2 && value.u.string[0] == '"' &&
        strncmp(path, "mlflow.", 7) == 0 &&
        oat_jdoc_parse_all(map->scratch, value.u.string, value.len) == OAT_OK)
        return oat_jdoc_to_value(map->scratch, 1);
    return value;
}

oat_text oat_map_text(const struct oat_map *map, const char *path)
{
    oat_value value = get(map, path);
    if (value.type == OAT_VALUE_STRING)
        return value.len ? (oat_text){value.u.string, value.len} : (oat_text){0};
    if (value.type != OAT_VALUE_INT && value.type != OAT_VALUE_DOUBLE && value.type != OAT_VALUE_BOOL)
        return (oat_text){0};
    struct oat_json json = {0};
    oat_json_value(&json, &value);
    return oat_json_into_arena(&json, map->arena);
}

bool oat_map_double(const struct oat_map *map, const char *path, double *ret)
{
    oat_value value = get(map, path);
    switch (value.type) {
    case OAT_VALUE_INT:
        *ret = (double)value.u.integer;
        return true;
    case OAT_VALUE_DOUBLE:
        *ret = value.u.real;
        return true;
    case OAT_VALUE_STRING:
        return oat_parse_double((oat_text){value.u.string, value.len}, ret);
    default:
        return false;
    }
}

bool oat_map_count(const struct oat_map *map, const char *path, uint64_t *ret)
{
    oat_value value = get(map, path);
    double real;
    if (value.type == OAT_VALUE_INT && value.u.integer >= 0) {
        *ret = (uint64_t)value.u.integer;
        return true;
    }
    if (value.type == OAT_VALUE_STRING)
        return oat_parse_uint((oat_text){value.u.string, value.len}, ret);
    if (value.type != OAT_VALUE_DOUBLE || !oat_map_double(map, path, &real) || !(real >= 0 && real < 1e18))
        return false;
    *ret = (uint64_t)real;
    return true;
}

/* ---- All of it ---------------------------------------------------------------------------- */

bool oat_otel_map(struct oat_arena *arena, struct oat_json_doc *scratch, const struct oat_otel_span *span,
                  struct oat_import_span *ret, bool *ret_skip)
{
    struct oat_map map = {.arena = arena, .scratch = scratch, .span = span, .out = ret};
    *ret = (struct oat_import_span){
        .start_ns = span->start_ns,
        .end_ns = span->end_ns,
        .synthetic_time = span->synthetic_time,
        .cost_input_nano = -1,
        .cost_output_nano = -1,
        .links = span->links,
        .link_count = span->link_count,
    };
    memcpy(ret->trace_id, span->trace_id, sizeof ret->trace_id);
    memcpy(ret->span_id, span->span_id, sizeof ret->span_id);
    memcpy(ret->parent_id, span->parent_id, sizeof ret->parent_id);
    *ret_skip = false;
    if (!index_attributes(&map))
        return false;
    /* Logfire announces a span that runs; the real one follows. */
    if (oat_text_is(oat_map_text(&map, "logfire.span_type"), "pending_span")) {
        *ret_skip = true;
        return true;
    }
    oat_map_type(&map);
    oat_map_texts(&map);
    oat_map_usage(&map);
    oat_map_answer(&map);
    oat_map_status(&map);
    return oat_map_events(&map) && oat_map_payloads(&map) && oat_map_attributes(&map) && !arena->failed;
}
