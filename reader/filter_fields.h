/* Which fields a filter compares. */
#ifndef OAT_READER_FILTER_FIELDS_H
#define OAT_READER_FILTER_FIELDS_H

#include "reader/filter.h"

/* True when all that the filter says of a span are comparisons of fields of which `holds` is true; presence:
 * it only asks whether there is a value. As deep as a filter may be. */
bool oat_filter_all_fields(const struct oat_filter *filter,
                           bool (*holds)(const struct oat_field *field, bool presence));

#endif
