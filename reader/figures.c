/* Figures of a whole snapshot. */
#include "format/entry.h"
#include "reader/scan.h"

#include <errno.h>

static void count_writers(const struct oat_sources *sources, oat_store_figures *figures)
{
    const struct oat_pair *counted = NULL; /* the last one */
    for (size_t i = 0; i < sources->pair_count; i++) {
        const struct oat_pair *pair = sources->by_name[i];
        if (!pair->usable || (counted && oat_pair_same_writer(counted, pair)))
            continue;
        counted = pair;
        figures->writers_alive += pair->liveness == OAT_WRITER_ALIVE;
        figures->writers_dead += pair->liveness == OAT_WRITER_DEAD;
        figures->writers_unknown += pair->liveness == OAT_WRITER_UNKNOWN;
    }
}

static void count_file(struct oat_sources *sources, const struct oat_file *file, const char *path,
                       uint64_t *total)
{
    uint64_t size, allocated;
    if (oat_file_size(file, &size, &allocated) != OAT_OK)
        oat_problems_add_errno(&sources->problems, path, 0, "size", errno);
    else
        *total += allocated < size ? allocated : size;
}

static void count_files(struct oat_sources *sources, oat_store_figures *figures)
{
    for (size_t i = 0; i < sources->pair_count; i++) {
        const struct oat_pair *pair = sources->pairs[i];
        if (!pair->usable)
            continue;
        figures->files += 1u + pair->has_blobs;
        count_file(sources, &pair->spans, pair->spans_path, &figures->span_bytes);
        if (pair->has_blobs)
            count_file(sources, &pair->blobs, pair->blobs_path, &figures->stored_payload_bytes);
        figures->mapped_pairs += pair->mode == OAT_PAIR_MAPPED;
        figures->pwrite_pairs += pair->mode == OAT_PAIR_PWRITE;
    }
}

/* ---- Parts ---- */

/* Spans of the traces of a part that are counted elsewhere, and how many traces those are. */
static uint64_t masked_spans(const struct oat_scan_part *selected, uint64_t *ret_traces)
{
    struct oat_image_table *table = oat_part_table(selected->part, OAT_TABLE_TRACES);
    uint64_t spans = 0, count;
    *ret_traces = 0;
    for (uint32_t trace = 0; trace < table->table.rows; trace++) {
        if (!oat_bit(selected->masked, trace) ||
            oat_image_number(table, OAT_COL_TRACE_SPAN_COUNT, trace, &count) != OAT_OK)
            continue;
        spans += count;
        ++*ret_traces;
    }
    return spans;
}

static void count_parts(const struct oat_scan *scan, oat_store_figures *figures)
{
    for (size_t i = 0; i < scan->part_count; i++) {
        const struct oat_scan_part *selected = &scan->parts[i];
        const struct oat_manifest_part *entry = oat_part_entry(selected->part);
        uint64_t traces, spans = masked_spans(selected, &traces);
        figures->spans += entry->spans > spans ? entry->spans - spans : 0;
        figures->traces += entry->traces > traces ? entry->traces - traces : 0;
        figures->open_spans += entry->open_spans;
        figures->events += entry->events;
        figures->links += entry->links;
        figures->scores += entry->scores;
        figures->replacements += entry->replacements;
        figures->raw_payload_bytes += entry->raw_bytes;
        figures->unique_payload_bytes += entry->unique_bytes;
        figures->stored_payload_bytes += entry->pack_bytes - entry->text_index_bytes;
        figures->text_index_bytes += entry->text_index_bytes;
        figures->span_bytes += entry->part_bytes;
        figures->files += entry->pack_bytes > 0 ? 2 : 1;
        figures->parts++;
    }
}

/* Rows of parts among them are in the parts' figures already, but for their number. */
static void count_assembly(const struct oat_assembly *assembly, oat_store_figures *figures)
{
    figures->spans += assembly->row_count;
    figures->traces += assembly->trace_count;
    figures->replacements += assembly->replacements;
    for (size_t i = 0; i < assembly->row_count; i++) {
        const struct oat_row *row = &assembly->rows[i];
        if (row->source & OAT_SOURCE_PART)
            continue;
        figures->open_spans += row->open;
        figures->raw_payload_bytes += row->raw_payload_bytes;
    }
    for (size_t i = 0; i < assembly->mark_count; i++) {
        const struct oat_mark *mark = &assembly->marks[i];
        if (mark->source & OAT_SOURCE_PART)
            continue;
        figures->events += mark->kind == OAT_SLOT_EVENT;
        figures->links += mark->kind == OAT_SLOT_LINK;
        figures->scores += mark->kind == OAT_SLOT_SCORE;
    }
}

int oat_snapshot_figures(const oat_snapshot *snapshot, oat_store_figures *ret_figures)
{
    oat_store_figures figures = {0};
    struct oat_scan scan;
    int result = oat_scan_open(snapshot, 0, UINT64_MAX, &scan);
    if (result != OAT_OK)
        return result;
    count_assembly(&snapshot->loose, &figures);
    count_assembly(&scan.continued, &figures);
    count_parts(&scan, &figures);
    count_files(snapshot->sources, &figures);
    count_writers(snapshot->sources, &figures);
    oat_scan_close(&scan);
    *ret_figures = figures;
    return OAT_OK;
}
