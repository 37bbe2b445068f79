#include "reader/arena.h"

#include <stdlib.h>

#define BLOCK_BYTES (64u << 10)

struct oat_arena_block {
    struct oat_arena_block *before;
    size_t used, size;
    char bytes[];
};

char *oat_arena_take(struct oat_arena *arena, size_t len)
{
    struct oat_arena_block *block = arena->last;
    if (!block || len > block->size - block->used) {
        size_t size = len > BLOCK_BYTES ? len : BLOCK_BYTES;
        block = malloc(sizeof *block + size);
        if (!block)
            return NULL;
        *block = (struct oat_arena_block){.before = arena->last, .size = size};
        arena->last = block;
    }
    char *bytes = block->bytes + block->used;
    block->used += len;
    return bytes;
}

void oat_arena_free(struct oat_arena *arena)
{
    while (arena->last) {
        struct oat_arena_block *before = arena->last->before;
        free(arena->last);
        arena->last = before;
    }
}
