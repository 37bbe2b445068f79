#include "compactor/trace_index_write.h"

#include "compactor/table_writer.h"
#include "reader/faults.h"
#include "reader/part.h"
#include "reader/trace_index.h"

#include <stdlib.h>

#define TRACE_BYTES 14u /* of memory: its hash, and its entry */

struct writing {
    int store_fd;
    const struct oat_manifest *manifest;
    struct oat_section_writer file;
    struct oat_table_writer indexed;
    uint64_t *hashes; /* of the ids of all traces that were read */
    uint32_t count;
    struct oat_problems problems; /* of the parts; readers meet them again */
};

static size_t count_newer(const struct oat_manifest *manifest, uint64_t generation)
{
    size_t count = 0;
    for (size_t i = 0; i < manifest->part_count; i++)
        count += manifest->parts[i].generation > generation;
    return count;
}

/* How many parts the index lacks that is there. */
static int count_unindexed(int store_fd, const struct oat_manifest *manifest, size_t *ret)
{
    struct oat_trace_index *index = NULL;
    int result = oat_trace_index_open(store_fd, manifest, &index);
    if (result == OAT_E_NOMEM)
        return result;
    *ret = count_newer(manifest, index ? oat_trace_index_generation(index) : 0);
    oat_trace_index_close(index);
    return OAT_OK;
}

/* The first part whose traces there is memory for, with those of all that follow. */
static size_t first_part(const struct oat_manifest *manifest, uint64_t memory_bytes)
{
    size_t first = manifest->part_count;
    for (uint64_t room = memory_bytes / TRACE_BYTES; first > 0; first--) {
        if (manifest->parts[first - 1].traces > room)
            break;
        room -= manifest->parts[first - 1].traces;
    }
    return first;
}

/* ---- Parts ---- */

/* The hashes of rows [row, row + count) of TRACES, at most a block. */
static int read_hashes(struct oat_image_table *traces, uint32_t row, uint32_t count, uint64_t nonce,
                       uint64_t *ret)
{
    uint64_t first[OAT_BLOCK_ROWS], second[OAT_BLOCK_ROWS];
    int result = oat_image_numbers(traces, OAT_COL_TRACE_ID_FIRST, row, count, first);
    if (result == OAT_OK)
        result = oat_image_numbers(traces, OAT_COL_TRACE_ID_SECOND, row, count, second);
    for (uint32_t i = 0; i < count && result == OAT_OK; i++) {
        const oat_le64 id[2] = {oat_le64_of(first[i]), oat_le64_of(second[i])};
        ret[i] = oat_hash64(id, sizeof id, nonce);
    }
    return result;
}

/* Appends those of all traces of a part. OAT_E_CORRUPT: not all could be read. */
static int add_hashes(struct writing *w, struct oat_image_table *traces)
{
    uint32_t rows = traces->table.rows;
    uint64_t *grown = realloc(w->hashes, ((size_t)w->count + rows + 1) * sizeof *grown);
    if (!grown)
        return OAT_E_NOMEM;
    w->hashes = grown;
    int result = OAT_OK;
    for (uint32_t row = 0; row < rows && result == OAT_OK; row += OAT_BLOCK_ROWS) {
        uint32_t count = rows - row < OAT_BLOCK_ROWS ? rows - row : OAT_BLOCK_ROWS;
        result = read_hashes(traces, row, count, w->file.nonce, w->hashes + w->count + row);
    }
    return result;
}

static int add_row(struct writing *w, const struct oat_manifest_part *entry, uint32_t rows)
{
    oat_table_writer_set(&w->indexed, OAT_COL_INDEXED_DAY, entry->day);
    oat_table_writer_set(&w->indexed, OAT_COL_INDEXED_GENERATION, entry->generation);
    oat_table_writer_set(&w->indexed, OAT_COL_INDEXED_NONCE, entry->nonce);
    oat_table_writer_set(&w->indexed, OAT_COL_INDEXED_TRACES, rows);
    w->count += rows;
    return oat_table_writer_next(&w->indexed);
}

