#include "reader/scan.h"

#include "reader/gather.h"
#include "reader/loose_source.h"
#include "reader/part_source.h"

#include <stdlib.h>
#include <string.h>

static uint32_t traces_in(struct oat_part *part)
{
    return oat_part_table(part, OAT_TABLE_TRACES)->table.rows;
}

static int select_parts(struct oat_scan *scan, uint64_t from_ns, uint64_t to_ns)
{
    const struct oat_snapshot *s = scan->snapshot;
    scan->parts = calloc(s->manifest.part_count + 1, sizeof *scan->parts);
    if (!scan->parts)
        return OAT_E_NOMEM;
    for (size_t i = s->manifest.part_count; i-- > 0;) {
        const struct oat_manifest_part *entry = &s->manifest.parts[i];
        struct oat_scan_part *selected = &scan->parts[scan->part_count];
        if (entry->max_start_ns < from_ns || entry->min_start_ns > to_ns)
            continue;
        int result = oat_snapshot_part(s, i, &selected->part);
        if (result == OAT_E_STALE || result == OAT_E_NOMEM)
            return result;
        if (result != OAT_OK) {
            scan->skipped++;
            continue;
        }
        size_t words = traces_in(selected->part) / 64 + 1;
        selected->index = (uint32_t)i;
        selected->masked = malloc(words * sizeof *selected->masked);
        if (!selected->masked)
            return OAT_E_NOMEM;
        memcpy(selected->masked, s->masked[i], words * sizeof *selected->masked);
        scan->part_count++;
    }
    return OAT_OK;
}

/* Adds the traces of a part that lie in others too, whole and once, and masks them. */
static int take_continued(struct oat_scan *scan, const struct oat_scan_part *selected, struct oat_rows *rows)
{
    const uint64_t *continued = NULL;
    uint32_t day = scan->snapshot->manifest.parts[selected->index].day, count = traces_in(selected->part);
    int result = oat_snapshot_continued(scan->snapshot, selected->index, &continued);
    if (result != OAT_OK)
        return result;
    for (uint32_t trace = 0; trace < count; trace++) {
        uint8_t id[16];
        uint32_t number;
        size_t known = rows->trace_count;
        if (!oat_bit(continued, trace) || oat_bit(selected->masked, trace) ||
            oat_part_trace_id(selected->part, trace, id) != OAT_OK)
            continue;
        selected->masked[trace / 64] |= UINT64_C(1) << (trace % 64);
        result = oat_rows_trace(rows, id, &number);
        if (result == OAT_OK && number == known)
            result = oat_snapshot_gather(scan->snapshot, id, day, day, number, rows);
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

int oat_scan_open(const struct oat_snapshot *snapshot, uint64_t from_ns, uint64_t to_ns, struct oat_scan *ret)
{
    struct oat_scan scan = {.snapshot = snapshot};
    struct oat_rows rows;
    oat_rows_init(&rows);
    int result = select_parts(&scan, from_ns, to_ns);
    for (size_t i = 0; i < scan.part_count && result == OAT_OK; i++)
        result = take_continued(&scan, &scan.parts[i], &rows);
    if (result == OAT_OK)
        result = oat_assemble(snapshot->sources, &rows, &scan.continued);
    oat_rows_free(&rows);
    if (result != OAT_OK) {
        oat_scan_close(&scan);
        return result;
    }
    *ret = scan;
    return OAT_OK;
}

void oat_scan_close(struct oat_scan *scan)
{
    for (size_t i = 0; scan->parts && i < scan->part_count; i++)
        free(scan->parts[i].masked);
    free(scan->parts);
    oat_assembly_free(&scan->continued);
    memset(scan, 0, sizeof *scan);
}

static const struct oat_assembly *assembly_of(const struct oat_scan *scan, size_t index)
{
    return index == 0 ? &scan->snapshot->loose : &scan->continued;
}

int oat_scan_source(const struct oat_scan *scan, size_t index, struct oat_source **ret)
{
    if (index < 2)
        return oat_loose_source_new(assembly_of(scan, index), ret);
    const struct oat_scan_part *selected = &scan->parts[index - 2];
    return oat_part_source_new(selected->part, selected->masked, ret);
}

int oat_scan_record(const struct oat_scan *scan, size_t index, uint32_t row, struct oat_record *ret)
{
    uint32_t source = index < 2 ? 0 : OAT_SOURCE_PART | scan->parts[index - 2].index;
    if (index < 2) {
        const struct oat_row *loose = &assembly_of(scan, index)->rows[row];
        source = loose->source;
        row = loose->place;
    }
    return oat_record_read(scan->snapshot->sources, source, row, ret);
}
