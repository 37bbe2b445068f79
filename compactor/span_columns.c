#include "compactor/span_columns.h"

#include "format/span_costs.h"

#include <stdlib.h>
#include <string.h>

static const uint16_t span_columns[] = {
    OAT_COL_SPAN_ID,
    OAT_COL_SPAN_PARENT,
    OAT_COL_SPAN_PARENT_ID,
    OAT_COL_SPAN_START,
    OAT_COL_SPAN_DURATION,
    OAT_COL_SPAN_TYPE,
    OAT_COL_SPAN_STATUS,
    OAT_COL_SPAN_OTEL_STATUS,
    OAT_COL_SPAN_PRICE_TIER,
    OAT_COL_SPAN_FLAGS,
    OAT_COL_SPAN_COUNTED,
    OAT_COL_SPAN_TEXT + OAT_TEXT_NAME,
    OAT_COL_SPAN_TEXT + OAT_TEXT_SERVICE,
    OAT_COL_SPAN_TEXT + OAT_TEXT_ENVIRONMENT,
    OAT_COL_SPAN_TEXT + OAT_TEXT_MODEL,
    OAT_COL_SPAN_TEXT + OAT_TEXT_PROVIDER,
    OAT_COL_SPAN_TEXT + OAT_TEXT_AGENT,
    OAT_COL_SPAN_TEXT + OAT_TEXT_SESSION,
    OAT_COL_SPAN_TEXT + OAT_TEXT_USER,
    OAT_COL_SPAN_TEXT + OAT_TEXT_OPERATION,
    OAT_COL_SPAN_TEXT + OAT_TEXT_STATUS_MESSAGE,
    OAT_COL_SPAN_TEXT + OAT_TEXT_PROMPT_NAME,
    OAT_COL_SPAN_PROMPT_VERSION,
    OAT_COL_SPAN_COUNT + OAT_COUNT_INPUT,
    OAT_COL_SPAN_COUNT + OAT_COUNT_OUTPUT,
    OAT_COL_SPAN_COUNT + OAT_COUNT_CACHED,
    OAT_COL_SPAN_COUNT + OAT_COUNT_CACHE_WRITE,
    OAT_COL_SPAN_COUNT + OAT_COUNT_CACHE_WRITE_1H,
    OAT_COL_SPAN_COUNT + OAT_COUNT_REASONING,
    OAT_COL_SPAN_COUNT + OAT_COUNT_AUDIO_INPUT,
    OAT_COL_SPAN_COUNT + OAT_COUNT_AUDIO_OUTPUT,
    OAT_COL_SPAN_COUNT + OAT_COUNT_IMAGE,
    OAT_COL_SPAN_TTFT,
    OAT_COL_SPAN_COST,
    OAT_COL_SPAN_OUTPUT_PRICE,
    OAT_COL_SPAN_COST_OUTPUT,
    OAT_COL_SPAN_CALL_ID,
    OAT_COL_SPAN_SAMPLE_RATE,
    OAT_COL_SPAN_INPUT,
    OAT_COL_SPAN_OUTPUT,
    OAT_COL_SPAN_ERROR,
    OAT_COL_SPAN_ATTRIBUTES,
    OAT_COL_SPAN_ATTRIBUTE_FLAGS,
    OAT_COL_SPAN_COST_INPUT,
};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

int oat_span_columns_open(struct oat_span_columns *columns, struct oat_section_writer *file,
                          struct oat_sources *sources, struct oat_pack_writer *pack)
{
    *columns = (struct oat_span_columns){.sources = sources, .pack = pack};
    for (size_t i = 0; i < OAT_TEXT_FIELDS; i++)
        oat_text_codes_init(&columns->texts[i]);
    oat_text_codes_init(&columns->flags);
    columns->memo = calloc(1, sizeof *columns->memo);
    if (!columns->memo)
        return OAT_E_NOMEM;
    int result =
        oat_table_writer_open(&columns->spans, file, OAT_TABLE_SPANS, span_columns, COUNT_OF(span_columns));
    if (result == OAT_OK)
        result = oat_span_attributes_open(&columns->attributes, file, sources);
    if (result == OAT_OK)
        result = oat_summary_columns_open(&columns->summaries, file);
    return result;
}

