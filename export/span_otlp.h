/* Spans as OTLP JSON. What has a field here gets the attribute that OpenTelemetry's conventions have for it,
 * unless the span came with one; so what was imported goes out as it came, and comes back as it was. */
#ifndef OAT_EXPORT_SPAN_OTLP_H
#define OAT_EXPORT_SPAN_OTLP_H

#include "export/formats.h"

/* A span as a line that is an ExportTraceServiceRequest; as the function of struct oat_export_format. */
int oat_otlp_span_line(struct oat_json *out, const oat_snapshot *snapshot, const oat_trace *trace,
                       const oat_span_view *span, const struct oat_export_options *options);

#endif
