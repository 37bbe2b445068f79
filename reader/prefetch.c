#include "reader/prefetch.h"

#include "format/limits.h"

#include <sys/mman.h>
#include <unistd.h>

#define STEP      (128u << 10) /* kernels cut greater requests down to their read-ahead */
#define HEAD      (8u << 10)   /* of a group, about */
#define PAGES_MAX 128u         /* of which is looked whether they are in memory */
#define GAP       (8u << 10)   /* that is sooner read than left out */

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

void oat_prefetch(const uint8_t *bytes, uint64_t len)
{
    size_t before = (uintptr_t)bytes % page_size();
    uint8_t *at = (uint8_t *)(uintptr_t)bytes - before; /* madvise takes no const */
    for (len += before; len > 0;) {
        size_t n = len < STEP ? (size_t)len : STEP;
        madvise(at, n, MADV_WILLNEED);
        at += n;
        len -= n;
    }
}

/* ---- Groups ---- */

/* Bytes of a group that are asked for together. */
struct range {
    uint64_t from, to;
};

static bool is_resident(const uint8_t *bytes, size_t len)
{
    uint8_t pages[PAGES_MAX];
    size_t before = (uintptr_t)bytes % page_size(), count = (before + len + page_size() - 1) / page_size();
    if (count > PAGES_MAX || mincore((void *)(uintptr_t)(bytes - before), before + len, pages) != 0)
        return false;
    bool resident = true;
    for (size_t page = 0; page < count; page++)
        resident &= pages[page] & 1;
    return resident;
}

static void prefetch_range(const struct oat_group *group, const struct range *range)
{
    const uint8_t *bytes = group->bytes + range->from;
    if (range->from < range->to && !is_resident(bytes, (size_t)(range->to - range->from)))
        oat_prefetch(bytes, range->to - range->from);
}

/* Blocks [first, end) of a column of a group. False: not where they may lie. */
static bool find_blocks(const struct oat_group *group, unsigned column, unsigned first, unsigned end,
                        struct range *ret)
{
    ret->from = oat_group_block_offset(group, column, first) - group->offset;
    ret->to = oat_group_block_offset(group, column, end) - group->offset;
    return ret->from <= ret->to && ret->to <= group->len;
}

/* Columns lie one after the other. What is near is asked for with one request. */
static void prefetch_columns(const struct oat_group *group, uint64_t columns, unsigned first, unsigned end)
{
    struct range range = {0}, next;
    for (unsigned column = 0; column < OAT_TABLE_COLUMNS; column++) {
        if (!(columns >> column & 1) || group->entry_of[column] == 0 ||
            !find_blocks(group, column, first, end, &next))
            continue;
        if (next.from > range.to + GAP || next.from < range.from) {
            prefetch_range(group, &range);
            range = next;
        }
        range.to = next.to;
    }
    prefetch_range(group, &range);
}

/* True when blocks [first, end) of the columns were all read before. */
static bool was_read(struct oat_image_table *table, uint64_t columns, uint32_t number, unsigned first,
                     unsigned end)
{
    const struct oat_group *group;
    if (!oat_image_group_used(table, number) || oat_image_group(table, number, &group) != OAT_OK)
        return false;
    for (uint64_t left = columns; left != 0; left &= left - 1) {
        unsigned column = (unsigned)__builtin_ctzll(left);
        for (unsigned block = first; block < end && group->entry_of[column] != 0; block++)
            if (!oat_image_checked(table, number, column, block))
                return false;
    }
    return true;
}

void oat_prefetch_head(struct oat_image_table *table, uint32_t group)
{
    const struct oat_disk_group_place *place = &table->table.places[group];
    const uint8_t *bytes = table->table.file + oat_le64_get(place->offset);
    size_t len = oat_le32_get(place->len);
    size_t head_len = len < HEAD ? len : HEAD;
    if (!oat_image_group_used(table, group) && !is_resident(bytes, head_len))
        oat_prefetch(bytes, head_len);
}

static void prefetch_group(struct oat_image_table *table, uint64_t columns, uint32_t number, unsigned first,
                           unsigned end)
{
    const struct oat_group *group;
    if (was_read(table, columns, number, first, end))
        return;
    oat_prefetch_head(table, number);
    if (oat_image_group(table, number, &group) == OAT_OK)
        prefetch_columns(group, columns, first, end);
}

void oat_prefetch_rows(struct oat_image_table *table, uint64_t columns, uint32_t first, uint32_t count)
{
    while (count > 0) {
        uint32_t at = first % OAT_GROUP_ROWS;
        uint32_t n = count < OAT_GROUP_ROWS - at ? count : OAT_GROUP_ROWS - at;
        prefetch_group(table, columns, first / OAT_GROUP_ROWS, at / OAT_BLOCK_ROWS,
                       (at + n + OAT_BLOCK_ROWS - 1) / OAT_BLOCK_ROWS);
        first += n;
        count -= n;
    }
}

void oat_prefetch_column(struct oat_image_table *table, unsigned column, uint32_t group)
{
    const struct oat_group *used;
    struct range range;
    if (!oat_image_first_use(table, group, column))
        return;
    if (oat_image_group(table, group, &used) == OAT_OK && used->entry_of[column] != 0 &&
        find_blocks(used, column, 0, used->block_count, &range))
        oat_prefetch(used->bytes + range.from, range.to - range.from);
}
