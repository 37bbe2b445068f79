/* The traces that something came for are built again, in a new place when they have grown; what they leave
 * behind is taken out when it is much. */
#include "reader/assembly_add.h"

#include "format/ids.h"
#include "reader/array.h"
#include "reader/tree.h"
#include "reader/tree_order.h"
#include "reader/view.h"

#include <stdlib.h>
#include <string.h>

#define LEFT_OVER_MIN 1024u /* fewer rows, or marks, are not worth the move */

/* What is at work while something is added. */
struct adding {
    struct oat_assembly *assembly;
    struct oat_rows *collected;
    uint32_t *numbers;    /* of the collected traces in the assembly; OAT_NO_ROW: nothing to keep of it */
    uint32_t *order;      /* the collected rows, by trace */
    struct oat_row *rows; /* one trace, while it is put together */
    size_t row_capacity;
    struct oat_tree_scratch scratch;
};

/* ---- Traces ---- */

static int by_trace_id(const void *x, const void *y, void *arg)
{
    const struct oat_trace_info *traces = arg;
    return memcmp(traces[*(const uint32_t *)x].trace_id, traces[*(const uint32_t *)y].trace_id, 16);
}

/* Puts the traces from number `known` on among those before them in by_id, the greatest id first. */
static int index_new(struct oat_assembly *s, size_t known)
{
    size_t count = s->trace_count - known, end = known;
    uint32_t *added = malloc((count + 1) * sizeof *added);
    if (!added)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        added[i] = (uint32_t)(known + i);
    if (count > 1)
        qsort_r(added, count, sizeof *added, by_trace_id, s->traces);
    for (size_t i = count; i-- > 0;) {
        size_t at = oat_assembly_lower_bound(s, end, s->traces[added[i]].trace_id);
        memmove(s->by_id + at + i + 1, s->by_id + at, (end - at) * sizeof *s->by_id);
        s->by_id[at + i] = added[i];
        end = at;
    }
    free(added);
    return OAT_OK;
}

static bool fit_traces(struct oat_assembly *s, size_t more)
{
    size_t count = s->trace_count + more, by_id_capacity = s->trace_capacity;
    return oat_array_fit(&s->by_id, count, &by_id_capacity, sizeof *s->by_id) &&
           oat_array_fit(&s->traces, count, &s->trace_capacity, sizeof *s->traces);
}

int oat_assembly_add_traces(struct oat_assembly *s, const struct oat_trace_info *traces, size_t count)
{
    size_t known = s->trace_count;
    if (!fit_traces(s, count))
        return OAT_E_NOMEM;
    memcpy(s->traces + known, traces, count * sizeof *traces);
    s->trace_count += count;
    return index_new(s, known);
}

/* Finds the collected traces, and adds those that are new. */
static int number_traces(struct adding *a)
{
    struct oat_assembly *s = a->assembly;
    const struct oat_rows *collected = a->collected;
    size_t known = s->trace_count, count = known;
    if (!fit_traces(s, collected->trace_count))
        return OAT_E_NOMEM;
    for (size_t i = 0; i < collected->trace_count; i++) {
        const struct oat_trace_info *trace = &collected->traces[i];
        a->numbers[i] = oat_assembly_number(s, trace->trace_id);
        if (a->numbers[i] != OAT_NO_ROW || trace->hidden || (trace->row_count == 0 && trace->mark_count == 0))
            continue;
        struct oat_trace_info *added = &s->traces[count];
        *added = (struct oat_trace_info){.model_row = OAT_NO_ROW};
        memcpy(added->trace_id, trace->trace_id, sizeof added->trace_id);
        a->numbers[i] = (uint32_t)count++;
    }
    s->trace_count = count;
    return index_new(s, known);
}

/* ---- Rows ---- */

/* Sets order[first_row ..] of each collected trace to its rows. */
static void order_rows(struct adding *a)
{
    struct oat_rows *collected = a->collected;
    size_t total = 0;
    for (size_t i = 0; i < collected->trace_count; i++) {
        struct oat_trace_info *trace = &collected->traces[i];
        trace->first_row = total;
        total += trace->row_count;
        trace->row_count = 0;
    }
    for (size_t i = 0; i < collected->row_count; i++) {
        struct oat_trace_info *trace = &collected->traces[collected->rows[i].trace];
        a->order[trace->first_row + trace->row_count++] = (uint32_t)i;
    }
}

