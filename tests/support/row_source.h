/* A source of rows that a test makes in memory. Out of memory ends the program. */
#ifndef OAT_TESTS_ROW_SOURCE_H
#define OAT_TESTS_ROW_SOURCE_H

#include "reader/batch.h"

struct oat_test_row {
    uint64_t values[OAT_VECTOR_COUNT]; /* as vectors have them; texts: oat_row_source_code */
    uint32_t *attributes;              /* codes; the row's */
    uint32_t attribute_count;
    oat_text payloads[OAT_PAYLOAD_FIELDS]; /* borrowed; bytes NULL: none */
};

struct oat_row_source {
    struct oat_source source; /* batch_count and trace_count are kept right */
    uint32_t rows_per_batch;  /* may be changed between evaluations: oat_row_source_cut */
    bool zones;               /* answers for bounds */
    int failure;              /* what filling returns; OAT_OK */
    /* How often, all in all, vectors were filled, payloads looked into, and what a code or a trace stands
     * for was asked. */
    uint64_t filled, looked_into, asked;

    struct oat_test_row *rows;
    uint32_t row_count;
    struct oat_trace_figures *traces;
    oat_text *texts; /* code 1 and on; the same for every vector; texts are the source's */
    uint32_t text_count;
    oat_text *keys, *attributes; /* code 1 and on */
    uint32_t attribute_count;
    struct oat_code_columns columns; /* of the batch whose attributes were asked for */
};

/* An empty source, with zones and batches as large as they may be. Free it with oat_row_source_free. */
struct oat_row_source *oat_row_source_new(void);
void oat_row_source_free(struct oat_row_source *source);

/* The code of a text, or of an attribute; copied when it is new. */
uint32_t oat_row_source_code(struct oat_row_source *source, const char *bytes, size_t len);
uint32_t oat_row_source_attribute(struct oat_row_source *source, oat_text key, oat_text encoded);

/* Room for one more, zeroed; borrowed until the next of them is added. */
struct oat_test_row *oat_row_source_add_row(struct oat_row_source *source);
struct oat_trace_figures *oat_row_source_add_trace(struct oat_row_source *source);
void oat_row_source_add_attribute(struct oat_test_row *row, uint32_t code);

/* Cuts the rows into batches of so many. */
void oat_row_source_cut(struct oat_row_source *source, uint32_t rows_per_batch);

#endif
