#include "reader/prefetch.h"

#include "format/limits.h"

#include <sys/mman.h>
#include <unistd.h>

#define STEP      (128u << 10) /* kernels cut greater requests down to their read-ahead */
#define HEAD      (8u << 10)   /* of a group, about */
#define PAGES_MAX 512u         /* of which is looked whether they are in memory */
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

/* Which pages are in memory, of some that are next to each other. */
struct pages {
    const uint8_t *bytes; /* where they begin */
    size_t count;         /* 0: it is not known */
    uint8_t in_memory[PAGES_MAX];
};

static void look_at(const uint8_t *bytes, size_t len, struct pages *ret)
{
    size_t before = (uintptr_t)bytes % page_size(), count = (before + len + page_size() - 1) / page_size();
    ret->bytes = bytes - before;
    ret->count = count;
    if (count > PAGES_MAX || mincore((void *)(uintptr_t)ret->bytes, before + len, ret->in_memory) != 0)
        ret->count = 0;
}

static bool is_resident(const struct pages *pages, const uint8_t *bytes, size_t len)
{
    size_t from = (size_t)(bytes - pages->bytes), end = (from + len + page_size() - 1) / page_size();
    bool resident = end <= pages->count;
    for (size_t page = from / page_size(); page < end && resident; page++)
        resident = pages->in_memory[page] & 1;
    return resident;
}

static void prefetch_absent(const struct pages *pages, const uint8_t *bytes, size_t len)
{
    if (len > 0 && !is_resident(pages, bytes, len))
        oat_prefetch(bytes, len);
}

/* Blocks [first, end) of a column of a group. False: not where they may lie. */
static bool find_blocks(const struct oat_group *group, unsigned column, unsigned first, unsigned end,
                        struct range *ret)
{
    ret->from = oat_group_block_offset(group, column, first) - group->offset;
    ret->to = oat_group_block_offset(group, column, end) - group->offset;
    return ret->from <= ret->to && ret->to <= group->len;
}

/* The next column that is in the group, from `column` on, and its blocks; OAT_TABLE_COLUMNS: none is. */
static unsigned next_column(const struct oat_group *group, uint64_t columns, unsigned column, unsigned first,
                            unsigned end, struct range *ret)
{
    while (column < OAT_TABLE_COLUMNS && (!(columns >> column & 1) || group->entry_of[column] == 0 ||
                                          !find_blocks(group, column, first, end, ret)))
        column++;
    return column;
}

/* Columns lie one after the other: one look tells what is in memory of them. What is not and is near is asked
 * for with one request. */
static void prefetch_columns(const struct oat_group *group, uint64_t columns, unsigned first, unsigned end)
{
    struct range range = {0}, next;
    struct pages pages;
    unsigned column = next_column(group, columns, 0, first, end, &range);
    if (column == OAT_TABLE_COLUMNS)
        return;
    look_at(group->bytes + range.from, (size_t)(group->len - range.from), &pages);
    while ((column = next_column(group, columns, column + 1, first, end, &next)) < OAT_TABLE_COLUMNS) {
        if (next.from > range.to + GAP || next.from < range.from) {
            prefetch_absent(&pages, group->bytes + range.from, (size_t)(range.to - range.from));
            range = next;
        }
        range.to = next.to;
    }
    prefetch_absent(&pages, group->bytes + range.from, (size_t)(range.to - range.from));
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
    struct pages pages;
    if (oat_image_group_used(table, group))
        return;
    look_at(bytes, head_len, &pages);
    prefetch_absent(&pages, bytes, head_len);
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
