#include "reader/snapshot.h"

#include "format/ids.h"
#include "reader/faults.h"
#include "reader/part_find.h"
#include "reader/scan.h"
#include "reader/snapshot_add.h"
#include "reader/store.h"

#include <stdlib.h>
#include <string.h>

#define TRIES_MAX 100u /* listings that a publication may overtake one after the other */

/* ---- Parts ---- */

static uint64_t *new_bits(uint32_t count)
{
    return calloc((size_t)count / 64 + 1, sizeof(uint64_t));
}

static uint32_t traces_in(const struct oat_snapshot *s, size_t index)
{
    return oat_part_table(s->sources->parts[index], OAT_TABLE_TRACES)->table.rows;
}

int oat_snapshot_mask(const struct oat_snapshot *s, size_t index, uint32_t trace)
{
    if (!s->masked[index])
        s->masked[index] = new_bits(traces_in(s, index));
    if (!s->masked[index])
        return OAT_E_NOMEM;
    oat_set_bit(s->masked[index], trace);
    return OAT_OK;
}

int oat_snapshot_mask_hidden(const struct oat_snapshot *s, size_t index)
{
    int result = OAT_OK;
    for (size_t i = 0; i < s->hidden_count && result == OAT_OK; i++) {
        uint32_t trace = oat_part_find_trace(s->sources->parts[index], s->hidden[i].trace_id);
        if (trace != OAT_NO_TRACE)
            result = oat_snapshot_mask(s, index, trace);
    }
    return result;
}

/* Marks the traces of a part that say themselves that older parts have something of them. */
static void mark_own(const struct oat_snapshot *s, size_t index, uint64_t *bits)
{
    struct oat_image_table *traces = oat_part_table(s->sources->parts[index], OAT_TABLE_TRACES);
    uint64_t flags[OAT_BLOCK_ROWS];
    if (s->manifest.parts[index].continued_from == 0)
        return;
    for (uint32_t first = 0; first < traces->table.rows; first += OAT_BLOCK_ROWS) {
        uint32_t left = traces->table.rows - first, count = left < OAT_BLOCK_ROWS ? left : OAT_BLOCK_ROWS;
        if (oat_image_numbers(traces, OAT_COL_TRACE_FLAGS, first, count, flags) != OAT_OK)
            continue; /* reported */
        for (uint32_t i = 0; i < count; i++)
            if (flags[i] & OAT_TRACE_CONTINUES)
                oat_set_bit(bits, first + i);
    }
}

/* Marks what a newer part says of the traces of an older one that is open. */
static void mark_older(const struct oat_snapshot *s, size_t newer, size_t older, uint64_t *bits)
{
    const struct oat_manifest_part *entry = &s->manifest.parts[older];
    struct oat_image_table *table = oat_part_table(s->sources->parts[newer], OAT_TABLE_CONTINUED);
    uint32_t traces = traces_in(s, older);
    uint64_t day, generation, trace;
    for (uint32_t i = 0; i < table->table.rows; i++)
        if (oat_image_number(table, OAT_COL_CONTINUED_DAY, i, &day) == OAT_OK && day == entry->day &&
            oat_image_number(table, OAT_COL_CONTINUED_GENERATION, i, &generation) == OAT_OK &&
            generation == entry->generation &&
            oat_image_number(table, OAT_COL_CONTINUED_TRACE, i, &trace) == OAT_OK && trace < traces)
            oat_set_bit(bits, (uint32_t)trace);
}

/* Whether MANIFEST is another than the snapshot was made of, or nobody can tell. */
static bool is_overtaken(const struct oat_snapshot *s)
{
    struct oat_manifest now = {0};
    int result = oat_manifest_read(s->sources->store_fd, &s->sources->problems, &now);
    bool overtaken = result != OAT_OK || now.generation != s->manifest.generation;
    oat_manifest_clear(&now);
    return overtaken;
}

static void report_missing(const struct oat_snapshot *s, size_t index, const char *extension)
{
    char path[64];
    oat_part_file_name(&s->manifest.parts[index], extension, path);
    oat_problems_add(&s->sources->problems, OAT_PROBLEM_CORRUPT, path, 0, "file", "there: MANIFEST names it",
                     "none");
}

/* A file that is not there was replaced; or it is lost: then the rest is read without it. */
static int map_part(const struct oat_snapshot *s, size_t index, struct oat_part **ret)
{
    struct oat_manifest_part entry = s->manifest.parts[index];
    struct oat_problems *problems = &s->sources->problems;
    int result = oat_part_map(s->sources->store_fd, &entry, problems, ret);
    if (result != OAT_NOTFOUND)
        return result;
    if (is_overtaken(s))
        return OAT_E_STALE;
    entry.pack_bytes = 0;
    result = oat_part_map(s->sources->store_fd, &entry, problems, ret);
    report_missing(s, index, result == OAT_NOTFOUND ? "part" : "pack");
    return result == OAT_NOTFOUND ? OAT_E_CORRUPT : result;
}

