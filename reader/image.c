#include "reader/image.h"

#include "format/block_rows.h"
#include "format/limits.h"
#include "reader/faults.h"
#include "reader/file.h"
#include "reader/prefetch.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define TAIL_SIZE (20u << 10) /* directory, indexes of tables, the filter of a day's traces */

/* ---- Reports ---- */

void oat_image_report(struct oat_image *image, uint64_t offset, const char *what)
{
    oat_problem fault; /* explains why it is not as it was written */
    if (oat_faults_of(image->watched, &fault))
        oat_problems_add(image->problems, fault.kind, image->path, fault.offset, fault.what, fault.expected,
                         fault.found);
    else
        oat_problems_add(image->problems, OAT_PROBLEM_CORRUPT, image->path, offset, what, "as it was written",
                         "other");
}

static int report_file(struct oat_image *image, int result, const char *what, const char *found)
{
    if (result == OAT_E_CORRUPT)
        oat_problems_add(image->problems, OAT_PROBLEM_CORRUPT, image->path, 0, what, "regular file", found);
    else if (result == OAT_E_IO)
        oat_problems_add_errno(image->problems, image->path, 0, what, errno);
    return result;
}

/* ---- Opening ---- */

static int map_file(struct oat_image *image, int dir_fd)
{
    struct oat_file file;
    const char *found = "another";
    int result = oat_file_open(&file, dir_fd, image->path, true, &found);
    if (result != OAT_OK)
        return report_file(image, result, "open", found);
    void *bytes = MAP_FAILED;
    if (file.size > 0)
        bytes = mmap(NULL, file.size, PROT_READ, MAP_SHARED, file.fd, 0);
    if (file.size > 0 && bytes == MAP_FAILED) {
        result = report_file(image, errno == ENOMEM ? OAT_E_NOMEM : OAT_E_IO, "map", NULL);
    } else if (file.size > 0) {
        /* What is near is not what is read next. */
        madvise(bytes, file.size, MADV_RANDOM);
        image->bytes = bytes;
        image->len = file.size;
        image->watched = oat_faults_watch(bytes, file.size, image->path);
    }
    oat_file_close(&file);
    return result;
}

static int open_sections(struct oat_image *image, const char *magic, uint64_t nonce)
{
    const char *what = NULL;
    uint64_t offset = 0;
    int result = oat_sections_open(image->bytes, image->len, magic, &image->sections, &what, &offset);
    if (result == OAT_E_UNSUPPORTED) {
        const struct oat_disk_file_header *header = (const void *)image->bytes;
        oat_problems_add_numbers(image->problems, OAT_PROBLEM_UNSUPPORTED, image->path, offset, what,
                                 OAT_FORMAT_MAJOR, oat_le16_get(header->major));
    } else if (result != OAT_OK) {
        oat_image_report(image, offset, what);
    } else if (nonce != 0 && image->sections.nonce != nonce) {
        oat_problems_add_numbers(image->problems, OAT_PROBLEM_CORRUPT, image->path,
                                 offsetof(struct oat_disk_file_header, nonce), "nonce", nonce,
                                 image->sections.nonce);
        return OAT_E_CORRUPT;
    }
    return result;
}

static int open_table(struct oat_image *image, const struct oat_disk_section *section)
{
    struct oat_image_table *table = &image->tables[image->table_count];
    const uint8_t *index;
    size_t len;
    const char *what = "section checksum";
    uint64_t offset = 0; /* in the index */
    *table = (struct oat_image_table){.image = image, .id = oat_le16_get(section->table)};
    int result = oat_section_read(&image->sections, section, &index, &len, &table->index);
    if (result == OAT_OK)
        image->table_count++; /* owns the index from here on */
    if (result == OAT_OK)
        result = oat_table_open(image->bytes, image->len, image->sections.nonce, index, len, &table->table,
                                &what, &offset);
    if (result == OAT_E_CORRUPT)
        oat_image_report(image, oat_le64_get(section->offset) + (table->index ? 0 : offset), what);
    if (result != OAT_OK)
        return result;
    table->groups = calloc((size_t)table->table.group_count + 1, sizeof *table->groups);
    return table->groups ? OAT_OK : OAT_E_NOMEM;
}

static bool is_new_table(struct oat_image *image, const struct oat_disk_section *section)
{
    return oat_le16_get(section->kind) == OAT_SECTION_TABLE && image->table_count < OAT_IMAGE_TABLES &&
           oat_image_table(image, oat_le16_get(section->table))->image == NULL;
}

