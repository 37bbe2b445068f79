#include "httpd/align.h"

#include <stdlib.h>
#include <string.h>

#include "format/hash.h"

/* A span by what it is among its siblings. */
struct keyed {
    uint64_t key;
    uint32_t span;
};

static int compare(const void *x, const void *y)
{
    const struct keyed *a = x, *b = y;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->span > b->span) - (a->span < b->span);
}

/* What siblings of one type and name have in common. */
static uint64_t kind_of(const oat_span_view *spans, uint32_t i, const uint64_t *keys)
{
    const oat_span_view *span = &spans[i];
    if (span->parent_index >= i)
        return 0;
    oat_text name = span->text[OAT_TEXT_NAME];
    return oat_hash64(name.bytes ? name.bytes : "", name.len,
                      keys[span->parent_index] ^ (uint64_t)span->type * OAT_POSITION_PRIME);
}

/* Gives the spans of one level their keys: kind, and number among those of it. level: room for them. */
static void key_level(const oat_span_view *spans, struct keyed *level, size_t count, uint64_t *keys)
{
    for (size_t i = 0; i < count; i++)
        level[i].key = kind_of(spans, level[i].span, keys);
    if (count > 0)
        qsort(level, count, sizeof *level, compare);
    for (size_t i = 0, number = 0; i < count; i++) {
        number = i > 0 && level[i].key == level[i - 1].key ? number + 1 : 0;
        keys[level[i].span] = oat_hash64(&level[i].key, sizeof level[i].key, number);
    }
}

/* The keys of a trace's spans, in the order of keys; *ret is to be freed. */
static int key_spans(const oat_span_view *spans, size_t count, struct keyed **ret)
{
    struct keyed *order = malloc((count + 1) * sizeof *order);
    uint64_t *keys = malloc((count + 1) * sizeof *keys);
    if (!order || !keys) {
        free(order);
        free(keys);
        return OAT_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++)
        order[i] = (struct keyed){spans[i].depth, (uint32_t)i};
    if (count > 0)
        qsort(order, count, sizeof *order, compare);
    for (size_t first = 0, end; first < count; first = end) {
        uint32_t depth = spans[order[first].span].depth;
        for (end = first; end < count && spans[order[end].span].depth == depth; end++)
            continue;
        key_level(spans, order + first, end - first, keys);
    }
    for (size_t i = 0; i < count; i++)
        order[i] = (struct keyed){keys[i], (uint32_t)i};
    if (count > 0)
        qsort(order, count, sizeof *order, compare);
    free(keys);
    *ret = order;
    return OAT_OK;
}

/* Sets partner[i] to the span of the other trace with the key of span i. */
static void find_partners(const struct keyed *a, size_t a_count, const struct keyed *b, size_t b_count,
                          uint32_t *partner)
{
    size_t j = 0;
    for (size_t i = 0; i < a_count; i++) {
        while (j < b_count && b[j].key < a[i].key)
            j++;
        bool met = j < b_count && b[j].key == a[i].key;
        partner[a[i].span] = met ? b[j].span : OAT_ALIGN_NONE;
    }
}

/* Adds the spans of b from number `at` on that are its alone, up to the next that is not. */
static void add_alone(const uint32_t *a_of, size_t b_count, size_t at, struct oat_pair_of_spans *pairs,
                      size_t *count)
{
    for (; at < b_count && a_of[at] == OAT_ALIGN_NONE; at++)
        pairs[(*count)++] = (struct oat_pair_of_spans){OAT_ALIGN_NONE, (uint32_t)at};
}

static size_t pair_up(const struct keyed *a, size_t a_count, const struct keyed *b, size_t b_count,
                      uint32_t *b_of, uint32_t *a_of, struct oat_pair_of_spans *pairs)
{
    size_t count = 0;
    find_partners(a, a_count, b, b_count, b_of);
    find_partners(b, b_count, a, a_count, a_of);
    add_alone(a_of, b_count, 0, pairs, &count);
    for (size_t i = 0; i < a_count; i++) {
        pairs[count++] = (struct oat_pair_of_spans){(uint32_t)i, b_of[i]};
        if (b_of[i] != OAT_ALIGN_NONE)
            add_alone(a_of, b_count, b_of[i] + 1u, pairs, &count);
    }
    return count;
}

int oat_align(const oat_span_view *a, size_t a_count, const oat_span_view *b, size_t b_count,
              struct oat_pair_of_spans **ret_pairs, size_t *ret_count)
{
    struct keyed *a_keys = NULL, *b_keys = NULL;
    uint32_t *b_of = malloc((a_count + 1) * sizeof *b_of), *a_of = malloc((b_count + 1) * sizeof *a_of);
    struct oat_pair_of_spans *pairs = malloc((a_count + b_count + 1) * sizeof *pairs);
    int result = b_of && a_of && pairs ? OAT_OK : OAT_E_NOMEM;
    if (result == OAT_OK)
        result = key_spans(a, a_count, &a_keys);
    if (result == OAT_OK)
        result = key_spans(b, b_count, &b_keys);
    if (result == OAT_OK) {
        *ret_count = pair_up(a_keys, a_count, b_keys, b_count, b_of, a_of, pairs);
        *ret_pairs = pairs;
    } else {
        free(pairs);
    }
    free(a_keys);
    free(b_keys);
    free(b_of);
    free(a_of);
    return result;
}
