#include "reader/gather.h"

#include "reader/locate.h"
#include "reader/part_collect.h"

/* Takes what a part has. */
struct gathering {
    uint32_t trace;
    struct oat_rows *rows;
};

static int take(void *arg, const struct oat_located *located)
{
    const struct gathering *gathering = arg;
    return oat_part_collect(located->part, located->row, OAT_SOURCE_PART | (uint32_t)located->index,
                            gathering->trace, gathering->rows);
}

int oat_snapshot_gather(const struct oat_snapshot *snapshot, const uint8_t trace_id[16], uint32_t trace,
                        struct oat_rows *rows)
{
    struct gathering gathering = {trace, rows};
    return oat_snapshot_locate(snapshot, trace_id, take, &gathering);
}

int oat_snapshot_gather_linked(const struct oat_snapshot *snapshot, size_t index, const uint8_t trace_id[16],
                               uint32_t trace, struct oat_rows *rows)
{
    struct gathering gathering = {trace, rows};
    const struct oat_manifest_part *parts = snapshot->manifest.parts;
    int result = OAT_OK;
    for (size_t i = 0; i < snapshot->manifest.part_count && result == OAT_OK; i++)
        if (i == index || oat_may_continue(&parts[i], &parts[index]) ||
            oat_may_continue(&parts[index], &parts[i]))
            result = oat_snapshot_locate_in(snapshot, i, trace_id, take, &gathering);
    return result;
}
