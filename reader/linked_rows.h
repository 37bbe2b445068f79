/* The rows of an assembly that nothing is added to any more, and all of which lie in parts: kept is where,
 * and what of them their parts do not tell; the rest is read there. */
#ifndef OAT_READER_LINKED_ROWS_H
#define OAT_READER_LINKED_ROWS_H

#include "reader/assembly.h"
#include "reader/batch.h"

/* Moves all traces of *built behind those of *linked, which has none of them, with their rows, in the order
 * of their places, and frees it. collected: what it was built of. A linked assembly is for
 * oat_assembly_number, this header, its traces and oat_assembly_free. OAT_OK; OAT_E_NOMEM: both are for
 * oat_assembly_free alone. */
int oat_assembly_link(struct oat_assembly *linked, struct oat_assembly *built, struct oat_rows *collected);

/* Nothing more will be linked, nor any trace looked up by its id. */
void oat_assembly_link_end(struct oat_assembly *linked);

/* How many rows a linked assembly has, and how many are of traces that differ. Any thread, as are all that
 * follow. */
size_t oat_linked_row_count(const struct oat_assembly *linked);
size_t oat_linked_differing(const struct oat_assembly *linked);

/* Sets source, place, trace and counted of the rows of a batch (OAT_BATCH_ROWS rows, the last one may have
 * fewer); the rest of each becomes zeros. */
void oat_linked_read(const struct oat_assembly *linked, uint32_t batch, struct oat_kept_row *ret);

/* Times between which the rows of a batch start. */
void oat_linked_bounds(const struct oat_assembly *linked, uint32_t batch, uint64_t *ret_first_ns,
                       uint64_t *ret_last_ns);

/* Where a row lies, of any assembly, linked or not: its source and place. */
struct oat_row_place {
    uint32_t source, place;
};
struct oat_row_place oat_assembly_place(const struct oat_assembly *assembly, size_t row);

/* How many rows of its traces are open; likewise. */
uint64_t oat_assembly_open_rows(const struct oat_assembly *assembly);

/* Accepts NULL. */
void oat_linked_rows_free(struct oat_linked_rows *rows);

#endif
