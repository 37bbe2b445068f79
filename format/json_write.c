#include "format/json_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/base64.h"
#include "format/json_put.h"
#include "format/utf8.h"

#define CAPACITY_MIN 4096u

void oat_json_free(struct oat_json *json)
{
    free(json->bytes);
    *json = (struct oat_json){0};
}

void oat_json_clear(struct oat_json *json)
{
    json->len = 0;
    json->failed = false;
}

static char *grow(struct oat_json *json, size_t extra)
{
    size_t capacity = json->capacity ? json->capacity : CAPACITY_MIN;
    while (capacity - json->len < extra) {
        if (capacity > SIZE_MAX / 2) {
            json->failed = true;
            return NULL;
        }
        capacity *= 2;
    }
    char *bytes = realloc(json->bytes, capacity);
    if (!bytes) {
        json->failed = true;
        return NULL;
    }
    json->bytes = bytes;
    json->capacity = capacity;
    return bytes + json->len;
}

static inline char *reserve(struct oat_json *json, size_t extra)
{
    if (json->failed)
        return NULL;
    return extra <= json->capacity - json->len ? json->bytes + json->len : grow(json, extra);
}

char *oat_json_reserve(struct oat_json *json, size_t len)
{
    return reserve(json, len);
}

static inline void put(struct oat_json *json, const char *bytes, size_t len)
{
    char *dst = reserve(json, len);
    if (!dst || len == 0)
        return;
    memcpy(dst, bytes, len);
    json->len += len;
}

char *oat_json_take(struct oat_json *json, size_t *ret_len)
{
    char *end = reserve(json, 1);
    if (!end) {
        oat_json_free(json);
        return NULL;
    }
    *end = '\0';
    char *bytes = json->bytes;
    *ret_len = json->len;
    *json = (struct oat_json){0};
    return bytes;
}

/* A value follows another one exactly when the text does not end in what opens a place for it. */
static inline bool follows_another(const struct oat_json *json)
{
    if (json->len == 0)
        return false;
    char last = json->bytes[json->len - 1];
    return last != '{' && last != '[' && last != ':' && last != '\n';
}

static inline void separate(struct oat_json *json)
{
    if (follows_another(json))
        put(json, ",", 1);
}

void oat_json_object_begin(struct oat_json *json)
{
    separate(json);
    put(json, "{", 1);
}

void oat_json_object_end(struct oat_json *json)
{
    put(json, "}", 1);
}

void oat_json_object_reopen(struct oat_json *json)
{
    if (json->len > 0 && !json->failed)
        json->len--;
}

void oat_json_array_begin(struct oat_json *json)
{
    separate(json);
    put(json, "[", 1);
}

void oat_json_array_end(struct oat_json *json)
{
    put(json, "]", 1);
}

void oat_json_key(struct oat_json *json, const char *key)
{
    size_t len = strlen(key);
    char *begin = reserve(json, len + 4), *dst = begin;
    if (!begin)
        return;
    if (follows_another(json))
        *dst++ = ',';
    *dst++ = '"';
    memcpy(dst, key, len);
    dst += len;
    *dst++ = '"';
    *dst++ = ':';
    json->len += (size_t)(dst - begin);
}

/* ---- Strings ---------------------------------------------------------------------------------- */

/* \uXXXX of a UTF-16 unit. */
static void put_unit(struct oat_json *json, uint32_t unit)
{
    static const char hex[] = "0123456789abcdef";
    put(json, (char[]){'\\', 'u', hex[unit >> 12], hex[unit >> 8 & 15], hex[unit >> 4 & 15], hex[unit & 15]},
        6);
}

/* Escapes the hidden character that begins the text, or replaces a byte that belongs to none. Returns
 * the bytes it stands for. */
static size_t put_hidden(struct oat_json *json, const char *bytes, size_t len)
{
    static const char shorts[0x20] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};

    size_t taken = oat_utf8_char_len(bytes, len);
    if (taken == 0) {
        put(json, "\xef\xbf\xbd", 3); /* U+FFFD */
        return 1;
    }
    uint32_t c = oat_utf8_code_point(bytes, taken);
    if (c < sizeof shorts && shorts[c]) {
        put(json, (char[]){'\\', shorts[c]}, 2);
    } else if (c < 0x10000) {
        put_unit(json, c);
    } else {
        put_unit(json, 0xd800 + ((c - 0x10000) >> 10));
        put_unit(json, 0xdc00 + ((c - 0x10000) & 0x3ff));
    }
    return taken;
}

/* Visible text: only quotes and backslashes are to be escaped. */
static void put_visible(struct oat_json *json, const char *bytes, size_t len)
{
    size_t from = 0;
    for (size_t at = 0; at < len; at++) {
        if (bytes[at] != '"' && bytes[at] != '\\')
            continue;
        put(json, bytes + from, at - from);
        put(json, "\\", 1);
        from = at;
    }
    put(json, bytes + from, len - from);
}