static void leave_rows(struct oat_assembly *s, size_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        s->rows[first + i].trace = OAT_NO_ROW;
    s->rows_left_over += count;
}

static bool has_amounts(const struct oat_row *row)
{
    return row->call_id != 0 || row->cost_total_nano != 0 || row->input_tokens != 0 ||
           row->output_tokens != 0;
}

/* Keeps the usage of a row, for which there is room, and the id of its parent, if that is no row. */
static void keep_beside(struct oat_assembly *s, const struct oat_row *row, struct oat_kept_row *kept)
{
    if (kept->amounts == 0 && has_amounts(row)) {
        kept->amounts = (uint32_t)s->amounts_count;
        s->amounts[s->amounts_count++] =
            (struct oat_amounts){row->call_id, row->cost_total_nano, row->input_tokens, row->output_tokens};
    }
    if (row->parent != OAT_NO_ROW || oat_id_is_zero(row->parent_id, sizeof row->parent_id))
        return;
    kept->away = true;
    kept->parent = row->parent_id_place;
    if (kept->parent == 0) {
        kept->parent = (uint32_t)s->parent_id_count++;
        memcpy(s->parent_ids[kept->parent], row->parent_id, sizeof row->parent_id);
    }
}

static void keep(struct oat_assembly *s, const struct oat_row *restrict row,
                 struct oat_kept_row *restrict ret)
{
    *ret = (struct oat_kept_row){
        .start_ns = row->start_ns,
        .end_ns = row->end_ns,
        .source = row->source,
        .place = row->place,
        .trace = row->trace,
        .parent = row->parent,
        .amounts = row->amounts,
        .flags = row->flags,
        .depth = row->depth & 0x3fff,
        .open = row->open,
        .counted = row->counted,
        .type = row->type & 0x7fu,
        .status = row->status,
    };
    memcpy(ret->span_id, row->span_id, sizeof ret->span_id);
    keep_beside(s, row, ret);
}

/* A kept row as it was before its tree was built. */
static struct oat_row restore(const struct oat_assembly *s, const struct oat_kept_row *kept)
{
    const struct oat_amounts *amounts = &s->amounts[kept->amounts];
    struct oat_row row = {
        .start_ns = kept->start_ns,
        .end_ns = kept->end_ns,
        .call_id = amounts->call_id,
        .cost_total_nano = amounts->cost_total_nano,
        .input_tokens = amounts->input_tokens,
        .output_tokens = amounts->output_tokens,
        .flags = kept->flags,
        .source = kept->source,
        .place = kept->place,
        .amounts = kept->amounts,
        .parent_id_place = kept->away ? kept->parent : 0,
        .type = kept->type,
        .status = kept->status,
        .open = kept->open,
    };
    memcpy(row.span_id, kept->span_id, sizeof row.span_id);
    memcpy(row.parent_id, oat_assembly_parent_id(s, kept), sizeof row.parent_id);
    return row;
}

/* What an OPEN shows now. False: it does not count any more. */
static bool is_still_open(const struct oat_sources *sources, struct oat_row *row)
{
    const struct oat_pair *pair = oat_sources_pair(sources, row->source);
    if (!pair)
        return true;
    row->status = (uint8_t)oat_view_status(pair, OAT_SLOT_OPEN, 0);
    return pair->opens_count;
}

/* Gathers the rows that a trace has and those that came. */
static int gather(struct adding *a, const struct oat_trace_info *info, const struct oat_trace_info *came,
                  uint32_t *ret_count)
{
    const struct oat_assembly *s = a->assembly;
    size_t most = (size_t)info->row_count + came->row_count;
    uint32_t count = 0;
    if (!oat_array_fit(&a->rows, most, &a->row_capacity, sizeof *a->rows))
        return OAT_E_NOMEM;
    for (uint32_t i = 0; i < info->row_count; i++) {
        a->rows[count] = restore(s, &s->rows[info->first_row + i]);
        count += !a->rows[count].open || is_still_open(s->sources, &a->rows[count]);
    }
    for (uint32_t i = 0; i < came->row_count; i++)
        a->rows[count++] = a->collected->rows[a->order[came->first_row + i]];
    *ret_count = count;
    return OAT_OK;
}

