#include "reader/scan.h"

#include "reader/array.h"
#include "reader/assembly_add.h"
#include "reader/gather.h"
#include "reader/linked_rows.h"
#include "reader/loose_source.h"
#include "reader/part_find.h"
#include "reader/part_source.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_MAX   4u
#define ROUND_ROWS 1024u /* of continued traces */

/* What a snapshot keeps: the scan that others are copies of. */
struct oat_scan_kept {
    struct oat_scan scan;
    uint64_t *wanted; /* a bit for each part of the manifest that the window selects */
    unsigned users;   /* under the snapshot's lock, as what follows: open scans, and the list */
    struct oat_scan_kept *next;
};

/* ---- Putting together ---- */

static uint32_t traces_in(struct oat_part *part)
{
    return oat_part_table(part, OAT_TABLE_TRACES)->table.rows;
}

/* Opens the parts that are wanted. */
static int open_parts(struct oat_scan *scan, const uint64_t *wanted)
{
    const struct oat_snapshot *s = scan->snapshot;
    scan->parts = calloc(s->manifest.part_count + 1, sizeof *scan->parts);
    if (!scan->parts)
        return OAT_E_NOMEM;
    for (size_t i = s->manifest.part_count; i-- > 0;) {
        struct oat_scan_part *selected = &scan->parts[scan->part_count];
        if (!oat_bit(wanted, (uint32_t)i))
            continue;
        int result = oat_snapshot_part(s, i, &selected->part);
        if (result == OAT_E_STALE || result == OAT_E_NOMEM)
            return result;
        if (result != OAT_OK) {
            scan->skipped++;
            continue;
        }
        selected->index = (uint32_t)i;
        scan->part_count++;
    }
    return OAT_OK;
}

static void begin_round(struct oat_rows *rows)
{
    oat_rows_init(rows);
    rows->spans_alone = true;
}

/* Puts together what was gathered, and begins anew. */
static int take_round(struct oat_scan *scan, struct oat_rows *rows)
{
    struct oat_assembly built = {.sources = scan->snapshot->sources, .unindexed = true};
    int result = oat_assembly_add(&built, rows);
    if (result == OAT_OK)
        result = oat_assembly_link(&scan->continued, &built, rows);
    oat_assembly_free(&built);
    oat_rows_free(rows);
    begin_round(rows);
    return result;
}

static int list_continued(struct oat_scan_part *selected, uint32_t trace)
{
    if (!oat_array_reserve(&selected->continued, selected->continued_count, &selected->continued_capacity,
                           sizeof *selected->continued))
        return OAT_E_NOMEM;
    selected->continued[selected->continued_count++] = trace;
    return OAT_OK;
}

/* Adds the traces of a part that lie in others too, whole and once, and lists them. */
static int take_continued(struct oat_scan *scan, struct oat_scan_part *selected, struct oat_rows *rows)
{
    const uint64_t *masked = scan->snapshot->masked[selected->index];
    uint64_t *continued = NULL;
    uint32_t count = traces_in(selected->part);
    int result = oat_snapshot_continued(scan->snapshot, selected->index, &continued);
    for (uint32_t trace = 0; trace < count && result == OAT_OK; trace++) {
        uint8_t id[16];
        uint32_t number;
        size_t known = rows->trace_count;
        if (!oat_bit(continued, trace) || oat_bit(masked, trace) ||
            oat_part_trace_id(selected->part, trace, id) != OAT_OK)
            continue;
        result = list_continued(selected, trace);
        if (result != OAT_OK || oat_assembly_number(&scan->continued, id) != OAT_NO_ROW)
            continue;
        result = oat_rows_trace(rows, id, &number);
        if (result == OAT_OK && number == known)
            result = oat_snapshot_gather_linked(scan->snapshot, selected->index, id, number, rows);
        if (result == OAT_OK && rows->row_count >= ROUND_ROWS)
            result = take_round(scan, rows);
    }
    free(continued);
    return result;
}

