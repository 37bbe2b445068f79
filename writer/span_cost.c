#include "writer/span_cost.h"

#include "pricing/cost.h"
#include "pricing/price_model.h"
#include "pricing/usage.h"
#include "writer/core.h"
#include "writer/span_record.h"

#include <string.h>

/* Keeps the end of a text: what stands before it in a long name are paths. */
static uint8_t keep_end(char *to, size_t room, const char *text, size_t len)
{
    size_t kept = len < room ? len : room;
    memcpy(to, text + len - kept, kept);
    return (uint8_t)kept;
}

void oat_billed_note(struct oat_billed *billed, enum oat_text_field field, const char *text, size_t len)
{
    if (field == OAT_TEXT_MODEL)
        billed->model_len = keep_end(billed->model, sizeof billed->model, text, len);
    else if (field == OAT_TEXT_PROVIDER)
        billed->provider_len = keep_end(billed->provider, sizeof billed->provider, text, len);
}

static bool same(const struct oat_billed *a, const struct oat_billed *b)
{
    return a->model_len == b->model_len && a->provider_len == b->provider_len &&
           memcmp(a->model, b->model, a->model_len) == 0 &&
           memcmp(a->provider, b->provider, a->provider_len) == 0;
}

/* An agent asks for few models, over and over. */
static const struct oat_price_list *find_prices(struct oat_thread *thread, const struct oat_billed *billed)
{
    size_t way = billed->model_len * 31u + billed->provider_len;
    if (billed->model_len > 0)
        way += (uint8_t)billed->model[billed->model_len - 1];
    struct oat_billed_cached *cached = &thread->prices[way % OAT_BILLED_CACHE_SIZE];
    const struct oat_price_table *prices =
        atomic_load_explicit(&thread->writer->tracer->prices, memory_order_acquire);
    if (cached->prices != prices || !same(&cached->billed, billed)) {
        cached->prices = prices;
        cached->billed = *billed;
        cached->list =
            oat_price_find(prices, billed->model, billed->model_len, billed->provider, billed->provider_len);
    }
    return &cached->list;
}

/* Counts as far as they were reported; false: neither input nor output was. */
static bool read_counts(const struct oat_disk_span *record, uint32_t flags, struct oat_call_counts *ret)
{
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        ret->count[i] = flags & OAT_SPAN_HAS_COUNT(i) ? oat_le32_get(record->count[i]) : 0;
    return flags & (OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT) | OAT_SPAN_HAS_COUNT(OAT_COUNT_OUTPUT));
}

bool oat_record_price(struct oat_disk_span *record, const struct oat_price_list *list)
{
    uint32_t flags = oat_record_get32(record, offsetof(struct oat_disk_span, flags));
    struct oat_call_counts counts;
    struct oat_cost cost;
    if (!read_counts(record, flags, &counts) ||
        !oat_cost_of(list, &counts, oat_le64_get(record->start_ns), record->price_tier, &cost))
        return false;
    oat_record_set_price_tier(record, cost.price_tier);
    oat_record_set_cost(
        record, cost.total_nano, flags & OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT) ? cost.input_nano : -1,
        flags & OAT_SPAN_HAS_COUNT(OAT_COUNT_OUTPUT) ? cost.output_nano : -1, OAT_COST_COMPUTED);
    return true;
}

void oat_span_compute_cost(struct oat_thread *thread, struct oat_span *span)
{
    struct oat_disk_span *record = &span->record;
    struct oat_billed billed = span->billed;
    if (!oat_span_has_text(span, OAT_TEXT_MODEL))
        billed.model_len = 0;
    if (!oat_span_has_text(span, OAT_TEXT_PROVIDER))
        billed.provider_len = 0;
    if (!oat_record_price(record, find_prices(thread, &billed)))
        oat_record_set_cost(record, 0, -1, -1, OAT_COST_UNPRICED);
}

int oat_span_set_usage(oat_span *span, const char *json, size_t len)
{
    struct oat_usage usage = {0};
    bool has[OAT_COUNT_FIELDS];
    uint64_t count[OAT_COUNT_FIELDS];
    if (!span || !json)
        return OAT_E_INVALID;
    if (!oat_usage_read(&usage, json, len == OAT_NUL ? strlen(json) : len))
        return OAT_NOTFOUND;
    oat_usage_counts(&usage, has, count);
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        if (has[i])
            oat_span_set_count(span, (enum oat_count_field)i, count[i]);
    oat_span_set_price_tier(span, (uint8_t)usage.tier);
    return OAT_OK;
}
