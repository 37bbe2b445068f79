/* Usage as providers report it, out of any bytes: counts that do not contradict each other, and a cost that
 * is the sum of its parts. */
#include "fuzz/fuzz.h"

#include "pricing/cost.h"
#include "pricing/price_model.h"
#include "pricing/usage.h"

#include <string.h>

static void require_whole(const struct oat_call_counts *counts, uint8_t tier)
{
    static const char *const models[] = {"gpt-5.6", "claude-sonnet-4-5", "gemini-2.5-pro",
                                         "gpt-4o-audio-preview"};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        struct oat_cost cost;
        struct oat_price_list list =
            oat_price_find(&oat_price_table_own, models[i], strlen(models[i]), "", 0);
        fuzz_require(list.table);
        if (!oat_cost_of(&list, counts, UINT64_C(1770000000000000000), tier, &cost))
            continue;
        fuzz_require(cost.input_nano >= 0 && cost.output_nano >= 0);
        fuzz_require(cost.total_nano == cost.input_nano + cost.output_nano);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct oat_usage usage = {0};
    struct oat_call_counts counts;
    bool has[OAT_COUNT_FIELDS];
    /* The bytes are an array's end: a read behind them is seen. */
    char *text = malloc(size ? size : 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    bool found = oat_usage_read(&usage, text, size);
    oat_usage_counts(&usage, has, counts.count);
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        fuzz_require(found || !has[i]);
    if (has[OAT_COUNT_INPUT])
        fuzz_require(counts.count[OAT_COUNT_INPUT] >= counts.count[OAT_COUNT_CACHED]);
    require_whole(&counts, (uint8_t)usage.tier);
    oat_price_find(&oat_price_table_own, text, size, "openrouter", 10);
    oat_price_find(&oat_price_table_own, "gpt-4o", 6, text, size);
    free(text);
    return 0;
}
