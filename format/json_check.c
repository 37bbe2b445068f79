#include "format/json_check.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "format/json_scan.h"
#include "format/utf8.h"

/* Where the scan stands. in_object has a bit for each open container, the innermost at depth - 1. */
struct scan {
    const char *at;
    const char *end;
    unsigned depth;
    uint64_t in_object[OAT_JSON_DEPTH_MAX / 64];
};

static void skip_space(struct scan *s)
{
    s->at += oat_json_skip_space(s->at, (size_t)(s->end - s->at), 0);
}

/* Takes the character if it is next. */
static bool take(struct scan *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

static bool take_word(struct scan *s, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
        return false;
    s->at += len;
    return true;
}

static bool number(struct scan *s)
{
    size_t len = oat_json_number_len(s->at, (size_t)(s->end - s->at), 0);
    s->at += len;
    return len > 0;
}

/* The four digits of a \u escape as a number, or -1. */
static int hex4(struct scan *s)
{
    int value = 0;
    if (s->end - s->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)*s->at++;
        if (!isxdigit(c))
            return -1;
        value = value * 16 + (isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

/* Behind a backslash. Surrogates count in pairs only: parsers refuse half of one, or change it. */
static bool escape(struct scan *s)
{
    if (s->at == s->end)
        return false;
    char c = *s->at++;
    if (c != 'u')
        return c && strchr("\"\\/bfnrt", c);
    int unit = hex4(s);
    if (unit < 0xd800 || unit > 0xdfff)
        return unit >= 0;
    if (unit > 0xdbff || !take_word(s, "\\u"))
        return false;
    unit = hex4(s);
    return unit >= 0xdc00 && unit <= 0xdfff;
}

static bool string(struct scan *s)
{
    if (!take(s, '"'))
        return false;
    while (s->at < s->end) {
        unsigned char c = (unsigned char)*s->at;
        if (c < 0x20)
            return false;
        if (c >= 0x80) {
            size_t n = oat_utf8_char_len(s->at, (size_t)(s->end - s->at));
            if (n == 0)
                return false;
            s->at += n;
            continue;
        }
        s->at++;
        if (c == '"')
            return true;
        if (c == '\\' && !escape(s))
            return false;
    }
    return false;
}

static bool innermost_is_object(const struct scan *s)
{
    unsigned i = s->depth - 1;
    return s->in_object[i / 64] >> (i % 64) & 1;
}

static bool push(struct scan *s, bool is_object)
{
    if (s->depth == OAT_JSON_DEPTH_MAX)
        return false;
    uint64_t bit = UINT64_C(1) << (s->depth % 64);
    if (is_object)
        s->in_object[s->depth / 64] |= bit;
    else
        s->in_object[s->depth / 64] &= ~bit;
    s->depth++;
    return true;
}

static bool scalar(struct scan *s)
{
    switch (*s->at) {
    case '"':
        return string(s);
    case 't':
        return take_word(s, "true");
    case 'f':
        return take_word(s, "false");
    case 'n':
        return take_word(s, "null");
    default:
        return number(s);
    }
}

static bool key(struct scan *s)
{
    skip_space(s);
    if (!string(s))
        return false;
    skip_space(s);
    return take(s, ':');
}

/* Behind a value: closes what ends here, up to a comma or the end of the outermost value. */
static bool after_value(struct scan *s)
{
    while (s->depth > 0) {
        bool is_object = innermost_is_object(s);
        skip_space(s);
        if (take(s, ','))
            return !is_object || key(s);
        if (!take(s, is_object ? '}' : ']'))
            return false;
        s->depth--;
    }
    return true;
}

bool oat_json_is_valid(const char *text, size_t len)
{
    struct scan s = {.at = text, .end = text + len};

    do {
        skip_space(&s);
        if (s.at == s.end)
            return false;
        bool is_object = *s.at == '{';
        if (is_object || *s.at == '[') {
            s.at++;
            if (!push(&s, is_object))
                return false;
            skip_space(&s);
            if (!take(&s, is_object ? '}' : ']')) {
                if (is_object && !key(&s))
                    return false;
                continue; /* its first value */
            }
            s.depth--;
        } else if (!scalar(&s)) {
            return false;
        }
        if (!after_value(&s))
            return false;
    } while (s.depth > 0);
    skip_space(&s);
    return s.at == s.end;
}
