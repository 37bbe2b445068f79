#include "export/field_json.h"

void oat_json_count_field(struct oat_json *json, const char *key, bool known, uint64_t count)
{
    oat_json_key(json, key);
    if (known)
        oat_json_uint(json, count);
    else
        oat_json_null(json);
}

void oat_json_fixed_field(struct oat_json *json, const char *key, bool known, int64_t value,
                          unsigned decimals)
{
    oat_json_key(json, key);
    if (known)
        oat_json_fixed(json, value, decimals);
    else
        oat_json_null(json);
}

void oat_json_text_field(struct oat_json *json, const char *key, oat_text text)
{
    oat_json_key(json, key);
    oat_json_string(json, text.bytes, text.len);
}
