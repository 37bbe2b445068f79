#include "reader/query_codes.h"

#include <stdlib.h>
#include <string.h>

#include "format/attrs.h"
#include "reader/loops.h"

/* Numbers below this are looked up in a table: versions, counts. */
#define SMALL_NUMBERS 256u
/* About what a value takes besides its bytes. */
#define VALUE_OVERHEAD_BYTES 64u

void oat_query_codes_init(struct oat_query_codes *codes, const struct oat_query_key *key,
                          struct oat_budget *budget)
{
    *codes = (struct oat_query_codes){.key = key, .budget = budget};
}

void oat_query_codes_free(struct oat_query_codes *codes)
{
    oat_intern_free(&codes->values);
    free(codes->known);
    *codes = (struct oat_query_codes){0};
}

int oat_query_codes_of(struct oat_query_codes *codes, oat_text value, uint32_t *ret)
{
    uint32_t count = codes->values.count;
    int result = oat_intern(&codes->values, value, ret);
    if (result == OAT_OK && codes->values.count > count)
        result = oat_budget_take(codes->budget, value.len + VALUE_OVERHEAD_BYTES);
    return result;
}

static int code_of_number(struct oat_query_codes *codes, uint64_t number, uint32_t *ret)
{
    return oat_query_codes_of(codes, (oat_text){(const char *)&number, sizeof number}, ret);
}

static void set_all(uint32_t ret[OAT_BATCH_ROWS], uint32_t code)
{
    for (uint32_t i = 0; i < OAT_BATCH_ROWS; i++)
        ret[i] = code;
}

/* True when all rows of a batch have the same value there, as far as can be told cheaply. */
static bool is_constant(const struct oat_batch *batch, enum oat_vector vector, uint64_t *ret_value)
{
    uint64_t min, max;
    if (!batch->source->ops->zone(batch->source, batch->number, vector, &min, &max) || min != max)
        return false;
    *ret_value = min;
    return true;
}

/* ---- Columns whose values a source numbers: texts, traces, attributes ---------------------------- */

static bool is_of_trace(const struct oat_field *field)
{
    return field->of_trace || field->kind == OAT_FIELD_TRACE_ID;
}

static bool is_numbered(const struct oat_field *field)
{
    return is_of_trace(field) || field->kind == OAT_FIELD_TEXT || field->kind == OAT_FIELD_ATTRIBUTE;
}

void oat_query_codes_change_source(struct oat_query_codes *codes)
{
    if (is_numbered(codes->key->field))
        codes->known_count = 0;
}

/* The source has numbers below this as yet. */
static uint32_t number_limit(const struct oat_field *field, struct oat_source *source)
{
    if (is_of_trace(field))
        return source->trace_count;
    return 1 + (field->kind == OAT_FIELD_TEXT ? source->ops->code_count(source, field->place)
                                              : source->ops->attribute_count(source));
}

static int ask_trace(struct oat_query_codes *codes, struct oat_source *source, uint32_t number, uint32_t *ret)
{
    const struct oat_field *field = codes->key->field;
    struct oat_trace_figures trace;
    int64_t value;
    int result = source->ops->trace(source, number, oat_field_figures(field), &trace);
    if (result != OAT_OK)
        return result;
    if (field->kind == OAT_FIELD_TRACE_ID)
        return oat_query_codes_of(codes, (oat_text){(const char *)trace.trace_id, sizeof trace.trace_id},
                                  ret);
    if (field->kind == OAT_FIELD_TEXT)
        return oat_query_codes_of(codes, oat_field_text_of_trace(field, &trace), ret);
    if (oat_field_of_trace(field, &trace, &value))
        return code_of_number(codes, (uint64_t)value, ret);
    *ret = 0;
    return OAT_OK;
}

/* 0 for attributes of other keys, too. */
static int ask_attribute(struct oat_query_codes *codes, struct oat_source *source, uint32_t number,
                         uint32_t *ret)
{
    oat_text key, value, wanted = codes->key->attribute;
    source->ops->attribute(source, number, &key, &value);
    *ret = 0;
    if (key.len != wanted.len || memcmp(key.bytes, wanted.bytes, wanted.len) != 0 || value.len == 0 ||
        value.bytes[0] == OAT_VALUE_NULL)
        return OAT_OK;
    return oat_query_codes_of(codes, value, ret);
}

