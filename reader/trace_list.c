/* Lists of traces: the best by some key, of what hot pairs and parts hold. */
#include "format/ids.h"
#include "reader/array.h"
#include "reader/filter_window.h"
#include "reader/part_trace.h"
#include "reader/scan.h"
#include "reader/trace.h"
#include "reader/trace_match.h"
#include "reader/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CURSOR_SIZE 96u

/* One trace that a list may show, and where it is. */
struct candidate {
    uint64_t key; /* what is sorted by; greater comes first */
    uint64_t start_ns;
    uint8_t trace_id[16];
    uint32_t source; /* of the scan */
    uint32_t trace;  /* in it */
};

struct oat_trace_list {
    struct candidate *best; /* a heap, the worst first, while traces are met; in order afterwards */
    size_t count, capacity; /* capacity: offset + limit + 1; SIZE_MAX: no limit */
    size_t room;
    oat_trace_view *views;
    size_t view_count;
    uint64_t total;
    bool exact;
    bool more;
    char cursor[CURSOR_SIZE];
};

struct listing {
    const struct oat_snapshot *snapshot;
    const oat_trace_query *query;
    struct oat_scan scan;
    struct oat_trace_list *list;
    struct candidate after; /* what the cursor names */
    bool has_after;
};

/* ---- Order ---- */

/* Less than 0: a is listed before b. */
static int compare(const struct candidate *a, const struct candidate *b)
{
    if (a->key != b->key)
        return a->key > b->key ? -1 : 1;
    if (a->start_ns != b->start_ns)
        return a->start_ns > b->start_ns ? -1 : 1;
    return memcmp(a->trace_id, b->trace_id, sizeof a->trace_id);
}

static int compare_candidates(const void *a, const void *b)
{
    return compare(a, b);
}

/* Signed numbers in the order of unsigned ones. */
static uint64_t ordered(int64_t value)
{
    return (uint64_t)value ^ (UINT64_C(1) << 63);
}

/* What is not known sorts as nothing at all. */
static uint64_t key_of(const oat_trace_query *query, const oat_trace_view *view)
{
    uint64_t key = view->start_ns;
    switch (query->sort) {
    case OAT_SORT_START:
        break;
    case OAT_SORT_DURATION:
        key = view->end_ns ? view->end_ns - view->start_ns : 0;
        break;
    case OAT_SORT_COST:
        key = view->has_cost ? ordered(view->cost_total_nano) : 0;
        break;
    case OAT_SORT_TOKENS:
        key = view->input_tokens + view->output_tokens;
        break;
    case OAT_SORT_SPANS:
        key = view->span_count;
        break;
    case OAT_SORT_ERRORS:
        key = view->error_count;
        break;
    }
    return query->ascending ? ~key : key;
}

static void sift_down(struct candidate *heap, size_t count, size_t at)
{
    for (;;) {
        size_t worst = at, child = 2 * at + 1;
        for (size_t i = child; i < child + 2 && i < count; i++)
            if (compare(&heap[i], &heap[worst]) > 0)
                worst = i;
        if (worst == at)
            return;
        struct candidate swap = heap[at];
        heap[at] = heap[worst];
        heap[worst] = swap;
        at = worst;
    }
}

static void sift_up(struct candidate *heap, size_t at)
{
    while (at > 0 && compare(&heap[at], &heap[(at - 1) / 2]) > 0) {
        struct candidate swap = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = swap;
        at = (at - 1) / 2;
    }
}

static int keep(struct listing *l, const struct candidate *candidate)
{
    struct oat_trace_list *list = l->list;
    list->total++;
    if (l->has_after && compare(candidate, &l->after) <= 0)
        return OAT_OK;
    if (list->count == list->capacity) {
        if (compare(candidate, &list->best[0]) < 0) {
            list->best[0] = *candidate;
            sift_down(list->best, list->count, 0);
        }
        return OAT_OK;
    }
    if (!oat_array_reserve(&list->best, list->count, &list->room, sizeof *list->best))
        return OAT_E_NOMEM;
    list->best[list->count++] = *candidate;
    sift_up(list->best, list->count - 1);
    return OAT_OK;
}

