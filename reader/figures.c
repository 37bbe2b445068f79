/* Figures of a whole snapshot. */
#include "format/entry.h"
#include "reader/linked_rows.h"
#include "reader/part_find.h"
#include "reader/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
        figures->writers_unknown += pair->liveness == OAT_WRITER_UNKNOWN || pair->liveness == OAT_WRITER_LOST;
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

/* What a part has of traces that are hidden, or counted elsewhere. */
struct masked {
    uint64_t spans, open_spans;
    uint64_t traces; /* with spans */
};

static uint64_t count_open(struct oat_part *part, uint32_t first, uint32_t count)
{
    struct oat_image_table *table = oat_part_table(part, OAT_TABLE_SPANS);
    uint64_t open = 0, status;
    for (uint32_t row = first; row < first + count; row++)
        open +=
            oat_image_number(table, OAT_COL_SPAN_STATUS, row, &status) == OAT_OK && status == OAT_STATUS_OPEN;
    return open;
}

static struct masked count_masked(const struct oat_scan_part *selected, const uint64_t *bits)
{
    struct masked masked = {0};
    uint32_t rows = oat_part_table(selected->part, OAT_TABLE_TRACES)->table.rows;
    for (uint32_t trace = 0; trace < rows; trace++) {
        uint32_t first, count;
        if (!oat_bit(bits, trace) || oat_part_trace_rows(selected->part, trace, &first, &count) != OAT_OK)
            continue;
        masked.spans += count;
        masked.traces += count > 0;
        if (oat_part_entry(selected->part)->open_spans > 0)
            masked.open_spans += count_open(selected->part, first, count);
    }
    return masked;
}

/* Damage may leave more rows than MANIFEST says. */
static uint64_t rest(uint64_t all, uint64_t masked)
{
    return all > masked ? all - masked : 0;
}

static int count_parts(const struct oat_scan *scan, oat_store_figures *figures)
{
    for (size_t i = 0; i < scan->part_count; i++) {
        const struct oat_scan_part *selected = &scan->parts[i];
        const struct oat_manifest_part *entry = oat_part_entry(selected->part);
        uint64_t *bits;
        int result = oat_scan_masked(scan, selected, &bits);
        if (result != OAT_OK)
            return result;
        struct masked masked = count_masked(selected, bits);
        free(bits);
        figures->spans += rest(entry->spans, masked.spans);
        figures->traces += rest(entry->traces, masked.traces);
        figures->open_spans += rest(entry->open_spans, masked.open_spans);
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
    return OAT_OK;
}

/* False: it is left over, or nothing is known of its trace but marks. */
static bool is_shown(const struct oat_assembly *assembly, const struct oat_mark *mark)
{
    return mark->trace != OAT_NO_ROW && assembly->traces[mark->trace].row_count > 0;
}

/* Rows of parts among them are in the parts' figures already, but for their numbers. */
static void count_assembly(const struct oat_assembly *assembly, oat_store_figures *figures)
{
    for (size_t i = 0; i < assembly->trace_count; i++) {
        figures->traces += assembly->traces[i].row_count > 0;
        figures->spans += assembly->traces[i].row_count;
        figures->replacements += assembly->traces[i].replacements;
    }
    figures->open_spans += oat_assembly_open_rows(assembly);
    for (size_t i = 0; i < assembly->mark_count; i++) {
        const struct oat_mark *mark = &assembly->marks[i];
        if ((mark->source & OAT_SOURCE_PART) || !is_shown(assembly, mark))
            continue;
        figures->events += mark->kind == OAT_SLOT_EVENT;
        figures->links += mark->kind == OAT_SLOT_LINK;
        figures->scores += mark->kind == OAT_SLOT_SCORE;
    }
}

/* ---- Payloads of hot pairs ---- */

struct slots {
    const uint64_t *shown; /* a bit for each slot that is a row */
    uint64_t payload_bytes;
};

static int add_payloads(void *arg, struct oat_pair *pair, uint32_t slot_no, enum oat_slot_state state,
                        uint16_t kind, const uint8_t *bytes)
{
    struct slots *slots = arg;
    struct oat_disk_span span;
    (void)pair, (void)kind;
    memcpy(&span, bytes, sizeof span);
    if (state == OAT_SLOT_GOOD && oat_bit(slots->shown, slot_no))
        slots->payload_bytes += oat_span_payload_bytes(&span);
    return OAT_OK;
}

/* Rows do not keep it: it is read from their slots again, pair by pair. */
static int count_payloads(const struct oat_assembly *assembly, oat_store_figures *figures)
{
    const size_t words = OAT_SLOTS_MAX / 64 + 1;
    struct oat_sources *sources = assembly->sources;
    uint64_t *shown = calloc(sources->pair_count + 1, words * sizeof *shown);
    int result = shown ? OAT_OK : OAT_E_NOMEM;
    for (size_t i = 0; i < assembly->row_count && result == OAT_OK; i++) {
        const struct oat_kept_row *row = &assembly->rows[i];
        if (row->trace != OAT_NO_ROW && !(row->source & OAT_SOURCE_PART))
            oat_set_bit(shown + row->source * words, row->place);
    }
    for (size_t i = 0; i < sources->pair_count && result == OAT_OK; i++) {
        struct oat_pair *pair = sources->pairs[i];
        struct slots slots = {.shown = shown + i * words};
        if (pair->usable)
            result = oat_pair_scan(pair, 0, pair->scanned, &sources->problems, add_payloads, &slots);
        figures->raw_payload_bytes += slots.payload_bytes;
    }
    free(shown);
    return result;
}

int oat_snapshot_figures(const oat_snapshot *snapshot, oat_store_figures *ret_figures)
{
    oat_store_figures figures = {0};
    struct oat_scan scan;
    int result = oat_scan_open(snapshot, 0, UINT64_MAX, NULL, &scan);
    if (result != OAT_OK)
        return result;
    count_assembly(&snapshot->loose, &figures);
    count_assembly(&scan.continued, &figures);
    result = count_parts(&scan, &figures);
    count_files(snapshot->sources, &figures);
    count_writers(snapshot->sources, &figures);
    oat_scan_close(&scan);
    if (result == OAT_OK)
        result = count_payloads(&snapshot->loose, &figures);
    if (result == OAT_OK)
        *ret_figures = figures;
    return result;
}
