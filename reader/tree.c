#include "reader/tree.h"

#include "reader/row_sort.h"

#include <stdlib.h>
#include <string.h>

#define NONE        OAT_NO_ROW
#define WORD_ARRAYS 6u

/* While a tree is built, nodes are rows by their place in span id order. */
struct tree {
    struct oat_sources *sources;
    const struct oat_row *rows;
    uint32_t count;
    uint32_t *order;   /* nodes by (start, span id) */
    uint32_t *parent;  /* node, or NONE */
    uint32_t *child;   /* first one */
    uint32_t *sibling; /* next one */
    uint32_t *place;   /* in the result; NONE: not there yet */
    uint32_t *spare;
    struct oat_row *result;
    uint32_t placed;
};

void oat_tree_free(struct oat_tree_scratch *scratch)
{
    free(scratch->rows);
    free(scratch->words);
}

static bool make_room(struct oat_tree_scratch *scratch, uint32_t count)
{
    if (count <= scratch->capacity)
        return true;
    size_t capacity = (size_t)count * 2;
    oat_tree_free(scratch);
    scratch->capacity = 0;
    scratch->rows = malloc(capacity * sizeof *scratch->rows);
    scratch->words = malloc(capacity * WORD_ARRAYS * sizeof *scratch->words);
    if (!scratch->rows || !scratch->words)
        return false;
    scratch->capacity = capacity;
    return true;
}

