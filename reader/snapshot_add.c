#include "reader/snapshot_add.h"

#include "reader/assembly_add.h"
#include "reader/locate.h"
#include "reader/part_collect.h"
#include "reader/scan.h"

#include <stdlib.h>
#include <string.h>

/* ---- Hidden traces ---- */

/* Adds those with a tombstone that are not hidden yet. */
static int add_hidden(struct oat_snapshot *s, const struct oat_rows *collected)
{
    size_t count = s->hidden_count;
    struct oat_hidden *hidden = realloc(s->hidden, (count + collected->trace_count + 1) * sizeof *hidden);
    if (!hidden)
        return OAT_E_NOMEM;
    s->hidden = hidden;
    for (size_t i = 0; i < collected->trace_count; i++)
        if (collected->traces[i].hidden && !oat_snapshot_is_hidden(s, collected->traces[i].trace_id))
            memcpy(hidden[count++].trace_id, collected->traces[i].trace_id, 16);
    if (count == s->hidden_count)
        return OAT_OK;
    s->hidden_count = count;
    qsort(hidden, count, sizeof *hidden, oat_hidden_compare);
    oat_scans_free(s); /* which have the masks of before */
    int result = OAT_OK;
    for (size_t i = 0; i < s->manifest.part_count && result == OAT_OK; i++)
        if (s->sources->parts[i])
            result = oat_snapshot_mask_hidden(s, i);
    return result;
}

/* ---- Loose traces ---- */

struct joining {
    struct oat_snapshot *snapshot;
    struct oat_rows *rows;
    uint32_t number; /* of the trace among theirs */
};

/* Takes over what a part has of a trace, and masks it there. */
static int take_over(void *arg, const struct oat_located *located)
{
    const struct joining *joining = arg;
    oat_scans_free(joining->snapshot); /* which have it as a trace of the part */
    int result = oat_snapshot_mask(joining->snapshot, located->index, located->row);
    if (result != OAT_OK)
        return result;
    return oat_part_collect(located->part, located->row, OAT_SOURCE_PART | (uint32_t)located->index,
                            joining->number, joining->rows);
}

/* Joins the traces that are shown and new with what parts have of them. */
static int join_parts(struct oat_snapshot *s, struct oat_rows *rows)
{
    struct joining joining = {.snapshot = s, .rows = rows};
    int result = OAT_OK;
    for (; joining.number < rows->trace_count && result == OAT_OK; joining.number++) {
        const struct oat_trace_info *trace = &rows->traces[joining.number];
        if (!trace->hidden && oat_assembly_number(&s->loose, trace->trace_id) == OAT_NO_ROW)
            result = oat_snapshot_locate(s, trace->trace_id, take_over, &joining);
    }
    return result;
}

/* ---- All of it ---- */

int oat_snapshot_add(struct oat_snapshot *s, struct oat_rows *collected)
{
    int result = add_hidden(s, collected);
    for (size_t i = 0; i < collected->trace_count && result == OAT_OK; i++)
        collected->traces[i].hidden = oat_snapshot_is_hidden(s, collected->traces[i].trace_id);
    if (result == OAT_OK)
        result = join_parts(s, collected);
    return result == OAT_OK ? oat_assembly_add(&s->loose, collected) : result;
}
