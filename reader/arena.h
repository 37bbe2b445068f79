/* Texts that live as long as each other. */
#ifndef OAT_READER_ARENA_H
#define OAT_READER_ARENA_H

#include <stddef.h>

struct oat_arena_block;

/* Zero-initialise; free with oat_arena_free. One thread at a time. */
struct oat_arena {
    struct oat_arena_block *last;
};

/* Room for so many bytes, aligned as chars are. Owned by the arena. NULL: out of memory. */
char *oat_arena_take(struct oat_arena *arena, size_t len);
void oat_arena_free(struct oat_arena *arena);

#endif