void oat_span_columns_close(struct oat_span_columns *columns)
{
    oat_table_writer_close(&columns->spans);
    oat_span_attributes_close(&columns->attributes);
    oat_summary_columns_close(&columns->summaries);
    for (size_t i = 0; i < OAT_TEXT_FIELDS; i++)
        oat_text_codes_clear(&columns->texts[i]);
    oat_text_codes_clear(&columns->flags);
    free(columns->memo);
    *columns = (struct oat_span_columns){0};
}

static void set(struct oat_span_columns *columns, unsigned column, uint64_t value)
{
    oat_table_writer_set(&columns->spans, column, value);
}

/* ---- Numbers and texts ---- */

static void set_costs(struct oat_span_columns *columns, const struct oat_disk_span *span)
{
    uint64_t total = oat_le64_get(span->cost_total_nano);
    uint64_t input = oat_le64_get(span->cost_input_nano);
    uint64_t output = oat_le64_get(span->cost_output_nano);
    uint64_t tokens = oat_le32_get(span->count[OAT_COUNT_OUTPUT]);
    uint64_t price = oat_output_price((int64_t)output, tokens);
    set(columns, OAT_COL_SPAN_COST, oat_zigzag((int64_t)total));
    set(columns, OAT_COL_SPAN_OUTPUT_PRICE, price);
    set(columns, OAT_COL_SPAN_COST_OUTPUT, oat_cost_output_pack(output, price, tokens));
    set(columns, OAT_COL_SPAN_COST_INPUT, oat_cost_input_pack(input, total, output));
}

static void set_numbers(struct oat_span_columns *columns, const struct oat_disk_span *span)
{
    set(columns, OAT_COL_SPAN_START, oat_le64_get(span->start_ns));
    set(columns, OAT_COL_SPAN_DURATION, oat_le64_get(span->duration_ns));
    set(columns, OAT_COL_SPAN_TYPE, span->type);
    set(columns, OAT_COL_SPAN_STATUS, span->status);
    set(columns, OAT_COL_SPAN_OTEL_STATUS, span->otel_status);
    set(columns, OAT_COL_SPAN_PRICE_TIER, span->price_tier);
    set(columns, OAT_COL_SPAN_PROMPT_VERSION, oat_le32_get(span->prompt_version));
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        set(columns, OAT_COL_SPAN_COUNT + i, oat_le32_get(span->count[i]));
    set(columns, OAT_COL_SPAN_TTFT, oat_le32_get(span->ttft_us));
    set_costs(columns, span);
    set(columns, OAT_COL_SPAN_CALL_ID, oat_le64_get(span->call_id));
    set(columns, OAT_COL_SPAN_SAMPLE_RATE, oat_le32_get(span->sample_rate));
}

/* Numbers that stand for a text of a column: where it lies in the pair, or where in memory the part has it;
 * there an empty text lies where the next one does, and has no number: 0. */
#define KEY_FIELD_SHIFT  18u /* above a string reference */
#define KEY_SOURCE_SHIFT (KEY_FIELD_SHIFT + 4u)
#define KEY_OF_PART      (UINT64_C(1) << 63)
#define KEY_OF_FLAGS     (UINT64_C(1) << 62)

static uint64_t memo_key(const struct oat_day_span *span, const struct oat_record *record, unsigned field)
{
    if (record && record->text[field].len == 0)
        return 0;
    if (record)
        return KEY_OF_PART | (uint64_t)field << 56 |
               ((uintptr_t)record->text[field].bytes & 0xffffffffffffff);
    return (uint64_t)span->source << KEY_SOURCE_SHIFT | (uint64_t)field << KEY_FIELD_SHIFT |
           oat_le32_get(span->span.text[field]);
}

static bool has_text(const struct oat_day_span *span, const struct oat_record *record, unsigned field)
{
    return record ? record->text[field].bytes != NULL : oat_le32_get(span->span.text[field]) != 0;
}