/* ---- Loose and continued traces ---- */

static bool in_window(const oat_trace_query *query, uint64_t start_ns)
{
    return start_ns >= query->from_ns && (query->to_ns == 0 || start_ns < query->to_ns);
}

static int meet_assembly(struct listing *l, const struct oat_assembly *assembly, uint32_t source,
                         const uint64_t *matching)
{
    for (uint32_t i = 0; i < assembly->trace_count; i++) {
        const struct oat_trace_info *info = &assembly->traces[i];
        oat_trace_view view;
        if (!in_window(l->query, info->start_ns) ||
            (l->query->status != 0 && info->status != (uint8_t)l->query->status) ||
            (l->query->filter && !oat_bit(matching, i)))
            continue;
        oat_trace_view_numbers(info, &view);
        struct candidate candidate = {
            .key = key_of(l->query, &view), .start_ns = info->start_ns, .source = source, .trace = i};
        memcpy(candidate.trace_id, info->trace_id, sizeof candidate.trace_id);
        int result = keep(l, &candidate);
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

/* ---- Traces of parts ---- */

/* The columns of a block of TRACES that the query needs. */
struct columns {
    uint64_t start[OAT_BLOCK_ROWS], flags[OAT_BLOCK_ROWS], status[OAT_BLOCK_ROWS];
    uint64_t spans[OAT_BLOCK_ROWS], value[OAT_BLOCK_ROWS], more[OAT_BLOCK_ROWS];
};

static unsigned value_column(enum oat_trace_sort sort)
{
    static const uint8_t columns[] = {
        [OAT_SORT_START] = OAT_COL_TRACE_START,      [OAT_SORT_DURATION] = OAT_COL_TRACE_DURATION,
        [OAT_SORT_COST] = OAT_COL_TRACE_COST,        [OAT_SORT_TOKENS] = OAT_COL_TRACE_INPUT_TOKENS,
        [OAT_SORT_SPANS] = OAT_COL_TRACE_SPAN_COUNT, [OAT_SORT_ERRORS] = OAT_COL_TRACE_ERROR_COUNT,
    };
    return columns[sort];
}

static int read_columns(const struct listing *l, struct oat_image_table *table, uint32_t first,
                        uint32_t count, struct columns *c)
{
    int result = oat_image_numbers(table, OAT_COL_TRACE_START, first, count, c->start);
    if (result == OAT_OK)
        result = oat_image_numbers(table, OAT_COL_TRACE_FLAGS, first, count, c->flags);
    if (result == OAT_OK)
        result = oat_image_numbers(table, OAT_COL_TRACE_STATUS, first, count, c->status);
    if (result == OAT_OK)
        result = oat_image_numbers(table, OAT_COL_TRACE_SPAN_COUNT, first, count, c->spans);
    if (result == OAT_OK)
        result = oat_image_numbers(table, value_column(l->query->sort), first, count, c->value);
    if (result == OAT_OK && l->query->sort == OAT_SORT_TOKENS)
        result = oat_image_numbers(table, OAT_COL_TRACE_OUTPUT_TOKENS, first, count, c->more);
    return result;
}

/* The key of row i, by the rules of key_of. */
static uint64_t key_at(const oat_trace_query *query, const struct columns *c, uint32_t i)
{
    oat_trace_view view = {.start_ns = c->start[i]};
    uint64_t value = c->value[i];
    switch (query->sort) {
    case OAT_SORT_START:
        break;
    case OAT_SORT_DURATION:
        view.end_ns = c->flags[i] & OAT_TRACE_OPEN ? 0 : c->start[i] + value;
        break;
    case OAT_SORT_COST:
        view.has_cost = c->flags[i] & OAT_TRACE_HAS_COST;
        view.cost_total_nano = (int64_t)(value >> 1 ^ (0 - (value & 1)));
        break;
    case OAT_SORT_TOKENS:
        view.input_tokens = value;
        view.output_tokens = c->more[i];
        break;
    case OAT_SORT_SPANS:
        view.span_count = (uint32_t)value;
        break;
    case OAT_SORT_ERRORS:
        view.error_count = (uint32_t)value;
        break;
    }
    return key_of(query, &view);
}

static int meet_block(struct listing *l, const struct oat_scan_part *selected, uint32_t source,
                      uint32_t first, uint32_t count, const uint64_t *matching)
{
    struct columns c;
    struct oat_image_table *table = oat_part_table(selected->part, OAT_TABLE_TRACES);
    if (read_columns(l, table, first, count, &c) != OAT_OK)
        return OAT_OK; /* reported */
    for (uint32_t i = 0; i < count; i++) {
        uint32_t trace = first + i;
        if (c.spans[i] == 0 || oat_bit(selected->masked, trace) || !in_window(l->query, c.start[i]) ||
            (l->query->status != 0 && oat_part_trace_status(c.status[i], c.flags[i]) != l->query->status) ||
            (l->query->filter && !oat_bit(matching, trace)))
            continue;
        struct candidate candidate = {
            .key = key_at(l->query, &c, i), .start_ns = c.start[i], .source = source, .trace = trace};
        struct oat_trace_list *list = l->list;
        if (list->count == list->capacity && candidate.key < list->best[0].key) {
            list->total++; /* most traces are no match for those that were found: spare their ids */
            continue;
        }
        int result = oat_part_trace_id(selected->part, trace, candidate.trace_id);
        if (result == OAT_OK)
            result = keep(l, &candidate);
        if (result == OAT_E_NOMEM)
            return result;
    }
    return OAT_OK;
}

static int meet_part(struct listing *l, const struct oat_scan_part *selected, uint32_t source,
                     const uint64_t *matching)
{
    uint32_t rows = oat_part_table(selected->part, OAT_TABLE_TRACES)->table.rows;
    uint32_t blocks = (rows + OAT_BLOCK_ROWS - 1) / OAT_BLOCK_ROWS;
    for (uint32_t block = blocks; block-- > 0;) { /* newest first */
        uint32_t first = block * OAT_BLOCK_ROWS, left = rows - first;
        int result =
            meet_block(l, selected, source, first, left < OAT_BLOCK_ROWS ? left : OAT_BLOCK_ROWS, matching);
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

static int meet_source(struct listing *l, uint32_t source)
{
    uint64_t *matching = NULL;
    int result = OAT_OK;
    if (l->query->filter)
        result = oat_trace_match(l->query->filter, &l->scan, source, &matching);
    if (result != OAT_OK)
        return result;
    if (source == 0)
        result = meet_assembly(l, &l->snapshot->loose, source, matching);
    else if (source == 1)
        result = meet_assembly(l, &l->scan.continued, source, matching);
    else
        result = meet_part(l, &l->scan.parts[source - 2], source, matching);
    free(matching);
    return result;
}

/* ---- Pages ---- */

static void print_cursor(const struct candidate *candidate, char ret[CURSOR_SIZE])
{
    char id[33];
    oat_hex_print(candidate->trace_id, sizeof candidate->trace_id, id);
    snprintf(ret, CURSOR_SIZE, "%" PRIx64 "-%" PRIu64 "-%s", candidate->key, candidate->start_ns, id);
}

static bool parse_cursor(const char *text, struct candidate *ret)
{
    char id[33];
    int end = 0;
    if (strspn(text, "0123456789abcdef") > 16 ||
        sscanf(text, "%" SCNx64 "-%" SCNu64 "-%32[0-9a-f]%n", &ret->key, &ret->start_ns, id, &end) != 3)
        return false;
    return text[end] == '\0' && oat_hex_parse(id, strlen(id), ret->trace_id, sizeof ret->trace_id);
}

static void view_of_part(const struct listing *l, const struct candidate *c, oat_trace_view *ret)
{
    const struct oat_scan_part *selected = &l->scan.parts[c->source - 2];
    struct oat_trace_figures figures;
    struct oat_record_payload attributes;
    memset(ret, 0, sizeof *ret);
    if (oat_part_trace_figures(selected->part, c->trace, &figures) != OAT_OK)
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
        .llm_calls = figures.type_count[OAT_LLM],
        .tool_calls = figures.type_count[OAT_TOOL],
        .depth = figures.depth,
        .has_input_tokens = figures.has_input_tokens,
        .has_output_tokens = figures.has_output_tokens,
        .has_cost = figures.has_cost,
        .input_tokens = figures.input_tokens,
        .output_tokens = figures.output_tokens,
        .cost_total_nano = figures.cost_nano,
    };
    memcpy(ret->trace_id, figures.trace_id, sizeof ret->trace_id);
    if (oat_part_root_attributes(selected->part, c->trace, &attributes) == OAT_OK)
        ret->attributes =
            oat_view_payload(l->snapshot->sources, OAT_SOURCE_PART | selected->index, &attributes);
}

static int show(struct listing *l)
{
    struct oat_trace_list *list = l->list;
    size_t skip = l->query->cursor ? 0 : l->query->offset, limit = l->query->limit;
    if (list->count > 1)
        qsort(list->best, list->count, sizeof *list->best, compare_candidates);
    size_t shown = list->count > skip ? list->count - skip : 0;
    if (limit != 0 && shown > limit) {
        shown = limit;
        list->more = true;
        print_cursor(&list->best[skip + shown - 1], list->cursor);
    }
    list->views = calloc(shown + 1, sizeof *list->views);
    if (!list->views)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < shown; i++) {
        const struct candidate *c = &list->best[skip + i];
        const struct oat_assembly *assembly = c->source == 0 ? &l->snapshot->loose : &l->scan.continued;
        if (c->source < 2)
            oat_trace_view_fill(assembly, &assembly->traces[c->trace], &list->views[i]);
        else
            view_of_part(l, c, &list->views[i]);
    }
    list->view_count = shown;
    return OAT_OK;
}

/* A span that the filter selects lies in its window, whenever its trace began. False: there is none. */
static bool narrow(const oat_trace_query *query, uint64_t *from_ns, uint64_t *to_ns)
{
    uint64_t first_ns, last_ns;
    if (!oat_filter_window(query->filter, &first_ns, &last_ns))
        return false;
    *from_ns = first_ns > *from_ns ? first_ns : *from_ns;
    *to_ns = last_ns;
    return true;
}

static int fill(struct listing *l)
{
    uint64_t from_ns = l->query->from_ns, to_ns = l->query->to_ns ? l->query->to_ns - 1 : UINT64_MAX;
    if (l->query->filter && !narrow(l->query, &from_ns, &to_ns))
        return show(l);
    int result = oat_scan_open(l->snapshot, from_ns, to_ns, &l->scan);
    for (uint32_t i = 0; result == OAT_OK && i < oat_scan_source_count(&l->scan); i++)
        result = meet_source(l, i);
    if (result == OAT_OK)
        result = show(l);
    l->list->exact = l->scan.skipped == 0;
    oat_scan_close(&l->scan);
    return result;
}

int oat_trace_list_open(const oat_snapshot *snapshot, const oat_trace_query *query, oat_trace_list **ret_list)
{
    struct listing l = {.snapshot = snapshot, .query = query, .has_after = query->cursor != NULL};
    if (query->cursor && !parse_cursor(query->cursor, &l.after))
        return OAT_E_INVALID;
    l.list = calloc(1, sizeof *l.list);
    if (!l.list)
        return OAT_E_NOMEM;
    l.list->capacity = SIZE_MAX;
    if (query->limit != 0 && query->limit < SIZE_MAX - 1 - query->offset)
        l.list->capacity = query->offset + query->limit + 1;
    int result = fill(&l);
    if (result != OAT_OK) {
        oat_trace_list_close(l.list);
        return result;
    }
    *ret_list = l.list;
    return OAT_OK;
}

void oat_trace_list_close(oat_trace_list *list)
{
    if (!list)
        return;
    free(list->best);
    free(list->views);
    free(list);
}

size_t oat_trace_list_count(const oat_trace_list *list)
{
    return list->view_count;
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
    return list->more ? list->cursor : NULL;
}
