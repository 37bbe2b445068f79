#include "reader/catalog.h"

#include "format/dictionary.h"
#include "format/limits.h"
#include "reader/array.h"
#include "reader/small_file.h"
#include "reader/text_copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Lists ---- */

static void free_reason(struct oat_catalog_entry *entry)
{
    free((void *)(uintptr_t)entry->reason.bytes);
}

static void clear_list(struct oat_catalog_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free_reason(&list->entries[i]);
    free(list->entries);
}

void oat_catalog_clear(struct oat_catalog *catalog)
{
    clear_list(&catalog->tombstones);
    clear_list(&catalog->forgotten);
    *catalog = (struct oat_catalog){0};
}

int oat_catalog_add(struct oat_catalog_list *list, const struct oat_catalog_entry *entry)
{
    char *reason = NULL;
    if (!oat_array_reserve(&list->entries, list->count, &list->capacity, sizeof *entry))
        return OAT_E_NOMEM;
    if (entry->reason.bytes) {
        reason = oat_text_copy(entry->reason);
        if (!reason)
            return OAT_E_NOMEM;
    }
    list->entries[list->count] = *entry;
    list->entries[list->count++].reason.bytes = reason;
    return OAT_OK;
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_subjects(const struct oat_catalog_entry *a, const struct oat_catalog_entry *b)
{
    int order = memcmp(a->of, b->of, sizeof a->of);
    return order != 0 ? order : compare_u64(a->id, b->id);
}

static int compare_entries(const void *x, const void *y)
{
    const struct oat_catalog_entry *a = x, *b = y;
    int order = compare_subjects(a, b);
    return order != 0 ? order : compare_u64(a->time_ns, b->time_ns);
}

void oat_catalog_sort(struct oat_catalog_list *list)
{
    struct oat_catalog_entry *entries = list->entries;
    size_t kept = 0;
    if (list->count > 1)
        qsort(entries, list->count, sizeof *entries, compare_entries);
    for (size_t i = 0; i < list->count; i++) {
        if (kept > 0 && compare_subjects(&entries[kept - 1], &entries[i]) == 0)
            free_reason(&entries[i]);
        else
            entries[kept++] = entries[i];
    }
    list->count = kept;
}

const struct oat_catalog_entry *oat_catalog_find(const struct oat_catalog_list *list, const uint8_t of[16])
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(list->entries[middle].of, of, 16) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->count && memcmp(list->entries[low].of, of, 16) == 0 ? &list->entries[low] : NULL;
}

/* ---- Forgotten content ---- */

int oat_catalog_forgotten(const struct oat_catalog *catalog, uint64_t hash_seed, bool in_parts,
                          struct oat_forgotten **ret)
{
    const struct oat_catalog_list *list = &catalog->forgotten;
    struct oat_forgotten_content *contents = calloc(list->count + 1, sizeof *contents);
    size_t count = 0;
    if (!contents)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < list->count; i++) {
        const struct oat_catalog_entry *entry = &list->entries[i];
        if (in_parts && entry->erased)
            continue;
        contents[count].raw_len = entry->raw_len;
        memcpy(contents[count].id.b, entry->of, sizeof contents[count].id.b);
        memcpy(contents[count].redaction_id, entry->redaction_id, sizeof contents[count].redaction_id);
        count++;
    }
    *ret = count > 0 ? oat_forgotten_new(contents, count, hash_seed) : NULL;
    free(contents);
    return count > 0 && !*ret ? OAT_E_NOMEM : OAT_OK;
}

/* ---- Reading ---- */

struct reading {
    struct oat_catalog_list *list;
    struct oat_text_dictionary reasons;
};

/* The columns that both tables have, in one order; a table's own come behind them. */
enum { FIRST, SECOND, ID, TIME, REASON, RAW_LEN, REDACTION_FIRST, REDACTION_SECOND, ERASED };

static const uint16_t tombstone_columns[] = {
    OAT_COL_TOMBSTONE_TRACE_FIRST, OAT_COL_TOMBSTONE_TRACE_SECOND, OAT_COL_TOMBSTONE_ID,
    OAT_COL_TOMBSTONE_TIME,        OAT_COL_TOMBSTONE_REASON,
};
static const uint16_t forgotten_columns[] = {
    OAT_COL_FORGOTTEN_ID_FIRST,        OAT_COL_FORGOTTEN_ID_SECOND,
    OAT_COL_FORGOTTEN_RECORD,          OAT_COL_FORGOTTEN_TIME,
    OAT_COL_FORGOTTEN_REASON,          OAT_COL_FORGOTTEN_RAW_LEN,
    OAT_COL_FORGOTTEN_REDACTION_FIRST, OAT_COL_FORGOTTEN_REDACTION_SECOND,
    OAT_COL_FORGOTTEN_ERASED,
};

