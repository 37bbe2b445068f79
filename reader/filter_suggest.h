/* Names near a word that names no field. */
#ifndef OAT_READER_FILTER_SUGGEST_H
#define OAT_READER_FILTER_SUGGEST_H

#include "reader/filter_error.h"

/* Adds to what is expected: of names and aliases that the word begins, or that are at most 2 edits from
 * it, the nearest 3 (one a field, those that the word begins first, then in the order of docs/api.md);
 * "field" when there are none. */
void oat_filter_suggest(const struct oat_filter_source *source, oat_text word);

#endif
