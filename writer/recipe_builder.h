/* What a payload consists of, as the writer sees it, and its encoding as a recipe. */
#ifndef OAT_WRITER_RECIPE_BUILDER_H
#define OAT_WRITER_RECIPE_BUILDER_H

#include "format/recipe.h"

#include <stdbool.h>

/* One piece. Its bytes begin where the piece before it ends. */
struct oat_item {
    uint64_t ref; /* chunk: file offset of its entry (index while staged); LITERAL: hash of its bytes */
    uint32_t end; /* position in the payload behind it, lead included */
    uint8_t op;   /* enum oat_recipe_op */
    bool staged;  /* ref is an index of the batch that is not written yet */
};

struct oat_items {
    struct oat_item *v;
    size_t count;
    size_t room;
};

/* Appends. False when out of memory. */
bool oat_items_push(struct oat_items *items, struct oat_item item);
void oat_items_free(struct oat_items *items);

/* A run of items: their bytes begin at `pos` of the payload. */
struct oat_item_run {
    const struct oat_item *v;
    size_t count;
};

/* A recipe to be. */
struct oat_recipe_plan {
    const uint8_t *payload;
    uint64_t base_offset; /* 0: none */
    uint32_t base_len;    /* bytes taken from the base; the runs go on behind them */
    struct oat_item_run run[2];
};

/* Bytes that encoding takes at most. */
size_t oat_recipe_plan_bound(const struct oat_recipe_plan *plan);

/* Encodes the operations of a recipe whose entry stands at `offset`; staged items stand at
 * staged_offsets[item.ref]. Returns the bytes written at dst. */
size_t oat_recipe_plan_encode(const struct oat_recipe_plan *plan, const uint64_t *staged_offsets,
                              uint64_t offset, uint8_t *dst);

#endif
