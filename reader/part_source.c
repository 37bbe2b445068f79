#include "reader/part_source.h"

#include "format/limits.h"
#include "reader/array.h"
#include "reader/compare.h"
#include "reader/part_attributes.h"
#include "reader/part_contains.h"
#include "reader/part_find.h"
#include "reader/part_sparse.h"
#include "reader/part_trace.h"
#include "reader/part_vectors.h"
#include "reader/summary_source.h"

#include <stdlib.h>
#include <string.h>

struct part_source {
    struct oat_source source; /* first: it is what callers hold */
    struct oat_part_vectors vectors;
    uint64_t *masked;                   /* a bit for each row of SPANS that is left out; NULL: none */
    struct oat_code_columns attributes; /* of a batch */
    struct oat_part_search *searches;   /* one for each text that was sought */
    size_t search_count, search_capacity;
};

static struct part_source *of(struct oat_source *source)
{
    return (struct part_source *)source;
}

/* ---- Batches ---- */

static int open_batch(struct oat_source *source, uint32_t number, struct oat_batch *batch)
{
    struct part_source *s = of(source);
    uint32_t left = s->vectors.spans->table.rows - number * OAT_BATCH_ROWS;
    batch->count = left < OAT_BATCH_ROWS ? left : OAT_BATCH_ROWS;
    oat_rows_set_first(batch->rows, batch->count);
    if (s->masked)
        oat_rows_drop(batch->rows, s->masked + (size_t)number * OAT_BATCH_WORDS);
    oat_part_vectors_ahead(&s->vectors, batch);
    return OAT_OK;
}

static int fill64(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint64_t *dst)
{
    return oat_part_fill64(&of(source)->vectors, batch, vector, dst);
}

static int fill32(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint32_t *dst)
{
    return oat_part_fill32(&of(source)->vectors, batch, vector, dst);
}

static int sparse(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, void *dst,
                  struct oat_sparse *ret)
{
    return oat_part_sparse(&of(source)->vectors, batch, vector, dst, ret);
}

static int range(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint32_t low,
                 uint32_t high, uint64_t ret[OAT_BATCH_WORDS])
{
    return oat_part_range(&of(source)->vectors, batch, vector, low, high, ret);
}

static bool zone(struct oat_source *source, uint32_t number, enum oat_vector vector, uint64_t *ret_min,
                 uint64_t *ret_max)
{
    return oat_part_vector_zone(&of(source)->vectors, number, vector, ret_min, ret_max);
}

/* ---- Texts and traces ---- */

static bool has_texts(enum oat_vector vector)
{
    return vector >= OAT_VECTOR_TEXT && vector < OAT_VECTOR_TEXT + OAT_TEXT_FIELDS;
}

static uint32_t code_count(struct oat_source *source, enum oat_vector vector)
{
    return has_texts(vector) ? oat_part_text_count(of(source)->vectors.part, OAT_TABLE_SPANS,
                                                   OAT_COL_SPAN_TEXT + (vector - OAT_VECTOR_TEXT))
                             : 0;
}

static oat_text text(struct oat_source *source, enum oat_vector vector, uint32_t code)
{
    return has_texts(vector) ? oat_part_text(of(source)->vectors.part, OAT_TABLE_SPANS,
                                             OAT_COL_SPAN_TEXT + (vector - OAT_VECTOR_TEXT), code)
                             : (oat_text){0};
}

static int trace(struct oat_source *source, uint32_t number, uint32_t wanted, struct oat_trace_figures *ret)
{
    return oat_part_trace_figures(of(source)->vectors.part, number, wanted, ret);
}

static int starts(struct oat_source *source, uint32_t first, uint32_t count, uint64_t *dst)
{
    struct oat_image_table *traces = oat_part_table(of(source)->vectors.part, OAT_TABLE_TRACES);
    return oat_image_numbers(traces, OAT_COL_TRACE_START, first, count, dst);
}

/* ---- Attributes ---- */

static uint32_t attribute_count(struct oat_source *source)
{
    return oat_part_attribute_count(of(source)->vectors.part);
}

static void attribute(struct oat_source *source, uint32_t code, oat_text *ret_key, oat_text *ret_value)
{
    oat_part_attribute(of(source)->vectors.part, code, ret_key, ret_value);
}

