#include "reader/row_sort.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define FEW 32u /* rows that are sorted here; more are left to qsort */

/* A row while it is sorted: moving it is dear. */
struct item {
    uint64_t key;
    uint32_t index;
};

static uint64_t key_of(const struct oat_row *row, enum oat_row_order order)
{
    uint64_t id;
    if (order == OAT_ROWS_BY_START)
        return row->start_ns;
    memcpy(&id, row->span_id, sizeof id);
    return be64toh(id);
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
