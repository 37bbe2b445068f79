/* Numbers by key, in bounded memory: what was not asked for lately is forgotten first. Keys are 128
 * random bits (a hash under a seed that nobody knows), so that nobody can choose where they collide.
 * Used by one thread at a time. */
#ifndef OAT_COMPACTOR_NUMBER_MAP_H
#define OAT_COMPACTOR_NUMBER_MAP_H

#include "format/hash.h"

#include <stdbool.h>

/* A chunk or a payload of the pack. */
struct oat_number {
    uint32_t number;
    uint32_t len;   /* bytes of it, decoded */
    uint16_t depth; /* RECIPE: recipes in its chain of bases, itself included */
    bool forgotten; /* it is a marker, or has one in it */
};

struct oat_number_half {
    struct oat_number_entry *entries; /* open addressing; NULL: none */
    size_t size;                      /* a power of two */
    size_t count;
};

struct oat_number_map {
    struct oat_number_half young; /* used since the old half was young */
    struct oat_number_half old;
    size_t half_max; /* entries of a half */
};

/* memory_bytes: for both halves; at least some are always remembered. */
void oat_number_map_init(struct oat_number_map *map, uint64_t memory_bytes);
void oat_number_map_clear(struct oat_number_map *map);

/* False: not known, or forgotten. */
bool oat_number_map_get(struct oat_number_map *map, const oat_content_id *key, struct oat_number *ret);

/* Remembers a number under a key, in place of the one it had. Out of memory it forgets others, or does
 * not. */
void oat_number_map_put(struct oat_number_map *map, const oat_content_id *key, struct oat_number number);

#endif
