#include "reader/filter_window.h"

/* Starts from low to high; none when low > high. */
typedef struct oat_filter_range window;

static const window any_time = {0, INT64_MAX};
static const window no_time = {1, 0};

static window both(window a, window b)
{
    return (window){a.low > b.low ? a.low : b.low, a.high < b.high ? a.high : b.high};
}

/* The least window that has both in it. */
static window around(window a, window b)
{
    if (a.low > a.high)
        return b;
    if (b.low > b.high)
        return a;
    return (window){a.low < b.low ? a.low : b.low, a.high > b.high ? a.high : b.high};
}

/* Starts that a comparison of start_time lets through, or those that it does not. */
static window window_of_test(const struct oat_filter_test *test, bool negated)
{
    window result = no_time;
    int64_t behind = 0; /* the first time behind the ranges before */
    if (test->null)
        return negated != test->negate ? any_time : no_time;
    for (size_t i = 0; i < test->range_count; i++) {
        const window range = test->ranges[i];
        if (negated == test->negate)
            result = around(result, range);
        else if (range.low > behind)
            result = around(result, (window){behind, range.low - 1});
        if (range.high >= behind)
            behind = range.high < INT64_MAX ? range.high + 1 : INT64_MAX;
    }
    bool rest = test->range_count == 0 || test->ranges[test->range_count - 1].high < INT64_MAX;
    if (negated != test->negate && rest)
        result = around(result, (window){behind, INT64_MAX});
    return both(result, any_time);
}

static window window_of(const struct oat_filter_node *node, bool negated)
{
    switch (node->kind) {
    case OAT_FILTER_NOT:
        return window_of(node->first_child, !negated);
    case OAT_FILTER_AND:
    case OAT_FILTER_OR: {
        bool all = (node->kind == OAT_FILTER_AND) != negated;
        window result = all ? any_time : no_time;
        for (const struct oat_filter_node *child = node->first_child; child; child = child->next)
            result =
                all ? both(result, window_of(child, negated)) : around(result, window_of(child, negated));
        return result;
    }
    case OAT_FILTER_COMPARE:
        if (!node->field->of_trace && node->field->kind == OAT_FIELD_TIME && node->field->plus == 0)
            return window_of_test(&node->test, negated);
        break;
    case OAT_FILTER_SEARCH:
    case OAT_FILTER_TRACE_HAS:
        break;
    }
    return any_time;
}

bool oat_filter_window(const struct oat_filter *filter, uint64_t *ret_from_ns, uint64_t *ret_to_ns)
{
    const window result = filter->root ? window_of(filter->root, false) : any_time;
    if (result.low > result.high)
        return false;
    *ret_from_ns = (uint64_t)result.low;
    *ret_to_ns = (uint64_t)result.high;
    return true;
}