/* Where begins what is asked for when the file is opened. */
static uint64_t tail_offset(const struct oat_image *image)
{
    return image->len < TAIL_SIZE ? 0 : image->len - TAIL_SIZE;
}

static int check_image(struct oat_image *image, const char *magic, uint64_t nonce)
{
    int result = open_sections(image, magic, nonce);
    for (uint32_t i = 0; i < image->sections.count && result == OAT_OK; i++)
        if (is_new_table(image, &image->sections.directory[i]))
            result = open_table(image, &image->sections.directory[i]);
    return result;
}

int oat_image_map(struct oat_image *image, int dir_fd, const char *path, struct oat_problems *problems)
{
    *image = (struct oat_image){.problems = problems};
    snprintf(image->path, sizeof image->path, "%s", path);
    return map_file(image, dir_fd);
}

void oat_image_ahead(const struct oat_image *image)
{
    uint64_t tail = tail_offset(image);
    if (image->len == 0)
        return;
    if (tail > 0)
        oat_prefetch(image->bytes, OAT_FILE_HEADER_SIZE);
    oat_prefetch(image->bytes + tail, image->len - tail);
}

int oat_image_check(struct oat_image *image, const char *magic, uint64_t nonce)
{
    int result = check_image(image, magic, nonce);
    if (result != OAT_OK)
        oat_image_close(image);
    return result;
}

int oat_image_open(struct oat_image *image, int dir_fd, const char *path, const char *magic, uint64_t nonce,
                   struct oat_problems *problems)
{
    int result = oat_image_map(image, dir_fd, path, problems);
    if (result != OAT_OK)
        return result;
    oat_image_ahead(image);
    return oat_image_check(image, magic, nonce);
}

struct oat_image_table *oat_image_table(struct oat_image *image, enum oat_table_id id)
{
    static struct oat_image_table none;
    for (uint32_t i = 0; i < image->table_count; i++)
        if (image->tables[i].id == id)
            return &image->tables[i];
    return &none;
}

/* ---- Groups ---- */

_Static_assert(OAT_GROUP_BLOCKS == 16 && OAT_TABLE_COLUMNS == 64, "a bit for each");

/* Bits of the blocks of the columns that a group has, entry by entry. */
typedef _Atomic uint16_t oat_block_bits;

/* A group that is in use, and what is known of its blocks. A store has thousands of them, few of which are
 * damaged. */
struct oat_image_group {
    struct oat_group group;
    _Atomic uint64_t used;             /* columns */
    _Atomic(oat_block_bits *) damaged; /* NULL: none as yet */
    oat_block_bits good[];
};

/* Stands for each group whose head is damaged. */
static struct oat_image_group damaged_group;

/* A column that a group does not have has no blocks to be checked. */
static bool is_good(const struct oat_image_group *group, unsigned column, unsigned block)
{
    unsigned entry = group->group.entry_of[column];
    return entry == 0 || (atomic_load_explicit(&group->good[entry - 1], memory_order_relaxed) >> block & 1);
}

/* Returns what it was before. */
static bool set_bit(oat_block_bits *bits, unsigned bit)
{
    unsigned before = atomic_fetch_or_explicit(bits, (uint16_t)(1u << bit), memory_order_relaxed);
    return before >> bit & 1;
}

static bool is_damaged(const struct oat_image_group *group, unsigned column, unsigned block)
{
    const oat_block_bits *damaged = atomic_load_explicit(&group->damaged, memory_order_acquire);
    unsigned entry = group->group.entry_of[column];
    return damaged && entry > 0 &&
           (atomic_load_explicit(&damaged[entry - 1], memory_order_relaxed) >> block & 1);
}

/* Notes that a block is damaged. *ret_before: it was noted before. OAT_OK or OAT_E_NOMEM. */
static int set_damaged(struct oat_image_group *group, unsigned column, unsigned block, bool *ret_before)
{
    oat_block_bits *damaged = atomic_load_explicit(&group->damaged, memory_order_acquire);
    if (!damaged) {
        oat_block_bits *fresh = calloc(group->group.column_count, sizeof *fresh);
        if (!fresh)
            return OAT_E_NOMEM;
        if (atomic_compare_exchange_strong(&group->damaged, &damaged, fresh))
            damaged = fresh;
        else
            free(fresh); /* another thread was quicker */
    }
    *ret_before = set_bit(&damaged[group->group.entry_of[column] - 1], block);
    return OAT_OK;
}

static void free_group(struct oat_image_group *group)
{
    if (!group || group == &damaged_group)
        return;
    free(atomic_load_explicit(&group->damaged, memory_order_relaxed));
    free(group);
}

