/* Conversations, trajectories and eval archives to spans: any bytes. */
#include "fuzz/import_sink.h"

#include "ingest/detect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_import_twice(oat_import_chat, data, size);
    return 0;
}
