#include "reader/part_record.h"

#include "format/names.h"
#include "format/span_costs.h"
#include "reader/part_attributes.h"
#include "reader/part_find.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Rows that are read together, column by column. */
struct run {
    struct oat_part *part;
    struct oat_image_table *spans;
    uint32_t first;
    uint32_t count;
    uint64_t bad; /* bit i: row first + i cannot be read */
    bool out_of_memory;
    struct oat_record *records;
};

_Static_assert(OAT_PART_RECORDS == 64, "a bit for each");

static void set_bad(struct run *run, uint32_t i, const char *what)
{
    if (!(run->bad >> i & 1))
        oat_part_report(run->part, OAT_TABLE_SPANS, run->first + i, what);
    run->bad |= UINT64_C(1) << i;
}

/* False: it is damaged. */
static bool read_column(struct run *run, unsigned column, uint64_t *values)
{
    int result = oat_image_numbers(run->spans, column, run->first, run->count, values);
    run->out_of_memory |= result == OAT_E_NOMEM;
    return result == OAT_OK;
}

/* The same for a column without which no row can be read. */
static bool need_column(struct run *run, unsigned column, uint64_t *values)
{
    if (read_column(run, column, values))
        return true;
    run->bad = UINT64_MAX;
    return false;
}

/* ---- Numbers ---- */

/* Where a column's number goes, as a little-endian integer. */
struct field {
    uint8_t column;
    uint8_t offset; /* in struct oat_disk_span */
    uint8_t size;
};

#define FIELD(column, field)                                                                                 \
    {                                                                                                        \
        column, offsetof(struct oat_disk_span, field), sizeof(((struct oat_disk_span *)NULL)->field)         \
    }

static const struct field fields[] = {
    FIELD(OAT_COL_SPAN_ID, span_id),
    FIELD(OAT_COL_SPAN_START, start_ns),
    FIELD(OAT_COL_SPAN_DURATION, duration_ns),
    FIELD(OAT_COL_SPAN_TYPE, type),
    FIELD(OAT_COL_SPAN_STATUS, status),
    FIELD(OAT_COL_SPAN_OTEL_STATUS, otel_status),
    FIELD(OAT_COL_SPAN_PRICE_TIER, price_tier),
    FIELD(OAT_COL_SPAN_PROMPT_VERSION, prompt_version),
    FIELD(OAT_COL_SPAN_TTFT, ttft_us),
    FIELD(OAT_COL_SPAN_CALL_ID, call_id),
    FIELD(OAT_COL_SPAN_SAMPLE_RATE, sample_rate),
};

/* Those of one size, which the compiler then knows. */
static inline void put_numbers(struct run *run, unsigned offset, unsigned size, const uint64_t *values)
{
    for (uint32_t i = 0; i < run->count; i++) {
        const oat_le64 value = oat_le64_of(values[i]);
        memcpy((uint8_t *)&run->records[i].span + offset, &value, size);
    }
}

static uint64_t any_of(const uint64_t *values, uint32_t count)
{
    uint64_t any = 0;
    for (uint32_t i = 0; i < count; i++)
        any |= values[i];
    return any;
}

/* Of records that are zeros where it goes. */
static void read_field(struct run *run, const struct field *field)
{
    uint64_t values[OAT_PART_RECORDS];
    if (!need_column(run, field->column, values))
        return;
    uint64_t any = any_of(values, run->count);
    if (any == 0)
        return;
    for (uint32_t i = 0; field->size < sizeof any && any >> 8 * field->size != 0 && i < run->count; i++)
        if (values[i] >> 8 * field->size != 0)
            set_bad(run, i, "number of a span");
    if (field->size == sizeof(oat_le64))
        put_numbers(run, field->offset, sizeof(oat_le64), values);
    else if (field->size == sizeof(oat_le32))
        put_numbers(run, field->offset, sizeof(oat_le32), values);
    else
        put_numbers(run, field->offset, 1, values);
}

