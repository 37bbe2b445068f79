#include "compactor/open_parts.h"

#include <stdlib.h>

void oat_open_parts_clear(struct oat_open_parts *open)
{
    for (size_t i = 0; i < open->count; i++)
        oat_part_close(open->parts[i]);
    free(open->parts);
    open->parts = NULL;
    open->count = 0;
    oat_problems_clear(&open->problems);
}

/* As MANIFEST has them in order. */
static int compare(const struct oat_manifest_part *a, const struct oat_manifest_part *b)
{
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return a->generation < b->generation ? -1 : a->generation > b->generation;
}

static bool is_source(const struct oat_sources *sources, const struct oat_manifest_part *entry)
{
    for (size_t i = 0; i < sources->part_count; i++)
        if (compare(oat_part_entry(sources->parts[i]), entry) == 0)
            return true;
    return false;
}

/* Takes the part of an entry out of the old ones, which begin at *next, and closes those before it. NULL: it
 * is not among them. */
static struct oat_part *take(const struct oat_open_parts *old, size_t *next,
                             const struct oat_manifest_part *entry)
{
    while (*next < old->count && compare(oat_part_entry(old->parts[*next]), entry) < 0)
        oat_part_close(old->parts[(*next)++]);
    bool found = *next < old->count && compare(oat_part_entry(old->parts[*next]), entry) == 0;
    return found ? old->parts[(*next)++] : NULL;
}

int oat_open_parts_follow(struct oat_open_parts *open, int store_fd, const struct oat_manifest *manifest,
                          const struct oat_sources *sources, struct oat_part ***ret_stay, size_t *ret_count)
{
    struct oat_part **parts = calloc(manifest->part_count + 1, sizeof(struct oat_part *));
    struct oat_part **stay = calloc(manifest->part_count + 1, sizeof(struct oat_part *));
    size_t count = 0, stay_count = 0, next = 0;
    int result = parts && stay ? OAT_OK : OAT_E_NOMEM;
    for (size_t i = 0; i < manifest->part_count && result == OAT_OK; i++) {
        const struct oat_manifest_part *entry = &manifest->parts[i];
        bool stays = !is_source(sources, entry);
        struct oat_part *part = take(open, &next, entry);
        if (!part && stays && oat_part_open(store_fd, entry, &open->problems, &part) == OAT_E_NOMEM)
            result = OAT_E_NOMEM;
        if (part)
            parts[count++] = part;
        if (part && stays)
            stay[stay_count++] = part;
    }
    while (next < open->count)
        oat_part_close(open->parts[next++]);
    free(open->parts);
    open->parts = parts;
    open->count = count;
    if (result != OAT_OK) {
        free(stay);
        return result;
    }
    *ret_stay = stay;
    *ret_count = stay_count;
    return OAT_OK;
}
