#include "compactor/forget.h"

#include "compactor/seek.h"
#include "format/random.h"
#include "reader/array.h"
#include "reader/small_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELD 2 /* ends a visit that looks for anything forgotten; no enum oat_result */

/* ---- Seeking ---- */

/* Visits one source set, and passes on what was wrong in it. */
static int visit(struct oat_run *run, struct oat_sources *sources, const struct oat_contents_visitor *visitor)
{
    bool damaged;
    int result = oat_contents_visit(sources, visitor);
    if (result < 0)
        return oat_run_fail(run, result, "seek what is to be forgotten");
    return oat_run_judge(run, &sources->problems, &damaged);
}

static int seek_in_pairs(struct oat_run *run, const struct oat_contents_visitor *visitor)
{
    struct oat_sources *sources = NULL;
    int result = oat_run_open_sources(run, &sources);
    if (result != OAT_OK)
        return result;
    result = oat_sources_add_new(sources, &run->manifest);
    result = result == OAT_OK ? visit(run, sources, visitor)
                              : oat_run_fail(run, result, "cannot list the pairs of the store");
    oat_sources_close(sources);
    return result;
}

/* A part that cannot be opened is left out here, as readers do; then it cannot be erased either. */
static int seek_in_part(struct oat_run *run, const struct oat_manifest_part *entry,
                        const struct oat_contents_visitor *visitor)
{
    struct oat_sources *sources = NULL;
    int result = oat_run_open_sources(run, &sources);
    if (result != OAT_OK)
        return result;
    result = oat_sources_add_part(sources, entry);
    if (result == OAT_E_NOMEM)
        oat_run_fail(run, result, "open a part");
    else
        result = visit(run, sources, visitor);
    oat_sources_close(sources);
    return result;
}

static int seek_in_reasons(struct oat_seek *seek, const struct oat_catalog_list *list)
{
    int result = OAT_OK;
    for (size_t i = 0; i < list->count && result == OAT_OK; i++)
        if (list->entries[i].reason.bytes)
            result = oat_seek_text(seek, list->entries[i].reason.bytes, list->entries[i].reason.len);
    return result;
}

static int seek_everywhere(struct oat_run *run, struct oat_seek *seek)
{
    const struct oat_compact_options *options = run->options;
    struct oat_contents_visitor visitor = oat_seek_visitor(seek);
    int result = seek_in_reasons(seek, &run->catalog.tombstones);
    if (result == OAT_OK)
        result = seek_in_reasons(seek, &run->catalog.forgotten);
    oat_text reason = seek->like.reason;
    if (result == OAT_OK && reason.bytes && !oat_forgotten_find(run->forgotten, reason.bytes, reason.len))
        result = oat_seek_text(seek, reason.bytes, reason.len);
    if (result != OAT_OK)
        return oat_run_fail(run, result, "seek what is to be forgotten");
    result = seek_in_pairs(run, &visitor);
    for (size_t i = 0; i < run->manifest.part_count && result == OAT_OK; i++) {
        if (options->progress)
            options->progress(options->arg, "seeking in parts", i, run->manifest.part_count);
        result = seek_in_part(run, &run->manifest.parts[i], &visitor);
    }
    oat_seek_finish(seek);
    return result;
}

/* ---- Masking ---- */

static int publish_catalog(struct oat_run *run)
{
    struct oat_change change = {0};
    int result = oat_run_write_catalog(run, &change.catalog);
    return result == OAT_OK ? oat_run_publish(run, &change) : result;
}

static int add_to_catalog(struct oat_run *run, const struct oat_catalog_list *found)
{
    struct oat_catalog_list *list = &run->catalog.forgotten;
    int result = list->count + found->count > OAT_SMALL_ROWS_MAX ? OAT_E_LIMIT : OAT_OK;
    for (size_t i = 0; i < found->count && result == OAT_OK; i++)
        result = oat_catalog_add(list, &found->entries[i]);
    oat_catalog_sort(list);
    if (result != OAT_OK)
        return oat_run_fail(run, result, "cannot list %zu contents", found->count);
    result = oat_run_mask(run);
    return result == OAT_OK ? publish_catalog(run) : result;
}

int oat_forget_begin(struct oat_run *run, struct oat_forget *forget)
{
    struct oat_seek seek = {
        .match = forget->match,
        .content_id = forget->content_id,
        .hash_seed = oat_le64_get(run->store->hash_seed),
        .like = {.time_ns = run->now_ns,
                 .reason = {forget->reason, forget->reason ? strlen(forget->reason) : 0}},
    };
    oat_random_bytes(&seek.like.id, sizeof seek.like.id);
    oat_random_bytes(forget->redaction_id, sizeof forget->redaction_id);
    memcpy(seek.like.redaction_id, forget->redaction_id, sizeof seek.like.redaction_id);
    bool asked = forget->match || forget->content_id;
    int result = asked ? seek_everywhere(run, &seek) : OAT_OK;
    forget->contents = seek.found.count;
    forget->texts = seek.texts;
    forget->payloads = seek.payloads;
    for (size_t i = 0; i < seek.found.count; i++)
        forget->bytes += seek.found.entries[i].raw_len;
    if (result == OAT_OK && seek.found.count > 0 && !run->options->dry_run)
        result = add_to_catalog(run, &seek.found);
    oat_seek_clear(&seek);
    return result;
}

