#include "reader/query_column.h"

#include "format/utf8.h"
#include "reader/filter_suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_HOUR UINT64_C(3600000000000)
#define SHOWN_MAX   40u

static bool is_word(oat_text text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.bytes, word, text.len) == 0;
}

static oat_text trimmed(const struct oat_filter_source *source)
{
    oat_text text = {source->text, source->len};
    for (; text.len > 0 && text.bytes[0] == ' '; text.len--)
        text.bytes++;
    while (text.len > 0 && text.bytes[text.len - 1] == ' ')
        text.len--;
    return text;
}

static size_t place_of(const struct oat_filter_source *source, oat_text word)
{
    return (size_t)(word.bytes - source->text);
}

/* Bytes of a word that messages repeat: it is as long as its sender likes. */
static int shown(oat_text word)
{
    return (int)oat_utf8_valid_prefix(word.bytes, word.len < SHOWN_MAX ? word.len : SHOWN_MAX);
}

static int find_field(const struct oat_filter_source *source, oat_text word, const struct oat_field **ret,
                      oat_text *ret_key)
{
    *ret = oat_field_find(word.bytes, word.len, ret_key);
    if (*ret)
        return OAT_OK;
    oat_filter_fail(source, place_of(source, word), word.len, "no field %.*s", shown(word), word.bytes);
    oat_filter_suggest(source, word);
    return OAT_E_INVALID;
}

/* ---- Keys --------------------------------------------------------------------------------------- */

int oat_query_key_parse(const struct oat_filter_source *source, struct oat_query_key *ret)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } buckets[] = {{"hour", NS_PER_HOUR}, {"day", 24 * NS_PER_HOUR}};
    oat_text word = trimmed(source);
    struct oat_query_key key = {0};
    int result = OAT_OK;
    for (size_t i = 0; i < sizeof buckets / sizeof *buckets; i++)
        if (is_word(word, buckets[i].name)) {
            key.bucket_name = buckets[i].name;
            key.bucket_ns = buckets[i].ns;
        }
    if (key.bucket_ns > 0)
        key.field = oat_field_find("start_time", strlen("start_time"), &key.attribute);
    else
        result = find_field(source, word, &key.field, &key.attribute);
    if (result == OAT_OK && key.field->kind == OAT_FIELD_PAYLOAD)
        result = oat_filter_fail(source, place_of(source, word), word.len,
                                 "%s is a payload: rows are not grouped by it", key.field->name);
    if (result == OAT_OK)
        *ret = key;
    return result;
}

char *oat_query_key_name(const struct oat_query_key *key)
{
    char *name;
    if (key->bucket_ns > 0)
        return strdup(key->bucket_name);
    if (asprintf(&name, "%s%.*s", key->field->name, (int)key->attribute.len,
                 key->attribute.bytes ? key->attribute.bytes : "") < 0)
        return NULL;
    return name;
}

/* Type and unit of values of a field as they are shown. */
static oat_query_column column_of(const struct oat_field *field)
{
    switch (field->kind) {
    case OAT_FIELD_COUNT:
        return (oat_query_column){.type = OAT_QUERY_INTEGER};
    case OAT_FIELD_MONEY:
        return (oat_query_column){.type = OAT_QUERY_NUMBER, .unit = "USD"};
    case OAT_FIELD_TIME:
        return (oat_query_column){.type = OAT_QUERY_TIME, .unit = "s"};
    case OAT_FIELD_DURATION:
        return (oat_query_column){.type = OAT_QUERY_NUMBER, .unit = "ms"};
    case OAT_FIELD_SHARE:
        return (oat_query_column){.type = OAT_QUERY_NUMBER};
    case OAT_FIELD_ATTRIBUTE:
        return (oat_query_column){.type = OAT_QUERY_ATTRIBUTE};
    case OAT_FIELD_TEXT:
    case OAT_FIELD_ENUM:
    case OAT_FIELD_TRACE_ID:
    case OAT_FIELD_SPAN_ID:
    case OAT_FIELD_PAYLOAD:
        break;
    }
    return (oat_query_column){.type = OAT_QUERY_TEXT};
}

oat_query_column oat_query_key_column(const struct oat_query_key *key)
{
    oat_query_column column = column_of(key->field);
    column.grouped = true;
    return column;
}

/* ---- Aggregates --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum oat_aggregate_kind kind;
} kinds[] = {
    {"count", OAT_AGGREGATE_COUNT},   {"rate", OAT_AGGREGATE_RATE}, {"error_rate", OAT_AGGREGATE_ERROR_RATE},
    {"traces", OAT_AGGREGATE_TRACES}, {"sum", OAT_AGGREGATE_SUM},   {"avg", OAT_AGGREGATE_AVG},
    {"min", OAT_AGGREGATE_MIN},       {"max", OAT_AGGREGATE_MAX},
};
#define KINDS (sizeof kinds / sizeof *kinds)

bool oat_query_is_usage(const struct oat_field *field)
{
    return !field->of_trace && (field->kind == OAT_FIELD_MONEY || field->place >= OAT_VECTOR_TOKENS);
}

/* The text up to the next colon; *text is what follows it (bytes NULL: there is no colon). */
static oat_text take_word(oat_text *text)
{
    const char *colon = memchr(text->bytes, ':', text->len);
    oat_text word = {text->bytes, colon ? (size_t)(colon - text->bytes) : text->len};
    *text = colon ? (oat_text){colon + 1, text->len - word.len - 1} : (oat_text){0};
    return word;
}