static uint32_t find(const struct tree *tree, const uint8_t span_id[8])
{
    uint64_t id = oat_span_id_order(span_id);
    uint32_t low = 0, high = tree->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (oat_span_id_order(tree->rows[middle].span_id) < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < tree->count && memcmp(tree->rows[low].span_id, span_id, 8) == 0 ? low : NONE;
}

static void link_children(struct tree *tree)
{
    static const uint8_t zero[8];
    for (uint32_t i = 0; i < tree->count; i++) {
        tree->child[i] = tree->sibling[i] = tree->place[i] = NONE;
        bool root = memcmp(tree->rows[i].parent_id, zero, sizeof zero) == 0;
        tree->parent[i] = root ? NONE : find(tree, tree->rows[i].parent_id);
    }
    oat_row_starts(tree->rows, tree->count, tree->order);
    for (uint32_t i = tree->count; i-- > 0;) {
        uint32_t node = tree->order[i], parent = tree->parent[node];
        if (parent != NONE) {
            tree->sibling[node] = tree->child[parent];
            tree->child[parent] = node;
        }
    }
}

static void report(const struct tree *tree, uint32_t node, const char *what, const char *expected,
                   const char *found)
{
    const struct oat_row *row = &tree->rows[node];
    oat_sources_report(tree->sources, row->source, row->place, OAT_PROBLEM_TREE, what, expected, found);
}

/* Places a node behind its parent. */
static void put(struct tree *tree, uint32_t node)
{
    struct oat_row *row = &tree->result[tree->placed];
    *row = tree->rows[node];
    row->parent = NONE;
    row->depth = 0;
    if (tree->parent[node] != NONE) {
        row->parent = tree->place[tree->parent[node]];
        row->depth = tree->result[row->parent].depth + 1;
        if (row->depth >= OAT_TRACE_DEPTH_MAX) {
            row->depth = OAT_TRACE_DEPTH_MAX - 1;
            report(tree, node, "span depth", "at most 10000 levels", "more");
        }
    }
    tree->place[node] = tree->placed++;
}

/* Places a root and all below it, parents first. A child that was made a root itself to break a
 * cycle is still in its parent's list and is passed over. */
static void put_all(struct tree *tree, uint32_t root)
{
    uint32_t node = root;
    put(tree, node);
    for (;;) {
        uint32_t next = tree->child[node];
        while (next == NONE || tree->parent[next] != node) {
            if (next != NONE) {
                next = tree->sibling[next];
                continue;
            }
            if (node == root)
                return;
            next = tree->sibling[node];
            node = tree->parent[node];
        }
        node = next;
        put(tree, node);
    }
}

static bool is_earlier(const struct tree *tree, uint32_t a, uint32_t b)
{
    uint64_t of_a = tree->rows[a].start_ns, of_b = tree->rows[b].start_ns;
    return of_a < of_b || (of_a == of_b && a < b);
}

/* The earliest node of the cycle that the parents of `node` run into. */
static uint32_t earliest_of_cycle(struct tree *tree, uint32_t node, uint32_t *seen, uint32_t stamp)
{
    while (seen[node] != stamp) {
        seen[node] = stamp;
        node = tree->parent[node];
    }
    uint32_t earliest = node;
    for (uint32_t i = tree->parent[node]; i != node; i = tree->parent[i])
        if (is_earlier(tree, i, earliest))
            earliest = i;
    return earliest;
}

/* What no root leads to hangs below a cycle. */
static void put_cycles(struct tree *tree)
{
    memset(tree->spare, 0, tree->count * sizeof *tree->spare);
    for (uint32_t i = 0; i < tree->count; i++) {
        if (tree->place[tree->order[i]] != NONE)
            continue;
        uint32_t root = earliest_of_cycle(tree, tree->order[i], tree->spare, i + 1);
        report(tree, root, "parent", "no cycle", "a cycle");
        tree->parent[root] = NONE;
        put_all(tree, root);
        tree->result[tree->place[root]].flags &= ~OAT_SPAN_PARENT_LOCAL; /* its parent is not missing */
    }
}

/* ---- Counted usage (SPEC.md, Counted usage) ---- */

static bool has_usage(const struct oat_row *row)
{
    return (row->flags & ((OAT_SPAN_HAS_COUNT(OAT_COUNT_FIELDS) - 1) | OAT_SPAN_HAS_COST)) != 0;
}

/* Same call together, the deepest first, then the smallest span id. */
static int compare_calls(const void *x, const void *y, void *arg)
{
    const struct oat_row *rows = arg;
    const struct oat_row *a = &rows[*(const uint32_t *)x], *b = &rows[*(const uint32_t *)y];
    if (a->call_id != b->call_id)
        return a->call_id < b->call_id ? -1 : 1;
    if (a->depth != b->depth)
        return a->depth > b->depth ? -1 : 1;
    return memcmp(a->span_id, b->span_id, sizeof a->span_id);
}

/* covers[i]: a descendant of row i has usage. */
void oat_tree_mark_counted(struct oat_row *rows, uint32_t count, uint32_t *covers, uint32_t *calls)
{
    uint32_t call_count = 0;
    memset(covers, 0, count * sizeof *covers);
    for (uint32_t i = count; i-- > 0;) {
        rows[i].counted = has_usage(&rows[i]) && !covers[i];
        if (rows[i].parent != NONE && (covers[i] || has_usage(&rows[i])))
            covers[rows[i].parent] = 1;
        if (rows[i].counted && rows[i].call_id != 0)
            calls[call_count++] = i;
    }
    if (call_count > 1)
        qsort_r(calls, call_count, sizeof *calls, compare_calls, rows);
    for (uint32_t i = 1; i < call_count; i++)
        if (rows[calls[i]].call_id == rows[calls[i - 1]].call_id)
            rows[calls[i]].counted = false;
}

int oat_tree_build(struct oat_sources *sources, struct oat_row *rows, uint32_t count, uint32_t *by_span,
                   struct oat_tree_scratch *scratch)
{
    if (!make_room(scratch, count))
        return OAT_E_NOMEM;
    uint32_t *words = scratch->words;
    size_t room = scratch->capacity;
    struct tree tree = {
        .sources = sources,
        .rows = rows,
        .count = count,
        .order = words,
        .parent = words + room,
        .child = words + 2 * room,
        .sibling = words + 3 * room,
        .place = words + 4 * room,
        .spare = words + 5 * room,
        .result = scratch->rows,
    };
    link_children(&tree);
    for (uint32_t i = 0; i < count; i++)
        if (tree.parent[tree.order[i]] == NONE)
            put_all(&tree, tree.order[i]);
    if (tree.placed < count)
        put_cycles(&tree);
    if (by_span)
        memcpy(by_span, tree.place, count * sizeof *by_span);
    memcpy(rows, tree.result, count * sizeof *rows);
    oat_tree_mark_counted(rows, count, tree.child, tree.sibling);
    return OAT_OK;
}

/* ---- Summary ---- */

static enum oat_shown_status status_of(const struct oat_sources *sources, const struct oat_row *rows,
                                       const struct oat_trace_info *trace)
{
    bool unknown = false, lost = false;
    for (uint32_t i = 0; i < trace->row_count; i++) {
        if (!rows[i].open && !oat_misses_local_parent(rows[i].parent, rows[i].flags))
            continue;
        enum oat_liveness liveness = oat_sources_liveness(sources, rows[i].source);
        if (liveness == OAT_WRITER_ALIVE)
            return OAT_SHOWN_RUNNING;
        unknown = unknown || liveness == OAT_WRITER_UNKNOWN;
        lost = lost || liveness == OAT_WRITER_LOST;
    }
    if (lost)
        return OAT_SHOWN_LOST_CONTACT;
    if (unknown)
        return OAT_SHOWN_UNKNOWN;
    const struct oat_row *root = &rows[trace->root];
    return root->open || trace->root_missing ? OAT_SHOWN_INTERRUPTED : (enum oat_shown_status)root->status;
}

static void add_usage(struct oat_trace_info *trace, const struct oat_row *row)
{
    if (row->flags & OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT)) {
        trace->has_input_tokens = true;
        trace->input_tokens += row->input_tokens;
    }
    if (row->flags & OAT_SPAN_HAS_COUNT(OAT_COUNT_OUTPUT)) {
        trace->has_output_tokens = true;
        trace->output_tokens += row->output_tokens;
    }
    if (!(row->flags & OAT_SPAN_HAS_COST))
        return;
    trace->has_cost = true;
    if (__builtin_add_overflow(trace->cost_total_nano, row->cost_total_nano, &trace->cost_total_nano))
        trace->cost_total_nano = row->cost_total_nano < 0 ? INT64_MIN : INT64_MAX;
}

