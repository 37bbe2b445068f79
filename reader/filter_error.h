/* What is wrong with a filter, as it is being found. */
#ifndef OAT_READER_FILTER_ERROR_H
#define OAT_READER_FILTER_ERROR_H

#include "oat/reader.h"

/* The text that is parsed, and where its error goes. */
struct oat_filter_source {
    const char *text;
    size_t len;
    oat_filter_error *error;
};

/* Says what is wrong with bytes [at, at + len) of the text; format as printf has it. Nothing is
 * expected as yet. Returns OAT_E_INVALID. */
__attribute__((format(printf, 4, 5))) int oat_filter_fail(const struct oat_filter_source *source, size_t at,
                                                          size_t len, const char *format, ...);

/* Says that these bytes, or the end of the text, cannot stand there. Returns OAT_E_INVALID. */
int oat_filter_unexpected(const struct oat_filter_source *source, size_t at, size_t len);

/* Adds what could stand there, to the list and to the message; static text. Dropped when there is no
 * more room. */
void oat_filter_expect(const struct oat_filter_source *source, const char *expected);

#endif
