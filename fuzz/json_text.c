/* JSON out of any bytes: whatever is written is valid and safe to print, and what the validator takes
 * stays valid. */
#include "fuzz/fuzz.h"

#include "export/payload_json.h"
#include "format/json_check.h"
#include "format/json_scan.h"
#include "format/json_write.h"
#include "format/utf8.h"

#include <string.h>

static void require_valid_line(struct oat_json *json)
{
    fuzz_require(!json->failed && oat_json_is_valid(json->bytes, json->len));
    fuzz_require(oat_utf8_visible_prefix(json->bytes, json->len) == json->len);
    oat_json_free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct oat_json json = {0};
    oat_json_string(&json, text, size);
    require_valid_line(&json);
    oat_json_payload_bytes(&json, "application/json", data, size);
    require_valid_line(&json);
    oat_json_payload_bytes(&json, "image/png", data, size);
    require_valid_line(&json);
    oat_json_attrs(&json, data, size);
    require_valid_line(&json);
    fuzz_require(oat_preview_len(text, size) <= size);

    if (!oat_json_is_valid(text, size))
        return 0;
    size_t pos = oat_json_skip_space(text, size, 0);
    size_t len = oat_json_value_len(text, size, pos);
    fuzz_require(len > 0 && oat_json_skip_space(text, size, pos + len) == size);
    return 0;
}
