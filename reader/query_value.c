#include "reader/query_value.h"

#include "format/attrs.h"
#include "format/endian.h"
#include "format/ids.h"

#include <string.h>

static const oat_query_value no_value = {.null = true};

static oat_query_value of_integer(int64_t integer)
{
    return (oat_query_value){.integer = integer, .number = (double)integer};
}

static oat_query_value of_number(double number)
{
    return (oat_query_value){.number = number};
}

/* A stored number of a field, as it is shown. */
static oat_query_value of_field(const struct oat_field *field, int64_t stored)
{
    oat_query_value value = of_integer(stored);
    if (field->kind != OAT_FIELD_COUNT)
        value.number /= (double)field->per_shown;
    return value;
}

/* ---- Keys --------------------------------------------------------------------------------------- */

static int64_t number_of(oat_text interned)
{
    int64_t number;
    memcpy(&number, interned.bytes, sizeof number);
    return number;
}

static int of_text(oat_text text, struct oat_arena *arena, oat_query_value *ret)
{
    char *bytes = oat_arena_take(arena, text.len);
    if (!bytes)
        return OAT_E_NOMEM;
    memcpy(bytes, text.bytes, text.len);
    *ret = (oat_query_value){.text = {bytes, text.len}};
    return OAT_OK;
}

static int of_id(const uint8_t *id, size_t len, struct oat_arena *arena, oat_query_value *ret)
{
    char hex[33];
    oat_hex_print(id, len, hex);
    return of_text((oat_text){hex, 2 * len}, arena, ret);
}

static int of_span_id(int64_t number, struct oat_arena *arena, oat_query_value *ret)
{
    oat_le64 id = oat_le64_of((uint64_t)number);
    return of_id(id.b, sizeof id.b, arena, ret);
}

static int of_name(const struct oat_field *field, int64_t number, oat_query_value *ret)
{
    const char *name = field->value_name((unsigned)number);
    *ret = no_value;
    if (name)
        *ret = (oat_query_value){.text = {name, strlen(name)}};
    return OAT_OK;
}

int oat_query_key_value(const struct oat_query_codes *codes, uint32_t code, struct oat_arena *arena,
                        oat_query_value *ret)
{
    const struct oat_field *field = codes->key->field;
    if (code == 0) {
        *ret = no_value;
        return OAT_OK;
    }
    oat_text interned = codes->values.texts[code - 1];
    switch (field->kind) {
    case OAT_FIELD_TEXT:
    case OAT_FIELD_ATTRIBUTE:
        return of_text(interned, arena, ret);
    case OAT_FIELD_TRACE_ID:
        return of_id((const uint8_t *)interned.bytes, interned.len, arena, ret);
    case OAT_FIELD_SPAN_ID:
        return of_span_id(number_of(interned), arena, ret);
    case OAT_FIELD_ENUM:
        return of_name(field, number_of(interned), ret);
    case OAT_FIELD_COUNT:
    case OAT_FIELD_MONEY:
    case OAT_FIELD_TIME:
    case OAT_FIELD_DURATION:
    case OAT_FIELD_SHARE:
    case OAT_FIELD_PAYLOAD:
        break;
    }
    *ret = of_field(field, number_of(interned));
    return OAT_OK;
}

/* ---- Order of keys ------------------------------------------------------------------------------ */

