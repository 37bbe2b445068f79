/* Lists of traces: the best by some key, of what hot pairs and parts hold. */
#include "format/day.h"
#include "format/ids.h"
#include "reader/part_trace.h"
#include "reader/trace.h"
#include "reader/trace_candidates.h"
#include "reader/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CURSOR_SIZE    96u
#define ALL_PARTS_MAX  64u     /* so many, with so many traces, are all read, for an exact total */
#define ALL_TRACES_MAX 100000u /* a block of them takes some 10 us */
#define PAGE_SLACK     100u    /* traces that are masked or begin earlier than their part says */

bool oat_trace_sort_parse(const char *text, enum oat_trace_sort *ret_sort, bool *ret_ascending)
{
    static const char *const names[] = {
        [OAT_SORT_START] = "start",   [OAT_SORT_DURATION] = "duration", [OAT_SORT_COST] = "cost",
        [OAT_SORT_TOKENS] = "tokens", [OAT_SORT_SPANS] = "spans",       [OAT_SORT_ERRORS] = "errors",
    };
    bool descending = text[0] == '-';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], text + descending) != 0)
            continue;
        *ret_sort = (enum oat_trace_sort)i;
        *ret_ascending = !descending;
        return true;
    }
    return false;
}

struct oat_trace_list {
    oat_trace_view *views;
    size_t count;
    uint64_t total;
    bool exact;
    bool partial, stopped;
    bool more;
    char cursor[CURSOR_SIZE];
};

/* ---- Pages ---- */

static void print_cursor(const struct oat_ranked *candidate, char ret[CURSOR_SIZE])
{
    char id[33];
    oat_hex_print(candidate->trace_id, sizeof candidate->trace_id, id);
    snprintf(ret, CURSOR_SIZE, "%" PRIx64 "-%" PRIu64 "-%s", candidate->key, candidate->start_ns, id);
}

static bool parse_cursor(const char *text, struct oat_ranked *ret)
{
    char id[33];
    int end = 0;
    if (strspn(text, "0123456789abcdef") > 16 ||
        sscanf(text, "%" SCNx64 "-%" SCNu64 "-%32[0-9a-f]%n", &ret->key, &ret->start_ns, id, &end) != 3)
        return false;
    return text[end] == '\0' && oat_hex_parse(id, strlen(id), ret->trace_id, sizeof ret->trace_id);
}

static void view_of_part(const struct oat_listing *l, const struct oat_ranked *c, oat_trace_view *ret)
{
    const struct oat_scan_part *selected = &l->scan.parts[c->source - 2];
    struct oat_trace_figures figures;
    const uint32_t source = OAT_SOURCE_PART | selected->index;
    struct oat_record root;
    memset(ret, 0, sizeof *ret);
    if (oat_part_trace_figures(selected->part, c->trace, OAT_FIGURES_ALL, &figures) != OAT_OK)
        return; /* reported */
    *ret = (oat_trace_view){
        .start_ns = figures.start_ns,
        .end_ns = figures.end_ns,
        .status = figures.status,
        .partial = figures.partial,
        .root_missing = figures.root_missing,
        .name = figures.text[OAT_TEXT_NAME],
        .service = figures.text[OAT_TEXT_SERVICE],
        .session = figures.text[OAT_TEXT_SESSION],
        .user = figures.text[OAT_TEXT_USER],
        .agent = figures.text[OAT_TEXT_AGENT],
        .model = figures.text[OAT_TEXT_MODEL],
        .span_count = figures.span_count,
        .error_count = figures.error_count,
        .llm_calls = figures.llm_calls,
        .tool_calls = figures.tool_calls,
        .depth = figures.depth,
        .has_input_tokens = figures.has_input_tokens,
        .has_output_tokens = figures.has_output_tokens,
        .has_cost = figures.has_cost,
        .input_tokens = figures.input_tokens,
        .output_tokens = figures.output_tokens,
        .cost_total_nano = figures.cost_nano,
    };
    memcpy(ret->trace_id, figures.trace_id, sizeof ret->trace_id);
    if (oat_part_root(selected->part, c->trace, source, &root) == OAT_OK)
        ret->attributes =
            oat_view_payload(l->snapshot->sources, source, &root.payload[OAT_RECORD_ATTRIBUTES]);
}

static int show(const struct oat_listing *l, struct oat_trace_list *list)
{
    size_t skip = l->query->cursor ? 0 : l->query->offset, limit = l->query->limit;
    const struct oat_ranked *best = l->ranking.best;
    size_t shown = l->ranking.count > skip ? l->ranking.count - skip : 0;
    list->total = l->total;
    if (limit != 0 && shown > limit) {
        shown = limit;
        list->more = true;
        print_cursor(&best[skip + shown - 1], list->cursor);
    }
    list->views = calloc(shown + 1, sizeof *list->views);
    if (!list->views)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < shown; i++) {
        const struct oat_ranked *found = &best[skip + i];
        const struct oat_assembly *assembly = found->source == 0 ? &l->snapshot->loose : &l->scan.continued;
        if (found->source < 2)
            oat_trace_view_fill(assembly, &assembly->traces[found->trace], NULL, &list->views[i]);
        else
            view_of_part(l, found, &list->views[i]);
    }
    list->count = shown;
    return OAT_OK;
}

/* ---- What has to be read ---- */

