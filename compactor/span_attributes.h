/* Tables SPAN_ATTRIBUTES and MORE_ATTRIBUTES of a part with their dictionary. Used by one thread at a time;
 * failures are those of section_writer.h and text_codes.h. */
#ifndef OAT_COMPACTOR_SPAN_ATTRIBUTES_H
#define OAT_COMPACTOR_SPAN_ATTRIBUTES_H

#include "compactor/attribute_codes.h"
#include "compactor/code_memo.h"
#include "compactor/table_writer.h"
#include "reader/part_attributes.h"
#include "reader/record.h"

struct oat_span_attributes {
    struct oat_sources *sources; /* borrowed */
    struct oat_table_writer table, more;
    struct oat_attribute_codes dictionary;
    struct oat_code_memo
        *memo;       /* of payloads of pairs where their codes are in `known`, of codes of parts ours */
    uint32_t *known; /* codes of payloads that were met */
    size_t known_count, known_capacity;
    struct {
        uint32_t source, first, count;
        struct oat_code_columns codes;
    } ahead; /* of rows of a part */
};

int oat_span_attributes_open(struct oat_span_attributes *attributes, struct oat_section_writer *file,
                             struct oat_sources *sources);
void oat_span_attributes_close(struct oat_span_attributes *attributes);

/* Sets the attributes of the row being made, in their order; a row without has none. OAT_E_CORRUPT: they
 * cannot be written as codes such that the same payload can be put together again; nothing was set. */
int oat_span_attributes_set(struct oat_span_attributes *attributes, uint32_t source,
                            const struct oat_record_payload *payload);

/* Ends the row being made: the next row of SPANS begins. */
int oat_span_attributes_next(struct oat_span_attributes *attributes);

/* Memory that they hold, in bytes, what has a fixed size apart. */
size_t oat_span_attributes_memory(const struct oat_span_attributes *attributes);

/* Writes what is left, and the dictionary. */
int oat_span_attributes_finish(struct oat_span_attributes *attributes);

#endif
