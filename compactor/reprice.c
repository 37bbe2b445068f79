#include "compactor/reprice.h"

#include "compactor/text_codes.h"
#include "format/buffer.h"
#include "format/day.h"
#include "pricing/price_model.h"
#include "reader/array.h"
#include "reader/scan.h"
#include "reader/text_copy.h"
#include "writer/span_cost.h"

#include <stdlib.h>
#include <string.h>

/* The cost was computed, or a price was looked for in vain. */
static bool is_ours(uint32_t flags)
{
    uint32_t source = (flags & OAT_SPAN_COST_SOURCE_MASK) >> OAT_SPAN_COST_SOURCE_SHIFT;
    return source == OAT_COST_COMPUTED || source == OAT_COST_UNPRICED;
}

static struct oat_price_list find(const struct oat_price_table *prices, oat_text provider, oat_text model)
{
    const struct oat_price_list none = {0};
    return model.bytes ? oat_price_find(prices, model.bytes, model.len, provider.bytes, provider.len) : none;
}

void oat_reprice_record(const struct oat_price_table *prices, oat_text provider, oat_text model,
                        struct oat_disk_span *record)
{
    if (!is_ours(oat_le32_get(record->flags)))
        return;
    struct oat_price_list list = find(prices, provider, model);
    oat_record_price(record, &list);
}

/* ---- Models ---- */

struct survey {
    const struct oat_price_table *prices;
    struct oat_reprice_survey *ret;
    struct oat_text_codes names; /* of the models, by their place + 1 */
    struct oat_buffer name;
    struct oat_source *source;
    struct oat_batch batch;
};

static int add_model(struct survey *s, oat_text provider, oat_text model)
{
    struct oat_reprice_survey *ret = s->ret;
    if (!oat_array_reserve(&ret->models, ret->count, &ret->capacity, sizeof *ret->models))
        return OAT_E_NOMEM;
    struct oat_repriced_model *added = &ret->models[ret->count++];
    *added = (struct oat_repriced_model){
        .provider = oat_text_copy(provider),
        .model = oat_text_copy(model),
        .list = find(s->prices, provider, model),
    };
    return added->provider && added->model ? OAT_OK : OAT_E_NOMEM;
}

static int find_model(struct survey *s, oat_text provider, oat_text model, struct oat_repriced_model **ret)
{
    uint32_t code = 0;
    s->name.len = 0;
    int result = oat_buffer_put(&s->name, provider.bytes ? provider.bytes : "", provider.len);
    if (result == OAT_OK)
        result = oat_buffer_put(&s->name, "", 1);
    if (result == OAT_OK)
        result = oat_buffer_put(&s->name, model.bytes ? model.bytes : "", model.len);
    if (result == OAT_OK)
        result = oat_text_codes_get(&s->names, s->name.bytes, s->name.len, &code);
    if (result == OAT_OK && code > s->ret->count)
        result = add_model(s, provider, model);
    if (result == OAT_OK)
        *ret = &s->ret->models[code - 1];
    return result;
}

/* ---- Spans ---- */

/* What costs depend on, of a batch. */
struct columns {
    const uint64_t *start, *cost, *cost_input, *cost_output;
    const uint32_t *flags, *tier, *counted, *provider, *model;
    const uint32_t *count[OAT_COUNT_FIELDS];
};

static int read_columns(struct oat_batch *batch, struct columns *ret)
{
    const struct {
        enum oat_vector vector;
        const uint64_t **column;
    } wide[] = {{OAT_VECTOR_START, &ret->start},
                {OAT_VECTOR_COST, &ret->cost},
                {OAT_VECTOR_COST_INPUT, &ret->cost_input},
                {OAT_VECTOR_COST_OUTPUT, &ret->cost_output}};
    const struct {
        enum oat_vector vector;
        const uint32_t **column;
    } narrow[] = {{OAT_VECTOR_PRICE_TIER, &ret->tier},
                  {OAT_VECTOR_COUNTED, &ret->counted},
                  {OAT_VECTOR_TEXT + OAT_TEXT_PROVIDER, &ret->provider},
                  {OAT_VECTOR_TEXT + OAT_TEXT_MODEL, &ret->model}};
    int result = OAT_OK;
    for (size_t i = 0; i < sizeof wide / sizeof *wide && result == OAT_OK; i++)
        result = oat_batch_u64(batch, wide[i].vector, wide[i].column);
    for (size_t i = 0; i < sizeof narrow / sizeof *narrow && result == OAT_OK; i++)
        result = oat_batch_u32(batch, narrow[i].vector, narrow[i].column);
    for (unsigned i = 0; i < OAT_COUNT_FIELDS && result == OAT_OK; i++)
        result = oat_batch_u32(batch, OAT_VECTOR_TOKENS + i, &ret->count[i]);
    return result;
}

