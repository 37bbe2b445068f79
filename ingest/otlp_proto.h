/* The OTLP protobuf encoding. */
#ifndef OAT_INGEST_OTLP_PROTO_H
#define OAT_INGEST_OTLP_PROTO_H

#include "ingest/import.h"

/* Decodes one ExportTraceServiceRequest of the OTLP protobuf encoding. OAT_OK (perhaps with
 * rejected spans); OAT_E_INVALID: not decodable, with place ("byte N") and reason; spans before
 * that place have been given to the sink; OAT_E_NOMEM, or the sink's result. */
int oat_import_otlp_proto(const void *data, size_t len, const struct oat_import_sink *sink,
                          struct oat_import_report *report);

#endif