static int compare_bytes(const void *a, size_t a_len, const void *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_integers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static struct oat_attr_value decode(oat_text encoded)
{
    struct oat_attr_cursor cursor = {.bytes = (const uint8_t *)encoded.bytes, .len = encoded.len, .left = 1};
    struct oat_attr_value value = {.type = OAT_VALUE_NULL};
    oat_values_next(&cursor, &value);
    return value;
}

/* Truth values, numbers, texts, others. */
static int class_of(const struct oat_attr_value *value)
{
    return value->type == OAT_VALUE_BOOL                                     ? 0
           : value->type == OAT_VALUE_INT || value->type == OAT_VALUE_DOUBLE ? 1
           : value->type == OAT_VALUE_STRING                                 ? 2
                                                                             : 3;
}

static double real_of(const struct oat_attr_value *value)
{
    return value->type == OAT_VALUE_INT ? (double)value->integer : value->real;
}

static int compare_attributes(oat_text a, oat_text b)
{
    struct oat_attr_value x = decode(a), y = decode(b);
    int order = class_of(&x) - class_of(&y);
    if (order == 0 && class_of(&x) == 1)
        order = x.type == OAT_VALUE_INT && y.type == OAT_VALUE_INT
                    ? compare_integers(x.integer, y.integer)
                    : (real_of(&x) > real_of(&y)) - (real_of(&x) < real_of(&y));
    if (order == 0 && class_of(&x) == 2)
        order = compare_bytes(x.bytes, x.len, y.bytes, y.len);
    return order ? order : compare_bytes(a.bytes, a.len, b.bytes, b.len);
}

int oat_query_key_compare(const struct oat_query_key *key, oat_text a, oat_text b)
{
    switch (key->field->kind) {
    case OAT_FIELD_COUNT:
    case OAT_FIELD_MONEY:
    case OAT_FIELD_TIME:
    case OAT_FIELD_DURATION:
    case OAT_FIELD_SHARE:
    case OAT_FIELD_ENUM:
        return compare_integers(number_of(a), number_of(b));
    case OAT_FIELD_ATTRIBUTE:
        return compare_attributes(a, b);
    case OAT_FIELD_TEXT:
    case OAT_FIELD_TRACE_ID:
    case OAT_FIELD_SPAN_ID:
    case OAT_FIELD_PAYLOAD:
        break;
    }
    return compare_bytes(a.bytes, a.len, b.bytes, b.len);
}

/* ---- Aggregates --------------------------------------------------------------------------------- */

static oat_query_value sum_of(const struct oat_field *field, const struct oat_sum *sum)
{
    if (sum->count == 0)
        return no_value;
    oat_int128 total = sum->total > INT64_MAX ? INT64_MAX : sum->total < INT64_MIN ? INT64_MIN : sum->total;
    return (oat_query_value){.integer = (int64_t)total,
                             .number = (double)sum->total / (double)field->per_shown};
}

static oat_query_value average_of(const struct oat_field *field, const struct oat_sum *sum)
{
    if (sum->count == 0)
        return no_value;
    return of_number((double)sum->total / (double)sum->count / (double)field->per_shown);
}

static oat_query_value quantile_of(const struct oat_field *field, const struct oat_sketch *sketch,
                                   unsigned percent)
{
    double value;
    if (!oat_sketch_quantile(sketch, percent / 100.0, &value))
        return no_value;
    return of_number(value / (double)field->per_shown);
}

static oat_query_value of_measure(const struct oat_aggregate *aggregate, const struct oat_measure_fold *m,
                                  uint32_t group)
{
    const struct oat_field *field = aggregate->field;
    switch (aggregate->kind) {
    case OAT_AGGREGATE_TRACES:
        return of_integer((int64_t)m->sums[group].count);
    case OAT_AGGREGATE_SUM:
        return sum_of(field, &m->sums[group]);
    case OAT_AGGREGATE_AVG:
        return average_of(field, &m->sums[group]);
    case OAT_AGGREGATE_QUANTILE:
        return quantile_of(field, &m->sketches[group], aggregate->percent);
    default:
        break;
    }
    const struct oat_extremes *e = &m->extremes[group];
    if (e->min > e->max)
        return no_value;
    return of_field(field, aggregate->kind == OAT_AGGREGATE_MIN ? e->min : e->max);
}

oat_query_value oat_query_aggregate_value(const struct oat_aggregate *aggregate,
                                          const struct oat_query_fold *fold, uint32_t group, double seconds)
{
    double count = (double)fold->counts[group];
    switch (aggregate->kind) {
    case OAT_AGGREGATE_COUNT:
        return of_integer((int64_t)fold->counts[group]);
    case OAT_AGGREGATE_RATE:
        return seconds > 0 ? of_number(count / seconds) : no_value;
    case OAT_AGGREGATE_ERROR_RATE:
        return count > 0 ? of_number((double)fold->errors[group] / count) : no_value;
    default:
        return of_measure(aggregate, &fold->measures[aggregate->measure], group);
    }
}
