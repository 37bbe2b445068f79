/* The vector that says which trace each row of a part belongs to: where the rows of traces begin. */
#ifndef OAT_READER_PART_TRACE_NUMBERS_H
#define OAT_READER_PART_TRACE_NUMBERS_H

#include "reader/part_vectors.h"

/* As oat_part_fill32, for OAT_VECTOR_TRACE. */
int oat_part_fill_traces(struct oat_part_vectors *vectors, struct oat_batch *batch, uint32_t *dst);

/* Bounds of the traces that a batch's rows belong to. False: not known. Best asked of one batch after the
 * other. */
bool oat_part_trace_zone(struct oat_part_vectors *vectors, uint32_t batch, uint64_t *ret_min,
                         uint64_t *ret_max);

#endif
