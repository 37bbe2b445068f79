/* Figures of a whole snapshot. */
#include "format/entry.h"
#include "reader/snapshot.h"

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

void oat_snapshot_figures(const oat_snapshot *snapshot, oat_store_figures *ret_figures)
{
    oat_store_figures figures = {
        .spans = snapshot->row_count,
        .traces = snapshot->trace_count,
        .replacements = snapshot->replacements,
    };
    for (size_t i = 0; i < snapshot->row_count; i++) {
        figures.open_spans += snapshot->rows[i].open;
        figures.raw_payload_bytes += snapshot->rows[i].raw_payload_bytes;
    }
    for (size_t i = 0; i < snapshot->mark_count; i++) {
        figures.events += snapshot->marks[i].kind == OAT_SLOT_EVENT;
        figures.links += snapshot->marks[i].kind == OAT_SLOT_LINK;
        figures.scores += snapshot->marks[i].kind == OAT_SLOT_SCORE;
    }
    count_files(snapshot->sources, &figures);
    count_writers(snapshot->sources, &figures);
    *ret_figures = figures;
}
