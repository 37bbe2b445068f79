#include "reader/filter_fields.h"

static bool all_fields(const struct oat_filter_node *node, oat_field_check *holds, uint64_t vectors)
{
    switch (node->kind) {
    case OAT_FILTER_AND:
    case OAT_FILTER_OR:
    case OAT_FILTER_NOT:
        for (const struct oat_filter_node *child = node->first_child; child; child = child->next)
            if (!all_fields(child, holds, vectors))
                return false;
        return true;
    case OAT_FILTER_COMPARE:
        return holds(node->field, node->test.null, vectors);
    case OAT_FILTER_TRACE_HAS:
    case OAT_FILTER_SEARCH:
        break;
    }
    return false;
}

bool oat_filter_all_fields(const struct oat_filter *filter, oat_field_check *holds, uint64_t vectors)
{
    return !filter->root || all_fields(filter->root, holds, vectors);
}

static bool is_of_span(const struct oat_field *field, bool presence, uint64_t vectors)
{
    (void)presence, (void)vectors;
    return !field->of_trace;
}

bool oat_filter_is_of_spans(const struct oat_filter *filter)
{
    return oat_filter_all_fields(filter, is_of_span, 0);
}
