#include "cli/text.h"

#include "format/utf8.h"

#include <string.h>
#include <unistd.h>

/* ---- Characters ---- */

static size_t width_of(uint32_t c)
{
    static const struct oat_char_range none[] = {
        {0x0300, 0x036f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
        {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
    };
    static const struct oat_char_range wide[] = {
        {0x1100, 0x115e},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
        {0xfe30, 0xfe6f},   {0xff01, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
        {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
    };
    if (c < 0x300)
        return 1;
    if (oat_char_is_in(c, none, sizeof none / sizeof *none))
        return 0;
    return oat_char_is_in(c, wide, sizeof wide / sizeof *wide) ? 2 : 1;
}

/* One character as it is printed. */
struct glyph {
    char text[OAT_UTF8_SHOWN_SIZE];
    size_t columns;
    size_t taken; /* bytes of the source */
};

static struct glyph glyph_of(const char *bytes, size_t len)
{
    struct glyph g;
    g.taken = oat_utf8_show(bytes, len, g.text);
    bool is_as_it_is = memcmp(g.text, bytes, g.taken) == 0;
    g.columns = is_as_it_is ? width_of(oat_utf8_code_point(bytes, g.taken)) : strlen(g.text);
    return g;
}

/* ---- Text ---- */

size_t oat_text_columns(const char *bytes, size_t len)
{
    size_t columns = 0;
    while (len > 0) {
        struct glyph g = glyph_of(bytes, len);
        columns += g.columns;
        bytes += g.taken;
        len -= g.taken;
    }
    return columns;
}

/* Does text fit? Looks no further than needed. */
static bool fits(const char *bytes, size_t len, size_t max)
{
    size_t columns = 0;
    while (len > 0 && columns <= max) {
        struct glyph g = glyph_of(bytes, len);
        columns += g.columns;
        bytes += g.taken;
        len -= g.taken;
    }
    return columns <= max;
}

size_t oat_print_text(FILE *out, const char *bytes, size_t len, size_t max)
{
    bool cut = max > 0 && !fits(bytes, len, max);
    size_t room = cut ? max - 1 : SIZE_MAX, columns = 0;
    while (len > 0) {
        struct glyph g = glyph_of(bytes, len);
        if (columns + g.columns > room)
            break;
        fputs(g.text, out);
        columns += g.columns;
        bytes += g.taken;
        len -= g.taken;
    }
    if (cut)
        fputs("…", out);
    return columns + cut;
}

size_t oat_print_name(oat_text text, size_t max)
{
    return text.bytes ? oat_print_text(stdout, text.bytes, text.len, max)
                      : oat_print_text(stdout, "-", 1, max);
}

void oat_print_lines(FILE *out, const char *bytes, size_t len, const char *indent)
{
    const char *end = bytes + len;
    while (bytes < end) {
        const char *line_end = memchr(bytes, '\n', (size_t)(end - bytes));
        const char *stop = line_end ? line_end : end;
        fputs(indent, out);
        while (bytes < stop) {
            const char *tab = memchr(bytes, '\t', (size_t)(stop - bytes));
            oat_print_text(out, bytes, (size_t)((tab ? tab : stop) - bytes), 0);
            if (tab)
                fputc('\t', out);
            bytes = tab ? tab + 1 : stop;
        }
        fputc('\n', out);
        bytes = line_end ? line_end + 1 : end;
    }
}

void oat_print_spaces(FILE *out, size_t count)
{
    while (count-- > 0)
        fputc(' ', out);
}

void oat_print_right(const char *text, size_t width)
{
    size_t columns = oat_text_columns(text, strlen(text));
    oat_print_spaces(stdout, columns < width ? width - columns : 0);
    fputs(text, stdout);
}

void oat_print_csv(FILE *out, const char *bytes, size_t len, bool raw)
{
    bool formula = !raw && len > 0 && memchr("=+-@\t\r", bytes[0], 6);
    bool visible = !raw && isatty(fileno(out));
    bool quoted = false;
    for (size_t i = 0; i < len; i++)
        quoted = quoted || memchr(",\"\r\n", bytes[i], 4);
    if (quoted)
        fputc('"', out);
    if (formula)
        fputc('\'', out);
    for (size_t i = 0; i < len;) {
        struct glyph g = {.text = {bytes[i]}, .columns = 1, .taken = 1};
        if (visible)
            g = glyph_of(bytes + i, len - i);
        if (bytes[i] == '"')
            fputc('"', out);
        fwrite(g.text, 1, visible ? strlen(g.text) : 1, out);
        i += g.taken;
    }
    if (quoted)
        fputc('"', out);
}