/* Asks the source what stands behind one of its numbers. */
static int ask(struct oat_query_codes *codes, struct oat_source *source, uint32_t number, uint32_t *ret)
{
    const struct oat_field *field = codes->key->field;
    if (is_of_trace(field))
        return ask_trace(codes, source, number, ret);
    *ret = 0;
    if (number == 0)
        return OAT_OK;
    if (field->kind == OAT_FIELD_ATTRIBUTE)
        return ask_attribute(codes, source, number, ret);
    return oat_query_codes_of(codes, source->ops->text(source, field->place, number), ret);
}

/* Sets known_count, and room and zeros for it. */
static int extend_known(struct oat_query_codes *codes, uint32_t count)
{
    int result =
        oat_budget_reserve(codes->budget, &codes->known, &codes->known_capacity, count, sizeof *codes->known);
    if (result != OAT_OK)
        return result;
    memset(codes->known + codes->known_count, 0, (count - codes->known_count) * sizeof *codes->known);
    codes->known_count = count;
    return OAT_OK;
}

/* The code behind a number of the source; a number that the source does not have stands for nothing. */
static int learn(struct oat_query_codes *codes, struct oat_source *source, uint32_t number, uint32_t *ret)
{
    int result = OAT_OK;
    *ret = 0;
    if (number >= codes->known_count) {
        uint32_t limit = number_limit(codes->key->field, source);
        if (number >= limit)
            return OAT_OK;
        result = extend_known(codes, limit);
    }
    if (result == OAT_OK && codes->known[number] == 0) {
        result = ask(codes, source, number, ret);
        codes->known[number] = *ret + 1;
    }
    if (result == OAT_OK)
        *ret = codes->known[number] - 1;
    return result;
}

/* As learn; inline for what is known. */
static inline int code_of(struct oat_query_codes *codes, struct oat_source *source, uint32_t number,
                          uint32_t *ret)
{
    uint32_t known = number < codes->known_count ? codes->known[number] : 0;
    if (known == 0)
        return learn(codes, source, number, ret);
    *ret = known - 1;
    return OAT_OK;
}

/* Columns of which a row has one number, in a vector. */
static int read_numbered(struct oat_query_codes *codes, struct oat_batch *batch,
                         struct oat_selection *selected, uint32_t *ret)
{
    const struct oat_field *field = codes->key->field;
    enum oat_vector vector = is_of_trace(field) ? OAT_VECTOR_TRACE : field->place;
    const uint32_t *numbers;
    uint64_t same;
    uint32_t code;
    if (is_constant(batch, vector, &same)) {
        int result = code_of(codes, batch->source, (uint32_t)same, &code);
        set_all(ret, code);
        return result;
    }
    const uint16_t *rows = oat_selection_rows(selected);
    int result = oat_batch_u32(batch, vector, &numbers);
    for (uint32_t i = 0; i < selected->count && result == OAT_OK; i++)
        result = code_of(codes, batch->source, numbers[rows[i]], &ret[rows[i]]);
    return result;
}

/* A row has many attributes; at most one of them is of the key. */
static int read_attributes(struct oat_query_codes *codes, struct oat_batch *batch,
                           struct oat_selection *selected, uint32_t *ret)
{
    const uint16_t *rows = oat_selection_rows(selected);
    const struct oat_code_columns *attributes;
    int result = batch->source->ops->attributes(batch->source, batch, selected->bits, &attributes);
    for (uint32_t i = 0; i < selected->count && result == OAT_OK; i++) {
        uint32_t row = rows[i], code = 0;
        for (uint32_t n = 0; n < attributes->count && code == 0 && result == OAT_OK; n++) {
            uint32_t number = attributes->codes[n * OAT_BATCH_ROWS + row];
            if (number == 0)
                break;
            result = code_of(codes, batch->source, number, &code);
        }
        ret[row] = code;
    }
    return result;
}

/* ---- Numbers and times --------------------------------------------------------------------------- */

