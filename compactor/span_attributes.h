/* Table SPAN_ATTRIBUTES of a part with its dictionary. Used by one thread at a time; failures are those of
 * section_writer.h and text_codes.h. */
#ifndef OAT_COMPACTOR_SPAN_ATTRIBUTES_H
#define OAT_COMPACTOR_SPAN_ATTRIBUTES_H

#include "compactor/attribute_codes.h"
#include "compactor/code_memo.h"
#include "compactor/table_writer.h"
#include "reader/record.h"

struct oat_span_attributes {
    struct oat_sources *sources; /* borrowed */
    struct oat_table_writer table;
    struct oat_attribute_codes dictionary;
    struct oat_code_memo
        *memo;       /* of payloads of pairs where their codes are in `known`, of codes of parts ours */
    uint32_t *known; /* codes of payloads that were met */
    size_t known_count, known_capacity;
    struct {
        uint32_t source, row, start;
    } next; /* where the attributes of the row behind the last one of a part begin there */
};

int oat_span_attributes_open(struct oat_span_attributes *attributes, struct oat_section_writer *file,
                             struct oat_sources *sources);
void oat_span_attributes_close(struct oat_span_attributes *attributes);

/* Appends the attributes of the next row of SPANS, in their order. *ret_count: how many. OAT_E_CORRUPT: they
 * cannot be written as codes such that the same payload can be put together again; nothing was appended. */
int oat_span_attributes_add(struct oat_span_attributes *attributes, uint32_t source,
                            const struct oat_record_payload *payload, uint32_t *ret_count);

/* Memory that they hold, in bytes, what has a fixed size apart. */
size_t oat_span_attributes_memory(const struct oat_span_attributes *attributes);

/* Writes what is left, and the dictionary. */
int oat_span_attributes_finish(struct oat_span_attributes *attributes);

#endif
