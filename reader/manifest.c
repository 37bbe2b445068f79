#include "reader/manifest.h"

#include "format/day.h"
#include "format/ids.h"
#include "reader/array.h"
#include "reader/small_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Names ---- */

void oat_generation_name(uint64_t generation, const char *extension, char ret[OAT_GENERATION_NAME_SIZE])
{
    snprintf(ret, OAT_GENERATION_NAME_SIZE, "%016" PRIx64 ".%.5s", generation, extension);
}

bool oat_generation_name_parse(const char *name, const char *extension, uint64_t *ret_generation)
{
    char right[OAT_GENERATION_NAME_SIZE];
    uint8_t bytes[8];
    uint64_t generation = 0;
    if (strlen(name) < 16 || !oat_hex_parse(name, 16, bytes, sizeof bytes))
        return false;
    for (size_t i = 0; i < sizeof bytes; i++)
        generation = generation << 8 | bytes[i];
    oat_generation_name(generation, extension, right);
    if (strcmp(name, right) != 0)
        return false;
    *ret_generation = generation;
    return true;
}

void oat_part_file_name(const struct oat_manifest_part *part, const char *extension, char ret[64])
{
    char day[OAT_DAY_TEXT_SIZE], name[OAT_GENERATION_NAME_SIZE];
    oat_day_print(part->day, day);
    oat_generation_name(part->generation, extension, name);
    snprintf(ret, 64, OAT_DAYS_DIR "/%s/%s", day, name);
}

/* ---- Parts as numbers ---- */

#define FIELD(column, field)                                                                                 \
    [OAT_COL_PART_##column - 1] = {offsetof(struct oat_manifest_part, field),                                \
                                   sizeof(((struct oat_manifest_part *)0)->field)}

/* Where each column stands in the struct, in 4 or 8 bytes. */
static const struct {
    size_t offset, size;
} part_fields[OAT_PART_COLUMNS] = {
    FIELD(DAY, day),
    FIELD(GENERATION, generation),
    FIELD(MIN_START, min_start_ns),
    FIELD(MAX_START, max_start_ns),
    FIELD(MAX_END, max_end_ns),
    FIELD(SPANS, spans),
    FIELD(TRACES, traces),
    FIELD(EVENTS, events),
    FIELD(LINKS, links),
    FIELD(SCORES, scores),
    FIELD(BYTES, part_bytes),
    FIELD(PACK_BYTES, pack_bytes),
    FIELD(RAW_BYTES, raw_bytes),
    FIELD(UNIQUE_BYTES, unique_bytes),
    FIELD(TEXT_INDEX_BYTES, text_index_bytes),
    FIELD(ARRIVED, arrived_ns),
    FIELD(NONCE, nonce),
    FIELD(PACK_NONCE, pack_nonce),
    FIELD(OPEN_SPANS, open_spans),
    FIELD(REPLACEMENTS, replacements),
    FIELD(CONTINUED_FROM, continued_from),
    FIELD(CONTINUED_TO, continued_to),
};

void oat_manifest_part_to_numbers(const struct oat_manifest_part *part, uint64_t ret[OAT_PART_COLUMNS])
{
    for (unsigned i = 0; i < OAT_PART_COLUMNS; i++) {
        const char *field = (const char *)part + part_fields[i].offset;
        uint32_t narrow;
        if (part_fields[i].size == sizeof narrow) {
            memcpy(&narrow, field, sizeof narrow);
            ret[i] = narrow;
        } else {
            memcpy(&ret[i], field, sizeof ret[i]);
        }
    }
}

bool oat_manifest_part_of_numbers(const uint64_t numbers[OAT_PART_COLUMNS], struct oat_manifest_part *ret)
{
    struct oat_manifest_part part;
    for (unsigned i = 0; i < OAT_PART_COLUMNS; i++) {
        char *field = (char *)&part + part_fields[i].offset;
        uint32_t narrow = (uint32_t)numbers[i];
        if (part_fields[i].size == sizeof narrow && numbers[i] > UINT32_MAX)
            return false;
        if (part_fields[i].size == sizeof narrow)
            memcpy(field, &narrow, sizeof narrow);
        else
            memcpy(field, &numbers[i], sizeof numbers[i]);
    }
    *ret = part;
    return true;
}

