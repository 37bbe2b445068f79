/* Tables TRACES and CONTINUED of a part. Used by one thread at a time; failures are those of
 * section_writer.h. */
#ifndef OAT_COMPACTOR_TRACE_COLUMNS_H
#define OAT_COMPACTOR_TRACE_COLUMNS_H

#include "compactor/day_trace.h"
#include "compactor/live_parts.h"
#include "compactor/table_writer.h"

struct oat_trace_columns {
    struct oat_table_writer traces;
    struct oat_table_writer continued;
};

int oat_trace_columns_open(struct oat_trace_columns *columns, struct oat_section_writer *file);
void oat_trace_columns_close(struct oat_trace_columns *columns);

/* What a row of TRACES has besides its spans. */
struct oat_trace_place {
    uint64_t first_row;
    uint32_t flags;                           /* enum oat_trace_flag, those that spans do not tell */
    const uint32_t *root_codes, *model_codes; /* of texts, of root and first llm span; NULL: none */
};

int oat_trace_columns_add(struct oat_trace_columns *columns, const struct oat_day_trace *trace,
                          const struct oat_trace_place *place);

/* Notes that a part has the trace too, as row `trace` of its TRACES. */
int oat_trace_columns_continue(struct oat_trace_columns *columns, const struct oat_manifest_part *part,
                               uint32_t trace);

/* Writes what is left. */
int oat_trace_columns_finish(struct oat_trace_columns *columns);

#endif
