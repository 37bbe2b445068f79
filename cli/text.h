/* Text for people: what comes from traces is made harmless. */
#ifndef OAT_CLI_TEXT_H
#define OAT_CLI_TEXT_H

#include "oat/reader.h"

#include <stdio.h>

/* Prints text from a trace in at most max columns (0: all of it), cut with "…" when it is longer;
 * returns the columns used. C0, C1, DEL, ESC, bidirectional and zero-width characters appear as
 * visible escapes, bytes that are no UTF-8 as \xNN. */
size_t oat_print_text(FILE *out, const char *bytes, size_t len, size_t max);

/* As above to stdout, or "-" when there is no text. */
size_t oat_print_name(oat_text text, size_t max);

/* As oat_print_text for text of several lines: line ends and tabs stay; each line begins with
 * `indent`. */
void oat_print_lines(FILE *out, const char *bytes, size_t len, const char *indent);

/* The width of a text as oat_print_text prints it whole. */
size_t oat_text_columns(const char *bytes, size_t len);

/* Prints spaces. */
void oat_print_spaces(FILE *out, size_t count);

/* Prints a text of the program's own to stdout, at the right of so many columns. */
void oat_print_right(const char *text, size_t width);

/* One CSV cell: quoted when it must be; unless raw, an apostrophe before = + - @ TAB CR, and on a
 * terminal visible escapes as above. */
void oat_print_csv(FILE *out, const char *bytes, size_t len, bool raw);

#endif
