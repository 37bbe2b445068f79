/* OTLP JSON, and other systems' span exports, to spans: any bytes. */
#include "fuzz/import_sink.h"

#include "ingest/otlp_json.h"
#include "ingest/trace_export.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_import_twice(oat_import_otlp_json, data, size);
    fuzz_import_twice(oat_import_trace_export, data, size);
    return 0;
}
