/* Comparisons of attributes, of which a row has several. */
#ifndef OAT_READER_FILTER_ATTRIBUTES_H
#define OAT_READER_FILTER_ATTRIBUTES_H

#include "reader/filter_state.h"

/* Clears the bits of rows that do not pass. Returns as oat_filter_select. */
int oat_filter_attributes_narrow(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                                 struct oat_batch *batch, uint64_t rows[OAT_BATCH_WORDS]);

/* What the codes that a source has tell of each of its batches: OAT_ZONE_SOME, if nothing. */
enum oat_filter_zone oat_filter_attributes_zone(struct oat_filter_eval *eval,
                                                const struct oat_filter_node *node);

#endif
