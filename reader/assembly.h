/* Traces put together from rows, wherever these lie: repeats joined, trees built, usage counted. */
#ifndef OAT_READER_ASSEMBLY_H
#define OAT_READER_ASSEMBLY_H

#include "reader/rows.h"

/* Plain data, never changed once made; any thread may read it. */
struct oat_assembly {
    struct oat_sources *sources; /* borrowed; looking something up may add a problem there */
    struct oat_row *rows;        /* by trace, then in tree order */
    uint32_t *by_span;           /* for each trace: its rows by span id */
    size_t row_count;
    struct oat_trace_info *traces; /* newest start first; hidden ones are left out */
    size_t trace_count;
    uint32_t *by_id;        /* traces by id */
    struct oat_mark *marks; /* by trace, kind, span id, time */
    size_t mark_count;
    uint64_t replacements; /* repeats of ended spans that were joined into one */
};

/* Takes over the rows and marks of *collected, which is to be freed with oat_rows_free as before.
 * OAT_OK or OAT_E_NOMEM. */
int oat_assemble(struct oat_sources *sources, struct oat_rows *collected, struct oat_assembly *ret);
/* Accepts a zeroed one. */
void oat_assembly_free(struct oat_assembly *assembly);

/* First place in by_id whose trace id is not less than id. */
size_t oat_assembly_lower_bound(const struct oat_assembly *assembly, const uint8_t id[16]);
/* The trace of exactly this id, or NULL. */
const struct oat_trace_info *oat_assembly_find(const struct oat_assembly *assembly, const uint8_t id[16]);

/* True when the trace has an ended span of that id. */
bool oat_assembly_has_span(const struct oat_assembly *assembly, const struct oat_trace_info *trace,
                           const uint8_t span_id[8]);

/* The marks of a kind of a trace, of one span or (span_id NULL) of all; they lie together. */
const struct oat_mark *oat_assembly_marks(const struct oat_assembly *assembly,
                                          const struct oat_trace_info *trace, uint16_t kind,
                                          const uint8_t *span_id, size_t *ret_count);

#endif
