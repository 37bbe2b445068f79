/* What a part can tell of its columns without making vectors of them. */
#ifndef OAT_READER_PART_SPARSE_H
#define OAT_READER_PART_SPARSE_H

#include "reader/part_vectors.h"

/* As in struct oat_source_ops: of columns that have numbers of some rows only. */
int oat_part_sparse(struct oat_part_vectors *vectors, struct oat_batch *batch, enum oat_vector vector,
                    void *dst, struct oat_sparse *ret);

/* The same: of columns whose headers say that no value has to be left out. */
int oat_part_range(struct oat_part_vectors *vectors, struct oat_batch *batch, enum oat_vector vector,
                   uint32_t low, uint32_t high, uint64_t ret[OAT_BATCH_WORDS]);

#endif
