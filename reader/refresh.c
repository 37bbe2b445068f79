/* Making a snapshot one of everything committed now: only what came is read, as long as what was there before
 * is what it was. */
#include "reader/snapshot_add.h"
#include "reader/tree.h"

#define TEXTS_MAX_BYTES (64u << 20) /* more are forgotten */

/* What could not be read may be read now. */
static bool has_unread(struct oat_problems *problems)
{
    for (size_t i = 0; i < oat_problems_count(problems); i++)
        if (oat_problems_get(problems, i)->kind == OAT_PROBLEM_IO)
            return true;
    return false;
}

/* hot/ is looked at first: if MANIFEST is the same behind that, it was the same meanwhile. */
static int check_manifest(const struct oat_snapshot *s)
{
    struct oat_manifest manifest = {0};
    struct oat_problems problems;
    oat_problems_init(&problems);
    int result = oat_manifest_read(s->sources->store_fd, &problems, &manifest);
    if (result != OAT_OK || manifest.generation != s->manifest.generation)
        result = result == OAT_E_NOMEM ? result : OAT_E_STALE;
    oat_manifest_clear(&manifest);
    oat_problems_clear(&problems);
    return result;
}

/* What shows of an OPEN, and of a trace that may have one, depends on its pair. */
static bool depends_on_changed(const struct oat_pair *pair, const struct oat_kept_row *row)
{
    return pair && pair->changed && row->trace != OAT_NO_ROW &&
           (row->open || oat_misses_local_parent(oat_kept_parent(row), row->flags));
}

/* Names the traces that show something else since a writer died, or carried its running spans on. When an
 * OPEN goes, another one that was left out for it would have to come back: OAT_E_STALE if there may be one.
 */
static int name_changed(const struct oat_snapshot *s, struct oat_rows *news)
{
    const struct oat_assembly *loose = &s->loose;
    uint32_t number;
    int result = OAT_OK;
    bool changed = false;
    for (size_t i = 0; i < s->sources->pair_count; i++)
        changed = changed || s->sources->pairs[i]->changed;
    for (size_t i = 0; changed && i < loose->row_count && result == OAT_OK; i++) {
        const struct oat_kept_row *row = &loose->rows[i];
        const struct oat_pair *pair = oat_sources_pair(s->sources, row->source);
        if (!depends_on_changed(pair, row))
            continue;
        if (row->open && !pair->opens_count && loose->open_repeats > 0)
            return OAT_E_STALE;
        result = oat_rows_trace(news, loose->traces[row->trace].trace_id, &number);
    }
    return result;
}

/* Collects what came. OAT_E_STALE: it is not all that is to be known. */
static int collect_news(const struct oat_snapshot *s, struct oat_rows *news)
{
    struct oat_sources *sources = s->sources;
    uint64_t problems = oat_problems_total(&sources->problems);
    int result = oat_sources_renew(sources, &s->manifest);
    if (result == OAT_E_IO)
        return OAT_E_STALE;
    if (result == OAT_OK)
        result = check_manifest(s);
    if (result == OAT_OK)
        result = oat_rows_collect(sources, news);
    if (result == OAT_OK && oat_problems_total(&sources->problems) != problems)
        return OAT_E_STALE; /* what is damaged is for a new snapshot to say, and only once */
    return result == OAT_OK ? name_changed(s, news) : result;
}

/* OAT_E_STALE: a new snapshot is needed. */
static int catch_up(struct oat_snapshot *s)
{
    struct oat_rows news;
    if (s->is_behind || has_unread(&s->sources->problems) || oat_snapshot_has_fault(s, NULL))
        return OAT_E_STALE;
    if (s->sources->strings.bytes > TEXTS_MAX_BYTES)
        oat_strings_forget(&s->sources->strings);
    s->is_behind = true; /* until all that the pairs are taken to have told is there */
    oat_rows_init(&news);
    int result = collect_news(s, &news);
    if (result == OAT_OK && news.trace_count > 0)
        result = oat_snapshot_add(s, &news);
    oat_rows_free(&news);
    s->is_behind = result != OAT_OK;
    return result;
}

int oat_snapshot_refresh(oat_store *store, oat_snapshot **snapshot)
{
    oat_snapshot *fresh;
    int result = *snapshot ? catch_up(*snapshot) : OAT_E_STALE;
    if (result != OAT_E_STALE)
        return result;
    result = oat_snapshot_take(store, &fresh);
    if (result != OAT_OK)
        return result;
    oat_snapshot_free(*snapshot);
    *snapshot = fresh;
    return OAT_OK;
}
