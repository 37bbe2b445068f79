#include "reader/assembly.h"

#include "reader/identity.h"
#include "reader/tree.h"

#include <stdlib.h>
#include <string.h>

/* Puts the rows of each trace together; hidden traces and traces without spans get none. */
static int group_rows(struct oat_assembly *s, const struct oat_rows *collected)
{
    size_t total = 0;
    for (size_t i = 0; i < collected->trace_count; i++) {
        struct oat_trace_info *trace = &collected->traces[i];
        if (trace->hidden)
            trace->row_count = 0;
        trace->first_row = total;
        total += trace->row_count;
        trace->row_count = 0;
    }
    s->rows = malloc((total + 1) * sizeof *s->rows);
    s->by_span = malloc((total + 1) * sizeof *s->by_span);
    if (!s->rows || !s->by_span)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < collected->row_count; i++) {
        struct oat_trace_info *trace = &collected->traces[collected->rows[i].trace];
        if (!trace->hidden)
            s->rows[trace->first_row + trace->row_count++] = collected->rows[i];
    }
    return OAT_OK;
}

/* Joins repeats, builds the trees, closes the gaps that joined rows left. */
static int build_traces(struct oat_assembly *s, const struct oat_rows *collected)
{
    struct oat_tree_scratch scratch = {0};
    int result = OAT_OK;
    for (size_t i = 0; i < collected->trace_count && result == OAT_OK; i++) {
        struct oat_trace_info *trace = &collected->traces[i];
        if (trace->row_count == 0)
            continue;
        size_t kept =
            oat_identity_join(s->sources, s->rows + trace->first_row, trace->row_count, &s->replacements);
        memmove(s->rows + s->row_count, s->rows + trace->first_row, kept * sizeof *s->rows);
        trace->first_row = s->row_count;
        trace->row_count = (uint32_t)kept;
        s->row_count += kept;
        struct oat_row *rows = s->rows + trace->first_row;
        result = oat_tree_build(s->sources, rows, trace->row_count, s->by_span + trace->first_row, &scratch);
        if (result == OAT_OK)
            oat_tree_summarise(s->sources, rows, trace);
    }
    oat_tree_free(&scratch);
    return result;
}

static int newest_first(const void *x, const void *y, void *arg)
{
    const struct oat_trace_info *traces = arg;
    const struct oat_trace_info *a = &traces[*(const uint32_t *)x], *b = &traces[*(const uint32_t *)y];
    if (a->start_ns != b->start_ns)
        return a->start_ns > b->start_ns ? -1 : 1;
    return memcmp(a->trace_id, b->trace_id, sizeof a->trace_id);
}

static int by_trace_id(const void *x, const void *y, void *arg)
{
    const struct oat_trace_info *traces = arg;
    return memcmp(traces[*(const uint32_t *)x].trace_id, traces[*(const uint32_t *)y].trace_id, 16);
}

/* Sorts the traces that have spans; new_of[i] becomes the place of the i-th collected one. */
static int order_traces(struct oat_assembly *s, const struct oat_rows *collected, uint32_t *new_of)
{
    s->traces = malloc((collected->trace_count + 1) * sizeof *s->traces);
    s->by_id = malloc((collected->trace_count + 1) * sizeof *s->by_id);
    if (!s->traces || !s->by_id)
        return OAT_E_NOMEM;
    for (uint32_t i = 0; i < collected->trace_count; i++) {
        new_of[i] = OAT_NO_ROW;
        if (collected->traces[i].row_count > 0)
            s->by_id[s->trace_count++] = i;
    }
    qsort_r(s->by_id, s->trace_count, sizeof *s->by_id, newest_first, collected->traces);
    for (uint32_t i = 0; i < s->trace_count; i++) {
        new_of[s->by_id[i]] = i;
        s->traces[i] = collected->traces[s->by_id[i]];
        s->by_id[i] = i;
    }
    for (size_t i = 0; i < s->row_count; i++)
        s->rows[i].trace = new_of[s->rows[i].trace];
    qsort_r(s->by_id, s->trace_count, sizeof *s->by_id, by_trace_id, s->traces);
    return OAT_OK;
}

