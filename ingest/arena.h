/* Memory that is given back all at once. A decoder allocates what it decodes here, so that no field
 * costs a malloc and a hostile input can cost no more than the limit. */
#ifndef OAT_INGEST_ARENA_H
#define OAT_INGEST_ARENA_H

#include "ingest/memory_budget.h"

struct oat_arena_block;

struct oat_arena {
    struct oat_arena_block *head;
    size_t used;                      /* bytes handed out since the last clear */
    size_t limit;                     /* most bytes to hand out; 0 = no limit */
    struct oat_memory_budget *budget; /* pays for the blocks; borrowed; NULL: none */
    bool failed;                      /* an allocation was refused: what was decoded since is incomplete */
    bool over_limit;                  /* ... because of the limit, not for want of memory */
};

/* size bytes, aligned for anything, not initialised; lives until oat_arena_clear. NULL, and failed
 * is set, when out of memory or budget, or over the limit. */
void *oat_arena_alloc(struct oat_arena *arena, size_t size);

/* count elements of size bytes, zeroed. NULL as above, also when the product overflows. */
void *oat_arena_calloc(struct oat_arena *arena, size_t count, size_t size);

/* A copy of len bytes with a NUL behind them. NULL as above. */
char *oat_arena_copy(struct oat_arena *arena, const void *bytes, size_t len);

/* Formatted text, as snprintf. NULL as above. */
char *oat_arena_printf(struct oat_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Frees everything but limit and budget; the arena can be used again. Accepts a zeroed arena. */
void oat_arena_clear(struct oat_arena *arena);

#endif
