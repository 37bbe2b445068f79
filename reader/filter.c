#include "reader/filter.h"

#include <stdlib.h>
#include <string.h>

struct oat_filter_node *oat_filter_node_new(struct oat_filter *filter, enum oat_filter_node_kind kind)
{
    struct oat_filter_node *node = calloc(1, sizeof *node);
    if (!node)
        return NULL;
    node->kind = kind;
    node->number = filter->node_count++;
    return node;
}

void oat_filter_node_free(struct oat_filter_node *node)
{
    if (!node)
        return;
    for (struct oat_filter_node *child = node->first_child, *next; child; child = next) {
        next = child->next;
        oat_filter_node_free(child);
    }
    free(node->values);
    free(node->test.ranges);
    free(node->test.texts);
    free(node->test.reals);
    free(node->test.ids);
    oat_text_match_free(node->test.match);
    free(node);
}

static enum oat_filter_cost own_cost(const struct oat_filter_node *node)
{
    if (node->kind == OAT_FILTER_TRACE_HAS)
        return OAT_FILTER_COST_SOURCE;
    if (node->kind != OAT_FILTER_COMPARE)
        return OAT_FILTER_COST_NUMBERS;
    if (node->field->of_trace)
        return OAT_FILTER_COST_TRACES;
    switch (node->field->kind) {
    case OAT_FIELD_TEXT:
        return OAT_FILTER_COST_CODES;
    case OAT_FIELD_TRACE_ID:
    case OAT_FIELD_SPAN_ID:
        return OAT_FILTER_COST_TRACES;
    case OAT_FIELD_ATTRIBUTE:
        return OAT_FILTER_COST_ATTRIBUTES;
    case OAT_FIELD_PAYLOAD:
        return OAT_FILTER_COST_PAYLOADS;
    default:
        return OAT_FILTER_COST_NUMBERS;
    }
}

void oat_filter_set_costs(struct oat_filter_node *node)
{
    node->cost = own_cost(node);
    for (struct oat_filter_node *child = node->first_child; child; child = child->next) {
        oat_filter_set_costs(child);
        node->cost = child->cost > node->cost ? child->cost : node->cost;
    }
}

void oat_filter_free(struct oat_filter *filter)
{
    if (!filter)
        return;
    oat_filter_node_free(filter->root);
    free(filter->text);
    free(filter);
}

int oat_filter_text_order(const void *a, const void *b)
{
    const oat_text *x = a, *y = b;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return x->len == 0 ? 0 : memcmp(x->bytes, y->bytes, x->len);
}
