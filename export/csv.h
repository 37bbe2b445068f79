/* Cells of CSV as RFC 4180 has it, but for its line breaks: those are line feeds alone. */
#ifndef OAT_EXPORT_CSV_H
#define OAT_EXPORT_CSV_H

#include "format/json_write.h"
#include "oat/reader.h"

/* Appends a cell: quoted where it must be; NUL and each byte that belongs to no UTF-8 character become
 * U+FFFD. guarded: an apostrophe before = + - @ TAB CR, so that a spreadsheet takes no text from outside for
 * a formula. */
void oat_csv_cell(struct oat_json *out, oat_text text, bool guarded);

#endif
