#include "export/csv.h"

#include <string.h>

#include "format/utf8.h"

static bool is_formula(oat_text text)
{
    return text.len > 0 && memchr("=+-@\t\r", text.bytes[0], 6) != NULL;
}

static bool needs_quotes(oat_text text)
{
    return memchr(text.bytes, ',', text.len) || memchr(text.bytes, '"', text.len) ||
           memchr(text.bytes, '\n', text.len) || memchr(text.bytes, '\r', text.len);
}

/* Appends the character or wrong byte that begins the text. Returns the bytes it takes. */
static size_t put_character(struct oat_json *out, const char *bytes, size_t len)
{
    size_t taken = oat_utf8_char_len(bytes, len);
    if (taken == 0 || *bytes == '\0')
        oat_json_raw(out, "\xef\xbf\xbd", 3);
    else if (*bytes == '"')
        oat_json_raw(out, "\"\"", 2);
    else
        oat_json_raw(out, bytes, taken);
    return taken > 0 ? taken : 1;
}

/* Bytes at the beginning that go out as they are. */
static size_t plain_prefix(const char *bytes, size_t len)
{
    size_t n = 0;
    while (n < len && (unsigned char)bytes[n] - 1u < 0x7f && bytes[n] != '"')
        n++;
    return n;
}

void oat_csv_cell(struct oat_json *out, oat_text text, bool guarded)
{
    if (text.len == 0)
        return;
    bool quoted = needs_quotes(text);
    if (quoted)
        oat_json_raw(out, "\"", 1);
    if (guarded && is_formula(text))
        oat_json_raw(out, "'", 1);
    for (size_t i = 0; i < text.len;) {
        size_t plain = plain_prefix(text.bytes + i, text.len - i);
        oat_json_raw(out, text.bytes + i, plain);
        i += plain;
        if (i < text.len)
            i += put_character(out, text.bytes + i, text.len - i);
    }
    if (quoted)
        oat_json_raw(out, "\"", 1);
}
