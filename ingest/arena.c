#include "ingest/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)64 << 10)
#define ALIGNMENT  _Alignof(max_align_t)

struct oat_arena_block {
    struct oat_arena_block *next;
    size_t size; /* of bytes */
    size_t used;
    max_align_t bytes[];
};

static bool add_block(struct oat_arena *arena, size_t size)
{
    size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    struct oat_arena_block *block = oat_memory_grow(arena->budget, NULL, 0, sizeof *block + room);
    if (!block)
        return false;
    block->size = room;
    block->used = 0;
    /* A large request gets a block of its own; the block in use stays at the head. */
    if (arena->head && size > BLOCK_SIZE / 4 && arena->head->size - arena->head->used > size / 4) {
        block->next = arena->head->next;
        arena->head->next = block;
    } else {
        block->next = arena->head;
        arena->head = block;
    }
    return true;
}

static void *take(struct oat_arena_block *block, size_t size)
{
    if (!block || block->size - block->used < size)
        return NULL;
    void *p = (char *)block->bytes + block->used;
    block->used += size;
    return p;
}

void *oat_arena_alloc(struct oat_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        goto fail;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (arena->limit && (arena->used > arena->limit || size > arena->limit - arena->used)) {
        arena->over_limit = true;
        goto fail;
    }
    void *p = take(arena->head, size);
    if (!p) {
        if (!add_block(arena, size))
            goto fail;
        p = take(arena->head, size);
        if (!p)
            p = take(arena->head->next, size);
    }
    arena->used += size;
    return p;
fail:
    arena->failed = true;
    return NULL;
}

void *oat_arena_calloc(struct oat_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        arena->failed = true;
        return NULL;
    }
    void *p = oat_arena_alloc(arena, bytes);
    if (p)
        memset(p, 0, bytes);
    return p;
}

char *oat_arena_copy(struct oat_arena *arena, const void *bytes, size_t len)
{
    char *copy = oat_arena_alloc(arena, len + 1);
    if (copy) {
        if (len)
            memcpy(copy, bytes, len);
        copy[len] = '\0';
    }
    return copy;
}

char *oat_arena_printf(struct oat_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *text = len < 0 ? NULL : oat_arena_alloc(arena, (size_t)len + 1);
    if (text)
        vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

void oat_arena_clear(struct oat_arena *arena)
{
    while (arena->head) {
        struct oat_arena_block *next = arena->head->next;
        oat_memory_free(arena->budget, arena->head, sizeof *arena->head + arena->head->size);
        arena->head = next;
    }
    arena->used = 0;
    arena->failed = arena->over_limit = false;
}