/* ---- Rows ---- */

struct reading {
    struct oat_manifest *manifest;
    size_t part_capacity, consumed_capacity, retired_capacity;
};

static int corrupt(const char **ret_what, const char *what)
{
    *ret_what = what;
    return OAT_E_CORRUPT;
}

/* What is newer than MANIFEST cannot be in it. */
static bool is_generation(const struct oat_manifest *manifest, uint64_t generation)
{
    return generation > 0 && generation < manifest->generation;
}

static int read_part(void *arg, const uint64_t *numbers, const char **ret_what)
{
    struct reading *r = arg;
    struct oat_manifest *m = r->manifest;
    struct oat_manifest_part part;
    if (!oat_manifest_part_of_numbers(numbers, &part) || part.day > OAT_DAY_MAX ||
        part.continued_from > part.continued_to || part.continued_to > OAT_DAY_MAX + 1)
        return corrupt(ret_what, "day of a part");
    if (!is_generation(m, part.generation))
        return corrupt(ret_what, "generation of a part");
    if (part.min_start_ns > part.max_start_ns || part.max_start_ns > part.max_end_ns ||
        part.max_end_ns > OAT_TIME_MAX || part.arrived_ns > OAT_TIME_MAX)
        return corrupt(ret_what, "times of a part");
    if (part.part_bytes > INT64_MAX || part.pack_bytes > INT64_MAX)
        return corrupt(ret_what, "bytes of a part");
    if (!oat_array_reserve(&m->parts, m->part_count, &r->part_capacity, sizeof *m->parts))
        return OAT_E_NOMEM;
    m->parts[m->part_count++] = part;
    return OAT_OK;
}

static int read_catalog(void *arg, const uint64_t *numbers, const char **ret_what)
{
    struct oat_manifest *m = ((struct reading *)arg)->manifest;
    if (!is_generation(m, numbers[0]) || numbers[0] == m->catalog_generation)
        return corrupt(ret_what, "generation of a catalog");
    if (numbers[0] < m->catalog_generation)
        return OAT_OK;
    m->catalog_generation = numbers[0];
    m->catalog_bytes = numbers[1];
    m->catalog_nonce = numbers[2];
    return OAT_OK;
}

static int read_consumed(void *arg, const uint64_t *numbers, const char **ret_what)
{
    struct reading *r = arg;
    struct oat_manifest *m = r->manifest;
    if (numbers[2] > UINT32_MAX)
        return corrupt(ret_what, "sequence number of a pair");
    if (!oat_array_reserve(&m->consumed, m->consumed_count, &r->consumed_capacity, sizeof *m->consumed))
        return OAT_E_NOMEM;
    struct oat_manifest_pair *pair = &m->consumed[m->consumed_count++];
    oat_le64_store(pair->writer_id, numbers[0]);
    oat_le64_store(pair->writer_id + 8, numbers[1]);
    pair->seq = (uint32_t)numbers[2];
    return OAT_OK;
}

static int read_retired(void *arg, const uint64_t *numbers, const char **ret_what)
{
    struct reading *r = arg;
    struct oat_manifest *m = r->manifest;
    if (numbers[0] > OAT_DAY_MAX && numbers[0] != OAT_NO_DAY)
        return corrupt(ret_what, "day of a retired file");
    if (!is_generation(m, numbers[1]))
        return corrupt(ret_what, "generation of a retired file");
    if (!oat_array_reserve(&m->retired, m->retired_count, &r->retired_capacity, sizeof *m->retired))
        return OAT_E_NOMEM;
    m->retired[m->retired_count++] = (struct oat_manifest_retired){(uint32_t)numbers[0], numbers[1]};
    return OAT_OK;
}

