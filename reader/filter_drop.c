#include "reader/filter_drop.h"

#include "reader/filter.h"

#include <string.h>

/* A field, and its key when it is an attribute. */
struct dropped {
    const struct oat_field *field;
    oat_text key;
};

static bool is_about(const struct oat_filter_node *node, const struct dropped *dropped)
{
    while (node->kind == OAT_FILTER_NOT)
        node = node->first_child;
    return node->kind == OAT_FILTER_COMPARE && node->field == dropped->field &&
           node->key.len == dropped->key.len &&
           (node->key.len == 0 || memcmp(node->key.bytes, dropped->key.bytes, node->key.len) == 0);
}

/* Returns what is left of a node; NULL: nothing. As deep as a filter may be. */
static struct oat_filter_node *without(struct oat_filter_node *node, const struct dropped *dropped)
{
    if (is_about(node, dropped)) {
        oat_filter_node_free(node);
        return NULL;
    }
    if (node->kind != OAT_FILTER_AND)
        return node;
    struct oat_filter_node **tail = &node->first_child;
    for (struct oat_filter_node *child = node->first_child, *next; child; child = next) {
        next = child->next;
        *tail = without(child, dropped);
        if (*tail)
            tail = &(*tail)->next;
    }
    *tail = NULL;
    struct oat_filter_node *only = node->first_child;
    if (only && only->next)
        return node;
    node->first_child = NULL;
    oat_filter_node_free(node);
    return only;
}

void oat_filter_drop(oat_filter *filter, oat_text field)
{
    struct dropped dropped = {0};
    dropped.field = oat_field_find(field.bytes, field.len, &dropped.key);
    if (!dropped.field || !filter->root)
        return;
    filter->root = without(filter->root, &dropped);
    if (filter->root)
        oat_filter_set_costs(filter->root);
}
