#include "format/table.h"

#include "format/hash.h"
#include "format/limits.h"
#include "format/values.h"
#include "oat/oat.h"

#include <string.h>

#define CHECK_OFFSET sizeof(oat_le32) /* a group's check covers what is behind it */
#define ALIGN        8u

static size_t align_up(size_t n)
{
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static uint32_t block_count_of(uint32_t rows)
{
    return (rows + OAT_BLOCK_ROWS - 1) / OAT_BLOCK_ROWS;
}

static size_t head_size(unsigned columns, uint32_t block_count)
{
    return align_up(sizeof(struct oat_disk_group) +
                    columns * (sizeof(struct oat_disk_group_column) + block_count * sizeof(oat_le32)));
}

/* Where the offset of a block stands in the head: behind all columns. */
static size_t offset_place(unsigned columns, unsigned entry, uint32_t block_count, unsigned block)
{
    return sizeof(struct oat_disk_group) + columns * sizeof(struct oat_disk_group_column) +
           ((size_t)entry * block_count + block) * sizeof(oat_le32);
}

/* What stands at a file offset is checked under this. */
static uint64_t seed_at(uint64_t nonce, uint64_t offset)
{
    return nonce ^ offset / ALIGN * OAT_POSITION_PRIME;
}

static uint32_t head_check(const uint8_t *group, size_t head_len, uint64_t seed)
{
    return (uint32_t)oat_hash64(group + CHECK_OFFSET, head_len - CHECK_OFFSET, seed);
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* ---- Writing ---- */

size_t oat_group_size_max(unsigned columns)
{
    return head_size(columns, OAT_GROUP_BLOCKS) + (size_t)columns * OAT_GROUP_BLOCKS * OAT_BLOCK_SIZE_MAX;
}

static struct oat_disk_group_column describe_column(uint16_t column, const uint64_t *values, uint32_t rows)
{
    uint64_t least, greatest;
    oat_values_range(values, rows, &least, &greatest);
    return (struct oat_disk_group_column){
        .column = oat_le16_of(column),
        .min = oat_le64_of(least),
        .max = oat_le64_of(greatest),
    };
}

size_t oat_group_encode(const uint16_t *columns, uint64_t *const *values, unsigned column_count,
                        uint32_t rows, uint8_t *dst)
{
    struct oat_block_bitmaps bitmaps[OAT_GROUP_BLOCKS];
    const uint64_t *kept[OAT_TABLE_COLUMNS];
    uint16_t kept_column[OAT_TABLE_COLUMNS];
    unsigned count = 0;
    for (unsigned c = 0; c < column_count; c++) {
        struct oat_disk_group_column entry = describe_column(columns[c], values[c], rows);
        if (oat_le64_get(entry.max) == 0)
            continue;
        memcpy(dst + sizeof(struct oat_disk_group) + count * sizeof entry, &entry, sizeof entry);
        kept_column[count] = columns[c];
        kept[count++] = values[c];
    }

    uint32_t block_count = block_count_of(rows);
    size_t head_len = head_size(count, block_count);
    size_t len = head_len;
    memset(dst + offset_place(count, 0, block_count, 0), 0,
           head_len - offset_place(count, 0, block_count, 0));
    for (uint32_t block = 0; block < block_count; block++)
        bitmaps[block].count = 0;
    for (unsigned entry = 0; entry < count; entry++) {
        for (uint32_t block = 0; block < block_count; block++) {
            uint32_t first = block * OAT_BLOCK_ROWS;
            oat_le32 place = oat_le32_of((uint32_t)len);
            memcpy(dst + offset_place(count, entry, block_count, block), &place, sizeof place);
            len += oat_block_encode(kept[entry] + first, min_u32(rows - first, OAT_BLOCK_ROWS),
                                    kept_column[entry], &bitmaps[block], dst + len);
        }
    }

    struct oat_disk_group group = {
        .head_len = oat_le32_of((uint32_t)head_len),
        .len = oat_le32_of((uint32_t)len),
        .rows = oat_le32_of(rows),
        .columns = oat_le16_of((uint16_t)count),
    };
    memcpy(dst, &group, sizeof group);
    return len;
}

void oat_group_seal(uint8_t *bytes, uint64_t nonce, uint64_t offset)
{
    struct oat_disk_group group;
    memcpy(&group, bytes, sizeof group);
    uint32_t head_len = oat_le32_get(group.head_len), end = oat_le32_get(group.len);
    unsigned columns = oat_le16_get(group.columns);
    uint32_t block_count = block_count_of(oat_le32_get(group.rows));
    for (unsigned n = columns * block_count; n-- > 0;) { /* places of blocks ascend */
        oat_le32 place;
        memcpy(&place, bytes + offset_place(columns, 0, block_count, n), sizeof place);
        uint32_t begin = oat_le32_get(place);
        oat_block_seal(bytes + begin, end - begin, seed_at(nonce, offset + begin));
        end = begin;
    }
    group.check = oat_le32_of(head_check(bytes, head_len, seed_at(nonce, offset)));
    memcpy(bytes, &group, sizeof group);
}

/* ---- Reading ---- */

static int corrupt(const char **ret_what, const char *what)
{
    *ret_what = what;
    return OAT_E_CORRUPT;
}

/* What is wrong with a place of an index, or NULL. */
static const char *place_problem(const struct oat_disk_group_place *place, uint64_t file_len, bool last)
{
    uint64_t offset = oat_le64_get(place->offset);
    uint32_t len = oat_le32_get(place->len);
    uint32_t rows = oat_le32_get(place->rows);
    if (offset % ALIGN != 0 || len < sizeof(struct oat_disk_group) || !oat_range_ok(offset, len, file_len))
        return "group place";
    if (rows == 0 || rows > OAT_GROUP_ROWS || (!last && rows != OAT_GROUP_ROWS))
        return "group rows";
    return NULL;
}

int oat_table_open(const uint8_t *file, uint64_t file_len, uint64_t nonce, const uint8_t *index,
                   size_t index_len, struct oat_table *ret, const char **ret_what, uint64_t *ret_offset)
{
    const struct oat_disk_group_place *places = (const void *)index;
    size_t count = index_len / sizeof *places;
    const char *what = index_len % sizeof *places != 0 ? "table index length" : NULL;
    uint64_t rows = 0;
    size_t g = 0;

    for (; g < count && !what; g++) {
        what = place_problem(&places[g], file_len, g + 1 == count);
        rows += oat_le32_get(places[g].rows);
        if (rows > OAT_TABLE_ROWS_MAX)
            what = "table rows";
    }
    if (what) {
        *ret_offset = g > 0 ? (g - 1) * sizeof *places : 0;
        return corrupt(ret_what, what);
    }
    *ret = (struct oat_table){
        .file = file,
        .file_len = file_len,
        .places = places,
        .nonce = nonce,
        .group_count = (uint32_t)count,
        .rows = (uint32_t)rows,
    };
    return OAT_OK;
}

static const struct oat_disk_group_column *columns_of(const struct oat_group *group)
{
    return (const void *)(group->bytes + sizeof(struct oat_disk_group));
}

/* Notes which entry each column has. False: not ascending, or out of range. */
static bool note_entries(struct oat_group *group)
{
    const struct oat_disk_group_column *entries = columns_of(group);
    unsigned end = 0; /* of the column numbers that were seen */
    for (unsigned e = 0; e < group->column_count; e++) {
        unsigned column = oat_le16_get(entries[e].column);
        if (column < end || column >= OAT_TABLE_COLUMNS)
            return false;
        group->entry_of[column] = (uint8_t)(e + 1);
        end = column + 1;
    }
    return true;
}

int oat_group_open(const struct oat_table *table, uint32_t number, bool verify, struct oat_group *ret,
                   const char **ret_what)
{
    const struct oat_disk_group_place *place = &table->places[number];
    struct oat_group group = {
        .offset = oat_le64_get(place->offset),
        .nonce = table->nonce,
        .len = oat_le32_get(place->len),
        .rows = oat_le32_get(place->rows),
        .first_row = number * OAT_GROUP_ROWS,
    };
    group.bytes = table->file + group.offset;
    const struct oat_disk_group *head = (const void *)group.bytes;

    group.head_len = oat_le32_get(head->head_len);
    group.column_count = oat_le16_get(head->columns);
    group.block_count = block_count_of(group.rows);
    if (oat_le32_get(head->len) != group.len)
        return corrupt(ret_what, "group length");
    if (oat_le32_get(head->rows) != group.rows)
        return corrupt(ret_what, "group rows");
    if (group.head_len != head_size(group.column_count, group.block_count) || group.head_len > group.len)
        return corrupt(ret_what, "group head length");
    if (verify && oat_le32_get(head->check) !=
                      head_check(group.bytes, group.head_len, seed_at(group.nonce, group.offset)))
        return corrupt(ret_what, "group checksum");
    if (!note_entries(&group))
        return corrupt(ret_what, "group columns");
    *ret = group;
    return OAT_OK;
}

/* The entry of a column, or -1. */
static int entry_of(const struct oat_group *group, unsigned column)
{
    return column < OAT_TABLE_COLUMNS ? group->entry_of[column] - 1 : -1;
}

void oat_group_zone(const struct oat_group *group, unsigned column, uint64_t *ret_min, uint64_t *ret_max)
{
    int entry = entry_of(group, column);
    *ret_min = entry < 0 ? 0 : oat_le64_get(columns_of(group)[entry].min);
    *ret_max = entry < 0 ? 0 : oat_le64_get(columns_of(group)[entry].max);
}

/* Offset in the group of the number-th of all its blocks; of its end for the one behind the last. */
static uint32_t block_place(const struct oat_group *group, unsigned number)
{
    oat_le32 place;
    if (number == group->column_count * group->block_count)
        return group->len;
    memcpy(&place, group->bytes + offset_place(group->column_count, 0, group->block_count, number),
           sizeof place);
    return oat_le32_get(place);
}

/* Where a block of an entry lies. */
struct place {
    const uint8_t *bytes;
    size_t len;
    uint64_t seed;
};

/* False: not where a block may lie. */
static bool find_block(const struct oat_group *group, int entry, unsigned block, struct place *ret)
{
    unsigned number = (unsigned)entry * group->block_count + block;
    uint32_t begin = block_place(group, number), end = block_place(group, number + 1);
    if (begin < group->head_len || begin % ALIGN != 0 || begin > end || end > group->len)
        return false;
    *ret = (struct place){
        .bytes = group->bytes + begin,
        .len = end - begin,
        .seed = seed_at(group->nonce, group->offset + begin),
    };
    return true;
}

/* Finds the bitmap that a block of an entry refers to: in the block of an earlier one. */
static int find_bitmap(const struct oat_group *group, int entry, unsigned column, unsigned block,
                       uint32_t rows, bool verify, const uint8_t **ret, const char **ret_what)
{
    struct place place;
    struct oat_block other;
    int earlier = entry_of(group, column);
    if (earlier < 0 || earlier >= entry || !find_block(group, earlier, block, &place))
        return corrupt(ret_what, "block bitmap");
    int result = OAT_OK;
    if (verify)
        result = oat_block_open(place.bytes, place.len, rows, NULL, place.seed, true, &other, ret_what);
    if (result == OAT_OK)
        *ret = oat_block_bitmap(place.bytes, place.len);
    return result;
}

int oat_group_block(const struct oat_group *group, unsigned column, unsigned block, bool verify,
                    struct oat_block *ret, const char **ret_what)
{
    uint32_t rows = min_u32(group->rows - block * OAT_BLOCK_ROWS, OAT_BLOCK_ROWS);
    int entry = entry_of(group, column);
    const uint8_t *bitmap = NULL;
    struct place place;
    if (entry < 0) {
        *ret = (struct oat_block){.encoding = OAT_BLOCK_CONSTANT, .rows = rows, .packed_count = rows};
        return OAT_OK;
    }
    if (!find_block(group, entry, block, &place))
        return corrupt(ret_what, "block place");
    unsigned alike = oat_block_alike(place.bytes, place.len);
    int result = alike ? find_bitmap(group, entry, alike, block, rows, verify, &bitmap, ret_what) : OAT_OK;
    if (result == OAT_OK)
        result = oat_block_open(place.bytes, place.len, rows, bitmap, place.seed, verify, ret, ret_what);
    if (result == OAT_OK)
        ret->alike = (uint8_t)alike;
    return result;
}

void oat_group_touch(const struct oat_group *group, unsigned block)
{
    for (unsigned entry = 0; entry < group->column_count; entry++) {
        uint32_t begin = block_place(group, entry * group->block_count + block);
        if (begin < group->len)
            __builtin_prefetch(group->bytes + begin);
    }
}

uint64_t oat_group_block_offset(const struct oat_group *group, unsigned column, unsigned block)
{
    int entry = entry_of(group, column);
    return group->offset + (entry < 0 ? 0 : block_place(group, (unsigned)entry * group->block_count + block));
}
