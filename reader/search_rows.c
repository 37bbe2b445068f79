#include "reader/search_rows.h"

#include "reader/array.h"
#include "reader/compare.h"
#include "reader/filter_eval.h"

#include <stdlib.h>
#include <string.h>

/* Newest first; the rest makes the order the same wherever rows lie. */
static int by_age(const void *x, const void *y)
{
    const struct oat_search_row *a = x, *b = y;
    if (a->start_ns != b->start_ns)
        return a->start_ns > b->start_ns ? -1 : 1;
    if (a->span_id != b->span_id)
        return a->span_id < b->span_id ? -1 : 1;
    return (int)a->field - (int)b->field;
}

/* Keeps the newest rows. */
static void trim(struct oat_search_rows *s)
{
    if (s->count > 0)
        qsort(s->rows, s->count, sizeof *s->rows, by_age);
    if (s->count < s->limit)
        return;
    s->more |= s->count > s->limit;
    s->count = s->limit;
    s->floor_ns = s->rows[s->limit - 1].start_ns;
}

static int add_rows(struct oat_search_rows *s, uint32_t source, struct oat_batch *batch,
                    enum oat_payload_field field, const uint64_t found[OAT_BATCH_WORDS])
{
    const uint64_t *starts, *ids;
    int result = oat_batch_u64(batch, OAT_VECTOR_START, &starts);
    if (result == OAT_OK)
        result = oat_batch_u64(batch, OAT_VECTOR_SPAN_ID, &ids);
    for (uint32_t word = 0; word < OAT_BATCH_WORDS && result == OAT_OK; word++) {
        for (uint64_t left = found[word]; left != 0; left &= left - 1) {
            uint32_t i = word * 64 + (uint32_t)__builtin_ctzll(left);
            if (s->has_after && starts[i] == s->after_start_ns && ids[i] <= s->after_span_id)
                continue;
            if (!oat_array_reserve(&s->rows, s->count, &s->capacity, sizeof *s->rows))
                return OAT_E_NOMEM;
            s->rows[s->count++] = (struct oat_search_row){
                .start_ns = starts[i],
                .span_id = ids[i],
                .source = source,
                .row = batch->number * OAT_BATCH_ROWS + i,
                .field = field,
            };
        }
    }
    return result;
}

/* Clears the bits of rows that are too old. */
static int drop_old(struct oat_search_rows *s, struct oat_batch *batch, uint64_t rows[OAT_BATCH_WORDS])
{
    const uint64_t *starts;
    uint64_t old[OAT_BATCH_WORDS];
    int result = s->floor_ns > 0 ? oat_batch_u64(batch, OAT_VECTOR_START, &starts) : OAT_OK;
    if (result != OAT_OK || s->floor_ns == 0)
        return result;
    oat_compare_range64(starts, 0, (int64_t)s->floor_ns - 1, old);
    for (uint32_t word = 0; word < OAT_BATCH_WORDS; word++)
        s->more |= (rows[word] & old[word]) != 0;
    oat_rows_drop(rows, old);
    return OAT_OK;
}

/* Adds what is found in a payload of the rows, and joins the rows that have it into any. */
static int search_field(struct oat_search_rows *s, uint32_t source, struct oat_batch *batch,
                        enum oat_payload_field field, const uint64_t rows[OAT_BATCH_WORDS],
                        uint64_t any[OAT_BATCH_WORDS])
{
    uint64_t found[OAT_BATCH_WORDS];
    memcpy(found, rows, sizeof found);
    int result = batch->source->ops->contains(batch->source, batch, field, s->match, found);
    if (result != OAT_OK || !oat_rows_any(found))
        return result;
    oat_rows_join(any, found);
    result = drop_old(s, batch, found);
    return result == OAT_OK ? add_rows(s, source, batch, field, found) : result;
}