/* Takes over the events, links and scores of visible traces; the same id twice is one. */
static void join_marks(struct oat_assembly *s, struct oat_rows *collected, const uint32_t *new_of)
{
    size_t count = 0;
    struct oat_mark *marks = collected->marks;
    collected->marks = NULL;
    s->marks = marks;
    for (size_t i = 0; i < collected->mark_count; i++) {
        marks[count] = marks[i];
        marks[count].trace = new_of[marks[i].trace];
        count += marks[count].trace != OAT_NO_ROW;
    }
    s->mark_count = oat_identity_join_marks(marks, count);
    for (size_t i = s->mark_count; i-- > 0;) {
        s->traces[marks[i].trace].first_mark = i;
        s->traces[marks[i].trace].mark_count++;
    }
}

int oat_assemble(struct oat_sources *sources, struct oat_rows *collected, struct oat_assembly *ret)
{
    struct oat_assembly s = {.sources = sources};
    uint32_t *new_of = NULL;
    int result = group_rows(&s, collected);
    free(collected->rows);
    collected->rows = NULL;
    if (result == OAT_OK)
        result = build_traces(&s, collected);
    if (result == OAT_OK)
        new_of = malloc((collected->trace_count + 1) * sizeof *new_of);
    if (result == OAT_OK)
        result = new_of ? order_traces(&s, collected, new_of) : OAT_E_NOMEM;
    if (result == OAT_OK)
        join_marks(&s, collected, new_of);
    free(new_of);
    if (result != OAT_OK) {
        oat_assembly_free(&s);
        return result;
    }
    *ret = s;
    return OAT_OK;
}

void oat_assembly_free(struct oat_assembly *assembly)
{
    free(assembly->rows);
    free(assembly->by_span);
    free(assembly->traces);
    free(assembly->by_id);
    free(assembly->marks);
    memset(assembly, 0, sizeof *assembly);
}

/* ---- Looking up ---- */

size_t oat_assembly_lower_bound(const struct oat_assembly *s, const uint8_t id[16])
{
    size_t low = 0, high = s->trace_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(s->traces[s->by_id[middle]].trace_id, id, 16) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct oat_trace_info *oat_assembly_find(const struct oat_assembly *s, const uint8_t id[16])
{
    size_t at = oat_assembly_lower_bound(s, id);
    if (at == s->trace_count || memcmp(s->traces[s->by_id[at]].trace_id, id, 16) != 0)
        return NULL;
    return &s->traces[s->by_id[at]];
}

bool oat_assembly_has_span(const struct oat_assembly *s, const struct oat_trace_info *trace,
                           const uint8_t span_id[8])
{
    const struct oat_row *rows = s->rows + trace->first_row;
    const uint32_t *by_span = s->by_span + trace->first_row;
    size_t low = 0, high = trace->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(rows[by_span[middle]].span_id, span_id, 8) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < trace->row_count && memcmp(rows[by_span[low]].span_id, span_id, 8) == 0; low++)
        if (!rows[by_span[low]].open)
            return true;
    return false;
}

/* Compares a mark with the kind and, unless NULL, the span that are sought. */
static int compare_mark(const struct oat_mark *mark, uint16_t kind, const uint8_t *span_id)
{
    if (mark->kind != kind)
        return mark->kind < kind ? -1 : 1;
    return span_id ? memcmp(mark->span_id, span_id, sizeof mark->span_id) : 0;
}

const struct oat_mark *oat_assembly_marks(const struct oat_assembly *s, const struct oat_trace_info *trace,
                                          uint16_t kind, const uint8_t *span_id, size_t *ret_count)
{
    const struct oat_mark *marks = s->marks + trace->first_mark;
    size_t low = 0, high = trace->mark_count;
    *ret_count = 0;
    if (trace->mark_count == 0)
        return NULL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_mark(&marks[middle], kind, span_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + *ret_count < trace->mark_count && compare_mark(&marks[low + *ret_count], kind, span_id) == 0)
        ++*ret_count;
    return marks + low;
}
