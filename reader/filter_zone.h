/* What the bounds of a batch's vectors say before anything of it is read. */
#ifndef OAT_READER_FILTER_ZONE_H
#define OAT_READER_FILTER_ZONE_H

#include "reader/filter_state.h"

/* Judges a node over batch `number`. A failure of the source is SOME: it shows when rows are read. */
enum oat_filter_zone oat_filter_zone(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                                     uint32_t number);

/* True when rows without a value of the field never are in one of the test's ranges: they have 0. */
bool oat_filter_ranges_tell_presence(const struct oat_filter_node *node);

#endif
