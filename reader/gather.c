#include "reader/gather.h"

#include "reader/part_collect.h"

#include <stdlib.h>

/* A trace being looked for in parts. */
struct search {
    const struct oat_snapshot *snapshot;
    const uint8_t *trace_id;
    uint32_t trace; /* its number in rows */
    struct oat_rows *rows;
    uint64_t *visited; /* a bit for each part that was looked at */
    uint32_t *linked;  /* parts that have something of the trace, whose links are not followed yet */
    size_t linked_count;
    bool all; /* every part is looked at */
};

static int prepare(struct search *search)
{
    size_t count = search->snapshot->manifest.part_count;
    search->visited = calloc(count / 64 + 1, sizeof *search->visited);
    search->linked = malloc((count + 1) * sizeof *search->linked);
    return search->visited && search->linked ? OAT_OK : OAT_E_NOMEM;
}

/* Looks in a part. */
static int look_in(struct search *search, size_t index)
{
    struct oat_part *part;
    int result = oat_snapshot_part(search->snapshot, index, &part);
    if (result != OAT_OK)
        return result == OAT_E_STALE || result == OAT_E_NOMEM ? result : OAT_OK; /* damage is reported */
    uint32_t row = oat_part_find_trace(part, search->trace_id);
    if (search->visited)
        search->visited[index / 64] |= UINT64_C(1) << (index % 64);
    if (row == OAT_NO_TRACE)
        return OAT_OK;
    const uint64_t *continued = NULL; /* where all parts are looked at, there is no need to know */
    if (!search->all)
        result = oat_snapshot_continued(search->snapshot, index, &continued);
    if (result != OAT_OK)
        return result;
    if (oat_bit(continued, row)) {
        result = search->visited ? OAT_OK : prepare(search);
        if (result != OAT_OK)
            return result;
        search->visited[index / 64] |= UINT64_C(1) << (index % 64);
        search->linked[search->linked_count++] = (uint32_t)index;
    }
    return oat_part_collect(part, row, OAT_SOURCE_PART | (uint32_t)index, search->trace, search->rows);
}

/* Looks in the parts that continue a part or that it continues. */
static int follow_links(struct search *search, size_t from)
{
    const struct oat_manifest_part *parts = search->snapshot->manifest.parts;
    int result = OAT_OK;
    for (size_t i = 0; i < search->snapshot->manifest.part_count && result == OAT_OK; i++)
        if (!oat_bit(search->visited, (uint32_t)i) &&
            (oat_may_continue(&parts[i], &parts[from]) || oat_may_continue(&parts[from], &parts[i])))
            result = look_in(search, i);
    return result;
}

/* First part of that day or a later one. */
static size_t first_of_day(const struct oat_manifest *manifest, uint64_t day)
{
    size_t low = 0, high = manifest->part_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (manifest->parts[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int oat_snapshot_gather(const struct oat_snapshot *snapshot, const uint8_t trace_id[16], uint32_t first_day,
                        uint32_t last_day, uint32_t trace, struct oat_rows *rows)
{
    struct search search = {.snapshot = snapshot, .trace_id = trace_id, .trace = trace, .rows = rows};
    size_t first =
        first_of_day(&snapshot->manifest, first_day > OAT_NEAR_DAYS ? first_day - OAT_NEAR_DAYS : 0);
    size_t end = first_of_day(&snapshot->manifest, (uint64_t)last_day + OAT_NEAR_DAYS + 1);
    int result = OAT_OK;
    search.all = end - first == snapshot->manifest.part_count;
    oat_snapshot_parts_ahead(snapshot, first, end);
    for (size_t i = first; i < end && result == OAT_OK; i++)
        if (!search.visited || !oat_bit(search.visited, (uint32_t)i))
            result = look_in(&search, i);
    for (size_t i = first; search.visited && i < end; i++) /* those before the first link was met */
        search.visited[i / 64] |= UINT64_C(1) << (i % 64);
    while (result == OAT_OK && search.linked_count > 0)
        result = follow_links(&search, search.linked[--search.linked_count]);
    free(search.visited);
    free(search.linked);
    return result;
}
