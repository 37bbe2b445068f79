/* Vectors of a part's source: what its columns become in a batch. */
#ifndef OAT_READER_PART_VECTORS_H
#define OAT_READER_PART_VECTORS_H

#include "reader/batch.h"
#include "reader/part.h"

/* What filling vectors needs to know; of one source, used by one thread. Zeroed but for the part. */
struct oat_part_vectors {
    struct oat_part *part;
    struct oat_image_table *spans;
    uint64_t columns;   /* a bit for each that was read: the next group's is asked for ahead */
    uint64_t used;      /* likewise, in the batch that was opened last: the next one's is, too */
    uint64_t bitmaps;   /* likewise: those that were only asked for their bitmaps */
    uint64_t few;       /* likewise, in any batch: those of which few rows were read */
    uint32_t group;     /* whose columns were asked for; + 1 */
    uint32_t opened_of; /* batch that has blocks open; + 1 */
    uint64_t opened;    /* a bit for each column: */
    struct oat_block blocks[OAT_TABLE_COLUMNS];
    uint32_t *flags;      /* by code */
    uint32_t flag_codes;  /* how many */
    uint32_t trace;       /* of the first row of `trace_batch` */
    uint32_t trace_batch; /* + 1 */
    uint32_t last_trace;  /* of the last row of `zone_batch` */
    uint32_t zone_batch;  /* + 1 */
};

/* A batch was opened: asks for the columns that will be read. */
void oat_part_vectors_ahead(struct oat_part_vectors *vectors, const struct oat_batch *batch);

/* The column of SPANS that a vector is made of; 0: of something else. */
unsigned oat_part_column_of(enum oat_vector vector);

/* Opens the batch's block of a column, borrowed until another batch is asked for. few: of which little will
 * be read. OAT_NOTFOUND: it is damaged; no row of the batch is left. */
int oat_part_open_block(struct oat_part_vectors *vectors, struct oat_batch *batch, unsigned column, bool few,
                        const struct oat_block **ret);

/* What makes an oat_status of STATUS an oat_shown_status, as oat_part_shown_status does. */
#define OAT_PART_STATUS_SHOWN 1u
_Static_assert(OAT_SHOWN_INTERRUPTED == OAT_STATUS_OPEN + OAT_PART_STATUS_SHOWN &&
                   OAT_SHOWN_SUCCESS == OAT_STATUS_SUCCESS + OAT_PART_STATUS_SHOWN &&
                   OAT_SHOWN_ERROR == OAT_STATUS_ERROR + OAT_PART_STATUS_SHOWN,
               "one more");

/* True when a block's header says that all its values are those that a vector may have. */
bool oat_part_is_bounded(const struct oat_part_vectors *vectors, enum oat_vector vector,
                         const struct oat_block *block);

/* As struct oat_source_ops has them: where a column is damaged, no row of the batch is left. */
int oat_part_fill64(struct oat_part_vectors *vectors, struct oat_batch *batch, enum oat_vector vector,
                    uint64_t *dst);
int oat_part_fill32(struct oat_part_vectors *vectors, struct oat_batch *batch, enum oat_vector vector,
                    uint32_t *dst);
/* Any column; likewise. dst has room for OAT_BATCH_ROWS; what is behind the rows becomes 0. */
int oat_part_fill_column64(struct oat_part_vectors *vectors, struct oat_batch *batch, unsigned column,
                           uint64_t *dst);

/* Leaves out a row whose value cannot be, and reports it. */
void oat_part_drop_row(struct oat_part_vectors *vectors, struct oat_batch *batch, uint32_t row,
                       const char *what);

/* As in struct oat_source_ops. */
bool oat_part_vector_zone(struct oat_part_vectors *vectors, uint32_t batch, enum oat_vector vector,
                          uint64_t *ret_min, uint64_t *ret_max);

#endif