static int read_tables(const struct oat_small_file *file, struct oat_manifest *manifest)
{
    static const uint16_t columns[OAT_PART_COLUMNS] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                                       12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22};
    static const struct {
        enum oat_table_id table;
        unsigned columns;
        oat_small_row_fn fn;
    } tables[] = {
        {OAT_TABLE_PARTS, OAT_PART_COLUMNS, read_part},
        {OAT_TABLE_CATALOGS, 3, read_catalog},
        {OAT_TABLE_CONSUMED, 3, read_consumed},
        {OAT_TABLE_RETIRED, 2, read_retired},
    };
    struct reading reading = {.manifest = manifest};
    int result = OAT_OK;
    for (size_t i = 0; i < sizeof tables / sizeof *tables && result == OAT_OK; i++)
        result =
            oat_small_file_rows(file, tables[i].table, columns, tables[i].columns, tables[i].fn, &reading);
    return result;
}

/* ---- Order ---- */

static int compare_parts(const void *x, const void *y)
{
    const struct oat_manifest_part *a = x, *b = y;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return a->generation < b->generation ? -1 : a->generation > b->generation;
}

static int compare_pairs(const void *x, const void *y)
{
    const struct oat_manifest_pair *a = x, *b = y;
    int order = memcmp(a->writer_id, b->writer_id, sizeof a->writer_id);
    if (order != 0)
        return order;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

void oat_manifest_sort(struct oat_manifest *manifest)
{
    if (manifest->part_count > 1)
        qsort(manifest->parts, manifest->part_count, sizeof *manifest->parts, compare_parts);
    if (manifest->consumed_count > 1)
        qsort(manifest->consumed, manifest->consumed_count, sizeof *manifest->consumed, compare_pairs);
}

/* False: a part twice, which would show its spans twice. */
static bool parts_differ(const struct oat_manifest *manifest)
{
    for (size_t i = 1; i < manifest->part_count; i++)
        if (compare_parts(&manifest->parts[i - 1], &manifest->parts[i]) == 0)
            return false;
    return true;
}

/* ---- The whole ---- */

static int read_all(const struct oat_small_file *file, struct oat_manifest *manifest)
{
    manifest->generation = oat_le64_get(file->sections.header->generation);
    int result = read_tables(file, manifest);
    if (result != OAT_OK)
        return result;
    oat_manifest_sort(manifest);
    if (parts_differ(manifest))
        return OAT_OK;
    oat_problems_add(file->problems, OAT_PROBLEM_CORRUPT, file->path, 0, "parts", "each once", "one twice");
    return OAT_E_CORRUPT;
}

int oat_manifest_read(int store_fd, struct oat_problems *problems, struct oat_manifest *ret)
{
    struct oat_small_file file;
    *ret = (struct oat_manifest){0};
    int result = oat_small_file_read(&file, store_fd, OAT_MANIFEST_NAME, OAT_MAGIC_MANIFEST, problems);
    if (result != OAT_OK)
        return result == OAT_NOTFOUND ? OAT_OK : result;
    result = read_all(&file, ret);
    oat_small_file_free(&file);
    if (result != OAT_OK)
        oat_manifest_clear(ret);
    return result;
}

void oat_manifest_clear(struct oat_manifest *manifest)
{
    free(manifest->parts);
    free(manifest->consumed);
    free(manifest->retired);
    *manifest = (struct oat_manifest){0};
}

bool oat_manifest_consumed(const struct oat_manifest *manifest, const uint8_t writer_id[16], uint32_t seq)
{
    struct oat_manifest_pair pair = {.seq = seq};
    memcpy(pair.writer_id, writer_id, sizeof pair.writer_id);
    return manifest->consumed_count > 0 &&
           bsearch(&pair, manifest->consumed, manifest->consumed_count, sizeof pair, compare_pairs) != NULL;
}
