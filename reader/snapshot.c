#include "reader/snapshot.h"

#include "format/ids.h"
#include "reader/identity.h"
#include "reader/store.h"
#include "reader/tree.h"

#include <stdlib.h>
#include <string.h>

/* ---- Building ---- */

/* Puts the rows of each trace together; hidden traces and traces without spans get none. */
static int group_rows(struct oat_snapshot *s, const struct oat_rows *collected)
{
    size_t total = 0;
    for (size_t i = 0; i < collected->trace_count; i++) {
        struct oat_trace *trace = &collected->traces[i];
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
        struct oat_trace *trace = &collected->traces[collected->rows[i].trace];
        if (!trace->hidden)
            s->rows[trace->first_row + trace->row_count++] = collected->rows[i];
    }
    return OAT_OK;
}

/* Joins repeats, builds the trees, closes the gaps that joined rows left. */
static int build_traces(struct oat_snapshot *s, const struct oat_rows *collected)
{
    struct oat_tree_scratch scratch = {0};
    int result = OAT_OK;
    for (size_t i = 0; i < collected->trace_count && result == OAT_OK; i++) {
        struct oat_trace *trace = &collected->traces[i];
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
    const struct oat_trace *traces = arg;
    const struct oat_trace *a = &traces[*(const uint32_t *)x], *b = &traces[*(const uint32_t *)y];
    if (a->start_ns != b->start_ns)
        return a->start_ns > b->start_ns ? -1 : 1;
    return memcmp(a->trace_id, b->trace_id, sizeof a->trace_id);
}

static int by_trace_id(const void *x, const void *y, void *arg)
{
    const struct oat_trace *traces = arg;
    return memcmp(traces[*(const uint32_t *)x].trace_id, traces[*(const uint32_t *)y].trace_id, 16);
}

/* Sorts the traces that have spans; new_of[i] becomes the place of the i-th collected one. */
static int order_traces(struct oat_snapshot *s, const struct oat_rows *collected, uint32_t *new_of)
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
    qsort_r(s->by_id, s->trace_count, sizeof *s->by_id, by_trace_id, s->traces);
    return OAT_OK;
}

/* Takes over the events, links and scores of visible traces; the same id twice is one. */
static void join_marks(struct oat_snapshot *s, struct oat_rows *collected, const uint32_t *new_of)
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

static int build(struct oat_snapshot *s)
{
    struct oat_rows collected;
    uint32_t *new_of = NULL;
    int result = oat_rows_collect(s->sources, &collected);
    if (result == OAT_OK)
        result = group_rows(s, &collected);
    free(collected.rows);
    collected.rows = NULL;
    if (result == OAT_OK)
        result = build_traces(s, &collected);
    if (result == OAT_OK)
        new_of = malloc((collected.trace_count + 1) * sizeof *new_of);
    if (result == OAT_OK)
        result = new_of ? order_traces(s, &collected, new_of) : OAT_E_NOMEM;
    if (result == OAT_OK)
        join_marks(s, &collected, new_of);
    free(new_of);
    oat_rows_free(&collected);
    return result;
}

int oat_snapshot_take(oat_store *store, oat_snapshot **ret_snapshot)
{
    struct oat_snapshot *s = calloc(1, sizeof *s);
    if (!s)
        return OAT_E_NOMEM;
    int result = oat_sources_open(store->fd, &s->sources);
    if (result == OAT_OK)
        result = oat_sources_add_new(s->sources);
    if (result == OAT_OK)
        result = build(s);
    if (result != OAT_OK) {
        oat_snapshot_free(s);
        return result;
    }
    *ret_snapshot = s;
    return OAT_OK;
}

void oat_snapshot_free(oat_snapshot *snapshot)
{
    if (!snapshot)
        return;
    oat_sources_close(snapshot->sources);
    free(snapshot->rows);
    free(snapshot->by_span);
    free(snapshot->traces);
    free(snapshot->by_id);
    free(snapshot->marks);
    free(snapshot);
}

/* ---- Looking up ---- */

/* First place in by_id whose trace id is not less than id. */
static size_t lower_bound(const struct oat_snapshot *s, const uint8_t id[16])
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

static bool find_exact(const struct oat_snapshot *s, const uint8_t id[16], size_t *ret_index)
{
    size_t at = lower_bound(s, id);
    if (at == s->trace_count || memcmp(s->traces[s->by_id[at]].trace_id, id, 16) != 0)
        return false;
    *ret_index = s->by_id[at];
    return true;
}

const struct oat_trace *oat_snapshot_trace_by_id(const struct oat_snapshot *snapshot,
                                                 const uint8_t trace_id[16])
{
    size_t index;
    return find_exact(snapshot, trace_id, &index) ? &snapshot->traces[index] : NULL;
}

/* OAT_E_INVALID: the text is no such prefix. */
static int find_prefix(const struct oat_snapshot *s, const char *text, size_t len, size_t *ret_index)
{
    uint8_t first[16], last[16];
    char padded[33];
    if (len < 8 || len > 32)
        return OAT_E_INVALID;
    memset(padded, '0', sizeof padded);
    memcpy(padded, text, len);
    if (!oat_hex_parse(padded, 32, first, sizeof first))
        return OAT_E_INVALID;
    memset(padded + len, 'f', 32 - len);
    oat_hex_parse(padded, 32, last, sizeof last);
    size_t at = lower_bound(s, first);
    if (at == s->trace_count || memcmp(s->traces[s->by_id[at]].trace_id, last, 16) > 0)
        return OAT_NOTFOUND;
    if (at + 1 < s->trace_count && memcmp(s->traces[s->by_id[at + 1]].trace_id, last, 16) <= 0)
        return OAT_E_AMBIGUOUS;
    *ret_index = s->by_id[at];
    return OAT_OK;
}

int oat_snapshot_find_trace(const oat_snapshot *snapshot, const char *text, size_t len, size_t *ret_index)
{
    uint8_t id[16];
    if (len == OAT_NUL)
        len = strlen(text);
    if (oat_trace_id_of_text(text, len, id) == OAT_OK && find_exact(snapshot, id, ret_index))
        return OAT_OK;
    int result = find_prefix(snapshot, text, len, ret_index);
    return result == OAT_E_INVALID ? OAT_NOTFOUND : result;
}

bool oat_snapshot_has_span(const oat_snapshot *snapshot, const uint8_t trace_id[16], const uint8_t span_id[8])
{
    const struct oat_trace *trace = oat_snapshot_trace_by_id(snapshot, trace_id);
    if (!trace)
        return false;
    const struct oat_row *rows = snapshot->rows + trace->first_row;
    const uint32_t *by_span = snapshot->by_span + trace->first_row;
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

/* ---- Figures of the whole ---- */

size_t oat_snapshot_trace_count(const oat_snapshot *snapshot)
{
    return snapshot->trace_count;
}

size_t oat_snapshot_problem_count(const oat_snapshot *snapshot)
{
    return oat_problems_count(&snapshot->sources->problems);
}

const oat_problem *oat_snapshot_problem(const oat_snapshot *snapshot, size_t index)
{
    return oat_problems_get(&snapshot->sources->problems, index);
}
