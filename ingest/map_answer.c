/* OpenInference keeps the provider's whole answer as the output, and no attribute for some of what it says:
 * the id, by which two spans of the same call are known, the tier and the kind of cache writes, which decide
 * the price. */
#include "ingest/map_answer.h"

#include "pricing/usage.h"

#include <string.h>

void oat_map_answer(struct oat_map *map)
{
    struct oat_import_span *out = map->out;
    const oat_attr *answer = oat_map_find(map, "output.value");
    struct oat_usage usage = {0};
    bool has[OAT_COUNT_FIELDS];
    uint64_t count[OAT_COUNT_FIELDS];

    if (out->type != OAT_LLM || !answer || answer->value.type != OAT_VALUE_STRING || answer->value.len == 0 ||
        answer->value.u.string[0] != '{')
        return;
    if (!out->call_id.bytes)
        out->call_id = oat_map_text(map, "output.value>id");
    if (!oat_usage_read(&usage, answer->value.u.string, answer->value.len))
        return;
    oat_usage_counts(&usage, has, count);
    if (out->price_tier == OAT_TIER_STANDARD)
        out->price_tier = usage.tier;
    if (has[OAT_COUNT_CACHE_WRITE_1H] && !out->has_count[OAT_COUNT_CACHE_WRITE_1H] &&
        out->has_count[OAT_COUNT_CACHE_WRITE] &&
        count[OAT_COUNT_CACHE_WRITE_1H] <= out->count[OAT_COUNT_CACHE_WRITE]) {
        out->has_count[OAT_COUNT_CACHE_WRITE_1H] = true;
        out->count[OAT_COUNT_CACHE_WRITE_1H] = count[OAT_COUNT_CACHE_WRITE_1H];
    }
}