/* One of the size that its columns need. OAT_OK, OAT_E_NOMEM, OAT_E_CORRUPT with *ret_what. */
static int new_group(const struct oat_image_table *table, uint32_t number, struct oat_image_group **ret,
                     const char **ret_what)
{
    struct oat_group opened;
    int result = oat_group_open(&table->table, number, true, &opened, ret_what);
    if (result != OAT_OK)
        return result;
    struct oat_image_group *group = calloc(1, sizeof *group + opened.column_count * sizeof *group->good);
    if (!group)
        return OAT_E_NOMEM;
    group->group = opened;
    *ret = group;
    return OAT_OK;
}

/* Opens a group that nobody used so far; another thread may be quicker. */
static int open_group(struct oat_image_table *table, uint32_t number, struct oat_image_group **ret)
{
    const char *what;
    struct oat_image_group *found = NULL;
    struct oat_image_group *group = &damaged_group;
    if (new_group(table, number, &group, &what) == OAT_E_NOMEM)
        return OAT_E_NOMEM;
    if (!atomic_compare_exchange_strong(&table->groups[number], &found, group)) {
        free_group(group);
        group = found;
    } else if (group == &damaged_group) {
        oat_image_report(table->image, oat_le64_get(table->table.places[number].offset), what);
    }
    *ret = group;
    return OAT_OK;
}

static int use_group(struct oat_image_table *table, uint32_t number, struct oat_image_group **ret)
{
    struct oat_image_group *group = atomic_load_explicit(&table->groups[number], memory_order_acquire);
    if (!group) {
        int result = open_group(table, number, &group);
        if (result != OAT_OK)
            return result;
    }
    *ret = group;
    return group == &damaged_group ? OAT_E_CORRUPT : OAT_OK;
}

static void close_table(struct oat_image_table *table)
{
    for (uint32_t g = 0; table->groups && g < table->table.group_count; g++)
        free_group(table->groups[g]);
    free(table->groups);
    free(table->index);
}

void oat_image_close(struct oat_image *image)
{
    for (uint32_t i = 0; i < image->table_count; i++)
        close_table(&image->tables[i]);
    oat_faults_unwatch(image->watched);
    if (image->len > 0)
        munmap((void *)(uintptr_t)image->bytes, image->len);
    *image = (struct oat_image){0};
}

int oat_image_group(struct oat_image_table *table, uint32_t group, const struct oat_group **ret)
{
    struct oat_image_group *used;
    int result = use_group(table, group, &used);
    if (result == OAT_OK)
        *ret = &used->group;
    return result;
}

bool oat_image_group_used(const struct oat_image_table *table, uint32_t group)
{
    return atomic_load_explicit(&table->groups[group], memory_order_acquire) != NULL;
}

bool oat_image_zone(struct oat_image_table *table, unsigned column, uint32_t group, uint64_t *ret_min,
                    uint64_t *ret_max)
{
    const struct oat_group *used;
    if (oat_image_group(table, group, &used) != OAT_OK)
        return false;
    oat_group_zone(used, column, ret_min, ret_max);
    return true;
}

/* ---- Numbers ---- */

int oat_image_block(struct oat_image_table *table, uint32_t group, unsigned column, unsigned block,
                    struct oat_block *ret)
{
    const char *what;
    struct oat_image_group *used;
    int result = use_group(table, group, &used);
    if (result != OAT_OK)
        return result;
    if (is_damaged(used, column, block))
        return OAT_E_CORRUPT;
    bool checked = is_good(used, column, block), known = false;
    result = oat_group_block(&used->group, column, block, !checked, ret, &what);
    if (result == OAT_OK && !checked)
        set_bit(&used->good[used->group.entry_of[column] - 1], block);
    if (result != OAT_OK && set_damaged(used, column, block, &known) != OAT_OK)
        return OAT_E_NOMEM;
    if (result != OAT_OK && !known)
        oat_image_report(table->image, oat_group_block_offset(&used->group, column, block), what);
    return result;
}

bool oat_image_checked(const struct oat_image_table *table, uint32_t group, unsigned column, unsigned block)
{
    const struct oat_image_group *used = atomic_load_explicit(&table->groups[group], memory_order_acquire);
    return used && is_good(used, column, block);
}

bool oat_image_first_use(struct oat_image_table *table, uint32_t group, unsigned column)
{
    struct oat_image_group *used;
    if (use_group(table, group, &used) != OAT_OK)
        return false;
    uint64_t bit = UINT64_C(1) << column;
    _Atomic uint64_t *word = &used->used;
    return !(atomic_load_explicit(word, memory_order_relaxed) & bit) &&
           !(atomic_fetch_or_explicit(word, bit, memory_order_relaxed) & bit);
}

