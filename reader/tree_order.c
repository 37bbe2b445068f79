#include "reader/tree_order.h"

#include <string.h>

#include "format/endian.h"
#include "reader/row_sort.h"
#include "reader/tree.h"

#define SLOTS     256u /* of a table of ids: a quarter is used at most */
#define SLOT_BITS 8u

/* Numbers + 1 of rows, by their span ids. */
struct ids {
    uint8_t slots[SLOTS];
};

/* The slot of an id: of its row, or where that would go. */
static uint8_t *find_slot(struct ids *ids, const struct oat_row *rows, const uint8_t id[8])
{
    uint64_t mixed = oat_le64_load(id) * UINT64_C(0x9e3779b97f4a7c15);
    unsigned slot = (unsigned)(mixed >> (64 - SLOT_BITS));
    while (ids->slots[slot] && memcmp(rows[ids->slots[slot] - 1].span_id, id, 8) != 0)
        slot = (slot + 1) % SLOTS;
    return &ids->slots[slot];
}

/* False: an id is there twice. */
static bool add_all(struct ids *ids, const struct oat_row *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *slot = find_slot(ids, rows, rows[i].span_id);
        if (*slot)
            return false;
        *slot = (uint8_t)(i + 1);
    }
    return true;
}

static bool is_in_order(const struct oat_row *before, const struct oat_row *row)
{
    if (before->start_ns != row->start_ns)
        return before->start_ns < row->start_ns;
    return oat_span_id_order(before->span_id) < oat_span_id_order(row->span_id);
}

/* Finds the parent of each row, and whether it stands behind it and among its siblings. */
static bool find_places(struct ids *ids, const struct oat_row *rows, uint32_t count,
                        uint32_t parents[OAT_TREE_ORDERED_MAX], uint32_t depths[OAT_TREE_ORDERED_MAX])
{
    static const uint8_t zero[8];
    uint32_t path[OAT_TREE_ORDERED_MAX];         /* rows from the root to the last one */
    uint32_t siblings[OAT_TREE_ORDERED_MAX + 1]; /* the last row of each depth on it */
    uint32_t length = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool root = memcmp(rows[i].parent_id, zero, sizeof zero) == 0;
        uint32_t number = root ? 0 : *find_slot(ids, rows, rows[i].parent_id);
        uint32_t parent = number == 0 ? OAT_NO_ROW : number - 1;
        uint32_t depth = number == 0 ? 0 : parent < i ? depths[parent] + 1 : OAT_NO_ROW;
        if (depth > length || (depth > 0 && path[depth - 1] != parent))
            return false;
        if (depth < length && !is_in_order(&rows[siblings[depth]], &rows[i]))
            return false;
        parents[i] = parent;
        depths[i] = depth;
        path[depth] = siblings[depth] = i;
        length = depth + 1;
    }
    return true;
}

bool oat_tree_ordered(struct oat_row *rows, uint32_t count)
{
    struct ids ids = {{0}};
    uint32_t parents[OAT_TREE_ORDERED_MAX], depths[OAT_TREE_ORDERED_MAX];
    if (count == 0 || count > OAT_TREE_ORDERED_MAX || !add_all(&ids, rows, count) ||
        !find_places(&ids, rows, count, parents, depths))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        rows[i].parent = parents[i];
        rows[i].depth = depths[i];
    }
    oat_tree_mark_counted(rows, count, parents, depths);
    return true;
}