static bool fit_rows(struct oat_assembly *s, size_t count)
{
    return oat_array_fit(&s->rows, count, &s->row_capacity, sizeof *s->rows) &&
           (s->unindexed || oat_hot_index_reserve(&s->index, count));
}

static void index_row(struct oat_assembly *s, size_t row)
{
    if (!s->unindexed)
        oat_hot_index_add(&s->index, row, s->rows[row].span_id, s->rows[row].start_ns);
}

/* Makes room for what is kept beside so many rows; the first of each is zeros. */
static bool fit_beside(struct oat_assembly *s, size_t count)
{
    if (!oat_array_fit(&s->amounts, s->amounts_count + count + 1, &s->amounts_capacity, sizeof *s->amounts) ||
        !oat_array_fit(&s->parent_ids, s->parent_id_count + count + 1, &s->parent_id_capacity,
                       sizeof *s->parent_ids))
        return false;
    if (s->amounts_count == 0)
        s->amounts[s->amounts_count++] = (struct oat_amounts){0};
    if (s->parent_id_count == 0)
        memset(s->parent_ids[s->parent_id_count++], 0, sizeof *s->parent_ids);
    return true;
}

/* Puts the rows of a trace where they were before, or behind all others. */
static int put_rows(struct adding *a, struct oat_trace_info *info, uint32_t count)
{
    struct oat_assembly *s = a->assembly;
    size_t first = info->first_row;
    bool fits = count <= info->row_count;
    if (!fit_beside(s, count) || (!fits && !fit_rows(s, s->row_count + count)))
        return OAT_E_NOMEM;
    leave_rows(s, first + (fits ? count : 0), info->row_count - (fits ? count : 0));
    if (!fits) {
        first = s->row_count;
        s->row_count += count;
    }
    for (uint32_t i = 0; i < count; i++) {
        keep(s, &a->rows[i], &s->rows[first + i]);
        index_row(s, first + i);
    }
    info->first_row = first;
    info->row_count = count;
    return OAT_OK;
}

/* Joins repeats, builds the tree, sums up. */
static int build(struct adding *a, uint32_t number, const struct oat_trace_info *came)
{
    struct oat_assembly *s = a->assembly;
    struct oat_trace_info *info = &s->traces[number];
    struct oat_trace_info built = {.model_row = OAT_NO_ROW,
                                   .first_row = info->first_row,
                                   .row_count = info->row_count,
                                   .first_mark = info->first_mark,
                                   .mark_count = info->mark_count};
    struct oat_repeats repeats = {0};
    uint32_t count;
    memcpy(built.trace_id, info->trace_id, sizeof built.trace_id);
    int result = gather(a, info, came, &count);
    if (result != OAT_OK)
        return result;
    bool ordered = oat_tree_ordered(a->rows, count);
    if (!ordered)
        count = (uint32_t)oat_identity_join(s->sources, a->rows, count, &repeats);
    built.replacements = info->replacements + (uint32_t)repeats.ended;
    s->open_repeats += repeats.open;
    for (uint32_t i = 0; i < count; i++)
        a->rows[i].trace = number;
    if (count > 0 && !ordered)
        result = oat_tree_build(s->sources, a->rows, count, NULL, &a->scratch);
    if (result == OAT_OK)
        result = put_rows(a, &built, count);
    if (result != OAT_OK)
        return result;
    if (count > 0)
        oat_tree_summarise(s->sources, a->rows, &built);
    *info = built;
    return OAT_OK;
}

/* ---- Marks ---- */

static void leave_marks(struct oat_assembly *s, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++)
        s->marks[first + i].trace = OAT_NO_ROW;
    s->marks_left_over += count;
}

/* Joins the marks of a trace with those that came, behind all others; the same id twice is one. */
static int add_marks(struct oat_assembly *s, uint32_t number, const struct oat_mark *came, size_t count)
{
    struct oat_trace_info *info = &s->traces[number];
    size_t first = s->mark_count, all = info->mark_count + count;
    if (!oat_array_fit(&s->marks, first + all, &s->mark_capacity, sizeof *s->marks))
        return OAT_E_NOMEM;
    struct oat_mark *marks = s->marks + first;
    if (info->mark_count > 0)
        memcpy(marks, s->marks + info->first_mark, info->mark_count * sizeof *marks);
    memcpy(marks + info->mark_count, came, count * sizeof *marks);
    for (size_t i = 0; i < all; i++)
        marks[i].trace = number;
    leave_marks(s, info->first_mark, info->mark_count);
    info->first_mark = first;
    info->mark_count = (uint32_t)oat_identity_join_marks(marks, all);
    s->mark_count += info->mark_count;
    return OAT_OK;
}