/* True: there is room, and the plain text that begins it is written. */
static inline bool take_plain(struct oat_json *json, const char *bytes, size_t len, size_t *ret_taken)
{
    char *dst = reserve(json, len + 1); /* with the quote behind it */
    if (!dst)
        return false;
    *ret_taken = oat_json_put_plain(dst, bytes, len);
    json->len += *ret_taken;
    return true;
}

static void put_string(struct oat_json *json, const char *bytes, size_t len)
{
    put(json, "\"", 1);
    for (size_t at = 0, n; take_plain(json, bytes + at, len - at, &n) && at + n < len;) {
        at += n;
        n = oat_utf8_visible_prefix(bytes + at, len - at);
        put_visible(json, bytes + at, n);
        at += n;
        if (at < len)
            at += put_hidden(json, bytes + at, len - at);
    }
    put(json, "\"", 1);
}

void oat_json_key_text(struct oat_json *json, const char *bytes, size_t len)
{
    separate(json);
    put_string(json, bytes, len);
    put(json, ":", 1);
}

void oat_json_string(struct oat_json *json, const char *bytes, size_t len)
{
    separate(json);
    if (bytes)
        put_string(json, bytes, len);
    else
        put(json, "null", 4);
}

void oat_json_cstring(struct oat_json *json, const char *text)
{
    oat_json_string(json, text, text ? strlen(text) : 0);
}

void oat_json_hex(struct oat_json *json, const uint8_t *bytes, size_t len)
{
    separate(json);
    char *dst = reserve(json, 2 * len + 2 + OAT_JSON_SLACK);
    if (dst)
        oat_json_end(json, oat_json_put_hex(dst, bytes, len));
}

void oat_json_base64(struct oat_json *json, const uint8_t *bytes, size_t len)
{
    separate(json);
    size_t encoded_len = oat_base64_encoded_len(len);
    char *dst = reserve(json, encoded_len + 2);
    if (!dst)
        return;
    *dst++ = '"';
    oat_base64_encode(dst, bytes, len);
    dst[encoded_len] = '"';
    json->len += encoded_len + 2;
}

/* ---- Numbers and words ------------------------------------------------------------------------ */

void oat_json_int(struct oat_json *json, int64_t value)
{
    separate(json);
    char *dst = reserve(json, OAT_JSON_NUMBER_ROOM);
    if (dst)
        oat_json_end(json, oat_json_put_int(dst, value));
}

void oat_json_uint(struct oat_json *json, uint64_t value)
{
    separate(json);
    char *dst = reserve(json, OAT_JSON_NUMBER_ROOM);
    if (dst)
        oat_json_end(json, oat_json_put_uint(dst, value));
}

void oat_json_int_string(struct oat_json *json, int64_t value)
{
    separate(json);
    char *dst = reserve(json, OAT_JSON_NUMBER_ROOM + 2);
    if (!dst)
        return;
    *dst++ = '"';
    dst = oat_json_put_int(dst, value);
    *dst++ = '"';
    oat_json_end(json, dst);
}

/* True: it is written. Such as printf, too, writes without an exponent. */
static bool put_whole(struct oat_json *json, double value)
{
    if (!(fabs(value) < 1e15) || value != (double)(int64_t)value || (value == 0 && signbit(value)))
        return false;
    oat_json_int(json, (int64_t)value);
    put(json, ".0", 2);
    return true;
}

void oat_json_double(struct oat_json *json, double value)
{
    if (!isfinite(value)) {
        oat_json_null(json);
        return;
    }
    if (put_whole(json, value))
        return;
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    /* Programs that set a locale may get a comma. */
    char *comma = strchr(text, ',');
    if (comma)
        *comma = '.';
    separate(json);
    put(json, text, strlen(text));
    if (!strpbrk(text, ".e"))
        put(json, ".0", 2);
}

void oat_json_fixed(struct oat_json *json, int64_t value, unsigned decimals)
{
    separate(json);
    char *dst = reserve(json, OAT_JSON_NUMBER_ROOM);
    if (dst)
        oat_json_end(json, oat_json_put_fixed(dst, value, decimals));
}

void oat_json_bool(struct oat_json *json, bool value)
{
    separate(json);
    if (value)
        put(json, "true", 4);
    else
        put(json, "false", 5);
}

void oat_json_null(struct oat_json *json)
{
    separate(json);
    put(json, "null", 4);
}

/* ---- Text that is JSON already ------------------------------------------------------------------ */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void oat_json_embed(struct oat_json *json, const char *text, size_t len)
{
    while (len > 0 && is_space(text[len - 1]))
        len--;
    while (len > 0 && is_space(*text)) {
        text++;
        len--;
    }
    separate(json);
    for (size_t at = 0; at < len && !json->failed;) {
        size_t n = oat_utf8_visible_prefix(text + at, len - at);
        put(json, text + at, n);
        at += n;
        if (at == len)
            break;
        /* In valid JSON a space character stands only between tokens: inside strings it is escaped. */
        if (is_space(text[at])) {
            put(json, " ", 1);
            at++;
        } else {
            at += put_hidden(json, text + at, len - at);
        }
    }
}

void oat_json_raw(struct oat_json *json, const char *bytes, size_t len)
{
    put(json, bytes, len);
}