static void read_fields(struct run *run)
{
    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
        read_field(run, &fields[f]);
    for (unsigned n = 0; n < OAT_COUNT_FIELDS; n++) {
        size_t offset = offsetof(struct oat_disk_span, count) + n * sizeof(oat_le32);
        struct field count = {(uint8_t)(OAT_COL_SPAN_COUNT + n), (uint8_t)offset, sizeof(oat_le32)};
        read_field(run, &count);
    }
}

static void read_flags(struct run *run)
{
    uint64_t codes[OAT_PART_RECORDS];
    if (!need_column(run, OAT_COL_SPAN_FLAGS, codes))
        return;
    for (uint32_t i = 0; i < run->count; i++) {
        uint32_t flags = 0;
        if (i > 0 && codes[i] == codes[i - 1] && !(run->bad >> (i - 1) & 1))
            flags = oat_le32_get(run->records[i - 1].span.flags);
        else if (!oat_part_flags(run->part, codes[i], &flags))
            set_bad(run, i, "code of span flags");
        run->records[i].span.flags = oat_le32_of(flags);
    }
}

static void read_costs(struct run *run)
{
    uint64_t total[OAT_PART_RECORDS], price[OAT_PART_RECORDS], out[OAT_PART_RECORDS], in[OAT_PART_RECORDS];
    if (!need_column(run, OAT_COL_SPAN_COST, total) || !need_column(run, OAT_COL_SPAN_OUTPUT_PRICE, price) ||
        !need_column(run, OAT_COL_SPAN_COST_OUTPUT, out) || !need_column(run, OAT_COL_SPAN_COST_INPUT, in))
        return;
    for (uint32_t i = 0; i < run->count; i++) {
        struct oat_disk_span *span = &run->records[i].span;
        uint64_t whole = (uint64_t)oat_unzigzag(total[i]);
        uint64_t output =
            oat_cost_output_unpack(out[i], price[i], oat_le32_get(span->count[OAT_COUNT_OUTPUT]));
        span->cost_total_nano = oat_le64_of(whole);
        span->cost_output_nano = oat_le64_of(output);
        span->cost_input_nano = oat_le64_of(oat_cost_input_unpack(in[i], whole, output));
    }
}

/* ---- Ids ---- */

/* Of the trace that rows belong to. */
struct bounds {
    uint32_t first, count;
    uint8_t id[16];
};

/* False: it is not known which. */
static bool find_trace(struct oat_part *part, uint32_t row, struct bounds *ret)
{
    uint32_t trace;
    return oat_part_trace_of(part, row, &trace) == OAT_OK &&
           oat_part_trace_rows(part, trace, &ret->first, &ret->count) == OAT_OK &&
           oat_part_trace_id(part, trace, ret->id) == OAT_OK;
}

/* The id that a row's PARENT stands for. */
static bool find_parent(struct run *run, const struct bounds *trace, uint32_t i, uint64_t parent,
                        uint64_t parent_id, uint64_t *ret)
{
    if (parent < OAT_PARENT_NEAR) {
        *ret = parent == OAT_PARENT_NONE ? 0 : parent_id;
        return true;
    }
    uint64_t row = (uint64_t)run->first + i - (uint64_t)oat_unzigzag(parent - OAT_PARENT_NEAR);
    if (row < trace->first || row - trace->first >= trace->count) {
        set_bad(run, i, "parent of a span");
        return false;
    }
    if (row - run->first >= run->count)
        return oat_image_number(run->spans, OAT_COL_SPAN_ID, (uint32_t)row, ret) == OAT_OK;
    *ret = oat_le64_load(run->records[row - run->first].span.span_id); /* it was read before */
    return true;
}

