#include "reader/filter_zone.h"

#include "reader/filter_attributes.h"
#include "reader/filter_codes.h"
#include "reader/filter_test.h"

/* Codes between two bounds that are looked at one by one; few beside the rows. */
#define CODES_MAX 64u

static enum oat_filter_zone opposite(enum oat_filter_zone zone)
{
    return zone == OAT_ZONE_NONE ? OAT_ZONE_ALL : zone == OAT_ZONE_ALL ? OAT_ZONE_NONE : OAT_ZONE_SOME;
}

/* ---- Numbers ---------------------------------------------------------------------------------------- */

/* Bounds of a vector as signed numbers. False: not known, or they are of both signs, or negative. */
static bool read_bounds(struct oat_source *source, uint32_t number, enum oat_vector vector,
                        struct oat_filter_range *ret)
{
    uint64_t low, high;
    if (!source->ops->zone(source, number, vector, &low, &high) || low > high || high > INT64_MAX)
        return false;
    *ret = (struct oat_filter_range){(int64_t)low, (int64_t)high};
    return true;
}

/* Bounds of the values of a field, those that are not there being 0. */
static bool read_field_bounds(struct oat_source *source, uint32_t number, const struct oat_field *field,
                              struct oat_filter_range *ret)
{
    struct oat_filter_range bounds, more;
    if (field->mask || field->if_zero || !read_bounds(source, number, field->place, &bounds))
        return false;
    if (field->plus) {
        if (!read_bounds(source, number, field->plus, &more) ||
            __builtin_add_overflow(bounds.high, more.high, &bounds.high))
            return false;
        bounds.low += more.low;
    }
    *ret = bounds;
    return true;
}

static bool is_zero_when_absent(const struct oat_field *field)
{
    return field->presence != OAT_FIELD_ENDED || field->plus == 0;
}

bool oat_filter_ranges_tell_presence(const struct oat_filter_node *node)
{
    const struct oat_field *field = node->field;
    if (field->presence == OAT_FIELD_ALWAYS)
        return true;
    for (size_t i = 0; i < node->test.range_count; i++)
        if (node->test.ranges[i].low <= 0 && node->test.ranges[i].high >= 0)
            return false;
    return is_zero_when_absent(field);
}

/* Do the ranges hold none, some or all of the numbers between the bounds? */
static enum oat_filter_zone zone_of_ranges(const struct oat_filter_test *test, struct oat_filter_range bounds)
{
    for (size_t i = 0; i < test->range_count; i++) {
        const struct oat_filter_range *range = &test->ranges[i];
        if (range->low <= bounds.low && bounds.high <= range->high)
            return OAT_ZONE_ALL;
        if (range->low <= bounds.high && bounds.low <= range->high)
            return OAT_ZONE_SOME;
    }
    return OAT_ZONE_NONE;
}

static enum oat_filter_zone zone_of_numbers(struct oat_source *source, const struct oat_filter_node *node,
                                            uint32_t number)
{
    struct oat_filter_range bounds;
    const struct oat_field *field = node->field;
    if (!read_field_bounds(source, number, field, &bounds))
        return OAT_ZONE_SOME;
    bool all_there = field->presence == OAT_FIELD_ALWAYS || (bounds.low > 0 && is_zero_when_absent(field));
    if (node->test.null)
        return !all_there ? OAT_ZONE_SOME : node->test.negate ? OAT_ZONE_ALL : OAT_ZONE_NONE;
    enum oat_filter_zone zone = zone_of_ranges(&node->test, bounds);
    if (node->test.negate)
        zone = opposite(zone);
    return zone == OAT_ZONE_ALL && !all_there ? OAT_ZONE_SOME : zone;
}

/* ---- Codes ------------------------------------------------------------------------------------------ */

static enum oat_filter_zone zone_of_codes(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                                          enum oat_vector vector, uint32_t number)
{
    uint64_t low, high;
    bool any, all;
    if (vector == OAT_VECTOR_TRACE && !oat_filter_knows_traces(eval, node))
        return OAT_ZONE_SOME;
    if (!eval->source->ops->zone(eval->source, number, vector, &low, &high) || low > high ||
        high > UINT32_MAX || high - low >= CODES_MAX)
        return OAT_ZONE_SOME;
    if (oat_filter_codes_pass(eval, node, (uint32_t)low, (uint32_t)high, &any, &all) != OAT_OK)
        return OAT_ZONE_SOME;
    return all ? OAT_ZONE_ALL : any ? OAT_ZONE_SOME : OAT_ZONE_NONE;
}

/* ---- Nodes ------------------------------------------------------------------------------------------ */

/* Of children of which all, or any, have to pass. `decides` is what one of them decides for all. */
static enum oat_filter_zone zone_of_children(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                                             uint32_t number, enum oat_filter_zone decides)
{
    enum oat_filter_zone result = opposite(decides);
    for (unsigned cost = 0; cost < OAT_FILTER_COST_COUNT; cost++) {
        for (const struct oat_filter_node *child = node->first_child; child; child = child->next) {
            if (child->cost != cost)
                continue;
            enum oat_filter_zone zone = oat_filter_zone(eval, child, number);
            if (zone == decides)
                return decides;
            if (zone == OAT_ZONE_SOME)
                result = OAT_ZONE_SOME;
        }
    }
    return result;
}

static enum oat_filter_zone find_zone(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                                      uint32_t number)
{
    enum oat_vector vector;
    if (oat_filter_code_vector(node, &vector))
        return zone_of_codes(eval, node, vector, number);
    switch (node->kind) {
    case OAT_FILTER_AND:
        return zone_of_children(eval, node, number, OAT_ZONE_NONE);
    case OAT_FILTER_OR:
    case OAT_FILTER_SEARCH:
        return zone_of_children(eval, node, number, OAT_ZONE_ALL);
    case OAT_FILTER_NOT:
        return opposite(oat_filter_zone(eval, node->first_child, number));
    case OAT_FILTER_COMPARE:
        if (node->field->kind == OAT_FIELD_PAYLOAD || node->field->kind == OAT_FIELD_SPAN_ID)
            return OAT_ZONE_SOME;
        if (node->field->kind == OAT_FIELD_ATTRIBUTE)
            return oat_filter_attributes_zone(eval, node);
        return zone_of_numbers(eval->source, node, number);
    case OAT_FILTER_TRACE_HAS:
        break;
    }
    return OAT_ZONE_SOME;
}

enum oat_filter_zone oat_filter_zone(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                                     uint32_t number)
{
    struct oat_filter_state *state = &eval->states[node->number];
    if (!state->zone_known || state->zone_of != number) {
        state->zone = find_zone(eval, node, number);
        state->zone_of = number;
        state->zone_known = true;
    }
    return state->zone;
}
