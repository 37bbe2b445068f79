#include "reader/snapshot_add.h"

#include "reader/assembly_add.h"
#include "reader/part_collect.h"
#include "reader/part_find.h"
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
    for (size_t i = 0; i < s->manifest.part_count; i++)
        if (s->sources->parts[i])
            oat_snapshot_mask_hidden(s, i);
    oat_scans_free(s); /* which have the masks of before */
    return OAT_OK;
}

/* ---- Loose traces ---- */

/* Traces that hot pairs have something of, that are shown and new. */
struct wanted {
    size_t count;
    uint8_t (*ids)[16];
    uint32_t *numbers; /* among the rows' traces */
    uint32_t *found;   /* for one part after the other: its rows of TRACES */
};

static int list_wanted(const struct oat_snapshot *s, const struct oat_rows *rows, struct wanted *ret)
{
    size_t room = rows->trace_count + 1;
    ret->ids = malloc(room * sizeof *ret->ids);
    ret->numbers = malloc(room * sizeof *ret->numbers);
    ret->found = malloc(room * sizeof *ret->found);
    if (!ret->ids || !ret->numbers || !ret->found)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < rows->trace_count; i++) {
        const uint8_t *id = rows->traces[i].trace_id;
        if (rows->traces[i].hidden || oat_assembly_number(&s->loose, id) != OAT_NO_ROW)
            continue;
        memcpy(ret->ids[ret->count], id, sizeof *ret->ids);
        ret->numbers[ret->count++] = (uint32_t)i;
    }
    return OAT_OK;
}

/* Takes over what a part has of them, and masks it there. */
static int join_part(struct oat_snapshot *s, size_t index, const struct wanted *wanted, struct oat_rows *rows)
{
    struct oat_part *part;
    int result = oat_snapshot_part(s, index, &part);
    if (result != OAT_OK)
        return result == OAT_E_STALE || result == OAT_E_NOMEM ? result : OAT_OK; /* damage is reported */
    oat_part_find_traces(part, *wanted->ids, wanted->count, wanted->found);
    for (size_t i = 0; i < wanted->count && result == OAT_OK; i++) {
        if (wanted->found[i] == OAT_NO_TRACE)
            continue;
        oat_scans_free(s); /* which have it as a trace of the part */
        oat_set_bit(s->masked[index], wanted->found[i]);
        result = oat_part_collect(part, wanted->found[i], OAT_SOURCE_PART | (uint32_t)index,
                                  wanted->numbers[i], rows);
    }
    return result;
}

static int join_parts(struct oat_snapshot *s, struct oat_rows *rows)
{
    struct wanted wanted = {0};
    int result = list_wanted(s, rows, &wanted);
    if (wanted.count > 0)
        oat_snapshot_parts_ahead(s, 0, s->manifest.part_count);
    for (size_t i = 0; i < s->manifest.part_count && wanted.count > 0 && result == OAT_OK; i++)
        result = join_part(s, i, &wanted, rows);
    free(wanted.ids);
    free(wanted.numbers);
    free(wanted.found);
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
