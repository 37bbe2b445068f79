/* Table SPANS of a part, with its dictionaries, attributes and summaries. Used by one thread at a time;
 * failures are those of section_writer.h and text_codes.h. */
#ifndef OAT_COMPACTOR_SPAN_COLUMNS_H
#define OAT_COMPACTOR_SPAN_COLUMNS_H

#include "compactor/day_trace.h"
#include "compactor/pack_writer.h"
#include "compactor/span_attributes.h"
#include "compactor/summary_columns.h"

struct oat_span_columns {
    struct oat_sources *sources;  /* borrowed */
    struct oat_pack_writer *pack; /* borrowed */
    struct oat_table_writer spans;
    struct oat_span_attributes attributes;
    struct oat_summary_columns summaries;
    struct oat_text_codes texts[OAT_TEXT_FIELDS];
    struct oat_text_codes flags; /* texts of 8 bytes */
    struct oat_code_memo *memo;  /* of texts and flags */
};

int oat_span_columns_open(struct oat_span_columns *columns, struct oat_section_writer *file,
                          struct oat_sources *sources, struct oat_pack_writer *pack);
void oat_span_columns_close(struct oat_span_columns *columns);

/* What a row has besides its record. */
struct oat_span_place {
    uint64_t parent; /* as the column has it: enum oat_parent and so on */
    bool counted;
};

/* Appends a row. record: of a span of a part, else NULL. ret_codes: the codes of its texts. */
int oat_span_columns_add(struct oat_span_columns *columns, const struct oat_day_span *span,
                         const struct oat_record *record, const struct oat_span_place *place,
                         uint32_t ret_codes[OAT_TEXT_FIELDS]);

/* Memory that the dictionaries hold, in bytes. */
size_t oat_span_columns_memory(const struct oat_span_columns *columns);

/* Writes what is left, and the dictionaries. */
int oat_span_columns_finish(struct oat_span_columns *columns);

#endif
