#include "reader/prefetch.h"

#include "format/limits.h"

#include <sys/mman.h>
#include <unistd.h>

#define STEP      (128u << 10) /* kernels cut greater requests down to their read-ahead */
#define HEAD      (8u << 10)   /* of a group, about */
#define PAGES_MAX 4096u        /* of a group; more are of no use */

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

/* Which pages of a group are in memory. */
struct residency {
    const uint8_t *begin; /* of the first page */
    uint8_t pages[PAGES_MAX];
};

/* False: the group is longer than any that is written. */
static bool find_residency(const uint8_t *bytes, size_t len, struct residency *ret)
{
    size_t before = (uintptr_t)bytes % page_size();
    ret->begin = bytes - before;
    return len <= (PAGES_MAX - 1) * page_size() &&
           mincore((void *)(uintptr_t)ret->begin, len + before, ret->pages) == 0;
}

static bool is_resident(const struct residency *residency, const uint8_t *bytes, size_t len)
{
    size_t first = (size_t)(bytes - residency->begin) / page_size();
    size_t end = ((size_t)(bytes - residency->begin) + len + page_size() - 1) / page_size();
    bool resident = true;
    for (size_t page = first; page < end; page++)
        resident &= residency->pages[page] & 1;
    return resident;
}

/* Blocks [first, end) of a column of a group. */
static void prefetch_blocks(const struct oat_group *group, unsigned column, unsigned first, unsigned end,
                            const struct residency *residency)
{
    uint64_t from = oat_group_block_offset(group, column, first) - group->offset;
    uint64_t to = oat_group_block_offset(group, column, end) - group->offset;
    if (from > to || to > group->len)
        return;
    const uint8_t *bytes = group->bytes + from;
    if (!residency || !is_resident(residency, bytes, (size_t)(to - from)))
        oat_prefetch(bytes, to - from);
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

static void prefetch_group(struct oat_image_table *table, uint64_t columns, uint32_t number, unsigned first,
                           unsigned end)
{
    const struct oat_disk_group_place *place = &table->table.places[number];
    const uint8_t *bytes = table->table.file + oat_le64_get(place->offset);
    size_t len = oat_le32_get(place->len);
    size_t head_len = len < HEAD ? len : HEAD;
    const struct oat_group *group;
    struct residency residency;
    if (was_read(table, columns, number, first, end) || !find_residency(bytes, len, &residency))
        return;
    if (!is_resident(&residency, bytes, head_len))
        oat_prefetch(bytes, head_len);
    if (oat_image_group(table, number, &group) != OAT_OK)
        return;
    for (unsigned column = 0; column < OAT_TABLE_COLUMNS; column++)
        if (columns >> column & 1 && group->entry_of[column] != 0)
            prefetch_blocks(group, column, first, end, &residency);
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
    if (oat_image_checked(table, group, column, 0))
        return;
    if (oat_image_group(table, group, &used) == OAT_OK && used->entry_of[column] != 0)
        prefetch_blocks(used, column, 0, used->block_count, NULL);
}
