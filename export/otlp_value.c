#include "export/otlp_value.h"

#include <math.h>
#include <string.h>

#include "format/utf8.h"

/* ---- Values -------------------------------------------------------------------------------------- */

static void put_value(struct oat_json *json, const struct oat_attr_value *value);

static void put_map(struct oat_json *json, struct oat_attr_cursor cursor)
{
    struct oat_attr_value value;
    const uint8_t *key;
    size_t key_len;
    while (oat_attrs_next(&cursor, &key, &key_len, &value))
        oat_otlp_attribute(json, (const char *)key, key_len, &value);
}

static void put_array(struct oat_json *json, struct oat_attr_cursor cursor)
{
    struct oat_attr_value value;
    while (oat_values_next(&cursor, &value))
        put_value(json, &value);
}

static void put_list(struct oat_json *json, const char *kind, const struct oat_attr_value *value)
{
    oat_json_key(json, kind);
    oat_json_object_begin(json);
    oat_json_key(json, "values");
    oat_json_array_begin(json);
    if (value->type == OAT_VALUE_MAP)
        put_map(json, value->children);
    else
        put_array(json, value->children);
    oat_json_array_end(json);
    oat_json_object_end(json);
}

/* Protobuf's JSON has words for what JSON has no numbers for. */
static void put_double(struct oat_json *json, double value)
{
    oat_json_key(json, "doubleValue");
    if (isfinite(value))
        oat_json_double(json, value);
    else
        oat_json_cstring(json, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
}

/* Recursion ends: whoever opened the encoding has bounded its depth by OAT_VALUE_DEPTH_MAX. */
static void put_value(struct oat_json *json, const struct oat_attr_value *value)
{
    oat_json_object_begin(json);
    switch (value->type) {
    case OAT_VALUE_STRING:
        oat_json_key(json, "stringValue");
        oat_json_string(json, (const char *)value->bytes, value->len);
        break;
    case OAT_VALUE_BOOL:
        oat_json_key(json, "boolValue");
        oat_json_bool(json, value->boolean);
        break;
    case OAT_VALUE_INT:
        oat_json_key(json, "intValue");
        oat_json_int_string(json, value->integer);
        break;
    case OAT_VALUE_DOUBLE:
        put_double(json, value->real);
        break;
    case OAT_VALUE_BYTES:
        oat_json_key(json, "bytesValue");
        oat_json_base64(json, value->bytes, value->len);
        break;
    case OAT_VALUE_ARRAY:
        put_list(json, "arrayValue", value);
        break;
    case OAT_VALUE_MAP:
        put_list(json, "kvlistValue", value);
        break;
    default: /* null is a value that is not set */
        break;
    }
    oat_json_object_end(json);
}

/* ---- Attributes ---------------------------------------------------------------------------------- */

void oat_otlp_attribute(struct oat_json *json, const char *key, size_t key_len,
                        const struct oat_attr_value *value)
{
    oat_json_object_begin(json);
    oat_json_key(json, "key");
    oat_json_string(json, key, key_len);
    oat_json_key(json, "value");
    put_value(json, value);
    oat_json_object_end(json);
}

static void put_own(struct oat_json *json, const char *key, const struct oat_attr_value *value)
{
    oat_otlp_attribute(json, key, strlen(key), value);
}

void oat_otlp_text(struct oat_json *json, const char *key, oat_text text)
{
    if (text.bytes)
        put_own(json, key,
                &(struct oat_attr_value){
                    .type = OAT_VALUE_STRING, .bytes = (const uint8_t *)text.bytes, .len = text.len});
}

void oat_otlp_int(struct oat_json *json, const char *key, int64_t value)
{
    put_own(json, key, &(struct oat_attr_value){.type = OAT_VALUE_INT, .integer = value});
}

void oat_otlp_double(struct oat_json *json, const char *key, double value)
{
    put_own(json, key, &(struct oat_attr_value){.type = OAT_VALUE_DOUBLE, .real = value});
}

void oat_otlp_bytes(struct oat_json *json, const char *key, const uint8_t *bytes, size_t len)
{
    enum oat_value_type type =
        oat_utf8_is_valid((const char *)bytes, len) ? OAT_VALUE_STRING : OAT_VALUE_BYTES;
    put_own(json, key, &(struct oat_attr_value){.type = type, .bytes = bytes, .len = len});
}