static bool is_read_whole(const struct oat_manifest *manifest)
{
    uint64_t traces = 0;
    for (size_t i = 0; i < manifest->part_count; i++)
        traces += manifest->parts[i].traces;
    return manifest->part_count <= ALL_PARTS_MAX && traces <= ALL_TRACES_MAX;
}

/* Of a list by time, the beginning needs the newest parts only: those that hold `wanted` traces. Where a
 * later page begins, the cursor says. Returns the time before which nothing is read; 0: everything is. */
static uint64_t page_begin(const struct oat_listing *l, uint64_t to_ns, uint64_t wanted)
{
    const oat_trace_query *query = l->query;
    const struct oat_manifest *manifest = &l->snapshot->manifest;
    uint64_t found = 0, end_ns = l->has_after && l->after.start_ns < to_ns ? l->after.start_ns : to_ns;
    if (query->sort != OAT_SORT_START || query->ascending || query->limit == 0 || is_read_whole(manifest))
        return 0;
    for (size_t i = manifest->part_count; i-- > 0;) {
        if (manifest->parts[i].min_start_ns > end_ns)
            continue;
        found += manifest->parts[i].traces;
        if (found >= wanted)
            return (uint64_t)manifest->parts[i].day * OAT_DAY_NS;
    }
    return 0;
}

/* Traces of parts that begin before a time are not met; they count all the same, where the list has no
 * conditions. */
static uint64_t traces_before(const struct oat_listing *l, uint64_t begin_ns, uint64_t from_ns)
{
    const struct oat_manifest *manifest = &l->snapshot->manifest;
    uint64_t traces = 0;
    for (size_t i = 0; i < manifest->part_count && !l->query->filter && !l->query->status; i++) {
        const struct oat_manifest_part *part = &manifest->parts[i];
        if (part->max_start_ns < begin_ns && part->max_start_ns >= from_ns)
            traces += part->traces;
    }
    return traces;
}

/* Reads what begins in the window into the ranking. */
static int read_window(struct oat_listing *l, uint64_t from_ns, uint64_t to_ns)
{
    int result = oat_scan_open(l->snapshot, from_ns, to_ns, l->query->stop, &l->scan);
    for (uint32_t i = 0; result == OAT_OK && i < oat_scan_source_count(&l->scan); i++)
        result = oat_listing_meet(l, i);
    oat_ranking_sort(&l->ranking);
    return result;
}

/* True when all that the page shows began at begin_ns or later, where everything was read. */
static bool is_settled(const struct oat_listing *l, uint64_t begin_ns)
{
    size_t needed = (l->query->cursor ? 0 : l->query->offset) + l->query->limit + 1;
    return begin_ns == 0 || (l->ranking.count >= needed && l->ranking.best[needed - 1].start_ns >= begin_ns);
}

static int fill(struct oat_listing *l, struct oat_trace_list *list)
{
    uint64_t from_ns, to_ns;
    uint64_t wanted = (uint64_t)l->query->offset + l->query->limit + PAGE_SLACK;
    int result = OAT_OK;
    if (!oat_trace_query_window(l->query, &from_ns, &to_ns))
        return show(l, list);
    for (bool settled = false; !settled && result == OAT_OK; wanted *= 8) {
        uint64_t begin_ns = page_begin(l, to_ns, wanted);
        oat_scan_close(&l->scan);
        l->total = 0;
        l->ranking.count = 0;
        result = read_window(l, from_ns > begin_ns ? from_ns : begin_ns, to_ns);
        list->stopped = result == OAT_E_STOPPED;
        result = list->stopped ? OAT_OK : result;
        settled = list->stopped || is_settled(l, begin_ns);
        list->partial = list->stopped || l->scan.skipped > 0;
        list->exact = begin_ns == 0 && !list->partial;
        l->total += traces_before(l, begin_ns, from_ns);
    }
    return result == OAT_OK ? show(l, list) : result;
}

int oat_trace_list_open(const oat_snapshot *snapshot, const oat_trace_query *query, oat_trace_list **ret_list)
{
    struct oat_listing l = {.snapshot = snapshot, .query = query, .has_after = query->cursor != NULL};
    if (query->cursor && !parse_cursor(query->cursor, &l.after))
        return OAT_E_INVALID;
    struct oat_trace_list *list = calloc(1, sizeof *list);
    if (!list)
        return OAT_E_NOMEM;
    l.ranking.capacity = SIZE_MAX;
    if (query->limit != 0 && query->limit < SIZE_MAX - 1 - query->offset)
        l.ranking.capacity = query->offset + query->limit + 1;
    list->exact = true;
    int result = fill(&l, list);
    oat_scan_close(&l.scan);
    oat_ranking_clear(&l.ranking);
    if (result != OAT_OK) {
        oat_trace_list_close(list);
        return result;
    }
    *ret_list = list;
    return OAT_OK;
}

void oat_trace_list_close(oat_trace_list *list)
{
    if (!list)
        return;
    free(list->views);
    free(list);
}

size_t oat_trace_list_count(const oat_trace_list *list)
{
    return list->count;
}

const oat_trace_view *oat_trace_list_get(const oat_trace_list *list, size_t index)
{
    return &list->views[index];
}

uint64_t oat_trace_list_total(const oat_trace_list *list, bool *ret_exact)
{
    *ret_exact = list->exact;
    return list->total;
}

const char *oat_trace_list_cursor(const oat_trace_list *list)
{
    return list->more && !list->stopped ? list->cursor : NULL;
}

bool oat_trace_list_is_partial(const oat_trace_list *list)
{
    return list->partial;
}