/* The code of a text that is there. One that is lost has none. */
static int text_code(struct oat_span_columns *columns, const struct oat_day_span *span,
                     const struct oat_record *record, unsigned field, uint32_t *ret_code)
{
    struct oat_sources *sources = columns->sources;
    uint64_t key = memo_key(span, record, field), known;
    uint32_t code = 0;
    if (key != 0 && oat_code_memo_get(columns->memo, key, &known)) {
        *ret_code = (uint32_t)known;
        return OAT_OK;
    }
    oat_text text = record ? record->text[field]
                           : oat_strings_get(&sources->strings, oat_sources_pair(sources, span->source),
                                             oat_le32_get(span->span.text[field]), &sources->problems);
    int result =
        text.bytes ? oat_text_codes_get(&columns->texts[field], text.bytes, text.len, &code) : OAT_OK;
    if (result != OAT_OK)
        return result;
    if (key != 0)
        oat_code_memo_put(columns->memo, key, code);
    *ret_code = code;
    return OAT_OK;
}

static int set_texts(struct oat_span_columns *columns, const struct oat_day_span *span,
                     const struct oat_record *record, uint32_t ret_codes[OAT_TEXT_FIELDS])
{
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++) {
        ret_codes[i] = 0;
        int result = has_text(span, record, i) ? text_code(columns, span, record, i, &ret_codes[i]) : OAT_OK;
        if (result != OAT_OK)
            return result;
        set(columns, OAT_COL_SPAN_TEXT + i, ret_codes[i]);
    }
    return OAT_OK;
}

static int set_flags(struct oat_span_columns *columns, const struct oat_disk_span *span)
{
    oat_le64 flags = oat_le64_of(oat_le32_get(span->flags));
    uint64_t key = KEY_OF_FLAGS | oat_le64_get(flags), known;
    uint32_t code;
    if (!oat_code_memo_get(columns->memo, key, &known)) {
        int result = oat_text_codes_get(&columns->flags, &flags, sizeof flags, &code);
        if (result != OAT_OK)
            return result;
        oat_code_memo_put(columns->memo, key, code);
        known = code;
    }
    set(columns, OAT_COL_SPAN_FLAGS, known);
    return OAT_OK;
}

/* ---- Summaries ---- */

static int sum_up(struct oat_span_columns *columns, const struct oat_disk_span *span, bool counted,
                  const uint32_t codes[OAT_TEXT_FIELDS])
{
    struct oat_summary_span one = {
        .key = {{
            [OAT_ALIKE_TYPE] = span->type,
            [OAT_ALIKE_STATUS] = span->status,
            [OAT_ALIKE_FLAGS] = oat_le32_get(span->flags),
            [OAT_ALIKE_MODEL] = codes[OAT_TEXT_MODEL],
            [OAT_ALIKE_AGENT] = codes[OAT_TEXT_AGENT],
            [OAT_ALIKE_PROMPT] = codes[OAT_TEXT_PROMPT_NAME],
            [OAT_ALIKE_PROMPT_VERSION] = oat_le32_get(span->prompt_version),
        }},
        .start_ns = oat_le64_get(span->start_ns),
        .duration_ns = (int64_t)oat_le64_get(span->duration_ns),
        .cost_nano = (int64_t)oat_le64_get(span->cost_total_nano),
        .counted = counted,
    };
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        one.count[i] = oat_le32_get(span->count[i]);
    return oat_summary_columns_add(&columns->summaries, &one);
}

/* ---- Payloads ---- */

static struct oat_record_payload payload_of(const struct oat_day_span *span, const struct oat_record *record,
                                            enum oat_record_payload_field field)
{
    if (record)
        return record->payload[field];
    const struct oat_disk_blob_ref *refs[OAT_RECORD_PAYLOADS] = {
        [OAT_RECORD_INPUT] = &span->span.input,
        [OAT_RECORD_OUTPUT] = &span->span.output,
        [OAT_RECORD_ATTRIBUTES] = &span->span.attributes,
        [OAT_RECORD_ERROR] = &span->span.error,
    };
    return oat_record_payload_of(refs[field]);
}

static int set_payload(struct oat_span_columns *columns, uint32_t source, struct oat_record_payload payload,
                       unsigned column)
{
    uint32_t number = 0;
    if (payload.kind == OAT_PLACE_NONE)
        return OAT_OK;
    if (payload.kind == OAT_PLACE_ATTRIBUTES) { /* of an older part, that could not be put together */
        payload.kind = OAT_PLACE_PACK;
        payload.flags |= OAT_REF_LOST;
    }
    int result = oat_pack_writer_add(columns->pack, columns->sources, source, &payload, &number);
    set(columns, column, number);
    return result;
}

