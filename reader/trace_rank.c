#include "reader/trace_rank.h"

#include "reader/array.h"

#include <stdlib.h>
#include <string.h>

int oat_ranked_compare(const struct oat_ranked *a, const struct oat_ranked *b)
{
    if (a->key != b->key)
        return a->key > b->key ? -1 : 1;
    if (a->start_ns != b->start_ns)
        return a->start_ns > b->start_ns ? -1 : 1;
    return memcmp(a->trace_id, b->trace_id, sizeof a->trace_id);
}

/* Signed numbers in the order of unsigned ones. */
static uint64_t ordered(int64_t value)
{
    return (uint64_t)value ^ (UINT64_C(1) << 63);
}

/* What is not known sorts as nothing at all. */
uint64_t oat_rank_key(const oat_trace_query *query, const struct oat_trace_numbers *numbers)
{
    uint64_t key = numbers->start_ns;
    switch (query->sort) {
    case OAT_SORT_START:
        break;
    case OAT_SORT_DURATION:
        key = numbers->end_ns ? numbers->end_ns - numbers->start_ns : 0;
        break;
    case OAT_SORT_COST:
        key = numbers->has_cost ? ordered(numbers->cost_nano) : 0;
        break;
    case OAT_SORT_TOKENS:
        key = numbers->input_tokens + numbers->output_tokens;
        break;
    case OAT_SORT_SPANS:
        key = numbers->span_count;
        break;
    case OAT_SORT_ERRORS:
        key = numbers->error_count;
        break;
    }
    return query->ascending ? ~key : key;
}

unsigned oat_rank_numbers(const oat_trace_query *query)
{
    static const uint8_t numbers[] = {
        [OAT_SORT_START] = 0,
        [OAT_SORT_DURATION] = OAT_NUMBERS_END,
        [OAT_SORT_COST] = OAT_NUMBERS_COST,
        [OAT_SORT_TOKENS] = OAT_NUMBERS_TOKENS,
        [OAT_SORT_SPANS] = 0,
        [OAT_SORT_ERRORS] = OAT_NUMBERS_ERRORS,
    };
    return numbers[query->sort];
}

static void sift_down(struct oat_ranked *heap, size_t count, size_t at)
{
    for (;;) {
        size_t worst = at, child = 2 * at + 1;
        for (size_t i = child; i < child + 2 && i < count; i++)
            if (oat_ranked_compare(&heap[i], &heap[worst]) > 0)
                worst = i;
        if (worst == at)
            return;
        struct oat_ranked swap = heap[at];
        heap[at] = heap[worst];
        heap[worst] = swap;
        at = worst;
    }
}

static void sift_up(struct oat_ranked *heap, size_t at)
{
    while (at > 0 && oat_ranked_compare(&heap[at], &heap[(at - 1) / 2]) > 0) {
        struct oat_ranked swap = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = swap;
        at = (at - 1) / 2;
    }
}

int oat_ranking_add(struct oat_ranking *ranking, const struct oat_ranked *trace)
{
    if (ranking->count == ranking->capacity) {
        if (ranking->count > 0 && oat_ranked_compare(trace, &ranking->best[0]) < 0) {
            ranking->best[0] = *trace;
            sift_down(ranking->best, ranking->count, 0);
        }
        return OAT_OK;
    }
    if (!oat_array_reserve(&ranking->best, ranking->count, &ranking->room, sizeof *ranking->best))
        return OAT_E_NOMEM;
    ranking->best[ranking->count++] = *trace;
    sift_up(ranking->best, ranking->count - 1);
    return OAT_OK;
}

static int compare_ranked(const void *a, const void *b)
{
    return oat_ranked_compare(a, b);
}

void oat_ranking_sort(struct oat_ranking *ranking)
{
    if (ranking->count > 1)
        qsort(ranking->best, ranking->count, sizeof *ranking->best, compare_ranked);
}

void oat_ranking_clear(struct oat_ranking *ranking)
{
    free(ranking->best);
    memset(ranking, 0, sizeof *ranking);
}
