/* OTLP protobuf to spans: any bytes. */
#include "fuzz/import_sink.h"

#include "ingest/otlp_proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_import_twice(oat_import_otlp_proto, data, size);
    return 0;
}
