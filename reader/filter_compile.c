#include "reader/filter_compile.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "format/endian.h"
#include "format/ids.h"
#include "reader/filter_number.h"

#define BIT(op)    (1u << (op))
#define EQUALITY   (BIT(OAT_FILTER_EQ) | BIT(OAT_FILTER_NE) | BIT(OAT_FILTER_IN) | BIT(OAT_FILTER_NOT_IN))
#define ORDER      (BIT(OAT_FILTER_LT) | BIT(OAT_FILTER_LE) | BIT(OAT_FILTER_GT) | BIT(OAT_FILTER_GE))
#define TEXTUAL    (BIT(OAT_FILTER_GLOB) | BIT(OAT_FILTER_CONTAINS))
#define NULL_TESTS (BIT(OAT_FILTER_EQ) | BIT(OAT_FILTER_NE))

#define HEX_PREFIX_MIN 8u /* digits that name an id by its beginning */

/* How values of a kind are written and compared. */
static const struct {
    unsigned operators;
    const char *expected; /* NULL: the field's names */
} kinds[] = {
    [OAT_FIELD_TEXT] = {EQUALITY | TEXTUAL, "text"},
    [OAT_FIELD_COUNT] = {EQUALITY | ORDER, "number"},
    [OAT_FIELD_MONEY] = {EQUALITY | ORDER, "number"},
    [OAT_FIELD_TIME] = {EQUALITY | ORDER, "time"},
    [OAT_FIELD_DURATION] = {EQUALITY | ORDER, "duration"},
    [OAT_FIELD_SHARE] = {EQUALITY | ORDER, "number"},
    [OAT_FIELD_ENUM] = {EQUALITY, NULL},
    [OAT_FIELD_TRACE_ID] = {EQUALITY, "id"},
    [OAT_FIELD_SPAN_ID] = {EQUALITY, "id"},
    [OAT_FIELD_PAYLOAD] = {NULL_TESTS | BIT(OAT_FILTER_CONTAINS), "text"},
    [OAT_FIELD_ATTRIBUTE] = {EQUALITY | ORDER | TEXTUAL, "value"},
};

struct compiler {
    const struct oat_filter_source *source;
    uint64_t now_ns;
    struct oat_filter_node *node;
    struct oat_filter_test *test; /* the node's */
};

bool oat_filter_operator_fits(enum oat_field_kind kind, enum oat_filter_operator op)
{
    return kinds[kind].operators & BIT(op);
}

void oat_filter_expect_value(const struct oat_filter_source *source, const struct oat_field *field,
                             enum oat_filter_operator op)
{
    if (field->kind == OAT_FIELD_ENUM)
        for (unsigned value = 1; field->value_name(value); value++)
            oat_filter_expect(source, field->value_name(value));
    else if (field->kind == OAT_FIELD_PAYLOAD && op != OAT_FILTER_CONTAINS)
        oat_filter_expect(source, "null");
    else if (field->kind == OAT_FIELD_ATTRIBUTE && (BIT(op) & ORDER))
        oat_filter_expect(source, "number");
    else
        oat_filter_expect(source, kinds[field->kind].expected);
}

/* Says that a value is none of the field's. */
static int refuse(const struct compiler *c, const struct oat_filter_value *value)
{
    oat_filter_unexpected(c->source, value->at, value->len);
    oat_filter_expect_value(c->source, c->node->field, c->node->op);
    return OAT_E_INVALID;
}

static bool is_null_word(const struct oat_filter_value *value)
{
    return !value->quoted && value->text.len == 4 && strncasecmp(value->text.bytes, "null", 4) == 0;
}

/* ---- Numbers --------------------------------------------------------------------------------------- */

static bool parse_number(const struct compiler *c, const struct oat_filter_value *value,
                         struct oat_filter_number *ret)
{
    const struct oat_field *field = c->node->field;
    unsigned digits = 0;
    for (uint64_t one = field->per_shown; one > 1; one /= 10)
        digits++;
    switch (field->kind) {
    case OAT_FIELD_TIME:
        return oat_filter_time_parse(value->text, c->now_ns, ret);
    case OAT_FIELD_DURATION: /* shown in milliseconds, the units' 1 is a second */
        return oat_filter_number_parse(value->text, OAT_UNITS_DURATION, digits + 3, ret);
    case OAT_FIELD_MONEY:
    case OAT_FIELD_SHARE:
        return oat_filter_number_parse(value->text, OAT_UNITS_NONE, digits, ret);
    case OAT_FIELD_ENUM:
        *ret =
            (struct oat_filter_number){oat_field_enum_parse(field, value->text.bytes, value->text.len), true};
        return ret->floor != 0;
    default:
        return oat_filter_number_parse(value->text, OAT_UNITS_SIZE, 0, ret);
    }
}

