/* The time that a filter asks for. */
#ifndef OAT_READER_FILTER_WINDOW_H
#define OAT_READER_FILTER_WINDOW_H

#include "reader/filter.h"

/* Bounds, both included, on the start of spans that pass, for choosing what to open. False: none can
 * pass. */
bool oat_filter_window(const struct oat_filter *filter, uint64_t *ret_from_ns, uint64_t *ret_to_ns);

#endif