static void read_ids(struct run *run)
{
    struct bounds trace = {0};
    uint64_t parents[OAT_PART_RECORDS], parent_ids[OAT_PART_RECORDS];
    if (!need_column(run, OAT_COL_SPAN_PARENT, parents) ||
        !need_column(run, OAT_COL_SPAN_PARENT_ID, parent_ids))
        return;
    for (uint32_t i = 0; i < run->count; i++) {
        struct oat_disk_span *span = &run->records[i].span;
        uint64_t parent_id;
        uint32_t row = run->first + i;
        if ((row < trace.first || row - trace.first >= trace.count) && !find_trace(run->part, row, &trace)) {
            run->bad |= UINT64_C(1) << i;
            trace.count = 0;
            continue;
        }
        memcpy(span->trace_id, trace.id, sizeof span->trace_id);
        if (find_parent(run, &trace, i, parents[i], parent_ids[i], &parent_id)) {
            oat_le64 id = oat_le64_of(parent_id);
            memcpy(span->parent_id, &id, sizeof span->parent_id);
        } else {
            run->bad |= UINT64_C(1) << i;
        }
    }
}

/* ---- Texts and payloads ---- */

#define NEIGHBOURS 4u /* often one of them has the same text */

/* Of a code that is another than the one before. */
static oat_text find_text(const struct run *run, unsigned field, const uint64_t *codes, uint32_t i)
{
    for (uint32_t n = 2; n <= NEIGHBOURS && n <= i; n++)
        if (codes[i - n] == codes[i])
            return run->records[i - n].text[field];
    return oat_part_text(run->part, OAT_TABLE_SPANS, OAT_COL_SPAN_TEXT + field, codes[i]);
}

static void read_texts(struct run *run, unsigned field)
{
    uint64_t codes[OAT_PART_RECORDS];
    oat_text text = {0};
    if (!read_column(run, OAT_COL_SPAN_TEXT + field, codes))
        return;
    for (uint32_t i = 0; i < run->count; i++) {
        if (codes[i] != (i > 0 ? codes[i - 1] : 0))
            text = find_text(run, field, codes, i);
        if (codes[i] != 0 && !text.bytes)
            oat_part_report(run->part, OAT_TABLE_SPANS, run->first + i, "code of a text");
        run->records[i].text[field] = text;
    }
}

/* Stands for a payload that is not known, or not there. */
static struct oat_record_payload lost_payload(uint64_t place)
{
    return (struct oat_record_payload){
        .kind = OAT_PLACE_PACK, .media = OAT_MEDIA_OCTETS, .flags = OAT_REF_LOST, .place = place};
}

struct oat_record_payload oat_part_payload(struct oat_part *part, uint64_t number)
{
    struct oat_pack *pack = oat_part_pack(part);
    struct oat_pack_payload payload;
    if (number == 0)
        return (struct oat_record_payload){0};
    if (!pack || number > oat_pack_payload_count(pack) ||
        oat_pack_payload(pack, (uint32_t)(number - 1), &payload) != OAT_OK)
        return lost_payload(number - 1);
    return (struct oat_record_payload){.kind = OAT_PLACE_PACK,
                                       .media = payload.media,
                                       .flags = payload.flags,
                                       .raw_len = payload.raw_len,
                                       .place = number - 1};
}

static void read_payloads(struct run *run, unsigned column, enum oat_record_payload_field field)
{
    uint64_t numbers[OAT_PART_RECORDS];
    bool known = read_column(run, column, numbers);
    if (known && any_of(numbers, run->count) == 0)
        return; /* records are zeros so far */
    for (uint32_t i = 0; i < run->count; i++)
        run->records[i].payload[field] = known ? oat_part_payload(run->part, numbers[i]) : lost_payload(0);
}

/* Those of rows that have them as codes. */
static void read_attributes(struct run *run)
{
    uint64_t flags[OAT_PART_RECORDS], lens[OAT_PART_RECORDS] = {0};
    struct oat_code_columns columns = {0};
    bool known = read_column(run, OAT_COL_SPAN_ATTRIBUTE_FLAGS, flags);
    int result = oat_part_codes_read(run->part, run->first, run->count, &columns);
    run->out_of_memory |= result == OAT_E_NOMEM;
    if (known && result == OAT_OK)
        oat_part_attributes_lens(run->part, run->first, run->count, &columns, lens);
    for (uint32_t i = 0; i < run->count; i++) {
        struct oat_record_payload *payload = &run->records[i].payload[OAT_RECORD_ATTRIBUTES];
        if (payload->kind != OAT_PLACE_NONE || (known && flags[i] == 0))
            continue;
        *payload = (struct oat_record_payload){
            .kind = OAT_PLACE_ATTRIBUTES,
            .media = OAT_MEDIA_ATTRS,
            .flags = lens[i] > 0 ? (uint8_t)(flags[i] - 1) : OAT_REF_LOST,
            .raw_len = lens[i],
            .place = run->first + i,
        };
    }
    free(columns.codes);
}