/* ---- Erasing ---- */

static int find_text(void *arg, const uint8_t *bytes, size_t len)
{
    return oat_forgotten_find(arg, bytes, len) ? HELD : OAT_OK;
}

static int find_payload(void *arg, const struct oat_pieces *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (oat_forgotten_find(arg, oat_piece_whole(p, &p->pieces[i]), p->pieces[i].whole_len))
            return HELD;
    return OAT_OK;
}

static struct oat_contents_visitor finder(const struct oat_forgotten *forgotten)
{
    return (struct oat_contents_visitor){find_text, find_payload, (void *)(uintptr_t)forgotten};
}

bool oat_forget_holds_part(const struct oat_run *run, const struct oat_manifest_part *entry)
{
    struct oat_sources *sources = NULL;
    struct oat_forgotten *forgotten = NULL;
    uint64_t hash_seed = oat_le64_get(run->store->hash_seed);
    if (oat_catalog_forgotten(&run->catalog, hash_seed, true, &forgotten) == OAT_OK && !forgotten)
        return false;
    struct oat_contents_visitor visitor = finder(forgotten);
    bool held = !forgotten || oat_sources_open(run->store_fd, &sources) != OAT_OK ||
                oat_sources_add_part(sources, entry) != OAT_OK ||
                oat_contents_visit(sources, &visitor) != OAT_OK;
    oat_sources_close(sources);
    oat_forgotten_free(forgotten);
    return held;
}

/* A day that was left as it is may hold anything. */
static int note_erased(struct oat_run *run)
{
    struct oat_catalog_list *list = &run->catalog.forgotten;
    bool any = false;
    for (size_t i = 0; i < list->count && run->summary.damaged_days == 0; i++) {
        any = any || !list->entries[i].erased;
        list->entries[i].erased = true;
    }
    return any ? publish_catalog(run) : OAT_OK;
}

/* ---- Pairs that are left ---- */

static void describe(const struct oat_pair *pair, struct oat_held_pair *ret)
{
    struct oat_disk_pair_header header;
    size_t len = 0;
    *ret = (struct oat_held_pair){.alive = pair->liveness == OAT_WRITER_ALIVE,
                                  .readable = pair->usable && pair->has_blobs};
    snprintf(ret->path, sizeof ret->path, "%s", pair->spans_path);
    if (!pair->usable || oat_file_read(&pair->spans, &header, sizeof header, 0, &len) != OAT_OK ||
        len < sizeof header)
        return;
    ret->pid = oat_le32_get(header.pid);
    memcpy(ret->program, header.program, sizeof header.program);
}

static int list_held(struct oat_run *run, struct oat_sources *sources, struct oat_forget *forget)
{
    struct oat_contents_visitor visitor = finder(run->forgotten);
    size_t capacity = 0;
    for (size_t i = 0; i < sources->pair_count; i++) {
        const struct oat_pair *pair = sources->pairs[i];
        int result = pair->usable && pair->has_blobs
                         ? oat_contents_visit_source(sources, (uint32_t)i, &visitor)
                         : HELD;
        if (result == OAT_OK)
            continue;
        if (result < 0 ||
            !oat_array_reserve(&forget->held, forget->held_count, &capacity, sizeof *forget->held))
            return result < 0 ? result : OAT_E_NOMEM;
        describe(pair, &forget->held[forget->held_count++]);
    }
    return OAT_OK;
}

/* The pairs are read as they are, without masks. */
static int find_held(struct oat_run *run, struct oat_forget *forget)
{
    struct oat_sources *sources = NULL;
    int result = run->forgotten ? oat_sources_open(run->store_fd, &sources) : OAT_OK;
    if (result == OAT_OK && sources)
        result = oat_sources_add_new(sources, &run->manifest);
    if (result == OAT_OK && sources)
        result = list_held(run, sources, forget);
    oat_sources_close(sources);
    return result == OAT_OK ? OAT_OK : oat_run_fail(run, result, "list the pairs that are left");
}

int oat_forget_settle(struct oat_run *run)
{
    int result = note_erased(run);
    if (result == OAT_OK && run->options->forget)
        result = find_held(run, run->options->forget);
    return result;
}
