/* The JSON scanner: a value ends within the text, and where it ends does not depend on what stands behind. */
#include "fuzz/fuzz.h"

#include "format/json_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    size_t pos = oat_json_skip_space(text, size, 0);
    size_t len = oat_json_value_len(text, size, pos);
    fuzz_require(pos <= size && len <= size - pos);
    fuzz_require(oat_json_number_len(text, size, pos) <= size - pos);
    if (len > 0)
        fuzz_require(oat_json_value_len(text, pos + len, pos) == len);
    return 0;
}
