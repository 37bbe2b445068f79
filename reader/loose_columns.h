/* Columns of parts, for rows that lie here and there in them: those of loose traces. The blocks that were
 * decoded last are kept, since traces that begin near each other lie near each other. */
#ifndef OAT_READER_LOOSE_COLUMNS_H
#define OAT_READER_LOOSE_COLUMNS_H

#include "reader/assembly.h"
#include "reader/batch.h"
#include "reader/intern.h"

/* Zero-initialise; free with oat_loose_columns_free. One thread at a time. */
struct oat_loose_columns {
    struct oat_loose_part *parts;
    /* By text field, and by a hash of part and code: what the code of a text is here. */
    struct oat_loose_code *codes;
};

void oat_loose_columns_free(struct oat_loose_columns *columns);

/* Sets dst[i] to what vector has in the part that rows[i] is of, of which source and place are read; every
 * row is of a part. Texts are numbered by `texts`. Not for TRACE. What is damaged, which is reported, becomes
 * 0. OAT_OK or OAT_E_NOMEM. */
int oat_loose_columns_fill64(struct oat_loose_columns *columns, struct oat_sources *sources,
                             const struct oat_kept_row *rows, uint32_t count, enum oat_vector vector,
                             uint64_t *dst);
int oat_loose_columns_fill32(struct oat_loose_columns *columns, struct oat_sources *sources,
                             const struct oat_kept_row *rows, uint32_t count, enum oat_vector vector,
                             uint32_t *dst);
int oat_loose_columns_texts(struct oat_loose_columns *columns, struct oat_sources *sources,
                            const struct oat_kept_row *rows, uint32_t count, unsigned field,
                            struct oat_intern *texts, uint32_t *dst);

#endif