static int block_of_row(struct oat_image_table *table, unsigned column, uint32_t row, struct oat_block *ret)
{
    return oat_image_block(table, row / OAT_GROUP_ROWS, column, row % OAT_GROUP_ROWS / OAT_BLOCK_ROWS, ret);
}

int oat_image_number(struct oat_image_table *table, unsigned column, uint32_t row, uint64_t *ret)
{
    struct oat_block block;
    int result = block_of_row(table, column, row, &block);
    if (result == OAT_OK)
        *ret = oat_block_get(&block, row % OAT_BLOCK_ROWS);
    return result;
}

/* Rows [first, first + count) of a block. */
static void read_block(const struct oat_block *block, uint32_t first, uint32_t count, uint64_t *dst)
{
    if (count == OAT_BLOCK_ROWS)
        oat_block_decode64(block, dst);
    else
        oat_block_decode_some(block, first, count, dst);
}

int oat_image_numbers(struct oat_image_table *table, unsigned column, uint32_t first, uint32_t count,
                      uint64_t *dst)
{
    while (count > 0) {
        struct oat_block block;
        uint32_t at = first % OAT_BLOCK_ROWS;
        uint32_t n = count < OAT_BLOCK_ROWS - at ? count : OAT_BLOCK_ROWS - at;
        int result = block_of_row(table, column, first, &block);
        if (result != OAT_OK)
            return result;
        read_block(&block, at, n, dst);
        first += n;
        count -= n;
        dst += n;
    }
    return OAT_OK;
}

/* Looks near the place where the row should be, so that few blocks are read. */
int oat_image_lower_bound(struct oat_image_table *table, unsigned column, uint64_t value, uint64_t range,
                          uint32_t *ret_row)
{
    uint32_t low = 0, high = table->table.rows; /* the row is one of these */
    uint32_t step = OAT_BLOCK_ROWS / 16;
    double share = value < range ? (double)value / (double)range : 1;
    uint32_t row = (uint32_t)(share * high);
    bool below = false, above = false; /* rows on that side of it were seen */

    if (high > 0 && row == high)
        row--;
    while (low < high) {
        uint64_t number;
        int result = oat_image_number(table, column, row, &number);
        if (result != OAT_OK)
            return result;
        below |= number < value;
        above |= number >= value;
        if (number < value)
            low = row + 1;
        else
            high = row;
        if (below && above)
            row = low + (high - low) / 2;
        else if (below)
            row = high - low > step ? low + step : high - 1;
        else
            row = high - low > step ? high - step : low;
        step *= 2;
    }
    *ret_row = low;
    return OAT_OK;
}

/* ---- Sections ---- */

/* The end of the file was asked for when it was opened. */
static void bytes_ahead(const struct oat_image *image, const uint8_t *bytes, uint64_t len)
{
    if ((uint64_t)(bytes - image->bytes) < tail_offset(image))
        oat_prefetch(bytes, len);
}

void oat_image_section_ahead(const struct oat_image *image, const struct oat_disk_section *section)
{
    bytes_ahead(image, image->bytes + oat_le64_get(section->offset), oat_le64_get(section->stored_len));
}

static void section_ahead(void *arg, const uint8_t *bytes, uint64_t len)
{
    bytes_ahead(arg, bytes, len);
}

static void report_section(void *arg, uint64_t offset, const char *what)
{
    oat_image_report(arg, offset, what);
}

int oat_image_view(struct oat_image *image, enum oat_section_kind kind, unsigned table, unsigned column,
                   struct oat_section_view *ret)
{
    const struct oat_section_listener listener = {section_ahead, report_section, image};
    const struct oat_disk_section *section = oat_sections_find(&image->sections, kind, table, column);
    return section ? oat_section_view_open(&image->sections, section, &listener, ret) : OAT_NOTFOUND;
}

int oat_image_section(struct oat_image *image, enum oat_section_kind kind, unsigned table, unsigned column,
                      const uint8_t **ret_bytes, size_t *ret_len, void **ret_owned)
{
    const struct oat_disk_section *section = oat_sections_find(&image->sections, kind, table, column);
    if (!section)
        return OAT_NOTFOUND;
    oat_prefetch(image->bytes + oat_le64_get(section->offset), oat_le64_get(section->stored_len));
    int result = oat_section_read(&image->sections, section, ret_bytes, ret_len, ret_owned);
    if (result == OAT_E_CORRUPT)
        oat_image_report(image, oat_le64_get(section->offset), "section checksum");
    return result;
}
