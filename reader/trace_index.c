#include "reader/trace_index.h"

#include "format/hash.h"
#include "reader/image.h"

#include <stdlib.h>

#define NO_PART SIZE_MAX

/* A part whose traces are in the index. */
struct covered {
    uint32_t first; /* row of the index: its rows are those of all parts, one after the other */
    size_t part;    /* in the manifest, or NO_PART */
};

struct oat_trace_index {
    struct oat_image image;
    struct oat_problems problems; /* nobody else's: nothing is lost with it */
    struct oat_section_view view;
    struct oat_id_index ids;
    struct covered *covered;
    size_t covered_count;
    bool *covers; /* for each part of the manifest */
};

/* ---- Opening ---- */

static bool comes_before(const struct oat_manifest_part *part, uint64_t day, uint64_t generation)
{
    return part->day != day ? part->day < day : part->generation < generation;
}

/* Numbers of a row of INDEXED, by column. */
static int read_row(struct oat_image_table *table, uint32_t row, uint64_t ret[OAT_COL_INDEXED_TRACES + 1])
{
    int result = OAT_OK;
    for (unsigned column = OAT_COL_INDEXED_DAY; column <= OAT_COL_INDEXED_TRACES && result == OAT_OK;
         column++)
        result = oat_image_number(table, column, row, &ret[column]);
    return result;
}

/* Finds the parts in the manifest: both are in the same order. */
static int read_covered(struct oat_trace_index *index, const struct oat_manifest *manifest,
                        uint32_t *ret_rows)
{
    struct oat_image_table *table = oat_image_table(&index->image, OAT_TABLE_INDEXED);
    uint64_t rows = 0, row[OAT_COL_INDEXED_TRACES + 1];
    size_t at = 0;
    index->covered_count = table->table.rows;
    index->covered = calloc(index->covered_count + 1, sizeof *index->covered);
    index->covers = calloc(manifest->part_count + 1, sizeof *index->covers);
    if (!index->covered || !index->covers)
        return OAT_E_NOMEM;
    for (uint32_t i = 0; i < index->covered_count; i++) {
        int result = read_row(table, i, row);
        if (result != OAT_OK)
            return result;
        index->covered[i] = (struct covered){(uint32_t)rows, NO_PART};
        if (row[OAT_COL_INDEXED_TRACES] > OAT_TABLE_ROWS_MAX - rows)
            return OAT_E_CORRUPT;
        rows += row[OAT_COL_INDEXED_TRACES];
        while (at < manifest->part_count &&
               comes_before(&manifest->parts[at], row[OAT_COL_INDEXED_DAY], row[OAT_COL_INDEXED_GENERATION]))
            at++;
        if (at < manifest->part_count && manifest->parts[at].nonce == row[OAT_COL_INDEXED_NONCE]) {
            index->covered[i].part = at;
            index->covers[at++] = true;
        }
    }
    *ret_rows = (uint32_t)rows;
    return OAT_OK;
}

static int open_index(struct oat_trace_index *index, int store_fd, const struct oat_manifest *manifest)
{
    const char *what;
    uint32_t rows;
    int result =
        oat_image_open(&index->image, store_fd, OAT_TRACE_INDEX_NAME, OAT_MAGIC_TRACES, 0, &index->problems);
    if (result == OAT_OK)
        result = read_covered(index, manifest, &rows);
    if (result == OAT_OK)
        result = oat_image_view(&index->image, OAT_SECTION_INDEX, OAT_TABLE_TRACES, OAT_COL_TRACE_ID_FIRST,
                                &index->view);
    if (result == OAT_OK)
        result = oat_id_index_open(&index->view, rows, &index->ids, &what);
    return result == OAT_OK && index->ids.run_bits > 0 ? OAT_E_CORRUPT : result;
}

int oat_trace_index_open(int store_fd, const struct oat_manifest *manifest, struct oat_trace_index **ret)
{
    struct oat_trace_index *index = calloc(1, sizeof *index);
    if (!index)
        return OAT_E_NOMEM;
    oat_problems_init(&index->problems);
    int result = open_index(index, store_fd, manifest);
    if (result == OAT_OK)
        *ret = index;
    else
        oat_trace_index_close(index);
    return result == OAT_OK || result == OAT_E_NOMEM ? result : OAT_NOTFOUND;
}

void oat_trace_index_close(struct oat_trace_index *index)
{
    if (!index)
        return;
    oat_section_view_close(&index->view);
    oat_image_close(&index->image);
    oat_problems_clear(&index->problems);
    free(index->covered);
    free(index->covers);
    free(index);
}

/* ---- Looking up ---- */

uint64_t oat_trace_index_generation(const struct oat_trace_index *index)
{
    return oat_le64_get(index->image.sections.header->generation);
}

bool oat_trace_index_covers(const struct oat_trace_index *index, size_t part)
{
    return index->covers[part];
}

/* The part that a row of the index is of. */
static const struct covered *covered_of(const struct oat_trace_index *index, uint32_t row)
{
    size_t low = 0, high = index->covered_count; /* the last one whose first row is not over it */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (index->covered[middle].first <= row)
            low = middle;
        else
            high = middle;
    }
    return &index->covered[low];
}

bool oat_trace_index_find(struct oat_trace_index *index, const uint8_t trace_id[16],
                          struct oat_trace_place *ret_places, size_t max, size_t *ret_count)
{
    struct oat_id_lookup lookup =
        oat_id_index_find(&index->ids, oat_hash64(trace_id, 16, index->image.sections.nonce));
    uint32_t first, run;
    size_t count = 0;
    while (oat_id_lookup_next(&lookup, &first, &run)) {
        const struct covered *covered = covered_of(index, first);
        if (covered->part == NO_PART)
            continue;
        if (count == max)
            return false;
        ret_places[count++] = (struct oat_trace_place){covered->part, first - covered->first};
    }
    *ret_count = count;
    return oat_problems_count(&index->problems) == 0;
}
