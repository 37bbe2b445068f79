#include "httpd/trace_diff.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* The place of a span, which is the same in both traces for those that belong together. */
struct place {
    XXH128_hash_t hash;
    const oat_span_view *span;
    bool taken;
};

/* What is hashed to a place: that of the parent, type, place among those alike; the name seeds it. */
struct step {
    XXH128_hash_t parent;
    uint64_t type, number;
};

static int compare_places(const void *x, const void *y)
{
    const struct place *a = x, *b = y;
    return XXH128_cmp(&a->hash, &b->hash);
}

static XXH128_hash_t hash_step(const struct step *step, oat_text name)
{
    XXH64_hash_t seed = XXH3_64bits(name.bytes ? name.bytes : "", name.len);
    return XXH3_128bits_withSeed(step, sizeof *step, seed);
}

/* How often a hash was counted before: open addressing, a power of two of them, never full. */
struct counter {
    struct {
        XXH128_hash_t hash;
        uint64_t count;
    } * slots;
    size_t mask;
};

static uint64_t count_one(struct counter *counter, XXH128_hash_t hash)
{
    size_t at = (size_t)hash.low64 & counter->mask;
    while (counter->slots[at].count > 0 && !XXH128_isEqual(counter->slots[at].hash, hash))
        at = (at + 1) & counter->mask;
    counter->slots[at].hash = hash;
    return counter->slots[at].count++;
}

static void find_places(const oat_span_view *spans, size_t count, struct counter *counter, struct place *ret)
{
    for (size_t i = 0; i < count; i++) {
        const oat_span_view *span = &spans[i];
        struct step step = {.type = (uint64_t)span->type};
        if (span->parent_index < i) /* a parent comes before its children */
            step.parent = ret[span->parent_index].hash;
        step.number = 1 + count_one(counter, hash_step(&step, span->text[OAT_TEXT_NAME]));
        ret[i] = (struct place){hash_step(&step, span->text[OAT_TEXT_NAME]), span, false};
    }
}

/* The places of a trace's spans, in their order. NULL: out of memory. */
static struct place *places_of(const oat_trace *trace, size_t *ret_count)
{
    const oat_span_view *spans = oat_trace_spans(trace, ret_count);
    size_t size = 2;
    while (size <= 2 * *ret_count)
        size *= 2;
    struct counter counter = {.slots = calloc(size, sizeof *counter.slots), .mask = size - 1};
    struct place *places = counter.slots ? calloc(*ret_count + 1, sizeof *places) : NULL;
    if (places)
        find_places(spans, *ret_count, &counter, places);
    free(counter.slots);
    return places;
}

static void pair_up(const struct place *a, size_t a_count, struct place *b, size_t b_count,
                    struct oat_trace_diff *ret)
{
    qsort(b, b_count, sizeof *b, compare_places);
    for (size_t i = 0; i < a_count; i++) {
        struct place *other = bsearch(&a[i], b, b_count, sizeof *b, compare_places);
        if (other)
            other->taken = true;
        ret->pairs[ret->count++] = (struct oat_span_pair){a[i].span, other ? other->span : NULL};
    }
}

static int compare_spans(const void *x, const void *y)
{
    const struct oat_span_pair *a = x, *b = y;
    return (a->b > b->b) - (a->b < b->b); /* of one array */
}

int oat_trace_diff_make(const oat_trace *a, const oat_trace *b, struct oat_trace_diff *ret)
{
    size_t a_count, b_count;
    struct place *a_places = places_of(a, &a_count), *b_places = places_of(b, &b_count);
    struct oat_trace_diff diff = {.pairs = calloc(a_count + b_count + 1, sizeof *diff.pairs)};
    int result = a_places && b_places && diff.pairs ? OAT_OK : OAT_E_NOMEM;
    if (result == OAT_OK) {
        pair_up(a_places, a_count, b_places, b_count, &diff);
        for (size_t i = 0; i < b_count; i++)
            if (!b_places[i].taken)
                diff.pairs[diff.count++] = (struct oat_span_pair){NULL, b_places[i].span};
        qsort(diff.pairs + a_count, diff.count - a_count, sizeof *diff.pairs, compare_spans);
        *ret = diff;
    } else {
        free(diff.pairs);
    }
    free(a_places);
    free(b_places);
    return result;
}

void oat_trace_diff_free(struct oat_trace_diff *diff)
{
    free(diff->pairs);
}
