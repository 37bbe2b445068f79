#include "reader/slot_maps.h"

#include "format/slot.h"
#include "reader/faults.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define READS_MIN 64u /* of a pair: fewer are not worth a mapping */

struct oat_slot_map {
    const uint8_t *bytes; /* NULL: not mapped */
    uint64_t len;
    struct oat_watched *watched;
    uint32_t reads; /* so far, up to READS_MIN, with which it was tried to map it */
};

/* NULL: out of memory. */
static struct oat_slot_map *map_of(struct oat_slot_maps *maps, const struct oat_pair *pair)
{
    if (pair->index >= maps->capacity) {
        size_t capacity = (size_t)pair->index + 1 + maps->capacity / 2;
        struct oat_slot_map *of_pairs = realloc(maps->of_pairs, capacity * sizeof *of_pairs);
        if (!of_pairs)
            return NULL;
        memset(of_pairs + maps->capacity, 0, (capacity - maps->capacity) * sizeof *of_pairs);
        maps->of_pairs = of_pairs;
        maps->capacity = capacity;
    }
    return &maps->of_pairs[pair->index];
}

/* Maps the file, if that can be; else its slots are read one by one. */
static void map_file(struct oat_slot_map *map, const struct oat_pair *pair)
{
    uint64_t len;
    const uint8_t *bytes = oat_faults_are_caught() ? oat_file_map(&pair->spans, &len) : NULL;
    if (!bytes)
        return;
    map->watched = oat_faults_watch(bytes, len, pair->spans_path);
    if (!map->watched) {
        munmap((void *)(uintptr_t)bytes, len);
        return;
    }
    map->bytes = bytes;
    map->len = len;
}

int oat_slot_maps_read(struct oat_slot_maps *maps, const struct oat_pair *pair, uint32_t slot_no,
                       uint8_t ret[OAT_SLOT_SIZE], uint16_t *ret_kind)
{
    struct oat_slot_map *map = maps ? map_of(maps, pair) : NULL;
    if (map && map->reads < READS_MIN && ++map->reads == READS_MIN)
        map_file(map, pair);
    if (!map || !map->bytes || slot_no >= OAT_SLOTS_MAX ||
        oat_slot_offset(slot_no) + OAT_SLOT_SIZE > map->len)
        return oat_pair_read_slot(pair, slot_no, ret, ret_kind);
    memcpy(ret, map->bytes + oat_slot_offset(slot_no), OAT_SLOT_SIZE);
    return oat_slot_check(ret, pair->nonce, slot_no, ret_kind);
}

void oat_slot_maps_free(struct oat_slot_maps *maps)
{
    for (size_t i = 0; i < maps->capacity; i++) {
        struct oat_slot_map *map = &maps->of_pairs[i];
        oat_faults_unwatch(map->watched);
        if (map->bytes)
            munmap((void *)(uintptr_t)map->bytes, map->len);
    }
    free(maps->of_pairs);
    *maps = (struct oat_slot_maps){0};
}
