#include "ingest/json_out.h"

#include "format/json_scan.h"
#include "format/limits.h"
#include "format/utf8.h"
#include "ingest/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static char *reserve(struct oat_json_out *out, size_t more)
{
    if (out->failed)
        return NULL;
    if (out->room - out->len < more) {
        size_t room = out->room * 2 > out->len + more ? out->room * 2 : out->len + more + 64;
        char *bytes = oat_arena_alloc(out->arena, room);
        if (!bytes) {
            out->failed = true;
            return NULL;
        }
        if (out->len)
            memcpy(bytes, out->bytes, out->len);
        out->bytes = bytes;
        out->room = room;
    }
    return out->bytes + out->len;
}

void oat_json_out_raw(struct oat_json_out *out, const char *bytes, size_t len)
{
    char *at = reserve(out, len);
    if (at && len) {
        memcpy(at, bytes, len);
        out->len += len;
    }
}

void oat_json_out_char(struct oat_json_out *out, char c)
{
    oat_json_out_raw(out, &c, 1);
}

void oat_json_out_string(struct oat_json_out *out, const char *bytes, size_t len)
{
    oat_json_out_char(out, '"');
    for (size_t i = 0; i < len && !out->failed;) {
        unsigned char c = (unsigned char)bytes[i];
        size_t n = oat_utf8_char_len(bytes + i, len - i);
        char escape[8];
        if (c == '"' || c == '\\' || c < 0x20) {
            static const char special[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
            const char *at = memchr(special, c, sizeof special - 1);
            int written = at ? snprintf(escape, sizeof escape, "\\%c", letters[at - special])
                             : snprintf(escape, sizeof escape, "\\u%04x", c);
            oat_json_out_raw(out, escape, (size_t)written);
        } else if (n == 0) {
            oat_json_out_raw(out, "\xef\xbf\xbd", 3);
        } else {
            oat_json_out_raw(out, bytes + i, n);
        }
        i += n ? n : 1;
    }
    oat_json_out_char(out, '"');
}

void oat_json_out_comma(struct oat_json_out *out)
{
    if (out->len && !memchr("[{", out->bytes[out->len - 1], 2))
        oat_json_out_char(out, ',');
}

void oat_json_out_key(struct oat_json_out *out, const char *key, size_t len)
{
    oat_json_out_comma(out);
    oat_json_out_string(out, key, len);
    oat_json_out_char(out, ':');
}

static void out_base64(struct oat_json_out *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    oat_json_out_char(out, '"');
    for (size_t i = 0; i < len && !out->failed; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        uint32_t v = (uint32_t)bytes[i] << 16 | (n > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                     (n > 2 ? bytes[i + 2] : 0u);
        char quad[4] = {digits[v >> 18], digits[v >> 12 & 63], n > 1 ? digits[v >> 6 & 63] : '=',
                        n > 2 ? digits[v & 63] : '='};
        oat_json_out_raw(out, quad, 4);
    }
    oat_json_out_char(out, '"');
}

static void out_double(struct oat_json_out *out, double value)
{
    char text[40];
    if (!isfinite(value)) {
        const char *name = isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
        oat_json_out_raw(out, name, strlen(name));
        return;
    }
    /* The shortest text that reads back the same. */
    for (int precision = 15; precision <= 17; precision++) {
        double back;
        int n = snprintf(text, sizeof text, "%.*g", precision, value);
        if (oat_parse_double((oat_text){text, (size_t)n}, &back) && !(back < value) && !(back > value))
            break;
    }
    oat_json_out_raw(out, text, strlen(text));
}

static void out_value(struct oat_json_out *out, const oat_value *value, unsigned depth)
{
    char text[24];
    if (depth > OAT_VALUE_DEPTH_MAX) {
        oat_json_out_raw(out, "null", 4);
        return;
    }
    switch (value->type) {
    case OAT_VALUE_STRING:
        oat_json_out_string(out, value->u.string, value->len);
        break;
    case OAT_VALUE_BOOL:
        oat_json_out_raw(out, value->u.boolean ? "true" : "false", value->u.boolean ? 4 : 5);
        break;
    case OAT_VALUE_INT:
        oat_json_out_raw(out, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)value->u.integer));
        break;
    case OAT_VALUE_DOUBLE:
        out_double(out, value->u.real);
        break;
    case OAT_VALUE_BYTES:
        out_base64(out, value->u.bytes, value->len);
        break;
    case OAT_VALUE_ARRAY:
        oat_json_out_char(out, '[');
        for (size_t i = 0; i < value->len && !out->failed; i++) {
            oat_json_out_comma(out);
            out_value(out, &value->u.array[i], depth + 1);
        }
        oat_json_out_char(out, ']');
        break;
    case OAT_VALUE_MAP:
        oat_json_out_char(out, '{');
        for (size_t i = 0; i < value->len && !out->failed; i++) {
            oat_json_out_key(out, value->u.map[i].key, value->u.map[i].key_len);
            out_value(out, &value->u.map[i].value, depth + 1);
        }
        oat_json_out_char(out, '}');
        break;
    default:
        oat_json_out_raw(out, "null", 4);
    }
}

void oat_json_out_value(struct oat_json_out *out, const oat_value *value)
{
    out_value(out, value, 0);
}

void oat_json_out_nested(struct oat_json_out *out, const oat_value *value)
{
    if (value->type == OAT_VALUE_STRING && value->len && memchr("[{", value->u.string[0], 2) &&
        oat_json_value_len(value->u.string, value->len, 0) == value->len)
        oat_json_out_raw(out, value->u.string, value->len);
    else
        oat_json_out_value(out, value);
}