/* Marks those of a part's continued traces that differ. */
static void mark_differing(const struct oat_scan *scan, struct oat_scan_part *selected)
{
    for (size_t i = 0; i < selected->continued_count; i++) {
        uint8_t id[16];
        if (oat_part_trace_id(selected->part, selected->continued[i], id) != OAT_OK)
            continue;
        uint32_t number = oat_assembly_number(&scan->continued, id);
        if (number != OAT_NO_ROW && scan->continued.traces[number].differs)
            selected->continued[i] |= OAT_SCAN_DIFFERS;
    }
}

static int put_together(struct oat_scan *scan, const uint64_t *wanted)
{
    struct oat_rows rows;
    begin_round(&rows);
    scan->continued.sources = scan->snapshot->sources;
    int result = open_parts(scan, wanted);
    for (size_t i = 0; i < scan->part_count && result == OAT_OK; i++)
        result = take_continued(scan, &scan->parts[i], &rows);
    if (result == OAT_OK)
        result = take_round(scan, &rows);
    bool differ = scan->continued.linked && oat_linked_differing(&scan->continued) > 0;
    for (size_t i = 0; i < scan->part_count && result == OAT_OK && differ; i++)
        mark_differing(scan, &scan->parts[i]);
    oat_rows_free(&rows);
    oat_assembly_link_end(&scan->continued);
    return result;
}

/* ---- Keeping ---- */

/* Accepts NULL, and one that is not whole. */
static void free_kept(struct oat_scan_kept *kept)
{
    if (!kept)
        return;
    for (size_t i = 0; kept->scan.parts && i < kept->scan.part_count; i++)
        free(kept->scan.parts[i].continued);
    free(kept->scan.parts);
    oat_assembly_free(&kept->scan.continued);
    free(kept->wanted);
    free(kept);
}

