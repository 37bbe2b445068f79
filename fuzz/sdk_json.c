/* Bodies of POST /ingest: whatever they hold, spans that are taken are whole and the others are told of. */
#include "fuzz/import_sink.h"

#include "ingest/sdk_json.h"

#include <string.h>

static void touch_refusal(void *arg, const struct oat_sdk_refusal *refusal)
{
    uint64_t *count = arg;
    fuzz_import_touch(refusal->span_id.bytes, refusal->span_id.len);
    fuzz_require(strlen(refusal->place) > 0 && strlen(refusal->reason) > 0);
    (*count)++;
}

static int decode(const void *data, size_t size, const struct oat_import_sink *sink,
                  struct oat_import_report *report)
{
    uint64_t refused = 0;
    const struct oat_sdk_refusals refusals = {touch_refusal, &refused};
    int result = oat_import_sdk_json(data, size, sink, &refusals, report);
    fuzz_require(report->rejected == refused);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_import_twice(decode, data, size);
    return 0;
}