/* The whole numbers that an operator with this value lets through. False: there are none. */
static bool range_of(enum oat_filter_operator op, struct oat_filter_number number,
                     struct oat_filter_range *ret)
{
    struct oat_filter_range all = {INT64_MIN, INT64_MAX};
    switch (op) {
    case OAT_FILTER_LT:
        if (number.exact && number.floor == INT64_MIN)
            return false;
        *ret = (struct oat_filter_range){all.low, number.floor - number.exact};
        return true;
    case OAT_FILTER_LE:
        *ret = (struct oat_filter_range){all.low, number.floor};
        return true;
    case OAT_FILTER_GE:
    case OAT_FILTER_GT: {
        bool above = op == OAT_FILTER_GT || !number.exact;
        if (above && number.floor == INT64_MAX)
            return false;
        *ret = (struct oat_filter_range){number.floor + above, all.high};
        return true;
    }
    default:
        *ret = (struct oat_filter_range){number.floor, number.floor};
        return number.exact;
    }
}

static int order_of_ranges(const void *a, const void *b)
{
    int64_t x = ((const struct oat_filter_range *)a)->low, y = ((const struct oat_filter_range *)b)->low;
    return (x > y) - (x < y);
}

/* Sorts the ranges and joins those that touch or overlap. */
static void join_ranges(struct oat_filter_test *test)
{
    size_t kept = 0;
    qsort(test->ranges, test->range_count, sizeof *test->ranges, order_of_ranges);
    for (size_t i = 1; i < test->range_count; i++) {
        struct oat_filter_range *last = &test->ranges[kept], *range = &test->ranges[i];
        if (last->high == INT64_MAX || range->low <= last->high + 1)
            last->high = last->high > range->high ? last->high : range->high;
        else
            test->ranges[++kept] = *range;
    }
    if (test->range_count > 0)
        test->range_count = kept + 1;
}

static int compile_numbers(const struct compiler *c)
{
    const struct oat_filter_node *node = c->node;
    c->test->ranges = calloc(node->value_count, sizeof *c->test->ranges);
    if (!c->test->ranges)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < node->value_count; i++) {
        struct oat_filter_number number;
        if (!parse_number(c, &node->values[i], &number))
            return refuse(c, &node->values[i]);
        c->test->range_count += range_of(node->op, number, &c->test->ranges[c->test->range_count]);
    }
    join_ranges(c->test);
    return OAT_OK;
}

/* ---- Texts ----------------------------------------------------------------------------------------- */

static int compile_texts(const struct compiler *c)
{
    const struct oat_filter_node *node = c->node;
    oat_text first = node->values[0].text;
    if (node->op == OAT_FILTER_CONTAINS)
        return oat_text_match_create(first.bytes, first.len, &c->test->match);
    c->test->texts = calloc(node->value_count, sizeof *c->test->texts);
    if (!c->test->texts)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < node->value_count; i++)
        c->test->texts[c->test->text_count++] = node->values[i].text;
    qsort(c->test->texts, c->test->text_count, sizeof *c->test->texts, oat_filter_text_order);
    return OAT_OK;
}

/* Attributes have no type of their own: a value that is written as a number is compared with numbers,
 * and, but for < and the like, with texts too. */
static int compile_attribute(const struct compiler *c)
{
    const struct oat_filter_node *node = c->node;
    bool ordered = BIT(node->op) & ORDER;
    int result = ordered ? OAT_OK : compile_texts(c);
    if (result != OAT_OK || (BIT(node->op) & TEXTUAL))
        return result;
    c->test->ranges = calloc(node->value_count, sizeof *c->test->ranges);
    c->test->reals = calloc(node->value_count, sizeof *c->test->reals);
    if (!c->test->ranges || !c->test->reals)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < node->value_count; i++) {
        const struct oat_filter_value *value = &node->values[i];
        struct oat_filter_number number;
        double real;
        bool is_number = !value->quoted && parse_number(c, value, &number) &&
                         oat_filter_real_parse(value->text, OAT_UNITS_SIZE, &real);
        if (!is_number && ordered)
            return refuse(c, value);
        if (!is_number)
            continue;
        c->test->reals[c->test->real_count++] = real;
        c->test->range_count += range_of(node->op, number, &c->test->ranges[c->test->range_count]);
    }
    join_ranges(c->test);
    return OAT_OK;
}

