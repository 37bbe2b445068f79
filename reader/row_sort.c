#include "reader/row_sort.h"

#include <stdlib.h>

#define FEW 32u /* rows that are sorted here; more are left to qsort */

/* A row while it is sorted: moving it is dear. */
struct item {
    uint64_t key;
    uint32_t index;
};

static uint64_t key_of(const struct oat_row *row, enum oat_row_order order)
{
    return order == OAT_ROWS_BY_START ? row->start_ns : oat_span_id_order(row->span_id);
}

static void insert(struct item *items, unsigned count, struct item item)
{
    unsigned at = count;
    for (; at > 0 && items[at - 1].key > item.key; at--)
        items[at] = items[at - 1];
    items[at] = item;
}

static void sort_few(struct oat_row *rows, unsigned count, enum oat_row_order order,
                     int (*compare)(const void *, const void *))
{
    struct item items[FEW];
    struct oat_row sorted[FEW];
    unsigned next;
    for (unsigned i = 0; i < count; i++)
        insert(items, i, (struct item){key_of(&rows[i], order), i});
    for (unsigned i = 0; i < count; i++)
        sorted[i] = rows[items[i].index];
    memcpy(rows, sorted, count * sizeof *rows);
    for (unsigned first = 0; first < count; first = next) {
        for (next = first + 1; next < count && items[next].key == items[first].key; next++)
            continue;
        if (next - first > 1)
            qsort(rows + first, next - first, sizeof *rows, compare);
    }
}

void oat_row_sort(struct oat_row *rows, size_t count, enum oat_row_order order,
                  int (*compare)(const void *, const void *))
{
    if (count > FEW)
        qsort(rows, count, sizeof *rows, compare);
    else if (count > 1)
        sort_few(rows, (unsigned)count, order, compare);
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
    struct item items[FEW];
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    if (count > FEW) {
        qsort_r(order, count, sizeof *order, compare_starts, (void *)(uintptr_t)rows);
        return;
    }
    for (unsigned i = 0; i < count; i++)
        insert(items, i, (struct item){rows[i].start_ns, i});
    for (unsigned i = 0; i < count; i++)
        order[i] = items[i].index;
}
