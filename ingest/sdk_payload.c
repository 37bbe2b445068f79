#include "ingest/sdk_payload.h"

#include "format/base64.h"
#include "format/ids.h"
#include "ingest/number.h"
#include "ingest/text.h"

#include <string.h>

#define JSON_TYPE "application/json"

/* ---- Payloads ----------------------------------------------------------------------------- */

/* NUL-terminated, in the arena; NULL when it is no text. */
static const char *cstring(const struct oat_json_doc *doc, oat_jnode node)
{
    oat_text text = oat_jdoc_string(doc, node);
    return text.len ? oat_arena_copy(doc->arena, text.bytes, text.len) : NULL;
}

static struct oat_import_payload raw_json(const struct oat_json_doc *doc, oat_jnode value)
{
    oat_text raw = oat_jdoc_raw(doc, value);
    return (struct oat_import_payload){raw.bytes, raw.len, JSON_TYPE};
}

/* False when the object is not {"media_type", "base64"}. */
static bool read_base64(const struct oat_json_doc *doc, oat_jnode object, struct oat_import_payload *ret)
{
    oat_text text = oat_jdoc_string(doc, oat_jdoc_get(doc, object, "base64"));
    const char *media_type = cstring(doc, oat_jdoc_get(doc, object, "media_type"));
    if (!text.bytes || !media_type || oat_jdoc_count(doc, object) != 2)
        return false;
    uint8_t *bytes = oat_arena_alloc(doc->arena, text.len + 1);
    size_t len;
    if (!bytes || !oat_base64_decode(bytes, text.bytes, text.len, &len))
        return false;
    *ret = (struct oat_import_payload){bytes, len, media_type};
    return true;
}

/* A JSON payload that is a string is shown as its text, and so is one that claims to be JSON and is not: the
 * size tells them apart. */
static struct oat_import_payload read_string(const struct oat_json_doc *doc, oat_jnode value, oat_jnode info)
{
    oat_text text = oat_jdoc_string(doc, value);
    const char *media_type = cstring(doc, oat_jdoc_get(doc, info, "media_type"));
    uint64_t size_bytes;
    if (media_type && strcmp(media_type, JSON_TYPE) == 0 &&
        oat_jdoc_uint(doc, oat_jdoc_get(doc, info, "size_bytes"), &size_bytes) && size_bytes != text.len)
        return raw_json(doc, value);
    return (struct oat_import_payload){text.bytes, text.len, media_type};
}

struct oat_import_payload oat_sdk_payload(const struct oat_json_doc *doc, oat_jnode value, oat_jnode info)
{
    struct oat_import_payload payload;
    switch (oat_jdoc_type_of(doc, value)) {
    case OAT_JSON_NONE:
        return (struct oat_import_payload){0};
    case OAT_JSON_NULL: {
        bool is_json = oat_jdoc_is(doc, oat_jdoc_get(doc, info, "media_type"), JSON_TYPE);
        bool is_lost = oat_jdoc_get(doc, info, "lost") != 0;
        return is_json && !is_lost ? raw_json(doc, value) : (struct oat_import_payload){0};
    }
    case OAT_JSON_STRING:
        return read_string(doc, value, info);
    case OAT_JSON_OBJECT:
        return read_base64(doc, value, &payload) ? payload : raw_json(doc, value);
    default:
        return raw_json(doc, value);
    }
}

/* ---- Events and links --------------------------------------------------------------------- */

bool oat_sdk_time(const struct oat_json_doc *doc, oat_jnode seconds, oat_jnode exact, uint64_t *ret_ns)
{
    double value;
    if (oat_jdoc_uint(doc, exact, ret_ns))
        return true;
    if (oat_jdoc_double(doc, seconds, &value))
        return oat_ns_of_seconds(value, ret_ns);
    return oat_parse_time(oat_jdoc_string(doc, seconds), ret_ns);
}

/* 16 hex digits; 0: none. */
static uint64_t read_id(const struct oat_json_doc *doc, oat_jnode object)
{
    uint8_t bytes[8];
    uint64_t id = 0;
    oat_text text = oat_jdoc_text(doc, object, "id");
    if (oat_hex_parse(text.bytes, text.len, bytes, sizeof bytes))
        for (size_t i = 0; i < sizeof bytes; i++)
            id = id << 8 | bytes[i];
    return id;
}

const oat_event *oat_sdk_events(const struct oat_json_doc *doc, oat_jnode list, size_t *ret_count)
{
    size_t count = oat_jdoc_count(doc, list);
    oat_event *events = count ? oat_arena_calloc(doc->arena, count, sizeof *events) : NULL;
    *ret_count = 0;
    for (oat_jnode e = events ? oat_jdoc_first(doc, list) : 0; e; e = oat_jdoc_next(doc, list, e)) {
        if (oat_jdoc_type_of(doc, e) != OAT_JSON_OBJECT)
            continue;
        oat_event *event = &events[(*ret_count)++];
        oat_text name = oat_jdoc_text(doc, e, "name");
        *event = (oat_event){.name = name.bytes, .name_len = name.len, .id = read_id(doc, e)};
        oat_sdk_time(doc, oat_jdoc_get(doc, e, "time"), oat_jdoc_get(doc, e, "time_unix_nano"),
                     &event->time_ns);
        event->attrs = oat_jdoc_to_attrs(doc, oat_jdoc_get(doc, e, "attributes"), &event->attr_count);
    }
    return events;
}

const oat_link *oat_sdk_links(const struct oat_json_doc *doc, oat_jnode list, size_t *ret_count)
{
    size_t count = oat_jdoc_count(doc, list);
    oat_link *links = count ? oat_arena_calloc(doc->arena, count, sizeof *links) : NULL;
    *ret_count = 0;
    for (oat_jnode e = links ? oat_jdoc_first(doc, list) : 0; e; e = oat_jdoc_next(doc, list, e)) {
        oat_text trace = oat_jdoc_text(doc, e, "trace_id"), span = oat_jdoc_text(doc, e, "span_id");
        oat_link link = {.id = read_id(doc, e)};
        if (!oat_hex_parse(trace.bytes, trace.len, link.target.trace_id, 16) ||
            !oat_hex_parse(span.bytes, span.len, link.target.span_id, 8))
            continue;
        link.trace_state = cstring(doc, oat_jdoc_get(doc, e, "trace_state"));
        link.attrs = oat_jdoc_to_attrs(doc, oat_jdoc_get(doc, e, "attributes"), &link.attr_count);
        links[(*ret_count)++] = link;
    }
    return links;
}
