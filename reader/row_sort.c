#include "reader/row_sort.h"

#include <stdlib.h>
#include <string.h>

#define FEW 64u /* rows that are sorted in memory of the stack */
#define RUN 32u /* items that are sorted by counting */

/* A row while it is sorted: moving it is dear. */
struct item {
    uint64_t key;
    uint32_t index;
};

static uint64_t key_of(const struct oat_row *row, enum oat_row_order order)
{
    return order == OAT_ROWS_BY_START ? row->start_ns : oat_span_id_order(row->span_id);
}

/* ---- Items ---- */

/* Sorts at most RUN items by counting for each those that go before it: more comparisons than it takes, but
 * no branch that the processor could guess wrong. */
static void sort_run(struct item *items, size_t count)
{
    struct item sorted[RUN];
    uint64_t keys[RUN];
    for (size_t i = 0; i < count; i++)
        keys[i] = items[i].key;
    for (size_t i = 0; i < count; i++) {
        uint64_t key = keys[i];
        size_t before = 0;
        for (size_t k = 0; k < i; k++)
            before += keys[k] <= key;
        for (size_t k = i + 1; k < count; k++)
            before += keys[k] < key;
        sorted[before] = items[i];
    }
    memcpy(items, sorted, count * sizeof *items);
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Merges [begin, middle) and [middle, end), each sorted. */
static void merge(const struct item *from, size_t begin, size_t middle, size_t end, struct item *to)
{
    size_t left = begin, right = middle;
    for (size_t i = begin; i < end; i++) {
        bool take_right = left == middle || (right < end && from[right].key < from[left].key);
        to[i] = take_right ? from[right++] : from[left++];
    }
}

/* Makes the items of rows, by (key, index); items has room for twice as many. Returns where they are. */
static struct item *sort_items(const struct oat_row *rows, size_t count, enum oat_row_order order,
                               struct item *items)
{
    struct item *from = items, *to = items + count;
    for (size_t i = 0; i < count; i++)
        items[i] = (struct item){key_of(&rows[i], order), (uint32_t)i};
    for (size_t first = 0; first < count; first += RUN)
        sort_run(items + first, min_size(count - first, RUN));
    for (size_t len = RUN; len < count; len *= 2) {
        for (size_t first = 0; first < count; first += 2 * len)
            merge(from, first, min_size(first + len, count), min_size(first + 2 * len, count), to);
        struct item *merged = to;
        to = from;
        from = merged;
    }
    return from;
}

/* ---- Rows ---- */

/* Brings the rows into the order of the items; sorted has room for them. */
static void put_in_order(struct oat_row *rows, size_t count, const struct item *items, struct oat_row *sorted,
                         int (*compare)(const void *, const void *))
{
    size_t next;
    for (size_t i = 0; i < count; i++)
        sorted[i] = rows[items[i].index];
    memcpy(rows, sorted, count * sizeof *rows);
    for (size_t first = 0; first < count; first = next) {
        for (next = first + 1; next < count && items[next].key == items[first].key; next++)
            continue;
        if (next - first > 1)
            qsort(rows + first, next - first, sizeof *rows, compare);
    }
}

void oat_row_sort(struct oat_row *rows, size_t count, enum oat_row_order order,
                  int (*compare)(const void *, const void *))
{
    struct item few_items[2 * FEW];
    struct oat_row few_rows[FEW];
    if (count < 2)
        return; /* there may be no rows at all */
    if (count <= FEW) {
        put_in_order(rows, count, sort_items(rows, count, order, few_items), few_rows, compare);
        return;
    }
    struct item *items = malloc(2 * count * sizeof *items);
    struct oat_row *sorted = malloc(count * sizeof *sorted);
    if (items && sorted)
        put_in_order(rows, count, sort_items(rows, count, order, items), sorted, compare);
    else
        qsort(rows, count, sizeof *rows, compare);
    free(items);
    free(sorted);
}

static int compare_starts(const void *x, const void *y, void *arg)
{
    const struct oat_row *rows = arg;
    uint32_t i = *(const uint32_t *)x, k = *(const uint32_t *)y;
    if (rows[i].start_ns != rows[k].start_ns)
        return rows[i].start_ns < rows[k].start_ns ? -1 : 1;
    return i < k ? -1 : i > k;
}

void oat_row_starts(const struct oat_row *rows, uint32_t count, uint32_t *order)
{
    struct item few[2 * FEW];
    struct item *items = count <= FEW ? few : malloc(2 * (size_t)count * sizeof *items);
    const struct item *sorted = items ? sort_items(rows, count, OAT_ROWS_BY_START, items) : NULL;
    for (uint32_t i = 0; i < count; i++)
        order[i] = sorted ? sorted[i].index : i;
    if (!sorted)
        qsort_r(order, count, sizeof *order, compare_starts, (void *)(uintptr_t)rows);
    if (items != few)
        free(items);
}
