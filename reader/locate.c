#include "reader/locate.h"

#include "reader/part_find.h"

#include <string.h>

#define PLACES_MAX 64u /* of a trace in the index; parts that have more of them are all asked */

/* OAT_OK with NULL: it is damaged. */
static int open_part(const struct oat_snapshot *snapshot, size_t index, struct oat_part **ret)
{
    int result = oat_snapshot_part(snapshot, index, ret);
    if (result == OAT_OK || result == OAT_E_STALE || result == OAT_E_NOMEM)
        return result;
    *ret = NULL;
    return OAT_OK;
}

int oat_snapshot_locate_in(const struct oat_snapshot *snapshot, size_t index, const uint8_t trace_id[16],
                           oat_located_fn fn, void *arg)
{
    struct oat_located located = {.index = index};
    int result = open_part(snapshot, index, &located.part);
    if (result != OAT_OK || !located.part)
        return result;
    located.row = oat_part_find_trace(located.part, trace_id);
    return located.row == OAT_NO_TRACE ? OAT_OK : fn(arg, &located);
}

/* The index tells where it may be; the part, whether it is. */
static int look_at(const struct oat_snapshot *snapshot, const struct oat_trace_place *place,
                   const uint8_t trace_id[16], oat_located_fn fn, void *arg)
{
    struct oat_located located = {.index = place->part, .row = place->row};
    int result = open_part(snapshot, place->part, &located.part);
    if (result != OAT_OK || !located.part || !oat_part_is_trace(located.part, place->row, trace_id))
        return result;
    return fn(arg, &located);
}

/* Asks the parts that the index does not cover. NULL: there is none. */
static int ask_others(const struct oat_snapshot *snapshot, const struct oat_trace_index *index,
                      const uint8_t trace_id[16], oat_located_fn fn, void *arg)
{
    size_t count = snapshot->manifest.part_count;
    int result = OAT_OK;
    for (size_t i = 0; i < count; i++)
        if (!index || !oat_trace_index_covers(index, i))
            oat_snapshot_parts_ahead(snapshot, i, i + 1);
    for (size_t i = 0; i < count && result == OAT_OK; i++)
        if (!index || !oat_trace_index_covers(index, i))
            result = oat_snapshot_locate_in(snapshot, i, trace_id, fn, arg);
    return result;
}

int oat_snapshot_locate(const struct oat_snapshot *snapshot, const uint8_t trace_id[16], oat_located_fn fn,
                        void *arg)
{
    struct oat_trace_place places[PLACES_MAX];
    size_t count = 0;
    int result = OAT_OK;
    struct oat_trace_index *index = oat_snapshot_trace_index(snapshot);
    if (index && !oat_trace_index_find(index, trace_id, places, PLACES_MAX, &count)) {
        index = NULL;
        count = 0;
    }
    for (size_t i = 0; i < count && result == OAT_OK; i++)
        result = look_at(snapshot, &places[i], trace_id, fn, arg);
    return result == OAT_OK ? ask_others(snapshot, index, trace_id, fn, arg) : result;
}
