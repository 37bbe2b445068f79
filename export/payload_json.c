#include "export/payload_json.h"

#include <string.h>

#include "format/attrs.h"
#include "format/json_check.h"
#include "format/names.h"
#include "format/utf8.h"

static bool text_is(const uint8_t *bytes, size_t len, const char *text)
{
    return len == strlen(text) && memcmp(bytes, text, len) == 0;
}

bool oat_media_is_json(const char *media_type)
{
    size_t len = media_type ? strcspn(media_type, "; ") : 0;
    return (len == 16 && memcmp(media_type, "application/json", 16) == 0) ||
           (len > 5 && memcmp(media_type + len - 5, "+json", 5) == 0);
}

/* ---- Input and output --------------------------------------------------------------------------- */

size_t oat_preview_len(const char *bytes, size_t len)
{
    size_t at = 0;
    for (unsigned chars = 0; chars < OAT_PREVIEW_CHARS && at < len; chars++) {
        size_t n = oat_utf8_char_len(bytes + at, len - at);
        at += n > 0 ? n : 1;
    }
    return at;
}

void oat_json_payload_bytes(struct oat_json *json, const char *media_type, const uint8_t *bytes, size_t len)
{
    const char *text = (const char *)bytes;
    if (oat_media_is_json(media_type) && oat_json_is_valid(text, len)) {
        oat_json_embed(json, text, len);
    } else if (oat_utf8_is_valid(text, len)) {
        oat_json_string(json, text, len);
    } else {
        oat_json_object_begin(json);
        oat_json_key(json, "media_type");
        oat_json_cstring(json, media_type);
        oat_json_key(json, "base64");
        oat_json_base64(json, bytes, len);
        oat_json_object_end(json);
    }
}

/* ---- Attributes ----------------------------------------------------------------------------------- */

/* Where an attribute of the span itself goes; NULL: it is an attribute like any other. */
static oat_text *given_place(struct oat_given *given, const uint8_t *key, size_t len)
{
    if (len < 4 || memcmp(key, "oat.", 4) != 0)
        return NULL;
    key += 4;
    len -= 4;
    if (text_is(key, len, "trace_id"))
        return &given->trace_id;
    if (text_is(key, len, "span_id"))
        return &given->span_id;
    if (text_is(key, len, "parent_span_id"))
        return &given->parent_span_id;
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++)
        if (text_is(key, len, oat_text_field_name(i)))
            return &given->text[i];
    return NULL;
}

bool oat_attrs_given(const uint8_t *bytes, size_t len, struct oat_given *ret)
{
    struct oat_attr_cursor cursor;
    struct oat_attr_value value;
    const uint8_t *key;
    size_t key_len;

    *ret = (struct oat_given){0};
    if (oat_attrs_open(bytes, len, &cursor) != OAT_OK)
        return false;
    while (oat_attrs_next(&cursor, &key, &key_len, &value)) {
        oat_text *place = given_place(ret, key, key_len);
        if (place && value.type == OAT_VALUE_STRING)
            *place = (oat_text){(const char *)value.bytes, value.len};
    }
    return true;
}

static void put_value(struct oat_json *json, const struct oat_attr_value *value);

/* all false: without what oat_attrs_given takes. */
static void put_map(struct oat_json *json, struct oat_attr_cursor cursor, bool all)
{
    struct oat_given given;
    struct oat_attr_value value;
    const uint8_t *key;
    size_t key_len;

    oat_json_object_begin(json);
    while (oat_attrs_next(&cursor, &key, &key_len, &value)) {
        if (!all && value.type == OAT_VALUE_STRING && given_place(&given, key, key_len))
            continue;
        oat_json_key_text(json, (const char *)key, key_len);
        put_value(json, &value);
    }
    oat_json_object_end(json);
}

static void put_array(struct oat_json *json, struct oat_attr_cursor cursor)
{
    struct oat_attr_value value;
    oat_json_array_begin(json);
    while (oat_values_next(&cursor, &value))
        put_value(json, &value);
    oat_json_array_end(json);
}

/* Recursion ends: oat_attrs_open bounds the depth by OAT_VALUE_DEPTH_MAX. */
static void put_value(struct oat_json *json, const struct oat_attr_value *value)
{
    switch (value->type) {
    case OAT_VALUE_STRING:
        oat_json_string(json, (const char *)value->bytes, value->len);
        break;
    case OAT_VALUE_BOOL:
        oat_json_bool(json, value->boolean);
        break;
    case OAT_VALUE_INT:
        oat_json_int(json, value->integer);
        break;
    case OAT_VALUE_DOUBLE:
        oat_json_double(json, value->real);
        break;
    case OAT_VALUE_BYTES:
        oat_json_object_begin(json);
        oat_json_key(json, "base64");
        oat_json_base64(json, value->bytes, value->len);
        oat_json_object_end(json);
        break;
    case OAT_VALUE_ARRAY:
        put_array(json, value->children);
        break;
    case OAT_VALUE_MAP:
        put_map(json, value->children, true);
        break;
    default:
        oat_json_null(json);
    }
}

void oat_json_attr_value(struct oat_json *json, const uint8_t *bytes, size_t len)
{
    struct oat_attr_cursor cursor = {.bytes = bytes, .len = len, .left = 1};
    struct oat_attr_value value;
    if (oat_values_next(&cursor, &value))
        put_value(json, &value);
    else
        oat_json_null(json);
}

void oat_json_attrs(struct oat_json *json, const uint8_t *bytes, size_t len)
{
    struct oat_attr_cursor cursor;
    if (oat_attrs_open(bytes, len, &cursor) == OAT_OK)
        put_map(json, cursor, false);
    else
        oat_json_null(json);
}