/* One of the window's parts, with nothing put together. NULL: out of memory. */
static struct oat_scan_kept *new_kept(const struct oat_snapshot *s, uint64_t from_ns, uint64_t to_ns)
{
    size_t count = s->manifest.part_count;
    struct oat_scan_kept *kept = calloc(1, sizeof *kept);
    uint64_t *wanted = calloc(count / 64 + 1, sizeof *wanted);
    if (!kept || !wanted) {
        free(kept);
        free(wanted);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (s->manifest.parts[i].max_start_ns >= from_ns && s->manifest.parts[i].min_start_ns <= to_ns)
            wanted[i / 64] |= UINT64_C(1) << i % 64;
    *kept = (struct oat_scan_kept){.scan = {.snapshot = s, .kept = kept}, .wanted = wanted};
    return kept;
}

/* Gives up one of the users; the lock is held. */
static void release(struct oat_scan_kept *kept)
{
    if (--kept->users == 0)
        free_kept(kept);
}

/* Puts it in front of the list, and the last one out when there are too many; the lock is held. */
static void put_in_front(struct oat_snapshot *s, struct oat_scan_kept *kept)
{
    struct oat_scan_kept **at = &s->scans;
    kept->next = s->scans;
    s->scans = kept;
    kept->users++;
    for (unsigned i = 0; *at && i < KEPT_MAX; i++)
        at = &(*at)->next;
    if (*at)
        release(*at);
    *at = NULL;
}

/* The one that has the same parts, moved to the front; NULL: there is none. The lock is held. */
static struct oat_scan_kept *find_kept(struct oat_snapshot *s, const uint64_t *wanted)
{
    size_t size = (s->manifest.part_count / 64 + 1) * sizeof *wanted;
    for (struct oat_scan_kept **at = &s->scans; *at; at = &(*at)->next) {
        struct oat_scan_kept *kept = *at;
        if (memcmp(kept->wanted, wanted, size) != 0)
            continue;
        *at = kept->next;
        kept->next = s->scans;
        s->scans = kept;
        return kept;
    }
    return NULL;
}

void oat_scans_free(struct oat_snapshot *snapshot)
{
    while (snapshot->scans) {
        struct oat_scan_kept *kept = snapshot->scans;
        snapshot->scans = kept->next;
        free_kept(kept);
    }
}

/* ---- Scans ---- */

int oat_scan_open(const struct oat_snapshot *snapshot, uint64_t from_ns, uint64_t to_ns, const oat_stop *stop,
                  struct oat_scan *ret)
{
    struct oat_snapshot *s = (struct oat_snapshot *)(uintptr_t)snapshot; /* the lock makes it safe */
    struct oat_scan_kept *kept, *fresh = new_kept(s, from_ns, to_ns);
    if (!fresh)
        return OAT_E_NOMEM;
    pthread_mutex_lock(&s->lock);
    kept = find_kept(s, fresh->wanted);
    if (kept)
        kept->users++;
    pthread_mutex_unlock(&s->lock);
    if (!kept) {
        int result = put_together(&fresh->scan, fresh->wanted);
        if (result != OAT_OK) {
            free_kept(fresh);
            return result;
        }
        kept = fresh;
        fresh = NULL;
        pthread_mutex_lock(&s->lock);
        kept->users++;
        put_in_front(s, kept);
        pthread_mutex_unlock(&s->lock);
    }
    free_kept(fresh);
    *ret = kept->scan;
    ret->stop = stop;
    return OAT_OK;
}

void oat_scan_close(struct oat_scan *scan)
{
    struct oat_snapshot *s = (struct oat_snapshot *)(uintptr_t)scan->snapshot;
    if (scan->kept) {
        pthread_mutex_lock(&s->lock);
        release(scan->kept);
        pthread_mutex_unlock(&s->lock);
    }
    memset(scan, 0, sizeof *scan);
}

static const struct oat_assembly *assembly_of(const struct oat_scan *scan, size_t index)
{
    return index == 0 ? &scan->snapshot->loose : &scan->continued;
}

int oat_scan_masked(const struct oat_scan *scan, const struct oat_scan_part *selected, uint64_t **ret)
{
    const uint64_t *before = scan->snapshot->masked[selected->index];
    size_t words = traces_in(selected->part) / 64 + 1;
    uint64_t *masked = calloc(words, sizeof *masked);
    bool any = before != NULL;
    if (!masked)
        return OAT_E_NOMEM;
    if (before)
        memcpy(masked, before, words * sizeof *masked);
    for (size_t i = 0; i < selected->continued_count; i++) {
        uint32_t trace = selected->continued[i];
        if (scan->of_spans && !(trace & OAT_SCAN_DIFFERS))
            continue;
        oat_set_bit(masked, trace & ~OAT_SCAN_DIFFERS);
        any = true;
    }
    if (!any) {
        free(masked);
        masked = NULL;
    }
    *ret = masked;
    return OAT_OK;
}

static int open_part_source(const struct oat_scan *scan, const struct oat_scan_part *selected,
                            struct oat_source **ret)
{
    uint64_t *masked;
    int result = oat_scan_masked(scan, selected, &masked);
    if (result != OAT_OK)
        return result;
    result = oat_part_source_new(selected->part, masked, ret);
    free(masked);
    return result;
}

static int open_source(const struct oat_scan *scan, size_t index, struct oat_source **ret)
{
    if (index >= 2)
        return open_part_source(scan, &scan->parts[index - 2], ret);
    bool differing = index == 1 && scan->of_spans;
    return differing ? oat_differing_source_new(&scan->continued, ret)
                     : oat_loose_source_new(assembly_of(scan, index), ret);
}

int oat_scan_source(const struct oat_scan *scan, size_t index, struct oat_source **ret)
{
    int result = open_source(scan, index, ret);
    if (result == OAT_OK)
        (*ret)->stop = scan->stop;
    return result;
}

int oat_scan_record(const struct oat_scan *scan, size_t index, uint32_t row, struct oat_record *ret)
{
    uint32_t source = index < 2 ? 0 : OAT_SOURCE_PART | scan->parts[index - 2].index;
    if (index < 2) {
        struct oat_row_place place = oat_assembly_place(assembly_of(scan, index), row);
        source = place.source;
        row = place.place;
    }
    return oat_record_read(scan->snapshot->sources, source, row, ret);
}
