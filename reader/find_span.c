/* Finding a span by its id alone. */
#include "oat/lists.h"
#include "reader/part_find.h"
#include "reader/snapshot.h"

#include <string.h>

#define TRACES_MAX 64u /* that are told apart; one is the rule */

/* Traces with such a span. */
struct found {
    struct {
        uint8_t id[16];
        uint64_t start_ns;
    } traces[TRACES_MAX];
    size_t count;
};

static void meet(struct found *found, const uint8_t trace_id[16], uint64_t start_ns)
{
    size_t i = 0;
    while (i < found->count && memcmp(found->traces[i].id, trace_id, 16) != 0)
        i++;
    if (i == TRACES_MAX)
        return;
    memcpy(found->traces[i].id, trace_id, 16);
    found->traces[i].start_ns = start_ns;
    found->count += i == found->count;
}

static void find_loose(const struct oat_assembly *loose, const uint8_t span_id[8], struct found *found)
{
    struct oat_hot_lookup lookup = oat_hot_index_find(&loose->index, span_id, 0, loose->row_count);
    size_t first, end;
    while (oat_hot_lookup_next(&lookup, &first, &end))
        for (size_t i = first; i < end; i++) {
            const struct oat_kept_row *row = &loose->rows[i];
            if (row->trace != OAT_NO_ROW && memcmp(row->span_id, span_id, sizeof row->span_id) == 0)
                meet(found, loose->traces[row->trace].trace_id, loose->traces[row->trace].start_ns);
        }
}

static int find_in_part(const struct oat_snapshot *s, size_t index, const uint8_t span_id[8],
                        struct found *found)
{
    struct oat_part *part;
    uint32_t rows[TRACES_MAX], trace;
    int result = oat_snapshot_part(s, index, &part);
    if (result != OAT_OK)
        return result == OAT_E_STALE || result == OAT_E_NOMEM ? result : OAT_OK;
    size_t count = oat_part_find_spans(part, span_id, rows, TRACES_MAX);
    for (size_t i = 0; i < count; i++) {
        uint8_t id[16];
        uint64_t start_ns;
        result = oat_part_trace_of(part, rows[i], &trace);
        if (result == OAT_OK && oat_bit(s->masked[index], trace))
            continue;
        if (result == OAT_OK)
            result = oat_part_trace_id(part, trace, id);
        if (result == OAT_OK)
            result = oat_image_number(oat_part_table(part, OAT_TABLE_TRACES), OAT_COL_TRACE_START, trace,
                                      &start_ns);
        if (result == OAT_E_NOMEM)
            return result;
        if (result == OAT_OK)
            meet(found, id, start_ns);
    }
    return OAT_OK;
}

int oat_snapshot_find_span(const oat_snapshot *snapshot, const uint8_t span_id[8], uint8_t ret_trace_id[16],
                           size_t *ret_other_traces)
{
    struct found found = {.count = 0};
    size_t newest = 0;
    int result = OAT_OK;
    find_loose(&snapshot->loose, span_id, &found);
    oat_snapshot_parts_ahead(snapshot, 0, snapshot->manifest.part_count);
    for (size_t i = snapshot->manifest.part_count; i-- > 0 && result == OAT_OK;)
        result = find_in_part(snapshot, i, span_id, &found);
    if (result != OAT_OK || found.count == 0)
        return result == OAT_OK ? OAT_NOTFOUND : result;
    for (size_t i = 1; i < found.count; i++)
        if (found.traces[i].start_ns > found.traces[newest].start_ns)
            newest = i;
    memcpy(ret_trace_id, found.traces[newest].id, 16);
    *ret_other_traces = found.count - 1;
    return OAT_OK;
}