static struct oat_disk_span record_of(const struct columns *columns, uint32_t row)
{
    struct oat_disk_span record = {
        .start_ns = oat_le64_of(columns->start[row]),
        .flags = oat_le32_of(columns->flags[row]),
        .price_tier = (uint8_t)columns->tier[row],
        .cost_total_nano = oat_le64_of(columns->cost[row]),
        .cost_input_nano = oat_le64_of(columns->cost_input[row]),
        .cost_output_nano = oat_le64_of(columns->cost_output[row]),
    };
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        record.count[i] = oat_le32_of(columns->count[i][row]);
    return record;
}

static oat_text text_of(const struct survey *s, enum oat_text_field field, uint32_t code)
{
    return s->source->ops->text(s->source, OAT_VECTOR_TEXT + field, code);
}

static int survey_row(struct survey *s, const struct columns *columns, uint32_t row)
{
    struct oat_disk_span before = record_of(columns, row), after = before;
    struct oat_repriced_model *model;
    int result = find_model(s, text_of(s, OAT_TEXT_PROVIDER, columns->provider[row]),
                            text_of(s, OAT_TEXT_MODEL, columns->model[row]), &model);
    if (result != OAT_OK)
        return result;
    model->unpriced +=
        !oat_record_price(&after, &model->list) && !(oat_le32_get(before.flags) & OAT_SPAN_HAS_COST);
    if (memcmp(&before, &after, sizeof before) == 0)
        return OAT_OK;
    model->changed++;
    if (columns->counted[row]) {
        model->before_nano += (int64_t)oat_le64_get(before.cost_total_nano);
        model->after_nano += (int64_t)oat_le64_get(after.cost_total_nano);
    }
    return oat_day_set_add(&s->ret->days, oat_day_of(columns->start[row]));
}

static int survey_batch(struct survey *s, uint32_t number)
{
    struct columns columns = {0};
    uint32_t count = 0;
    int result = oat_batch_open(&s->batch, s->source, number);
    if (result == OAT_OK)
        result = oat_batch_u32(&s->batch, OAT_VECTOR_FLAGS, &columns.flags);
    for (uint32_t row = 0; row < s->batch.count && result == OAT_OK; row++) {
        if (!oat_bit(s->batch.rows, row) || !is_ours(columns.flags[row]))
            continue;
        if (count++ == 0)
            result = read_columns(&s->batch, &columns);
        if (result == OAT_OK)
            result = survey_row(s, &columns, row);
    }
    return result;
}

static int survey_source(struct survey *s, const struct oat_scan *scan, size_t index)
{
    int result = oat_scan_source(scan, index, &s->source);
    if (result != OAT_OK)
        return result;
    for (uint32_t i = 0; i < s->source->batch_count && result == OAT_OK; i++)
        result = survey_batch(s, i);
    s->source->ops->free(s->source);
    return result;
}

int oat_reprice_survey(const oat_snapshot *snapshot, const struct oat_price_table *prices,
                       struct oat_reprice_survey *ret)
{
    struct survey s = {.prices = prices, .ret = ret};
    struct oat_scan scan = {0};
    oat_text_codes_init(&s.names);
    int result = oat_scan_open(snapshot, 0, UINT64_MAX, NULL, &scan);
    for (size_t i = 0; result == OAT_OK && i < oat_scan_source_count(&scan); i++)
        result = survey_source(&s, &scan, i);
    ret->partial = scan.skipped > 0;
    oat_scan_close(&scan);
    oat_text_codes_clear(&s.names);
    oat_batch_free(&s.batch);
    free(s.name.bytes);
    return result;
}

void oat_reprice_survey_free(struct oat_reprice_survey *survey)
{
    for (size_t i = 0; i < survey->count; i++) {
        free(survey->models[i].provider);
        free(survey->models[i].model);
    }
    free(survey->models);
    free(survey->days.days);
    *survey = (struct oat_reprice_survey){0};
}