/* Clears the bits of rows that did not start when they should. */
static int keep_window(const struct oat_search_rows *s, struct oat_batch *batch,
                       uint64_t rows[OAT_BATCH_WORDS])
{
    const uint64_t *starts;
    uint64_t inside[OAT_BATCH_WORDS], to_ns = s->to_ns;
    if (s->has_after && s->after_start_ns < to_ns)
        to_ns = s->after_start_ns + 1;
    if (s->from_ns == 0 && to_ns == INT64_MAX)
        return OAT_OK;
    int result = oat_batch_u64(batch, OAT_VECTOR_START, &starts);
    if (result != OAT_OK)
        return result;
    oat_compare_range64(starts, (int64_t)s->from_ns, (int64_t)to_ns - 1, inside);
    oat_rows_keep(rows, inside);
    return OAT_OK;
}

/* Sets in any the rows that are listed, whatever is in their payloads. */
static int take_all(struct oat_search_rows *s, uint32_t source, struct oat_batch *batch,
                    const uint64_t rows[OAT_BATCH_WORDS], uint64_t any[OAT_BATCH_WORDS])
{
    oat_rows_join(any, rows);
    return oat_rows_any(rows) ? add_rows(s, source, batch, OAT_PAYLOAD_OF_INPUT, rows) : OAT_OK;
}

static int search_batch(struct oat_search_rows *s, uint32_t source, struct oat_filter_eval *eval,
                        struct oat_batch *batch)
{
    uint64_t rows[OAT_BATCH_WORDS], any[OAT_BATCH_WORDS] = {0};
    memcpy(rows, batch->rows, sizeof rows);
    int result = eval ? oat_filter_select(eval, batch, rows) : OAT_OK;
    if (result == OAT_OK)
        result = keep_window(s, batch, rows);
    if (result == OAT_OK && s->newest_only)
        result = drop_old(s, batch, rows);
    if (result == OAT_OK && !s->match)
        result = take_all(s, source, batch, rows, any);
    for (unsigned field = 0; s->match && field < OAT_PAYLOAD_FIELDS && result == OAT_OK && oat_rows_any(rows);
         field++)
        result = search_field(s, source, batch, (enum oat_payload_field)field, rows, any);
    for (uint32_t word = 0; word < OAT_BATCH_WORDS; word++)
        s->span_count += (unsigned)__builtin_popcountll(any[word]);
    if (s->count > s->limit + s->limit / 4)
        trim(s);
    return result;
}

/* True when all rows of the batch are too old. */
static bool is_old(const struct oat_search_rows *s, struct oat_source *source, uint32_t number)
{
    uint64_t min, max;
    return s->newest_only && s->floor_ns > 0 &&
           source->ops->zone(source, number, OAT_VECTOR_START, &min, &max) && max < s->floor_ns;
}

static int search_source(struct oat_search_rows *s, uint32_t number, struct oat_source *source,
                         struct oat_filter_eval *eval)
{
    struct oat_batch batch = {0};
    int result = OAT_OK;
    /* The newest traces of a part are its last. */
    for (uint32_t b = source->batch_count; b-- > 0 && result == OAT_OK;) {
        if (eval && !oat_filter_may_match(eval, b))
            continue;
        if (is_old(s, source, b)) {
            s->more = true;
            continue;
        }
        result = oat_batch_open(&batch, source, b);
        if (result == OAT_OK)
            result = search_batch(s, number, eval, &batch);
    }
    oat_batch_free(&batch);
    trim(s);
    return result;
}

/* True when all spans of a part are too old. */
static bool is_old_part(const struct oat_search_rows *s, uint32_t number)
{
    const struct oat_scan *scan = s->scan;
    return s->newest_only && number >= 2 &&
           scan->snapshot->manifest.parts[scan->parts[number - 2].index].max_start_ns < s->floor_ns;
}

int oat_search_rows_find(struct oat_search_rows *search)
{
    int result = OAT_OK;
    for (uint32_t n = 0; n < oat_scan_source_count(search->scan) && result == OAT_OK; n++) {
        struct oat_source *source;
        struct oat_filter_eval *eval = NULL;
        if (is_old_part(search, n)) {
            search->more = true;
            continue;
        }
        result = oat_scan_source(search->scan, n, &source);
        if (result != OAT_OK)
            return result;
        if (search->filter)
            result = oat_filter_eval_open(search->filter, source, &eval);
        if (result == OAT_OK)
            result = search_source(search, n, source, eval);
        oat_filter_eval_free(eval);
        source->ops->free(source);
    }
    return result;
}
