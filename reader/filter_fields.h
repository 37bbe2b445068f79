/* Which fields a filter compares. */
#ifndef OAT_READER_FILTER_FIELDS_H
#define OAT_READER_FILTER_FIELDS_H

#include "reader/filter.h"

/* True of a field that a filter compares; presence: it only asks whether there is a value. */
typedef bool oat_field_check(const struct oat_field *field, bool presence, uint64_t vectors);

/* True when all that the filter says of a span are comparisons of fields of which `holds` is true; vectors
 * are for that. As deep as a filter may be. */
bool oat_filter_all_fields(const struct oat_filter *filter, oat_field_check *holds, uint64_t vectors);

/* True when the filter asks nothing of traces. */
bool oat_filter_is_of_spans(const struct oat_filter *filter);

#endif