void oat_tree_summarise(const struct oat_sources *sources, const struct oat_row *rows,
                        struct oat_trace_info *trace)
{
    bool open = false, rooted = false;
    trace->start_ns = UINT64_MAX;
    for (uint32_t i = 0; i < trace->row_count; i++) {
        const struct oat_row *row = &rows[i];
        if (row->start_ns < trace->start_ns)
            trace->start_ns = row->start_ns;
        if (row->end_ns > trace->end_ns)
            trace->end_ns = row->end_ns;
        if (row->parent == NONE && (!rooted || row->start_ns < rows[trace->root].start_ns)) {
            trace->root = i;
            rooted = true;
        }
        if (row->type == OAT_LLM &&
            (trace->model_row == NONE || row->start_ns < rows[trace->model_row].start_ns))
            trace->model_row = i;
        if (row->depth + 1 > trace->depth)
            trace->depth = row->depth + 1;
        trace->error_count += row->status == OAT_SHOWN_ERROR;
        trace->llm_calls += row->type == OAT_LLM;
        trace->tool_calls += row->type == OAT_TOOL;
        open = open || row->open || oat_misses_local_parent(row->parent, row->flags);
        if (row->counted)
            add_usage(trace, row);
    }
    if (open)
        trace->end_ns = 0;
    trace->root_missing = oat_misses_local_parent(rows[trace->root].parent, rows[trace->root].flags);
    trace->status = (uint8_t)status_of(sources, rows, trace);
}
