#include "reader/filter_test.h"

#include <stdlib.h>
#include <string.h>

#include "format/attrs.h"
#include "reader/filter_number.h"
#include "reader/glob.h"

/* Is the number in one of the ranges, which ascend? */
static bool is_in_ranges(const struct oat_filter_test *test, int64_t value)
{
    size_t low = 0, high = test->range_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (test->ranges[middle].high < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < test->range_count && test->ranges[low].low <= value;
}

/* Does the text do what the operator wants, but for a "not"? */
static bool fits_text(const struct oat_filter_node *node, oat_text text)
{
    const struct oat_filter_test *test = &node->test;
    if (node->op == OAT_FILTER_CONTAINS)
        return oat_text_match_in(test->match, text.bytes, text.len);
    if (node->op == OAT_FILTER_GLOB)
        return oat_glob_match(test->texts[0], text);
    return test->text_count > 0 &&
           bsearch(&text, test->texts, test->text_count, sizeof text, oat_filter_text_order) != NULL;
}

bool oat_filter_test_number(const struct oat_filter_node *node, int64_t value)
{
    return is_in_ranges(&node->test, value) != node->test.negate;
}

bool oat_filter_test_text(const struct oat_filter_node *node, oat_text text)
{
    if (node->test.null)
        return (text.bytes != NULL) == node->test.negate;
    return text.bytes && fits_text(node, text) != node->test.negate;
}

bool oat_filter_test_id(const struct oat_filter_node *node, const uint64_t *words, size_t word_count)
{
    for (size_t i = 0; i < node->test.id_count; i++) {
        const struct oat_filter_id *id = &node->test.ids[i];
        uint64_t differs = 0;
        for (size_t k = 0; k < word_count; k++)
            differs |= (words[k] ^ id->word[k]) & id->mask[k];
        if (differs == 0)
            return true;
    }
    return false;
}

/* ---- Attributes ----------------------------------------------------------------------------------- */

static bool fits_real(const struct oat_filter_node *node, double value)
{
    const struct oat_filter_test *test = &node->test;
    for (size_t i = 0; i < test->real_count; i++) {
        double wanted = test->reals[i];
        bool fits = node->op == OAT_FILTER_LT   ? value < wanted
                    : node->op == OAT_FILTER_LE ? value <= wanted
                    : node->op == OAT_FILTER_GT ? value > wanted
                    : node->op == OAT_FILTER_GE ? value >= wanted
                                                : value >= wanted && value <= wanted;
        if (fits)
            return true;
    }
    return false;
}

static bool is_ordered(enum oat_filter_operator op)
{
    return op >= OAT_FILTER_LT && op <= OAT_FILTER_GE;
}

/* Text fits as text, and as a number when it is one and is compared with one. */
static bool fits_string(const struct oat_filter_node *node, oat_text text)
{
    double real;
    if (!is_ordered(node->op) && fits_text(node, text))
        return true;
    return node->test.real_count > 0 && oat_filter_real_parse(text, OAT_UNITS_NONE, &real) &&
           fits_real(node, real);
}

/* A value of an attribute, or an element of it. */
static bool fits_scalar(const struct oat_filter_node *node, const struct oat_attr_value *value)
{
    switch (value->type) {
    case OAT_VALUE_STRING:
        return fits_string(node, (oat_text){(const char *)value->bytes, value->len});
    case OAT_VALUE_BOOL:
        return fits_string(node, value->boolean ? (oat_text){"true", 4} : (oat_text){"false", 5});
    case OAT_VALUE_INT:
        return is_in_ranges(&node->test, value->integer);
    case OAT_VALUE_DOUBLE:
        return fits_real(node, value->real);
    case OAT_VALUE_NULL:
    case OAT_VALUE_BYTES:
    case OAT_VALUE_ARRAY:
    case OAT_VALUE_MAP:
        break;
    }
    return false;
}

/* An array fits when one of its elements does. */
static bool fits_value(const struct oat_filter_node *node, struct oat_attr_value *value)
{
    struct oat_attr_value element;
    if (value->type != OAT_VALUE_ARRAY)
        return fits_scalar(node, value);
    while (oat_values_next(&value->children, &element))
        if (fits_scalar(node, &element))
            return true;
    return false;
}

bool oat_filter_test_attribute(const struct oat_filter_node *node, oat_text key, oat_text encoded)
{
    struct oat_attr_cursor cursor = {.bytes = (const uint8_t *)encoded.bytes, .len = encoded.len, .left = 1};
    struct oat_attr_value value;
    if (key.len != node->key.len || memcmp(key.bytes, node->key.bytes, key.len) != 0)
        return false;
    if (!oat_values_next(&cursor, &value) || value.type == OAT_VALUE_NULL)
        return false;
    return node->test.null || fits_value(node, &value) != node->test.negate;
}
