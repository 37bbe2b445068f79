#include "compactor/number_map.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 1024u

struct oat_number_entry {
    oat_content_id key;
    struct oat_number number;
    uint32_t used;
};

/* Tables are filled to three quarters. */
static size_t filled(size_t size)
{
    return size / 4 * 3;
}

void oat_number_map_init(struct oat_number_map *map, uint64_t memory_bytes)
{
    size_t size = FIRST_SIZE;
    while (size * 2 * 2 * sizeof(struct oat_number_entry) <= memory_bytes)
        size *= 2;
    *map = (struct oat_number_map){.half_max = filled(size)};
}

void oat_number_map_clear(struct oat_number_map *map)
{
    free(map->young.entries);
    free(map->old.entries);
    map->young = map->old = (struct oat_number_half){0};
}

/* The entry of a key, or the free place for it. The table is not full. */
static struct oat_number_entry *find(const struct oat_number_half *half, const oat_content_id *key)
{
    size_t at;
    memcpy(&at, key->b, sizeof at);
    for (;; at++) {
        struct oat_number_entry *entry = &half->entries[at & (half->size - 1)];
        if (!entry->used || memcmp(&entry->key, key, sizeof *key) == 0)
            return entry;
    }
}

static bool grow(struct oat_number_half *half)
{
    struct oat_number_half larger = {.size = half->size ? half->size * 2 : FIRST_SIZE, .count = half->count};
    larger.entries = calloc(larger.size, sizeof *larger.entries);
    if (!larger.entries)
        return false;
    for (size_t i = 0; i < half->size; i++)
        if (half->entries[i].used)
            *find(&larger, &half->entries[i].key) = half->entries[i];
    free(half->entries);
    *half = larger;
    return true;
}

void oat_number_map_put(struct oat_number_map *map, const oat_content_id *key, struct oat_number number)
{
    struct oat_number_half *young = &map->young;
    if (young->count >= map->half_max) {
        free(map->old.entries);
        map->old = *young;
        *young = (struct oat_number_half){0};
    }
    if (young->count >= filled(young->size) && !grow(young))
        return;
    struct oat_number_entry *entry = find(young, key);
    young->count += !entry->used;
    *entry = (struct oat_number_entry){.key = *key, .number = number, .used = 1};
}

bool oat_number_map_get(struct oat_number_map *map, const oat_content_id *key, struct oat_number *ret)
{
    if (map->young.size > 0) {
        const struct oat_number_entry *entry = find(&map->young, key);
        if (entry->used) {
            *ret = entry->number;
            return true;
        }
    }
    if (map->old.size == 0)
        return false;
    const struct oat_number_entry *entry = find(&map->old, key);
    if (!entry->used)
        return false;
    struct oat_number number = entry->number;
    oat_number_map_put(map, key, number);
    *ret = number;
    return true;
}