static int open_part(const struct oat_snapshot *s, size_t index)
{
    struct oat_part *part = s->mapped[index];
    int result = part ? OAT_OK : map_part(s, index, &part);
    if (result != OAT_OK)
        return result;
    s->mapped[index] = NULL;
    result = oat_part_check(part);
    if (result == OAT_OK) {
        oat_part_set_forgotten(part, s->in_parts);
        s->sources->parts[index] = part;
        result = oat_snapshot_mask_hidden(s, index);
    }
    if (result != OAT_OK) {
        s->sources->parts[index] = NULL;
        oat_part_close(part);
    }
    return result;
}

static int use_part(const struct oat_snapshot *s, size_t index)
{
    return s->sources->parts[index] ? OAT_OK : open_part(s, index);
}

/* Opens a part and those that say which of its traces they continue. The lock is held. */
static int find_continued(const struct oat_snapshot *s, size_t index, uint64_t **ret)
{
    int result = use_part(s, index);
    if (result != OAT_OK)
        return result;
    for (size_t i = 0; i < s->manifest.part_count; i++) {
        result = oat_may_continue(&s->manifest.parts[i], &s->manifest.parts[index]) ? use_part(s, i) : OAT_OK;
        if (result == OAT_E_STALE || result == OAT_E_NOMEM)
            return result;
    }
    uint64_t *bits = new_bits(traces_in(s, index));
    if (!bits)
        return OAT_E_NOMEM;
    mark_own(s, index, bits);
    for (size_t i = 0; i < s->manifest.part_count; i++)
        if (s->sources->parts[i] && oat_may_continue(&s->manifest.parts[i], &s->manifest.parts[index]))
            mark_older(s, i, index, bits);
    *ret = bits;
    return OAT_OK;
}

/* Parts, masks and marks are made when they are asked for; the lock makes it safe. */
static struct oat_snapshot *lock(const struct oat_snapshot *snapshot)
{
    struct oat_snapshot *s = (struct oat_snapshot *)(uintptr_t)snapshot;
    pthread_mutex_lock(&s->lock);
    return s;
}

int oat_snapshot_part(const struct oat_snapshot *snapshot, size_t index, struct oat_part **ret)
{
    struct oat_snapshot *s = lock(snapshot);
    int result = use_part(s, index);
    if (result == OAT_OK)
        *ret = s->sources->parts[index];
    pthread_mutex_unlock(&s->lock);
    return result;
}

int oat_snapshot_continued(const struct oat_snapshot *snapshot, size_t index, uint64_t **ret)
{
    struct oat_snapshot *s = lock(snapshot);
    int result = find_continued(s, index, ret);
    pthread_mutex_unlock(&s->lock);
    return result;
}

struct oat_trace_index *oat_snapshot_trace_index(const struct oat_snapshot *snapshot)
{
    struct oat_snapshot *s = lock(snapshot);
    if (!s->traces_asked_for)
        oat_trace_index_open(s->sources->store_fd, &s->manifest, &s->traces); /* it can be done without */
    s->traces_asked_for = true;
    struct oat_trace_index *traces = s->traces;
    pthread_mutex_unlock(&s->lock);
    return traces;
}

void oat_snapshot_parts_ahead(const struct oat_snapshot *snapshot, size_t first, size_t end)
{
    struct oat_snapshot *s = lock(snapshot);
    for (size_t i = end; i-- > first;)
        if (!s->sources->parts[i] && !s->mapped[i])
            map_part(s, i, &s->mapped[i]); /* a failure is met again when it is opened */
    pthread_mutex_unlock(&s->lock);
}

/* ---- Hidden traces ---- */

int oat_hidden_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct oat_hidden));
}

/* Those that the catalog knows of. */
static int list_hidden(struct oat_snapshot *s)
{
    size_t count = s->catalog.tombstones.count;
    s->hidden = malloc((count + 1) * sizeof *s->hidden);
    if (!s->hidden)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        memcpy(s->hidden[i].trace_id, s->catalog.tombstones.entries[i].of, 16);
    s->hidden_count = count;
    if (count > 1)
        qsort(s->hidden, count, sizeof *s->hidden, oat_hidden_compare);
    return OAT_OK;
}

bool oat_snapshot_is_hidden(const struct oat_snapshot *snapshot, const uint8_t trace_id[16])
{
    return snapshot->hidden_count > 0 && bsearch(trace_id, snapshot->hidden, snapshot->hidden_count,
                                                 sizeof *snapshot->hidden, oat_hidden_compare) != NULL;
}

/* ---- Taking ---- */

static int prepare_parts(struct oat_snapshot *s)
{
    size_t count = s->manifest.part_count;
    s->sources->parts = calloc(count + 1, sizeof *s->sources->parts);
    s->sources->part_count = s->sources->parts ? count : 0;
    s->masked = calloc(count + 1, sizeof *s->masked);
    s->mapped = calloc(count + 1, sizeof *s->mapped);
    return s->sources->parts && s->masked && s->mapped ? OAT_OK : OAT_E_NOMEM;
}

