/* The formats of exports: each writes a span as one line. */
#ifndef OAT_EXPORT_FORMATS_H
#define OAT_EXPORT_FORMATS_H

#include "format/json_write.h"
#include "oat/reader.h"

struct oat_export_options {
    bool payloads;  /* inputs and outputs, whole */
    bool raw_cells; /* CSV: as they are, also those that a spreadsheet would run */
};

/* Static storage. */
struct oat_export_format {
    const char *name; /* "jsonl" */
    const char *content_type;
    const char *extension; /* of files */
    const char *description;
    void (*head)(struct oat_json *out, const struct oat_export_options *options); /* NULL: none */
    /* Appends the line of a span of the trace. OAT_OK, OAT_E_NOMEM, or what reading the store gave. */
    int (*span)(struct oat_json *out, const oat_snapshot *snapshot, const oat_trace *trace,
                const oat_span_view *span, const struct oat_export_options *options);
};

/* By index; NULL behind the last. The first is the default. */
const struct oat_export_format *oat_export_format_at(size_t index);
/* By name; NULL: there is none of that name. */
const struct oat_export_format *oat_export_format_find(const char *name);

#endif
