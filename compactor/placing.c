#include "compactor/placing.h"

#include "compactor/continued.h"
#include "compactor/parallel.h"
#include "format/day.h"
#include "reader/array.h"
#include "reader/identity.h"
#include "reader/row_sort.h"

#include <stdlib.h>
#include <string.h>

/* The keys of one trace. */
struct trace {
    const struct oat_placing *placing;
    struct oat_key *spans;
    size_t span_count, span_capacity;
    struct oat_key *marks;
    size_t mark_count, mark_capacity;
    struct oat_row *rows; /* of the spans; row.trace is the index of its key */
    size_t row_count, row_capacity;
};

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* It must have something. */
static const uint8_t *trace_id_of(const struct trace *t)
{
    return t->span_count > 0 ? t->spans->trace_id : t->marks->trace_id;
}

/* ---- Collecting a trace ---- */

static int add_key(struct trace *t, const struct oat_key *key)
{
    const uint32_t *pair_of = t->placing->pair_of;
    bool span = key->kind == OAT_SLOT_SPAN || key->kind == OAT_SLOT_OPEN;
    uint32_t source = pair_of ? pair_of[key->source] : key->source;
    if (source == OAT_NO_PAIR)
        return OAT_OK;
    if (!oat_array_reserve(&t->spans, t->span_count, &t->span_capacity, sizeof *t->spans) ||
        !oat_array_reserve(&t->marks, t->mark_count, &t->mark_capacity, sizeof *t->marks))
        return OAT_E_NOMEM;
    struct oat_key *added = span ? &t->spans[t->span_count++] : &t->marks[t->mark_count++];
    *added = *key;
    added->source = source;
    return OAT_OK;
}

/* ---- Spans ---- */

/* Makes rows with what it takes to tell which repeat counts. */
static int make_rows(struct trace *t)
{
    t->row_count = 0;
    for (size_t i = 0; i < t->span_count; i++) {
        const struct oat_key *key = &t->spans[i];
        if (!oat_array_reserve(&t->rows, t->row_count, &t->row_capacity, sizeof *t->rows))
            return OAT_E_NOMEM;
        struct oat_row *row = &t->rows[t->row_count++];
        *row = (struct oat_row){
            .start_ns = key->start_ns,
            .source = key->source,
            .place = key->place,
            .trace = (uint32_t)i,
            .open = key->kind == OAT_SLOT_OPEN,
        };
        memcpy(row->span_id, key->span_id, sizeof row->span_id);
        row->end_ns = row->open ? 0 : key->end_ns;
    }
    return OAT_OK;
}

/* Leaves out an OPEN that a live part has the end of. */
static void drop_ended_opens(struct trace *t)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->row_count; i++) {
        const struct oat_row *row = &t->rows[i];
        const uint8_t *trace_id = t->spans[row->trace].trace_id;
        if (!row->open || !oat_live_parts_has_ended(t->placing->live, trace_id, row->span_id))
            t->rows[kept++] = *row;
    }
    t->row_count = kept;
}

static int compare_starts(const void *x, const void *y)
{
    const struct oat_row *a = x, *b = y;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return memcmp(a->span_id, b->span_id, sizeof a->span_id);
}

/* ---- Marks ---- */

