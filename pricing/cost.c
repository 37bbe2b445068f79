#include "pricing/cost.h"

#define FEMTO_PER_NANO 1000000
#define SERVICE        0xf0                /* bits of a price tier */
#define COUNT_MAX      (UINT64_C(1) << 40) /* more tokens than any call has */

static const struct {
    const char *name;
    enum oat_price_class falls_to; /* itself: of none */
} classes[OAT_PRICE_CLASSES] = {
    [OAT_PRICE_INPUT] = {"uncached_input", OAT_PRICE_INPUT},
    [OAT_PRICE_CACHED_INPUT] = {"cached_input", OAT_PRICE_INPUT},
    [OAT_PRICE_CACHE_WRITE] = {"cache_write", OAT_PRICE_INPUT},
    [OAT_PRICE_CACHE_WRITE_1H] = {"cache_write_1h", OAT_PRICE_CACHE_WRITE},
    [OAT_PRICE_AUDIO_INPUT] = {"audio_input", OAT_PRICE_INPUT},
    [OAT_PRICE_OUTPUT] = {"output", OAT_PRICE_OUTPUT},
    [OAT_PRICE_REASONING_OUTPUT] = {"reasoning_output", OAT_PRICE_OUTPUT},
    [OAT_PRICE_AUDIO_OUTPUT] = {"audio_output", OAT_PRICE_OUTPUT},
};

const char *oat_price_class_name(enum oat_price_class kind)
{
    return kind < OAT_PRICE_CLASSES ? classes[kind].name : "";
}

/* Takes up to n of what is left. */
static uint64_t take(uint64_t *left, uint64_t n)
{
    uint64_t taken = n < *left ? n : *left;
    *left -= taken;
    return taken;
}

void oat_cost_split(const struct oat_call_counts *counts, uint64_t ret_tokens[OAT_PRICE_CLASSES])
{
    const uint64_t *count = counts->count;
    uint64_t input = count[OAT_COUNT_INPUT], output = count[OAT_COUNT_OUTPUT];
    uint64_t write = count[OAT_COUNT_CACHE_WRITE];

    ret_tokens[OAT_PRICE_CACHED_INPUT] = count[OAT_COUNT_CACHED];
    ret_tokens[OAT_PRICE_CACHE_WRITE_1H] = count[OAT_COUNT_CACHE_WRITE_1H];
    take(&write, count[OAT_COUNT_CACHE_WRITE_1H]);
    ret_tokens[OAT_PRICE_CACHE_WRITE] = write;
    take(&input, ret_tokens[OAT_PRICE_CACHED_INPUT]);
    take(&input, ret_tokens[OAT_PRICE_CACHE_WRITE]);
    take(&input, ret_tokens[OAT_PRICE_CACHE_WRITE_1H]);
    ret_tokens[OAT_PRICE_AUDIO_INPUT] = take(&input, count[OAT_COUNT_AUDIO_INPUT]);
    ret_tokens[OAT_PRICE_INPUT] = input;

    ret_tokens[OAT_PRICE_REASONING_OUTPUT] = take(&output, count[OAT_COUNT_REASONING]);
    ret_tokens[OAT_PRICE_AUDIO_OUTPUT] = take(&output, count[OAT_COUNT_AUDIO_OUTPUT]);
    ret_tokens[OAT_PRICE_OUTPUT] = output;
}

/* The class whose price a class has; -1: no price is known. */
static int priced_as(const struct oat_price *price, enum oat_price_class kind)
{
    while (price->rate[kind] < 0) {
        if (classes[kind].falls_to == kind)
            return -1;
        kind = classes[kind].falls_to;
    }
    return (int)kind;
}

/* What prices of a service tier are multiplied with, in millionths; 0: not sold. */
static uint32_t factor_of(const struct oat_price *price, uint8_t tier)
{
    if (tier == OAT_TIER_STANDARD)
        return OAT_PRICE_FACTOR_ONE;
    return tier == OAT_TIER_BATCH ? price->batch : 0;
}

static bool add_line(struct oat_cost *cost, uint32_t factor, enum oat_price_class kind, uint64_t tokens)
{
    int from = priced_as(cost->price, kind);
    if (from < 0 || tokens > COUNT_MAX)
        return false;
    cost->lines[cost->line_count++] = (struct oat_cost_line){
        .kind = kind,
        .priced_as = (enum oat_price_class)from,
        .tokens = tokens,
        .rate = oat_price_times(cost->price->rate[from], factor),
    };
    return true;
}

/* The sum of the lines of input, or of output, in nano-dollars. */
static bool sum_lines(const struct oat_cost *cost, bool output, int64_t *ret_nano)
{
    oat_price_wide sum = FEMTO_PER_NANO / 2;
    for (size_t i = 0; i < cost->line_count; i++)
        if ((cost->lines[i].kind >= OAT_PRICE_OUTPUT) == output)
            sum += (oat_price_wide)cost->lines[i].tokens * (uint64_t)cost->lines[i].rate;
    sum /= FEMTO_PER_NANO;
    if (sum > INT64_MAX / 2)
        return false;
    *ret_nano = (int64_t)sum;
    return true;
}

bool oat_cost_of(const struct oat_price_list *list, const struct oat_call_counts *counts, uint64_t start_ns,
                 uint8_t tier, struct oat_cost *ret)
{
    struct oat_cost cost = {.table = list->table};
    uint64_t tokens[OAT_PRICE_CLASSES];
    uint8_t step;
    cost.price = oat_price_list_at(list, start_ns, counts->count[OAT_COUNT_INPUT], &step);
    uint32_t factor = cost.price ? factor_of(cost.price, tier & SERVICE) : 0;
    if (factor == 0)
        return false;
    oat_cost_split(counts, tokens);
    for (int kind = 0; kind < OAT_PRICE_CLASSES; kind++)
        if (tokens[kind] && !add_line(&cost, factor, (enum oat_price_class)kind, tokens[kind]))
            return false;
    if (!sum_lines(&cost, false, &cost.input_nano) || !sum_lines(&cost, true, &cost.output_nano))
        return false;
    cost.total_nano = cost.input_nano + cost.output_nano;
    cost.price_tier = (uint8_t)((tier & SERVICE) | (step & ~SERVICE));
    *ret = cost;
    return true;
}
