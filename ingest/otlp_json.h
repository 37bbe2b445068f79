/* The OTLP JSON encoding. */
#ifndef OAT_INGEST_OTLP_JSON_H
#define OAT_INGEST_OTLP_JSON_H

#include "ingest/import.h"

/* Decodes the OTLP JSON encoding: one request, a list of requests, or one request a line. Results as of
 * oat_import_otlp_proto; places are JSON paths, or byte offsets where the text is no JSON. */
int oat_import_otlp_json(const void *data, size_t len, const struct oat_import_sink *sink,
                         struct oat_import_report *report);

#endif
