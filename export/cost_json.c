#include "export/cost_json.h"

#include "pricing/price_model.h"
#include "reader/snapshot.h"

#define FEMTO_PER_USD 1e15

int oat_snapshot_prices(const oat_snapshot *snapshot, struct oat_price_table **ret,
                        char ret_wrong[OAT_PRICES_WRONG_SIZE])
{
    return oat_prices_open(snapshot->sources->store_fd, ret, ret_wrong);
}

bool oat_cost_of_view(const struct oat_price_table *prices, const oat_span_view *span, struct oat_cost *ret)
{
    const oat_text *model = &span->text[OAT_TEXT_MODEL], *provider = &span->text[OAT_TEXT_PROVIDER];
    struct oat_call_counts counts;
    if (!model->bytes || (!span->has_count[OAT_COUNT_INPUT] && !span->has_count[OAT_COUNT_OUTPUT]))
        return false;
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        counts.count[i] = span->count[i];
    struct oat_price_list list = oat_price_find(prices, model->bytes, model->len, provider->bytes,
                                                provider->bytes ? provider->len : 0);
    return oat_cost_of(&list, &counts, span->start_ns, span->price_tier, ret);
}

static void put_line(struct oat_json *json, const struct oat_cost_line *line)
{
    oat_json_object_begin(json);
    oat_json_key(json, "class");
    oat_json_cstring(json, oat_price_class_name(line->kind));
    oat_json_key(json, "tokens");
    oat_json_uint(json, line->tokens);
    oat_json_key(json, "usd_per_million");
    oat_json_fixed(json, line->rate, 9);
    oat_json_key(json, "priced_as");
    oat_json_cstring(json, oat_price_class_name(line->priced_as));
    oat_json_key(json, "cost");
    oat_json_double(json, (double)line->tokens * (double)line->rate / FEMTO_PER_USD);
    oat_json_object_end(json);
}

void oat_json_cost_details(struct oat_json *json, const struct oat_price_table *prices,
                           const oat_span_view *span)
{
    struct oat_cost cost;
    if (!oat_cost_of_view(prices, span, &cost)) {
        oat_json_null(json);
        return;
    }
    oat_json_object_begin(json);
    oat_json_key(json, "model");
    oat_json_cstring(json, cost.price->model);
    oat_json_key(json, "provider");
    oat_json_cstring(json, cost.table->providers[cost.price->provider].name);
    oat_json_key(json, "prices");
    oat_json_cstring(json, cost.table->version);
    oat_json_key(json, "batch");
    oat_json_bool(json, (cost.price_tier & 0xf0) == OAT_TIER_BATCH);
    oat_json_key(json, "lines");
    oat_json_array_begin(json);
    for (size_t i = 0; i < cost.line_count; i++)
        put_line(json, &cost.lines[i]);
    oat_json_array_end(json);
    oat_json_key(json, "input_cost");
    oat_json_fixed(json, cost.input_nano, 9);
    oat_json_key(json, "output_cost");
    oat_json_fixed(json, cost.output_nano, 9);
    oat_json_key(json, "total_cost");
    oat_json_fixed(json, cost.total_nano, 9);
    oat_json_object_end(json);
}
