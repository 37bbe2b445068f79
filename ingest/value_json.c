#include "ingest/value_json.h"

#include "format/json_check.h"
#include "format/limits.h"

#include <math.h>
#include <string.h>

/* Doubles below it that are integers have all their digits in the shortest text, and no exponent. */
#define SHORT_INTEGER_MAX 1e15

/* An integer stays without a fraction: that is how a sender whose numbers are all doubles wrote it. */
static void real(struct oat_json *json, double value)
{
    if (isnan(value))
        oat_json_cstring(json, "NaN");
    else if (isinf(value))
        oat_json_cstring(json, value > 0 ? "Infinity" : "-Infinity");
    else if (fabs(value) < SHORT_INTEGER_MAX && !(trunc(value) < value) && !(trunc(value) > value))
        oat_json_int(json, (int64_t)value);
    else
        oat_json_double(json, value);
}

static void value_at(struct oat_json *json, const oat_value *value, unsigned depth)
{
    if (depth > OAT_VALUE_DEPTH_MAX) {
        oat_json_null(json);
        return;
    }
    switch (value->type) {
    case OAT_VALUE_STRING:
        oat_json_string(json, value->len ? value->u.string : "", value->len);
        break;
    case OAT_VALUE_BOOL:
        oat_json_bool(json, value->u.boolean);
        break;
    case OAT_VALUE_INT:
        oat_json_int(json, value->u.integer);
        break;
    case OAT_VALUE_DOUBLE:
        real(json, value->u.real);
        break;
    case OAT_VALUE_BYTES:
        oat_json_base64(json, value->u.bytes, value->len);
        break;
    case OAT_VALUE_ARRAY:
        oat_json_array_begin(json);
        for (size_t i = 0; i < value->len && !json->failed; i++)
            value_at(json, &value->u.array[i], depth + 1);
        oat_json_array_end(json);
        break;
    case OAT_VALUE_MAP:
        oat_json_object_begin(json);
        for (size_t i = 0; i < value->len && !json->failed; i++) {
            oat_json_key_text(json, value->u.map[i].key, value->u.map[i].key_len);
            value_at(json, &value->u.map[i].value, depth + 1);
        }
        oat_json_object_end(json);
        break;
    default:
        oat_json_null(json);
    }
}

void oat_json_value(struct oat_json *json, const oat_value *value)
{
    value_at(json, value, 0);
}

void oat_json_nested(struct oat_json *json, const oat_value *value)
{
    if (value->type == OAT_VALUE_STRING && value->len && memchr("[{", value->u.string[0], 2) &&
        oat_json_is_valid(value->u.string, value->len))
        oat_json_raw(json, value->u.string, value->len);
    else
        oat_json_value(json, value);
}

oat_text oat_json_into_arena(struct oat_json *json, struct oat_arena *arena)
{
    oat_text text = {0};
    if (json->failed)
        arena->failed = true;
    else if ((text.bytes = oat_arena_copy(arena, json->bytes, json->len)))
        text.len = json->len;
    oat_json_free(json);
    return text;
}