/* MANIFEST says what the parts have taken over, hot/ what they have not: both of one moment, that is,
 * MANIFEST did not move while hot/ was listed. OAT_E_STALE when it did. */
static int list_files(struct oat_snapshot *s)
{
    struct oat_manifest after = {0};
    struct oat_problems *problems = &s->sources->problems;
    int result = oat_manifest_read(s->sources->store_fd, problems, &s->manifest);
    if (result == OAT_E_NOMEM || result == OAT_E_IO)
        return result;
    result = oat_sources_add_new(s->sources, &s->manifest);
    if (result != OAT_OK)
        return result;
    result = oat_manifest_read(s->sources->store_fd, problems, &after);
    bool moved = after.generation != s->manifest.generation;
    oat_manifest_clear(&after);
    if (result == OAT_E_NOMEM || result == OAT_E_IO)
        return result;
    return moved ? OAT_E_STALE : OAT_OK;
}

/* From here on, what is forgotten is not read any more. */
static int mask(struct oat_snapshot *s)
{
    int result = oat_catalog_forgotten(&s->catalog, s->hash_seed, false, &s->forgotten);
    if (result == OAT_OK)
        result = oat_catalog_forgotten(&s->catalog, s->hash_seed, true, &s->in_parts);
    oat_sources_set_forgotten(s->sources, s->forgotten, s->in_parts);
    return result;
}

/* Reads all hot pairs. */
static int collect(struct oat_snapshot *s)
{
    struct oat_rows collected;
    oat_rows_init(&collected);
    int result = oat_rows_collect(s->sources, &collected);
    if (result == OAT_OK)
        result = oat_snapshot_add(s, &collected);
    oat_rows_free(&collected);
    return result;
}

static int build(struct oat_snapshot *s)
{
    int result = prepare_parts(s);
    s->loose.sources = s->sources;
    if (result == OAT_OK)
        result = oat_catalog_read(s->sources->store_fd, &s->manifest, &s->sources->problems, &s->catalog);
    if (result == OAT_E_CORRUPT || result == OAT_E_UNSUPPORTED)
        result = OAT_OK; /* reported */
    if (result != OAT_OK)
        return result == OAT_NOTFOUND ? OAT_E_STALE : result;
    result = mask(s);
    if (result == OAT_OK)
        result = list_hidden(s);
    return result == OAT_OK ? collect(s) : result;
}

static int take(oat_store *store, oat_snapshot **ret_snapshot)
{
    struct oat_snapshot *s = calloc(1, sizeof *s);
    if (!s)
        return OAT_E_NOMEM;
    s->hash_seed = oat_le64_get(store->header.hash_seed);
    pthread_mutex_init(&s->lock, NULL);
    s->faults = oat_faults_count();
    int result = oat_sources_open(store->fd, &s->sources);
    if (result == OAT_OK)
        result = list_files(s);
    if (result == OAT_OK)
        result = build(s);
    if (result != OAT_OK) {
        oat_snapshot_free(s);
        return result;
    }
    *ret_snapshot = s;
    return OAT_OK;
}

int oat_snapshot_take(oat_store *store, oat_snapshot **ret_snapshot)
{
    int result = OAT_E_STALE;
    for (unsigned i = 0; i < TRIES_MAX && result == OAT_E_STALE; i++)
        result = take(store, ret_snapshot);
    return result;
}

void oat_snapshot_free(oat_snapshot *snapshot)
{
    if (!snapshot)
        return;
    oat_scans_free(snapshot);
    for (size_t i = 0; snapshot->masked && i < snapshot->manifest.part_count; i++)
        free(snapshot->masked[i]);
    for (size_t i = 0; snapshot->mapped && i < snapshot->manifest.part_count; i++)
        oat_part_close(snapshot->mapped[i]);
    free(snapshot->masked);
    free(snapshot->mapped);
    oat_trace_index_close(snapshot->traces);
    free(snapshot->hidden);
    oat_assembly_free(&snapshot->loose);
    oat_sources_close(snapshot->sources);
    oat_forgotten_free(snapshot->forgotten);
    oat_forgotten_free(snapshot->in_parts);
    oat_catalog_clear(&snapshot->catalog);
    oat_manifest_clear(&snapshot->manifest);
    pthread_mutex_destroy(&snapshot->lock);
    free(snapshot);
}

/* ---- Problems ---- */

bool oat_snapshot_has_fault(const struct oat_snapshot *snapshot, oat_problem *ret_problem)
{
    oat_problem unwanted;
    return oat_faults_count() != snapshot->faults && oat_faults_newest(ret_problem ? ret_problem : &unwanted);
}

size_t oat_snapshot_problem_count(const oat_snapshot *snapshot)
{
    return oat_problems_count(&snapshot->sources->problems);
}

const oat_problem *oat_snapshot_problem(const oat_snapshot *snapshot, size_t index)
{
    return oat_problems_get(&snapshot->sources->problems, index);
}