/* ---- Ids ------------------------------------------------------------------------------------------- */

static void add_id(const struct compiler *c, const uint8_t id[16], const uint8_t mask[16])
{
    struct oat_filter_id *ret = &c->test->ids[c->test->id_count++];
    for (unsigned i = 0; i < 2; i++) {
        oat_le64 word, bits;
        memcpy(&word, id + 8 * i, sizeof word);
        memcpy(&bits, mask + 8 * i, sizeof bits);
        ret->word[i] = oat_le64_get(word);
        ret->mask[i] = oat_le64_get(bits);
    }
}

/* Adds the ids that begin with these hex digits. False: it is not 8 .. 2 * id_len digits. */
static bool add_prefix(const struct compiler *c, oat_text text, size_t id_len)
{
    char digits[33], bits[33];
    uint8_t id[16], mask[16];
    if (text.len < HEX_PREFIX_MIN || text.len > 2 * id_len)
        return false;
    memset(digits, '0', sizeof digits);
    memset(bits, '0', sizeof bits);
    memcpy(digits, text.bytes, text.len);
    memset(bits, 'f', text.len);
    if (!oat_hex_parse(digits, 32, id, 16) || !oat_hex_parse(bits, 32, mask, 16))
        return false;
    add_id(c, id, mask);
    return true;
}

/* Any text is an id (format/ids.h); hex digits are also the beginning of others. A span id made from
 * text depends on its trace: the text is kept. */
static int compile_ids(const struct compiler *c)
{
    static const uint8_t whole[16] = {255, 255, 255, 255, 255, 255, 255, 255,
                                      255, 255, 255, 255, 255, 255, 255, 255};
    const struct oat_filter_node *node = c->node;
    bool of_trace = node->field->kind == OAT_FIELD_TRACE_ID;
    size_t id_len = of_trace ? 16 : 8;
    c->test->ids = calloc(node->value_count, 2 * sizeof *c->test->ids);
    c->test->texts = calloc(node->value_count, sizeof *c->test->texts);
    if (!c->test->ids || !c->test->texts)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < node->value_count; i++) {
        oat_text text = node->values[i].text;
        uint8_t id[16];
        if (oat_trace_id_of_text(text.bytes, text.len, id) != OAT_OK)
            return refuse(c, &node->values[i]);
        bool is_prefix = add_prefix(c, text, id_len);
        if (of_trace)
            add_id(c, id, whole);
        else if (!is_prefix || text.len < 2 * id_len)
            c->test->texts[c->test->text_count++] = text;
    }
    return OAT_OK;
}

/* ---- All ------------------------------------------------------------------------------------------- */

static int compile_null(const struct compiler *c)
{
    c->test->null = true;
    return c->node->field->kind == OAT_FIELD_PAYLOAD ? oat_text_match_create("", 0, &c->test->match) : OAT_OK;
}

int oat_filter_compile(const struct oat_filter_source *source, uint64_t now_ns, struct oat_filter_node *node)
{
    const struct compiler c = {source, now_ns, node, &node->test};
    bool may_be_null = BIT(node->op) & NULL_TESTS;
    node->test.negate = node->op == OAT_FILTER_NE || node->op == OAT_FILTER_NOT_IN;
    for (size_t i = 0; i < node->value_count; i++)
        if (is_null_word(&node->values[i]))
            return may_be_null ? compile_null(&c) : refuse(&c, &node->values[i]);
    switch (node->field->kind) {
    case OAT_FIELD_TEXT:
        return compile_texts(&c);
    case OAT_FIELD_PAYLOAD:
        return may_be_null ? refuse(&c, &node->values[0]) : compile_texts(&c);
    case OAT_FIELD_ATTRIBUTE:
        return compile_attribute(&c);
    case OAT_FIELD_TRACE_ID:
    case OAT_FIELD_SPAN_ID:
        return compile_ids(&c);
    default:
        return compile_numbers(&c);
    }
}