/* ---- What is left over ---- */

static bool is_much(size_t left_over, size_t all)
{
    return left_over > LEFT_OVER_MIN && left_over > all / 4;
}

static void close_row_gaps(struct oat_assembly *s)
{
    size_t kept = 0, next;
    for (size_t first = 0; first < s->row_count; first = next) {
        next = first + 1;
        if (s->rows[first].trace == OAT_NO_ROW)
            continue;
        struct oat_trace_info *info = &s->traces[s->rows[first].trace];
        next = first + info->row_count;
        memmove(s->rows + kept, s->rows + first, info->row_count * sizeof *s->rows);
        info->first_row = kept;
        kept += info->row_count;
    }
    s->row_count = kept;
    s->rows_left_over = 0;
    oat_hot_index_clear(&s->index);
    for (size_t i = 0; i < kept; i++)
        index_row(s, i);
}

static void close_mark_gaps(struct oat_assembly *s)
{
    size_t kept = 0, next;
    for (size_t first = 0; first < s->mark_count; first = next) {
        next = first + 1;
        if (s->marks[first].trace == OAT_NO_ROW)
            continue;
        struct oat_trace_info *info = &s->traces[s->marks[first].trace];
        next = first + info->mark_count;
        memmove(s->marks + kept, s->marks + first, info->mark_count * sizeof *s->marks);
        info->first_mark = kept;
        kept += info->mark_count;
    }
    s->mark_count = kept;
    s->marks_left_over = 0;
}

/* ---- Adding ---- */

static void hide(struct oat_assembly *s, struct oat_trace_info *info)
{
    leave_rows(s, info->first_row, info->row_count);
    leave_marks(s, info->first_mark, info->mark_count);
    info->row_count = info->mark_count = info->replacements = 0;
}

static int add_trace(struct adding *a, uint32_t number, const struct oat_trace_info *came)
{
    struct oat_assembly *s = a->assembly;
    if (number == OAT_NO_ROW)
        return OAT_OK;
    if (came->hidden) {
        hide(s, &s->traces[number]);
        return OAT_OK;
    }
    int result = build(a, number, came);
    if (result == OAT_OK && came->mark_count > 0)
        result = add_marks(s, number, a->collected->marks + came->first_mark, came->mark_count);
    return result;
}

/* Sets first_mark and mark_count of each collected trace. */
static void order_marks(struct oat_rows *collected)
{
    collected->mark_count = oat_identity_join_marks(collected->marks, collected->mark_count);
    for (size_t i = collected->mark_count; i-- > 0;) {
        struct oat_trace_info *trace = &collected->traces[collected->marks[i].trace];
        trace->first_mark = i;
        trace->mark_count++;
    }
}

/* What is collected into an empty assembly needs no more room than this. */
static int prepare(struct adding *a)
{
    struct oat_assembly *s = a->assembly;
    struct oat_rows *collected = a->collected;
    a->numbers = malloc((collected->trace_count + 1) * sizeof *a->numbers);
    a->order = malloc((collected->row_count + 1) * sizeof *a->order);
    if (!a->numbers || !a->order ||
        !oat_array_fit(&s->rows, s->row_count + collected->row_count, &s->row_capacity, sizeof *s->rows) ||
        !oat_array_fit(&s->marks, s->mark_count + collected->mark_count, &s->mark_capacity, sizeof *s->marks))
        return OAT_E_NOMEM;
    order_rows(a);
    order_marks(collected);
    return number_traces(a);
}

int oat_assembly_add(struct oat_assembly *assembly, struct oat_rows *collected)
{
    struct adding a = {.assembly = assembly, .collected = collected};
    int result = prepare(&a);
    for (size_t i = 0; i < collected->trace_count && result == OAT_OK; i++)
        result = add_trace(&a, a.numbers[i], &collected->traces[i]);
    if (is_much(assembly->rows_left_over, assembly->row_count))
        close_row_gaps(assembly);
    if (is_much(assembly->marks_left_over, assembly->mark_count))
        close_mark_gaps(assembly);
    free(a.numbers);
    free(a.order);
    free(a.rows);
    oat_tree_free(&a.scratch);
    return result;
}
