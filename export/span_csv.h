/* Spans as CSV: a column for each field (docs/export.md), empty where it was not reported. */
#ifndef OAT_EXPORT_SPAN_CSV_H
#define OAT_EXPORT_SPAN_CSV_H

#include "export/formats.h"

/* The line of column names. */
void oat_csv_span_head(struct oat_json *out, const struct oat_export_options *options);

/* The line of a span; as the function of struct oat_export_format. */
int oat_csv_span_line(struct oat_json *out, const oat_snapshot *snapshot, const oat_trace *trace,
                      const oat_span_view *span, const struct oat_export_options *options);

#endif
