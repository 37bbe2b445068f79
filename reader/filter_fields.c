#include "reader/filter_fields.h"

static bool all_fields(const struct oat_filter_node *node,
                       bool (*holds)(const struct oat_field *field, bool presence))
{
    switch (node->kind) {
    case OAT_FILTER_AND:
    case OAT_FILTER_OR:
    case OAT_FILTER_NOT:
        for (const struct oat_filter_node *child = node->first_child; child; child = child->next)
            if (!all_fields(child, holds))
                return false;
        return true;
    case OAT_FILTER_COMPARE:
        return holds(node->field, node->test.null);
    case OAT_FILTER_TRACE_HAS:
    case OAT_FILTER_SEARCH:
        break;
    }
    return false;
}

bool oat_filter_all_fields(const struct oat_filter *filter,
                           bool (*holds)(const struct oat_field *field, bool presence))
{
    return !filter->root || all_fields(filter->root, holds);
}
