/* The rows of an assembly that nothing is added to any more, packed: column by column, in blocks as parts
 * have them. A row takes a third of what it takes else. */
#ifndef OAT_READER_PACKED_ROWS_H
#define OAT_READER_PACKED_ROWS_H

#include "reader/assembly.h"
#include "reader/batch.h"

/* Moves all traces of *built behind those of *packed, which has none of them, with their rows, and frees
 * it. Ids of spans, of parents and of calls, depths, and marks are not kept, of a parent whether there is
 * one: those of a row are read where it lies. A packed assembly is for oat_assembly_number, this header, its
 * traces and oat_assembly_free; its rows are numbered as if each batch had OAT_BLOCK_ROWS. OAT_OK;
 * OAT_E_NOMEM: both are for oat_assembly_free alone. */
int oat_assembly_pack(struct oat_assembly *packed, struct oat_assembly *built);

/* Nothing more will be packed, nor any trace looked up by its id. */
void oat_assembly_pack_end(struct oat_assembly *packed);

/* Rows of a batch of a packed assembly. */
uint32_t oat_packed_rows(const struct oat_packed_batch *batch);

/* Gives a vector of a batch, and zeros behind its rows. dst has room for OAT_BLOCK_ROWS values. False: it is
 * not kept, dst is as it was. Any thread, as are all that follow. */
bool oat_packed_fill64(const struct oat_packed_batch *batch, enum oat_vector vector, uint64_t *dst);
bool oat_packed_fill32(const struct oat_packed_batch *batch, enum oat_vector vector, uint32_t *dst);

/* Sets sources and places of the rows of a batch; the rest becomes zeros. */
void oat_packed_places(const struct oat_packed_batch *batch, struct oat_kept_row *ret);

/* Where a row lies, of any assembly, packed or not: its source and place. */
struct oat_row_place {
    uint32_t source, place;
};
struct oat_row_place oat_assembly_place(const struct oat_assembly *assembly, size_t row);

/* How many rows of its traces are open; likewise. */
uint64_t oat_assembly_open_rows(const struct oat_assembly *assembly);

/* Times between which the rows of a batch start, of a packed one. */
void oat_packed_bounds(const struct oat_packed_batch *batch, uint64_t *ret_first_ns, uint64_t *ret_last_ns);

/* Accepts NULL. */
void oat_packed_batches_free(struct oat_packed_batch **batches, size_t count);

#endif