/* Leaves out the rows that have a code which stands for nothing; it becomes 0. */
static void drop_outside(struct part_source *s, struct oat_batch *batch, uint32_t *codes)
{
    uint32_t max = oat_part_attribute_count(s->vectors.part), outside = 0;
    for (uint32_t i = 0; i < OAT_BATCH_ROWS; i++)
        outside |= codes[i] > max;
    for (uint32_t i = 0; i < batch->count && outside != 0; i++) {
        if (codes[i] <= max)
            continue;
        oat_part_drop_row(&s->vectors, batch, i, "attribute code");
        codes[i] = 0;
    }
}

/* Takes in what reading the columns of a batch came to. */
static int check_columns(struct part_source *s, struct oat_batch *batch, int result,
                         const struct oat_code_columns **ret)
{
    struct oat_code_columns *columns = &s->attributes;
    if (result == OAT_E_CORRUPT) { /* no row of the batch is left */
        memset(batch->rows, 0, sizeof batch->rows);
        columns->count = 0;
        result = OAT_OK;
    }
    for (uint32_t n = 0; n < columns->count; n++)
        drop_outside(s, batch, columns->codes + (size_t)n * OAT_BATCH_ROWS);
    *ret = columns;
    return result;
}

static int attributes(struct oat_source *source, struct oat_batch *batch,
                      const uint64_t rows[OAT_BATCH_WORDS], const struct oat_code_columns **ret)
{
    (void)rows; /* columns are read whole */
    struct part_source *s = of(source);
    int result =
        oat_part_codes_read(s->vectors.part, batch->number * OAT_BATCH_ROWS, batch->count, &s->attributes);
    return check_columns(s, batch, result, ret);
}

static int attributes_among(struct oat_source *source, struct oat_batch *batch, const uint32_t *wanted,
                            uint32_t wanted_count, const struct oat_code_columns **ret)
{
    struct part_source *s = of(source);
    int result = oat_part_codes_among(s->vectors.part, batch->number * OAT_BATCH_ROWS, batch->count, wanted,
                                      wanted_count, &s->attributes);
    return check_columns(s, batch, result, ret);
}

/* ---- Texts in payloads ---- */

static struct oat_part_search *search_for(struct part_source *s, const struct oat_text_match *match)
{
    for (size_t i = 0; i < s->search_count; i++)
        if (oat_part_search_is_of(&s->searches[i], match))
            return &s->searches[i];
    if (!oat_array_reserve(&s->searches, s->search_count, &s->search_capacity, sizeof *s->searches) ||
        oat_part_search_open(&s->searches[s->search_count], s->vectors.part, match) != OAT_OK)
        return NULL;
    return &s->searches[s->search_count++];
}

static int contains(struct oat_source *source, struct oat_batch *batch, enum oat_payload_field field,
                    const struct oat_text_match *match, uint64_t rows[OAT_BATCH_WORDS])
{
    static const uint8_t columns[OAT_PAYLOAD_FIELDS] = {
        [OAT_PAYLOAD_OF_INPUT] = OAT_COL_SPAN_INPUT,
        [OAT_PAYLOAD_OF_OUTPUT] = OAT_COL_SPAN_OUTPUT,
        [OAT_PAYLOAD_OF_ERROR] = OAT_COL_SPAN_ERROR,
    };
    struct part_source *s = of(source);
    struct oat_part_search *search = search_for(s, match);
    uint64_t numbers[OAT_BATCH_ROWS];
    int result = search ? oat_part_fill_column64(&s->vectors, batch, columns[field], numbers) : OAT_E_NOMEM;
    for (uint32_t word = 0; word < OAT_BATCH_WORDS; word++) {
        for (uint64_t left = rows[word]; left != 0 && result == OAT_OK; left &= left - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(left);
            bool found = false;
            result = oat_part_contains(search, match, numbers[word * 64 + bit], &found);
            rows[word] &= ~((uint64_t)!found << bit);
        }
    }
    return result;
}

/* ---- Opening ---- */

static int summary(struct oat_source *source, const struct oat_summary_scope *scope,
                   struct oat_summary_source **ret)
{
    return oat_summary_source_new(of(source)->vectors.part, of(source)->masked, scope, ret);
}