static int read_numbers(struct oat_query_codes *codes, struct oat_batch *batch,
                        struct oat_selection *selected, uint32_t *ret)
{
    const struct oat_field *field = codes->key->field;
    struct oat_selection present = {0};
    uint64_t bits[OAT_BATCH_WORDS], scratch[OAT_BATCH_ROWS], last = 0;
    const uint64_t *values;
    uint32_t last_code = 0;
    int result = OAT_OK;
    if (codes->known_count == 0)
        result = extend_known(codes, SMALL_NUMBERS);
    if (result == OAT_OK && field->presence != OAT_FIELD_ALWAYS) {
        memcpy(bits, selected->bits, sizeof bits);
        result = oat_field_presence(batch, field, bits);
        oat_selection_set(&present, bits);
        selected = &present;
        set_all(ret, 0);
    }
    if (result == OAT_OK)
        result = oat_field_values(batch, field, scratch, &values);
    const uint16_t *rows = oat_selection_rows(selected);
    for (uint32_t i = 0; i < selected->count && result == OAT_OK; i++) {
        uint64_t value = values[rows[i]];
        uint32_t known = value < SMALL_NUMBERS ? codes->known[value] : 0;
        if (known == 0 && (value != last || last_code == 0)) {
            result = code_of_number(codes, value, &last_code);
            last = value;
            if (value < SMALL_NUMBERS)
                codes->known[value] = last_code + 1;
        }
        ret[rows[i]] = known ? known - 1 : last_code;
    }
    return result;
}

/* Codes 1, 2 ... for all names of a field, so that the code is the number. */
static int learn_names(struct oat_query_codes *codes)
{
    uint32_t code;
    int result = OAT_OK;
    for (uint64_t i = codes->values.count + UINT64_C(1);
         codes->key->field->value_name((unsigned)i) && result == OAT_OK; i++)
        result = code_of_number(codes, i, &code);
    return result;
}

/* Numbers without a name stand for nothing. */
static void name_numbers(const struct oat_query_codes *codes, const uint64_t *numbers, uint32_t *ret)
{
    const uint32_t count = codes->values.count;
    for (uint32_t i = 0; i < OAT_BATCH_ROWS; i++)
        ret[i] = numbers[i] <= count ? (uint32_t)numbers[i] : 0;
}

static int read_names(struct oat_query_codes *codes, struct oat_batch *batch, uint32_t *ret)
{
    const struct oat_field *field = codes->key->field;
    uint64_t scratch[OAT_BATCH_ROWS];
    const uint64_t *wide;
    const uint32_t *narrow;
    int result = codes->values.count == 0 ? learn_names(codes) : OAT_OK;
    if (result != OAT_OK)
        return result;
    if (oat_field_is_narrow(field)) {
        result = oat_batch_u32(batch, field->place, &narrow);
        if (result == OAT_OK)
            oat_loop_limit(narrow, codes->values.count, ret);
    } else {
        result = oat_field_values(batch, field, scratch, &wide);
        if (result == OAT_OK)
            name_numbers(codes, wide, ret);
    }
    return result;
}

/* Spans of a batch start near each other: mostly in the same bucket as the one before. */
static int read_buckets(struct oat_query_codes *codes, struct oat_batch *batch,
                        struct oat_selection *selected, uint32_t *ret)
{
    const uint64_t *starts, bucket_ns = codes->key->bucket_ns;
    uint64_t min, max, low = 0, length = 0;
    uint32_t code = 0;
    if (batch->source->ops->zone(batch->source, batch->number, OAT_VECTOR_START, &min, &max) &&
        min / bucket_ns == max / bucket_ns) {
        int result = code_of_number(codes, min - min % bucket_ns, &code);
        set_all(ret, code);
        return result;
    }
    const uint16_t *rows = oat_selection_rows(selected);
    int result = oat_batch_u64(batch, OAT_VECTOR_START, &starts);
    for (uint32_t i = 0; i < selected->count && result == OAT_OK; i++) {
        uint64_t start = starts[rows[i]];
        if (start - low >= length) {
            low = start - start % bucket_ns;
            length = bucket_ns;
            result = code_of_number(codes, low, &code);
        }
        ret[rows[i]] = code;
    }
    return result;
}

int oat_query_codes_read(struct oat_query_codes *codes, struct oat_batch *batch,
                         struct oat_selection *selected, uint32_t ret[OAT_BATCH_ROWS])
{
    const struct oat_query_key *key = codes->key;
    if (key->bucket_ns > 0)
        return read_buckets(codes, batch, selected, ret);
    if (key->field->kind == OAT_FIELD_ATTRIBUTE)
        return read_attributes(codes, batch, selected, ret);
    if (key->field->kind == OAT_FIELD_ENUM && !key->field->of_trace)
        return read_names(codes, batch, ret);
    return is_numbered(key->field) ? read_numbered(codes, batch, selected, ret)
                                   : read_numbers(codes, batch, selected, ret);
}
