#include "format/json_scan.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

size_t oat_json_skip_space(const char *text, size_t text_len, size_t pos)
{
    while (pos < text_len && is_space(text[pos]))
        pos++;
    return pos;
}

static size_t digits(const char *text, size_t text_len, size_t pos)
{
    size_t at = pos;
    while (at < text_len && text[at] >= '0' && text[at] <= '9')
        at++;
    return at - pos;
}

size_t oat_json_number_len(const char *text, size_t text_len, size_t pos)
{
    size_t at = pos;
    if (at < text_len && text[at] == '-')
        at++;
    size_t whole = digits(text, text_len, at);
    if (whole == 0 || (whole > 1 && text[at] == '0'))
        return 0;
    at += whole;
    if (at < text_len && text[at] == '.') {
        size_t fraction = digits(text, text_len, at + 1);
        if (fraction == 0)
            return 0;
        at += 1 + fraction;
    }
    if (at < text_len && (text[at] == 'e' || text[at] == 'E')) {
        size_t sign = at + 1 < text_len && memchr("+-", text[at + 1], 2) ? 1 : 0;
        size_t exponent = digits(text, text_len, at + 1 + sign);
        if (exponent == 0)
            return 0;
        at += 1 + sign + exponent;
    }
    return at - pos;
}

/* Length of the string whose opening quote is at pos, quotes included; 0 when it does not end. */
static size_t string_len(const char *text, size_t text_len, size_t pos)
{
    size_t from = pos + 1;
    for (;;) {
        const char *quote = from < text_len ? memchr(text + from, '"', text_len - from) : NULL;
        if (!quote)
            return 0;
        size_t at = (size_t)(quote - text);
        size_t backslashes = 0;
        while (at - backslashes > pos + 1 && text[at - backslashes - 1] == '\\')
            backslashes++;
        if (backslashes % 2 == 0)
            return at + 1 - pos;
        from = at + 1;
    }
}

/* Length of a number, true, false, null (or any other run without structure). */
static size_t word_len(const char *text, size_t text_len, size_t pos)
{
    size_t end = pos;
    while (end < text_len && !is_space(text[end]) && !strchr(",:]}[{\"", text[end] ? text[end] : ','))
        end++;
    return end - pos;
}

/* Bytes that matter when skipping a container: everything else is passed over. */
static const bool structural[256] = {['"'] = true, ['['] = true, [']'] = true, ['{'] = true, ['}'] = true};

size_t oat_json_value_len(const char *text, size_t text_len, size_t pos)
{
    if (pos >= text_len)
        return 0;
    if (text[pos] == '"')
        return string_len(text, text_len, pos);
    if (text[pos] != '[' && text[pos] != '{')
        return word_len(text, text_len, pos);

    /* Only the depth is kept: "[}" passes here and fails in a strict parser. */
    size_t depth = 0;
    for (size_t at = pos; at < text_len; at++) {
        if (!structural[(unsigned char)text[at]])
            continue;
        if (text[at] == '"') {
            size_t n = string_len(text, text_len, at);
            if (n == 0)
                return 0;
            at += n - 1;
        } else if (text[at] == '[' || text[at] == '{') {
            depth++;
        } else if (--depth == 0) {
            return at + 1 - pos;
        }
    }
    return 0;
}
