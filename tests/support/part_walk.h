/* Reads everything in a part, in every way there is. */
#ifndef OAT_TESTS_PART_WALK_H
#define OAT_TESTS_PART_WALK_H

#include "reader/part.h"

/* Returns a hash of all that was read: the same for parts that read the same. Ends the program when a
 * promise of the reader is broken. Of more than row_max rows or traces so many are read, and of more than
 * 20 batches the first ones. */
uint64_t oat_part_walk(struct oat_part *part, uint32_t row_max);

#endif
