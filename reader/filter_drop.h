/* A filter without what it says of one field: a facet shows what else could be chosen. */
#ifndef OAT_READER_FILTER_DROP_H
#define OAT_READER_FILTER_DROP_H

#include "oat/reader.h"

/* Takes out of a filter that nobody uses yet the comparisons of a field (docs/filter.md), negated ones too,
 * that all spans have to pass: those that stand alone, or with nothing but `and` between them and the rest. A
 * name that is no field's changes nothing. */
void oat_filter_drop(oat_filter *filter, oat_text field);

#endif
