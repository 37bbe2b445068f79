/* .spans files that are mapped for a while, by a reader of many slots here and there: a call for each takes
 * longer than all that is done with it. Only a program that catches faults (faults.h) maps what others may
 * cut. */
#ifndef OAT_READER_SLOT_MAPS_H
#define OAT_READER_SLOT_MAPS_H

#include "reader/pair.h"

struct oat_slot_map;

/* Zero-initialise; oat_slot_maps_free unmaps. One thread at a time. */
struct oat_slot_maps {
    struct oat_slot_map *of_pairs; /* by the index of the pair */
    size_t capacity;
};

/* As oat_pair_read_slot; maps: NULL: nothing is mapped. The pair must outlive them. */
int oat_slot_maps_read(struct oat_slot_maps *maps, const struct oat_pair *pair, uint32_t slot_no,
                       uint8_t ret[OAT_SLOT_SIZE], uint16_t *ret_kind);

/* Leaves empty ones. */
void oat_slot_maps_free(struct oat_slot_maps *maps);

#endif
