#include "reader/filter_error.h"

#include "format/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define QUOTED_MAX 40 /* bytes of the filter that a message repeats */

/* Characters in well-formed text; a byte that belongs to none counts as one. */
static size_t count_chars(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t at = 0; at < len; count++) {
        size_t taken = oat_utf8_char_len(text + at, len - at);
        at += taken ? taken : 1;
    }
    return count;
}

int oat_filter_fail(const struct oat_filter_source *source, size_t at, size_t len, const char *format, ...)
{
    oat_filter_error *error = source->error;
    va_list list;
    va_start(list, format);
    vsnprintf(error->message, sizeof error->message, format, list);
    va_end(list);
    error->column = 1 + count_chars(source->text, at);
    error->length = count_chars(source->text + at, len);
    error->expected_count = 0;
    return OAT_E_INVALID;
}

int oat_filter_unexpected(const struct oat_filter_source *source, size_t at, size_t len)
{
    if (len == 0)
        return oat_filter_fail(source, at, len, "the filter ends too early");
    size_t shown = oat_utf8_valid_prefix(source->text + at, len < QUOTED_MAX ? len : QUOTED_MAX);
    return oat_filter_fail(source, at, len, "unexpected %.*s%s", (int)shown, source->text + at,
                           shown < len ? "..." : "");
}

void oat_filter_expect(const struct oat_filter_source *source, const char *expected)
{
    oat_filter_error *error = source->error;
    if (error->expected_count == OAT_FILTER_EXPECTED_MAX)
        return;
    size_t used = strlen(error->message);
    snprintf(error->message + used, sizeof error->message - used, "%s%s",
             error->expected_count == 0 ? "; expected " : ", ", expected);
    error->expected[error->expected_count++] = expected;
}