static void free_source(struct oat_source *source)
{
    struct part_source *s = of(source);
    if (!s)
        return;
    for (size_t i = 0; i < s->search_count; i++)
        oat_part_search_close(&s->searches[i]);
    free(s->searches);
    free(s->attributes.codes);
    free(s->masked);
    free(s->vectors.flags);
    free(s);
}

static const struct oat_source_ops ops = {
    .free = free_source,
    .open = open_batch,
    .fill64 = fill64,
    .fill32 = fill32,
    .sparse = sparse,
    .range = range,
    .zone = zone,
    .code_count = code_count,
    .text = text,
    .attributes = attributes,
    .attributes_among = attributes_among,
    .attribute_count = attribute_count,
    .attribute = attribute,
    .trace = trace,
    .starts = starts,
    .contains = contains,
    .summary = summary,
};

static void set_bits(uint64_t *bits, uint32_t first, uint32_t count)
{
    for (uint32_t end = first + count; first < end; first = (first / 64 + 1) * 64) {
        uint64_t from_first = UINT64_MAX << first % 64;
        uint64_t before_end = end / 64 == first / 64 ? ~(UINT64_MAX << end % 64) : UINT64_MAX;
        bits[first / 64] |= from_first & before_end;
    }
}

/* Marks the rows of traces [first, end), which lie one behind the other. Which ones a damaged trace has is
 * not known: none is marked. */
static int mask_traces(struct part_source *s, uint32_t first, uint32_t end)
{
    uint32_t row, count, last_row, last_count;
    int result = oat_part_trace_rows(s->vectors.part, first, &row, &count);
    if (result == OAT_OK)
        result = oat_part_trace_rows(s->vectors.part, end - 1, &last_row, &last_count);
    if (result == OAT_OK && last_row >= row)
        set_bits(s->masked, row, last_row + last_count - row);
    else if (result != OAT_E_NOMEM && end - first > 1) {
        uint32_t middle = first + (end - first) / 2;
        result = mask_traces(s, first, middle);
        if (result != OAT_E_NOMEM)
            result = mask_traces(s, middle, end);
    }
    return result == OAT_E_NOMEM ? result : OAT_OK;
}

/* The first of bits [first, end) that is as said; end: none is. */
static uint32_t find_bit(const uint64_t *bits, bool set, uint32_t first, uint32_t end)
{
    while (first < end) {
        uint64_t left = (set ? bits[first / 64] : ~bits[first / 64]) >> first % 64;
        if (left != 0) {
            first += (uint32_t)__builtin_ctzll(left);
            return first < end ? first : end;
        }
        first = (first / 64 + 1) * 64;
    }
    return end;
}

static int mask_rows(struct part_source *s, const uint64_t *masked)
{
    uint32_t traces = s->source.trace_count;
    int result = OAT_OK;
    s->masked = calloc((size_t)s->source.batch_count + 1, OAT_BATCH_WORDS * sizeof *s->masked);
    if (!s->masked)
        return OAT_E_NOMEM;
    for (uint32_t t = find_bit(masked, true, 0, traces); t < traces && result == OAT_OK;) {
        uint32_t end = find_bit(masked, false, t, traces);
        result = mask_traces(s, t, end);
        t = find_bit(masked, true, end, traces);
    }
    return result;
}

int oat_part_source_new(struct oat_part *part, const uint64_t *masked, struct oat_source **ret)
{
    struct part_source *s = calloc(1, sizeof *s);
    if (!s)
        return OAT_E_NOMEM;
    s->vectors.part = part;
    s->vectors.spans = oat_part_table(part, OAT_TABLE_SPANS);
    s->source = (struct oat_source){
        .ops = &ops,
        .batch_count = (s->vectors.spans->table.rows + OAT_BATCH_ROWS - 1) / OAT_BATCH_ROWS,
        .trace_count = oat_part_table(part, OAT_TABLE_TRACES)->table.rows,
        .attributes_known = true,
    };
    if (masked && mask_rows(s, masked) != OAT_OK) {
        free_source(&s->source);
        return OAT_E_NOMEM;
    }
    *ret = &s->source;
    return OAT_OK;
}