/* ---- Records ---- */

static void check_values(struct run *run, uint32_t i)
{
    struct oat_record *record = &run->records[i];
    const char *what = NULL;
    record->open = record->span.status == OAT_STATUS_OPEN;
    uint64_t kind = record->open ? OAT_SLOT_OPEN : OAT_SLOT_SPAN;
    record->span.commit = oat_le64_of(kind << 32); /* tells oat_span_check which it is */
    if (oat_span_check(&record->span, 0, &what) != OAT_OK)
        set_bad(run, i, what);
    memset(&record->span.commit, 0, sizeof record->span.commit);
}

/* Of the table, which is read column by column. */
static void touch(struct oat_image_table *table, uint32_t row)
{
    const struct oat_group *group;
    if (row < table->table.rows && oat_image_group(table, row / OAT_GROUP_ROWS, &group) == OAT_OK)
        oat_group_touch(group, row % OAT_GROUP_ROWS / OAT_BLOCK_ROWS);
}

static struct run begin(struct oat_part *part, uint32_t first, uint32_t count, struct oat_record *ret)
{
    struct run run = {
        .part = part,
        .spans = oat_part_table(part, OAT_TABLE_SPANS),
        .first = first,
        .count = count,
        .records = ret,
    };
    touch(run.spans, first);
    memset(ret, 0, count * sizeof *ret);
    return run;
}

static void read_numbers(struct run *run)
{
    read_fields(run);
    read_flags(run);
    read_costs(run);
    read_ids(run);
}

/* Checks what was read. */
static int finish(struct run *run, uint32_t source)
{
    for (uint32_t i = 0; i < run->count; i++) {
        run->records[i].source = source;
        if (!(run->bad >> i & 1))
            check_values(run, i);
        if (run->bad >> i & 1)
            memset(&run->records[i], 0, sizeof run->records[i]);
    }
    return run->out_of_memory ? OAT_E_NOMEM : OAT_OK;
}

int oat_part_records(struct oat_part *part, uint32_t first, uint32_t count, uint32_t source, uint32_t texts,
                     struct oat_record *ret)
{
    struct run run = begin(part, first, count, ret);
    touch(oat_part_table(part, OAT_TABLE_SPAN_ATTRIBUTES), first);
    read_numbers(&run);
    for (unsigned field = 0; field < OAT_TEXT_FIELDS; field++)
        if (texts >> field & 1)
            read_texts(&run, field);
    read_payloads(&run, OAT_COL_SPAN_INPUT, OAT_RECORD_INPUT);
    read_payloads(&run, OAT_COL_SPAN_OUTPUT, OAT_RECORD_OUTPUT);
    read_payloads(&run, OAT_COL_SPAN_ERROR, OAT_RECORD_ERROR);
    read_payloads(&run, OAT_COL_SPAN_ATTRIBUTES, OAT_RECORD_ATTRIBUTES);
    read_attributes(&run);
    return finish(&run, source);
}

int oat_part_record_numbers(struct oat_part *part, uint32_t first, uint32_t count, uint32_t source,
                            struct oat_record *ret)
{
    struct run run = begin(part, first, count, ret);
    read_numbers(&run);
    return finish(&run, source);
}

int oat_part_record(struct oat_part *part, uint32_t row, uint32_t source, uint32_t texts,
                    struct oat_record *ret)
{
    int result = oat_part_records(part, row, 1, source, texts, ret);
    return result == OAT_OK && ret->span.type == 0 ? OAT_E_CORRUPT : result;
}
