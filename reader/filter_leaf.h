/* A comparison over the rows of a batch. */
#ifndef OAT_READER_FILTER_LEAF_H
#define OAT_READER_FILTER_LEAF_H

#include "reader/filter_state.h"

/* Clears the bits of rows that do not pass a COMPARE node. Returns as oat_filter_select. */
int oat_filter_leaf_narrow(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                           struct oat_batch *batch, uint64_t rows[OAT_BATCH_WORDS]);

#endif
