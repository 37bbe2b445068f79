#include "pricing/price_overrides.h"

#include <stdlib.h>
#include <string.h>

#define FEMTO_A_TOKEN 1e9 /* in a dollar per million tokens */

static bool set_rates(const oat_config_price *from, struct oat_price *to)
{
    const double rates[OAT_PRICE_CLASSES] = {
        [OAT_PRICE_INPUT] = from->input,
        [OAT_PRICE_CACHED_INPUT] = from->cached_input,
        [OAT_PRICE_CACHE_WRITE] = from->cache_write,
        [OAT_PRICE_CACHE_WRITE_1H] = from->cache_write_1h,
        [OAT_PRICE_AUDIO_INPUT] = from->audio_input,
        [OAT_PRICE_OUTPUT] = from->output,
        [OAT_PRICE_REASONING_OUTPUT] = from->reasoning_output,
        [OAT_PRICE_AUDIO_OUTPUT] = from->audio_output,
    };
    for (int i = 0; i < OAT_PRICE_CLASSES; i++) {
        double rate = rates[i] * FEMTO_A_TOKEN;
        if (!(rate <= (double)OAT_PRICE_MAX))
            return false;
        to->rate[i] = rate < 0 ? -1 : (int64_t)(rate + 0.5);
    }
    return to->rate[OAT_PRICE_INPUT] >= 0;
}

/* Copies a name in lower case, as tables have it. Returns where the next one goes; NULL: it is none. */
static char *put_name(char *to, const char *name)
{
    size_t len = name ? strlen(name) : 0;
    if (len == 0 || len > OAT_MODEL_NAME_LONGEST)
        return NULL;
    for (size_t i = 0; i <= len; i++)
        to[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i]);
    return to + len + 1;
}

int oat_price_overrides_make(const oat_config_price *prices, size_t count, const struct oat_price_table *base,
                             struct oat_price_table **ret)
{
    struct oat_price *rows = calloc(count + 1, sizeof *rows);
    char *names = malloc(count * (OAT_MODEL_NAME_LONGEST + 1) + 1), *next = names;
    struct oat_price_table *table = malloc(sizeof *table);
    int result = rows && names && table ? OAT_OK : OAT_E_NOMEM;
    for (size_t i = 0; result == OAT_OK && i < count; i++) {
        rows[i].model = next;
        next = put_name(next, prices[i].model);
        if (!next || !set_rates(&prices[i], &rows[i]))
            result = OAT_E_INVALID;
    }
    if (result != OAT_OK) {
        free(rows);
        free(names);
        free(table);
        return result;
    }
    qsort(rows, count, sizeof *rows, oat_price_compare);
    *table = (struct oat_price_table){
        .version = "configuration",
        .rows = rows,
        .row_count = count,
        .any_provider = true,
        .base = base,
        .owned = {rows, names},
    };
    *ret = table;
    return OAT_OK;
}