/* A part that is damaged, or cannot be read, is not in the index: readers ask it. */
static int add_part(struct writing *w, const struct oat_manifest_part *entry)
{
    struct oat_part *part;
    uint64_t faults = oat_faults_count();
    int result = oat_part_open(w->store_fd, entry, &w->problems, &part);
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? result : OAT_OK;
    struct oat_image_table *traces = oat_part_table(part, OAT_TABLE_TRACES);
    uint32_t rows = traces->table.rows;
    result = rows < OAT_TABLE_ROWS_MAX - w->count ? add_hashes(w, traces) : OAT_E_CORRUPT;
    oat_part_close(part);
    if (result == OAT_OK && oat_faults_count() != faults)
        result = OAT_E_CORRUPT;
    if (result == OAT_OK)
        result = add_row(w, entry, rows);
    return result == OAT_E_CORRUPT ? OAT_OK : result;
}

/* ---- The file ---- */

static int put_index(struct writing *w)
{
    size_t len = oat_id_index_size(w->count, OAT_INDEX_OF_STORE);
    uint8_t *index = malloc(len);
    if (!index)
        return OAT_E_NOMEM;
    oat_id_index_build(w->hashes, w->count, OAT_INDEX_OF_STORE, index);
    free(w->hashes); /* their memory is enough to pack the section in */
    w->hashes = NULL;
    int result = oat_section_writer_put(&w->file, OAT_SECTION_INDEX, OAT_TABLE_TRACES, OAT_COL_TRACE_ID_FIRST,
                                        index, len);
    free(index);
    return result;
}

/* The table stands near the end, where readers begin. */
static int write_content(struct writing *w, size_t first)
{
    int result = OAT_OK;
    for (size_t i = first; i < w->manifest->part_count && result == OAT_OK; i++)
        result = add_part(w, &w->manifest->parts[i]);
    if (result == OAT_OK)
        result = put_index(w);
    return result == OAT_OK ? oat_table_writer_finish(&w->indexed) : result;
}

static int write_index(struct writing *w, const struct oat_disk_store *store, size_t first, uint64_t now_ns)
{
    static const uint16_t columns[] = {OAT_COL_INDEXED_DAY, OAT_COL_INDEXED_GENERATION, OAT_COL_INDEXED_NONCE,
                                       OAT_COL_INDEXED_TRACES};
    const struct oat_section_file file = {.magic = OAT_MAGIC_TRACES,
                                          .day = OAT_NO_DAY,
                                          .generation = w->manifest->generation,
                                          .created_ns = now_ns,
                                          .store = store};
    uint64_t len;
    int result = oat_section_writer_open(&w->file, w->store_fd, OAT_TRACE_INDEX_NAME, &file);
    if (result != OAT_OK)
        return result;
    result = oat_table_writer_open(&w->indexed, &w->file, OAT_TABLE_INDEXED, columns,
                                   sizeof columns / sizeof *columns);
    if (result == OAT_OK) {
        result = write_content(w, first);
        oat_table_writer_close(&w->indexed);
    }
    if (result == OAT_OK)
        result = oat_section_writer_finish(&w->file, &len);
    oat_section_writer_close(&w->file);
    return result;
}

int oat_trace_index_renew(int store_fd, const struct oat_disk_store *store,
                          const struct oat_manifest *manifest, size_t unindexed_max, uint64_t memory_bytes,
                          uint64_t now_ns)
{
    struct writing w = {.store_fd = store_fd, .manifest = manifest};
    size_t unindexed;
    int result = count_unindexed(store_fd, manifest, &unindexed);
    if (result != OAT_OK || unindexed <= unindexed_max)
        return result;
    oat_problems_init(&w.problems);
    result = write_index(&w, store, first_part(manifest, memory_bytes), now_ns);
    oat_problems_clear(&w.problems);
    free(w.hashes);
    return result;
}
