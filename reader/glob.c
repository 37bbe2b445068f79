#include "reader/glob.h"

#include "format/utf8.h"

static size_t char_len(oat_text text, size_t at)
{
    size_t len = oat_utf8_char_len(text.bytes + at, text.len - at);
    return len ? len : 1;
}

/* Fits the piece of the pattern at p, which is no *, to the text at t, and moves behind both. */
static bool fit_piece(oat_text pattern, size_t *p, oat_text text, size_t *t)
{
    if (*t == text.len)
        return false;
    if (pattern.bytes[*p] == '?') {
        *p += 1;
        *t += char_len(text, *t);
        return true;
    }
    *p += pattern.bytes[*p] == '\\' && *p + 1 < pattern.len;
    return pattern.bytes[(*p)++] == text.bytes[(*t)++];
}

bool oat_glob_match(oat_text pattern, oat_text text)
{
    size_t p = 0, t = 0;
    /* Behind the last *, and where in the text what follows it is tried. */
    bool starred = false;
    size_t star_p = 0, star_t = 0;
    while (p < pattern.len || t < text.len) {
        if (p < pattern.len && pattern.bytes[p] == '*') {
            starred = true;
            star_p = ++p;
            star_t = t;
        } else if (p == pattern.len || !fit_piece(pattern, &p, text, &t)) {
            /* An earlier * never helps: what stood between them has been found at the earliest place. */
            if (!starred || star_t == text.len)
                return false;
            star_t += char_len(text, star_t);
            p = star_p;
            t = star_t;
        }
    }
    return true;
}