static int read_entry(const struct reading *r, const uint64_t *numbers, struct oat_catalog_entry *entry,
                      const char **ret_what)
{
    size_t len = 0;
    const uint8_t *reason = oat_text_dictionary_get(&r->reasons, numbers[REASON], &len);
    entry->id = numbers[ID];
    entry->time_ns = numbers[TIME];
    entry->reason = (oat_text){(const char *)reason, len};
    oat_le64_store(entry->of, numbers[FIRST]);
    oat_le64_store(entry->of + 8, numbers[SECOND]);
    if (entry->time_ns <= OAT_TIME_MAX && (reason || numbers[REASON] == 0))
        return oat_catalog_add(r->list, entry);
    *ret_what = entry->time_ns > OAT_TIME_MAX ? "time" : "code of a reason";
    return OAT_E_CORRUPT;
}

static int read_tombstone(void *arg, const uint64_t *numbers, const char **ret_what)
{
    struct oat_catalog_entry entry = {0};
    return read_entry(arg, numbers, &entry, ret_what);
}

static int read_forgotten(void *arg, const uint64_t *numbers, const char **ret_what)
{
    struct oat_catalog_entry entry = {.raw_len = numbers[RAW_LEN], .erased = numbers[ERASED] == 1};
    oat_le64_store(entry.redaction_id, numbers[REDACTION_FIRST]);
    oat_le64_store(entry.redaction_id + 8, numbers[REDACTION_SECOND]);
    return read_entry(arg, numbers, &entry, ret_what);
}

static int read_table(const struct oat_small_file *file, struct oat_catalog_list *list,
                      enum oat_table_id table, const uint16_t *columns, unsigned column_count,
                      oat_small_row_fn fn)
{
    struct reading reading = {.list = list};
    void *owned;
    int result = oat_small_file_texts(file, table, columns[REASON], &reading.reasons, &owned);
    if (result != OAT_OK)
        return result;
    result = oat_small_file_rows(file, table, columns, column_count, fn, &reading);
    free(owned);
    oat_catalog_sort(list);
    return result;
}

static int read_tables(const struct oat_small_file *file, struct oat_catalog *catalog)
{
    int result = read_table(file, &catalog->tombstones, OAT_TABLE_TOMBSTONES, tombstone_columns,
                            sizeof tombstone_columns / sizeof *tombstone_columns, read_tombstone);
    if (result == OAT_OK)
        result = read_table(file, &catalog->forgotten, OAT_TABLE_FORGOTTEN, forgotten_columns,
                            sizeof forgotten_columns / sizeof *forgotten_columns, read_forgotten);
    return result;
}

int oat_catalog_read(int store_fd, const struct oat_manifest *manifest, struct oat_problems *problems,
                     struct oat_catalog *ret)
{
    struct oat_small_file file;
    char name[OAT_GENERATION_NAME_SIZE], path[OAT_GENERATION_NAME_SIZE + 16];
    *ret = (struct oat_catalog){0};
    if (manifest->catalog_generation == 0)
        return OAT_OK;
    oat_generation_name(manifest->catalog_generation, "part", name);
    snprintf(path, sizeof path, OAT_CATALOG_DIR "/%s", name);
    int result = oat_small_file_read(&file, store_fd, path, OAT_MAGIC_CATALOG, problems);
    if (result != OAT_OK)
        return result;
    if (file.sections.nonce != manifest->catalog_nonce) {
        oat_problems_add_numbers(problems, OAT_PROBLEM_CORRUPT, path,
                                 offsetof(struct oat_disk_file_header, nonce), "nonce",
                                 manifest->catalog_nonce, file.sections.nonce);
        result = OAT_E_CORRUPT;
    }
    if (result == OAT_OK)
        result = read_tables(&file, ret);
    oat_small_file_free(&file);
    if (result != OAT_OK)
        oat_catalog_clear(ret);
    return result;
}
