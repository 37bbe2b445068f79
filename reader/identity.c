#include "reader/identity.h"

#include "format/day.h"
#include "reader/canonical.h"
#include "reader/row_sort.h"

#include <stdlib.h>
#include <string.h>

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* Same span: by span id and day of the start. */
static int compare_spans(const struct oat_row *a, const struct oat_row *b)
{
    int order = memcmp(a->span_id, b->span_id, sizeof a->span_id);
    return order != 0 ? order : compare_u64(a->start_ns / OAT_DAY_NS, b->start_ns / OAT_DAY_NS);
}

/* Start + duration, which is 0 of an OPEN. */
static uint64_t end_of(const struct oat_row *row)
{
    return row->open ? row->start_ns : row->end_ns;
}

/* The one that counts comes first: ended before open, the greater end, then the newer place (which says
 * nothing but makes the order one order). */
static int compare_rows(const void *x, const void *y)
{
    const struct oat_row *a = x, *b = y;
    int order = compare_spans(a, b);
    if (order != 0)
        return order;
    if (a->open != b->open)
        return a->open ? 1 : -1;
    if (end_of(a) != end_of(b))
        return -compare_u64(end_of(a), end_of(b));
    return -compare_u64((uint64_t)a->source << 32 | a->place, (uint64_t)b->source << 32 | b->place);
}

/* Of repeats with one end time, all ended or all open, rows[first .. end), the one whose content hashes
 * greatest. */
static size_t greatest(struct oat_sources *sources, const struct oat_row *rows, size_t first, size_t end)
{
    oat_content_id best_id = oat_canonical_id(sources, &rows[first]);
    size_t best = first;
    for (size_t i = first + 1; i < end; i++) {
        oat_content_id id = oat_canonical_id(sources, &rows[i]);
        if (memcmp(id.b, best_id.b, sizeof id.b) > 0) {
            best_id = id;
            best = i;
        }
    }
    return best;
}

/* An OPEN that any SPAN of its id hides, whatever their starts: rows[first .. end) have one id. */
static bool has_ended(const struct oat_row *rows, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (!rows[i].open)
            return true;
    return false;
}

static size_t drop_hidden_opens(struct oat_row *rows, size_t count)
{
    size_t kept = 0, end;
    for (size_t first = 0; first < count; first = end) {
        for (end = first + 1; end < count && memcmp(rows[first].span_id, rows[end].span_id, 8) == 0; end++)
            continue;
        bool ended = has_ended(rows, first, end);
        for (size_t i = first; i < end; i++)
            if (!rows[i].open || !ended)
                rows[kept++] = rows[i];
    }
    return kept;
}

size_t oat_identity_join(struct oat_sources *sources, struct oat_row *rows, size_t count,
                         struct oat_repeats *repeats)
{
    size_t kept = 0, next;
    oat_row_sort(rows, count, OAT_ROWS_BY_SPAN_ID, compare_rows);
    count = drop_hidden_opens(rows, count);
    for (size_t first = 0; first < count; first = next) {
        size_t tied = first + 1;
        for (next = first + 1; next < count && compare_spans(&rows[first], &rows[next]) == 0; next++)
            if (end_of(&rows[next]) == end_of(&rows[first]))
                tied = next + 1;
        size_t best = tied > first + 1 ? greatest(sources, rows, first, tied) : first;
        *(rows[first].open ? &repeats->open : &repeats->ended) += next - first - 1;
        rows[kept++] = rows[best];
    }
    return kept;
}

/* ---- Events, links, scores ---- */

static int compare_owners(const struct oat_mark *a, const struct oat_mark *b)
{
    if (a->trace != b->trace)
        return a->trace < b->trace ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return memcmp(a->span_id, b->span_id, sizeof a->span_id);
}

/* Repeats together, the latest first. */
static int by_own_id(const void *x, const void *y)
{
    const struct oat_mark *a = x, *b = y;
    int order = compare_owners(a, b);
    if (order != 0)
        return order;
    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return a->time_ns > b->time_ns ? -1 : a->time_ns < b->time_ns;
}

static int by_time(const void *x, const void *y)
{
    const struct oat_mark *a = x, *b = y;
    int order = compare_owners(a, b);
    if (order != 0)
        return order;
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

size_t oat_identity_join_marks(struct oat_mark *marks, size_t count)
{
    size_t kept = 0;
    if (count > 1)
        qsort(marks, count, sizeof *marks, by_own_id);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || compare_owners(&marks[i], &marks[kept - 1]) != 0 ||
            marks[i].id != marks[kept - 1].id)
            marks[kept++] = marks[i];
    if (kept > 1)
        qsort(marks, kept, sizeof *marks, by_time);
    return kept;
}