static int set_attributes(struct oat_span_columns *columns, uint32_t source,
                          struct oat_record_payload payload)
{
    if (payload.kind == OAT_PLACE_NONE)
        return OAT_OK;
    int result = oat_span_attributes_set(&columns->attributes, source, &payload);
    if (result == OAT_E_CORRUPT)
        return set_payload(columns, source, payload, OAT_COL_SPAN_ATTRIBUTES);
    if (result != OAT_OK)
        return result;
    set(columns, OAT_COL_SPAN_ATTRIBUTE_FLAGS, 1 + (payload.flags & ~OAT_REF_RECIPE));
    return OAT_OK;
}

/* ---- Rows ---- */

/* Payloads in the order in which they are stored. */
static int set_payloads(struct oat_span_columns *columns, const struct oat_day_span *span,
                        const struct oat_record *record)
{
    static const struct {
        enum oat_record_payload_field field;
        unsigned column;
    } order[] = {
        {OAT_RECORD_INPUT, OAT_COL_SPAN_INPUT},
        {OAT_RECORD_OUTPUT, OAT_COL_SPAN_OUTPUT},
        {OAT_RECORD_ERROR, OAT_COL_SPAN_ERROR},
    };
    int result = OAT_OK;
    for (size_t i = 0; i < COUNT_OF(order) && result == OAT_OK; i++)
        result =
            set_payload(columns, span->source, payload_of(span, record, order[i].field), order[i].column);
    if (result == OAT_OK)
        result = set_attributes(columns, span->source, payload_of(span, record, OAT_RECORD_ATTRIBUTES));
    return result;
}

int oat_span_columns_add(struct oat_span_columns *columns, const struct oat_day_span *span,
                         const struct oat_record *record, const struct oat_span_place *place,
                         uint32_t ret_codes[OAT_TEXT_FIELDS])
{
    set(columns, OAT_COL_SPAN_ID, oat_le64_load(span->span.span_id));
    set(columns, OAT_COL_SPAN_PARENT, place->parent);
    if (place->parent == OAT_PARENT_FAR)
        set(columns, OAT_COL_SPAN_PARENT_ID, oat_le64_load(span->span.parent_id));
    set(columns, OAT_COL_SPAN_COUNTED, place->counted);
    set_numbers(columns, &span->span);
    int result = set_flags(columns, &span->span);
    if (result == OAT_OK)
        result = set_texts(columns, span, record, ret_codes);
    if (result == OAT_OK)
        result = set_payloads(columns, span, record);
    if (result == OAT_OK)
        result = oat_span_attributes_next(&columns->attributes);
    if (result == OAT_OK)
        result = sum_up(columns, &span->span, place->counted, ret_codes);
    return result == OAT_OK ? oat_table_writer_next(&columns->spans) : result;
}

size_t oat_span_columns_memory(const struct oat_span_columns *columns)
{
    size_t memory = oat_text_codes_memory(&columns->flags) + oat_span_attributes_memory(&columns->attributes);
    for (size_t i = 0; i < OAT_TEXT_FIELDS; i++)
        memory += oat_text_codes_memory(&columns->texts[i]);
    return memory;
}

int oat_span_columns_finish(struct oat_span_columns *columns)
{
    struct oat_section_writer *file = columns->spans.file;
    int result = oat_table_writer_finish(&columns->spans);
    if (result == OAT_OK)
        result = oat_span_attributes_finish(&columns->attributes);
    if (result == OAT_OK)
        result = oat_summary_columns_finish(&columns->summaries);
    for (unsigned i = 0; i < OAT_TEXT_FIELDS && result == OAT_OK; i++)
        result = oat_text_codes_write(&columns->texts[i], file, OAT_TABLE_SPANS, OAT_COL_SPAN_TEXT + i);
    if (result == OAT_OK && columns->flags.count > 0)
        result = oat_section_writer_put(file, OAT_SECTION_NUMBERS, OAT_TABLE_SPANS, OAT_COL_SPAN_FLAGS,
                                        columns->flags.bytes, columns->flags.len);
    return result;
}
