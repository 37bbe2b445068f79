/* Span exports of other systems. */
#ifndef OAT_INGEST_TRACE_EXPORT_H
#define OAT_INGEST_TRACE_EXPORT_H

#include "ingest/import.h"

/* Other systems' span exports: Langfuse {trace, observations}, OpenInference span lists (Phoenix),
 * OpenTelemetry JS SDK span lists, {scopeName, spanName, attributes}, Jaeger query answers. Results as
 * of oat_import_otlp_proto; OAT_NOTFOUND: none of these. */
int oat_import_trace_export(const void *data, size_t len, const struct oat_import_sink *sink,
                            struct oat_import_report *report);

#endif