/* "p1" .. "p99". */
static unsigned percent_of(oat_text word)
{
    unsigned percent = 0;
    if (word.len < 2 || word.len > 3 || word.bytes[0] != 'p' || word.bytes[1] == '0')
        return 0;
    for (size_t i = 1; i < word.len; i++) {
        if (word.bytes[i] < '0' || word.bytes[i] > '9')
            return 0;
        percent = percent * 10 + (unsigned)(word.bytes[i] - '0');
    }
    return percent;
}

static int parse_kind(const struct oat_filter_source *source, oat_text word, struct oat_aggregate *aggregate)
{
    for (size_t i = 0; i < KINDS; i++)
        if (is_word(word, kinds[i].name)) {
            aggregate->kind = kinds[i].kind;
            return OAT_OK;
        }
    aggregate->percent = percent_of(word);
    if (aggregate->percent > 0) {
        aggregate->kind = OAT_AGGREGATE_QUANTILE;
        return OAT_OK;
    }
    oat_filter_fail(source, place_of(source, word), word.len, "no aggregate %.*s", shown(word), word.bytes);
    for (size_t i = 0; i < KINDS; i++)
        oat_filter_expect(source, kinds[i].name);
    oat_filter_expect(source, "p1 to p99");
    return OAT_E_INVALID;
}

static bool is_number(const struct oat_field *field, enum oat_aggregate_kind kind)
{
    if (field->kind == OAT_FIELD_TIME)
        return kind == OAT_AGGREGATE_MIN || kind == OAT_AGGREGATE_MAX;
    return field->kind == OAT_FIELD_COUNT || field->kind == OAT_FIELD_MONEY ||
           field->kind == OAT_FIELD_DURATION || field->kind == OAT_FIELD_SHARE;
}

static int parse_aggregate_field(const struct oat_filter_source *source, oat_text kind, oat_text word,
                                 struct oat_aggregate *aggregate)
{
    oat_text key;
    if (aggregate->kind < OAT_AGGREGATE_SUM)
        return word.bytes ? oat_filter_fail(source, place_of(source, word), word.len,
                                            "%.*s is of no field: it counts spans", shown(kind), kind.bytes)
                          : OAT_OK;
    if (!word.bytes)
        return oat_filter_fail(source, place_of(source, kind), kind.len,
                               "%.*s needs a field: %.*s:duration_ms", shown(kind), kind.bytes, shown(kind),
                               kind.bytes);
    int result = find_field(source, word, &aggregate->field, &key);
    if (result != OAT_OK || is_number(aggregate->field, aggregate->kind))
        return result;
    return oat_filter_fail(source, place_of(source, word), word.len,
                           "%.*s has no %.*s: it is not such a number", shown(word), word.bytes, shown(kind),
                           kind.bytes);
}

int oat_query_aggregate_parse(const struct oat_filter_source *source, struct oat_aggregate *ret)
{
    oat_text rest = trimmed(source), kind = take_word(&rest), all = kind;
    struct oat_aggregate aggregate = {.all = is_word(kind, "all") && rest.bytes};
    if (aggregate.all)
        kind = take_word(&rest);
    int result = parse_kind(source, kind, &aggregate);
    if (result == OAT_OK)
        result = parse_aggregate_field(source, kind, rest, &aggregate);
    if (result != OAT_OK)
        return result;
    bool adds = aggregate.kind == OAT_AGGREGATE_SUM || aggregate.kind == OAT_AGGREGATE_AVG;
    if (aggregate.all && !(adds && oat_query_is_usage(aggregate.field)))
        return oat_filter_fail(source, place_of(source, all), all.len,
                               "all: goes with sum and avg of tokens and costs; the others are of all spans");
    *ret = aggregate;
    return OAT_OK;
}

char *oat_query_aggregate_name(const struct oat_aggregate *aggregate)
{
    const char *kind = "";
    char percent[16], *name;
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].kind == aggregate->kind)
            kind = kinds[i].name;
    if (aggregate->kind == OAT_AGGREGATE_QUANTILE) {
        snprintf(percent, sizeof percent, "p%u", aggregate->percent);
        kind = percent;
    }
    if (asprintf(&name, "%s%s%s%s", aggregate->all ? "all:" : "", kind, aggregate->field ? ":" : "",
                 aggregate->field ? aggregate->field->name : "") < 0)
        return NULL;
    return name;
}

oat_query_column oat_query_aggregate_column(const struct oat_aggregate *aggregate)
{
    oat_query_column column = {.type = OAT_QUERY_NUMBER};
    if (aggregate->field)
        column = column_of(aggregate->field);
    if (aggregate->kind == OAT_AGGREGATE_COUNT || aggregate->kind == OAT_AGGREGATE_TRACES)
        column.type = OAT_QUERY_INTEGER;
    if (aggregate->kind == OAT_AGGREGATE_RATE)
        column.unit = "1/s";
    if (aggregate->kind == OAT_AGGREGATE_AVG || aggregate->kind == OAT_AGGREGATE_QUANTILE)
        column.type = OAT_QUERY_NUMBER;
    column.approximate = aggregate->kind == OAT_AGGREGATE_QUANTILE;
    return column;
}