/* A span of that id, or NULL; rows are sorted by span id. */
static const struct oat_row *find_row(const struct trace *t, const uint8_t span_id[8])
{
    size_t low = 0, high = t->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(t->rows[middle].span_id, span_id, sizeof t->rows[middle].span_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < t->row_count && memcmp(t->rows[low].span_id, span_id, 8) == 0;
    return found ? &t->rows[low] : NULL;
}

static const struct oat_row *earliest(const struct trace *t)
{
    const struct oat_row *row = t->row_count > 0 ? &t->rows[0] : NULL;
    for (size_t i = 1; i < t->row_count; i++)
        if (t->rows[i].start_ns < row->start_ns)
            row = &t->rows[i];
    return row;
}

/* Where a score goes whose giver did not know the start of its span: to its span, here or in a live part;
 * else it waits on the day it was given. */
static uint64_t place_score(const struct trace *t, const struct oat_key *score)
{
    static const uint8_t of_trace[8];
    bool whole = memcmp(score->span_id, of_trace, sizeof of_trace) == 0;
    const struct oat_row *row = whole ? earliest(t) : find_row(t, score->span_id);
    uint32_t day;
    if (row)
        return row->start_ns;
    if (oat_live_parts_find_day(t->placing->live, oat_day_of(score->end_ns), score->trace_id, score->span_id,
                                &day))
        return day * OAT_DAY_NS;
    return score->end_ns;
}

static void place_marks(struct trace *t)
{
    for (size_t i = 0; i < t->mark_count; i++)
        if (t->marks[i].kind == OAT_SLOT_SCORE && t->marks[i].start_ns == 0)
            t->marks[i].start_ns = place_score(t, &t->marks[i]);
}

static int compare_marks(const void *x, const void *y)
{
    const struct oat_key *a = x, *b = y;
    int order = compare_u64(a->start_ns, b->start_ns);
    if (order != 0)
        return order;
    return compare_u64((uint64_t)a->source << 32 | a->place, (uint64_t)b->source << 32 | b->place);
}

/* ---- Handing on ---- */

static size_t rows_until(const struct trace *t, size_t row, uint32_t day)
{
    while (row < t->row_count && oat_day_of(t->rows[row].start_ns) == day)
        row++;
    return row;
}

/* Adds the rows and marks of the trace to the order of parts, day by day. */
static int hand_on(const struct trace *t, uint64_t replacements, struct oat_continued *continued)
{
    size_t row = 0, mark = 0;
    bool is_later = false;
    int result = OAT_OK;
    while ((row < t->row_count || mark < t->mark_count) && result == OAT_OK) {
        uint64_t row_ns = row < t->row_count ? t->rows[row].start_ns : UINT64_MAX;
        uint64_t mark_ns = mark < t->mark_count ? t->marks[mark].start_ns : UINT64_MAX;
        uint32_t day = oat_day_of(row_ns < mark_ns ? row_ns : mark_ns);
        uint64_t order = row < t->row_count && oat_day_of(row_ns) == day ? row_ns : mark_ns;
        for (size_t end = rows_until(t, row, day); row < end && result == OAT_OK; row++) {
            struct oat_key key = t->spans[t->rows[row].trace];
            key.order = order;
            key.replacements = (uint32_t)replacements;
            key.is_later = is_later;
            replacements = 0;
            result = oat_key_sorter_add(continued->by_start, &key);
        }
        for (; mark < t->mark_count && oat_day_of(t->marks[mark].start_ns) == day && result == OAT_OK;
             mark++) {
            struct oat_key key = t->marks[mark];
            key.order = order;
            key.is_later = is_later;
            result = oat_key_sorter_add(continued->by_start, &key);
        }
        if (result == OAT_OK)
            result = oat_continued_add(continued, trace_id_of(t), order);
        is_later = true;
    }
    return result;
}

static int place_trace(struct trace *t, struct oat_continued *continued)
{
    struct oat_repeats repeats = {0};
    int result = make_rows(t);
    if (result != OAT_OK)
        return result;
    t->row_count = oat_identity_join(t->placing->sources, t->rows, t->row_count, &repeats);
    drop_ended_opens(t);
    place_marks(t);
    oat_row_sort(t->rows, t->row_count, OAT_ROWS_BY_START, compare_starts);
    if (t->mark_count > 1)
        qsort(t->marks, t->mark_count, sizeof *t->marks, compare_marks);
    return hand_on(t, repeats.ended, continued);
}

static bool is_deleted(const struct oat_catalog *catalog, const uint8_t trace_id[16])
{
    return catalog && oat_catalog_find(&catalog->tombstones, trace_id) != NULL;
}

/* Places the trace that was collected and begins with the next one. */
static int finish_trace(struct trace *t, struct oat_continued *continued)
{
    int result = OAT_OK;
    if (t->span_count + t->mark_count > 0 && !is_deleted(t->placing->catalog, trace_id_of(t)))
        result = place_trace(t, continued);
    t->span_count = t->mark_count = 0;
    return result;
}

static int place_keys(const struct oat_placing *placing, struct oat_key_sorter *by_trace,
                      struct oat_key_sorter *by_start)
{
    struct trace t = {.placing = placing};
    struct oat_continued continued = {.live = placing->live, .by_start = by_start};
    const struct oat_key *key;
    int result;
    while ((result = oat_key_sorter_next(by_trace, &key)) == OAT_OK) {
        if (t.span_count + t.mark_count > 0 && memcmp(trace_id_of(&t), key->trace_id, 16) != 0)
            result = finish_trace(&t, &continued);
        if (result == OAT_OK)
            result = add_key(&t, key);
        if (result != OAT_OK)
            break;
    }
    if (result == OAT_NOTFOUND)
        result = finish_trace(&t, &continued);
    if (result == OAT_OK)
        result = oat_continued_finish(&continued);
    oat_continued_free(&continued);
    free(t.spans);
    free(t.marks);
    free(t.rows);
    return result;
}

struct work {
    const struct oat_placing *placing;
    struct oat_key_shards *by_trace, *by_start;
};

static int place_shard(void *arg, size_t index)
{
    const struct work *work = arg;
    struct oat_key_sorter *by_start = work->by_start->sorters[index];
    int result = place_keys(work->placing, work->by_trace->sorters[index], by_start);
    oat_key_sorter_free(work->by_trace->sorters[index]);
    work->by_trace->sorters[index] = NULL;
    return result == OAT_OK ? oat_key_sorter_end(by_start) : result;
}

int oat_keys_place(const struct oat_placing *placing, unsigned threads, struct oat_key_shards *by_trace,
                   struct oat_key_shards *by_start)
{
    struct work work = {placing, by_trace, by_start};
    return oat_parallel(threads, by_trace->count, place_shard, &work);
}
