/* Traces whose rows stand as a tree already, as parts have them. */
#ifndef OAT_READER_TREE_ORDER_H
#define OAT_READER_TREE_ORDER_H

#include "reader/rows.h"

#define OAT_TREE_ORDERED_MAX 64u /* rows: greater traces are always sorted */

/* Does for a small trace, whose rows have different span ids and are in the order that oat_tree_build gives
 * them, what oat_identity_join and oat_tree_build do, without sorting twice. False: it is another trace, and
 * nothing was done. Bounded, whatever the ids are. Any thread. */
bool oat_tree_ordered(struct oat_row *rows, uint32_t count);

#endif
