#include "reader/gather.h"

#include "reader/part_collect.h"
#include "reader/part_find.h"

/* Takes what one part has. */
static int look_in(const struct oat_snapshot *snapshot, size_t index, const uint8_t trace_id[16],
                   uint32_t trace, struct oat_rows *rows)
{
    struct oat_part *part;
    int result = oat_snapshot_part(snapshot, index, &part);
    if (result != OAT_OK)
        return result == OAT_E_STALE || result == OAT_E_NOMEM ? result : OAT_OK; /* damage is reported */
    uint32_t row = oat_part_find_trace(part, trace_id);
    return row == OAT_NO_TRACE ? OAT_OK
                               : oat_part_collect(part, row, OAT_SOURCE_PART | (uint32_t)index, trace, rows);
}

int oat_snapshot_gather(const struct oat_snapshot *snapshot, const uint8_t trace_id[16], uint32_t trace,
                        struct oat_rows *rows)
{
    int result = OAT_OK;
    oat_snapshot_parts_ahead(snapshot, 0, snapshot->manifest.part_count);
    for (size_t i = 0; i < snapshot->manifest.part_count && result == OAT_OK; i++)
        result = look_in(snapshot, i, trace_id, trace, rows);
    return result;
}

int oat_snapshot_gather_linked(const struct oat_snapshot *snapshot, size_t index, const uint8_t trace_id[16],
                               uint32_t trace, struct oat_rows *rows)
{
    const struct oat_manifest_part *parts = snapshot->manifest.parts;
    int result = OAT_OK;
    for (size_t i = 0; i < snapshot->manifest.part_count && result == OAT_OK; i++)
        if (i == index || oat_may_continue(&parts[i], &parts[index]) ||
            oat_may_continue(&parts[index], &parts[i]))
            result = look_in(snapshot, i, trace_id, trace, rows);
    return result;
}
