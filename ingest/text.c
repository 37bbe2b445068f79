#include "ingest/text.h"

#include <string.h>

oat_text oat_text_of(const char *text)
{
    return (oat_text){text, strlen(text)};
}

bool oat_text_same(oat_text a, oat_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

bool oat_text_is(oat_text text, const char *other)
{
    return text.bytes && oat_text_same(text, oat_text_of(other));
}

bool oat_text_begins(oat_text text, const char *prefix)
{
    size_t n = strlen(prefix);
    return text.bytes && text.len >= n && memcmp(text.bytes, prefix, n) == 0;
}

bool oat_text_matches(oat_text text, const char *pattern, oat_text *ret_star)
{
    const char *star = strchr(pattern, '*');
    *ret_star = (oat_text){0};
    if (!star)
        return oat_text_is(text, pattern);
    size_t before = (size_t)(star - pattern), after = strlen(star + 1);
    if (text.len <= before + after || memcmp(text.bytes, pattern, before) != 0 ||
        memcmp(text.bytes + text.len - after, star + 1, after) != 0)
        return false;
    *ret_star = (oat_text){text.bytes + before, text.len - before - after};
    return true;
}
