#include "writer/recipe_builder.h"

#include <stdlib.h>

bool oat_items_push(struct oat_items *items, struct oat_item item)
{
    if (items->count == items->room) {
        size_t room = items->room ? items->room * 2 : 64;
        struct oat_item *v = realloc(items->v, room * sizeof *v);
        if (!v)
            return false;
        items->v = v;
        items->room = room;
    }
    items->v[items->count++] = item;
    return true;
}

void oat_items_free(struct oat_items *items)
{
    free(items->v);
    *items = (struct oat_items){0};
}

size_t oat_recipe_plan_bound(const struct oat_recipe_plan *plan)
{
    size_t n = OAT_RECIPE_OP_MAX;
    uint32_t pos = plan->base_len;
    for (size_t r = 0; r < 2; r++) {
        const struct oat_item_run *run = &plan->run[r];
        for (size_t i = 0; i < run->count; i++) {
            n += OAT_RECIPE_OP_MAX;
            if (run->v[i].op == OAT_RECIPE_LITERAL)
                n += run->v[i].end - pos;
            pos = run->v[i].end;
        }
    }
    return n;
}

size_t oat_recipe_plan_encode(const struct oat_recipe_plan *plan, const uint64_t *staged_offsets,
                              uint64_t offset, uint8_t *dst)
{
    size_t n = 0;
    uint32_t pos = plan->base_len;
    if (plan->base_offset)
        n = oat_recipe_put_base(dst, offset, plan->base_offset, plan->base_len);
    for (size_t r = 0; r < 2; r++) {
        const struct oat_item_run *run = &plan->run[r];
        for (size_t i = 0; i < run->count; i++) {
            const struct oat_item *item = &run->v[i];
            if (item->op == OAT_RECIPE_LITERAL)
                n += oat_recipe_put_literal(dst + n, plan->payload + pos, item->end - pos);
            else
                n += oat_recipe_put_chunk(dst + n, (enum oat_recipe_op)item->op, offset,
                                          item->staged ? staged_offsets[item->ref] : item->ref);
            pos = item->end;
        }
    }
    return n;
}
