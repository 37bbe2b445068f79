#include "reader/part_find.h"

#include "format/hash.h"
#include "indexer/id_filter.h"
#include "reader/prefetch.h"

#include <string.h>

/* Of an id, as the part's indexes have it. */
static uint64_t hash_of(struct oat_part *part, const uint8_t *id, size_t len)
{
    return oat_hash64(id, len, oat_part_image(part)->sections.nonce);
}

static uint32_t rows_of(struct oat_part *part, enum oat_table_id id)
{
    return oat_part_table(part, id)->table.rows;
}

/* What has to be read of a trace to find its rows. */
#define TRACE_COLUMNS                                                                                        \
    (UINT64_C(1) << OAT_COL_TRACE_ID_FIRST | UINT64_C(1) << OAT_COL_TRACE_ID_SECOND |                        \
     UINT64_C(1) << OAT_COL_TRACE_FIRST_ROW | UINT64_C(1) << OAT_COL_TRACE_SPAN_COUNT)

#define LOOKUPS_AHEAD 32u /* that wait for memory at the same time */

bool oat_part_is_trace(struct oat_part *part, uint32_t row, const uint8_t trace_id[16])
{
    struct oat_image_table *traces = oat_part_table(part, OAT_TABLE_TRACES);
    uint8_t found[16];
    if (row >= traces->table.rows)
        return false;
    if (!oat_image_checked(traces, row / OAT_GROUP_ROWS, OAT_COL_TRACE_ID_FIRST,
                           row % OAT_GROUP_ROWS / OAT_BLOCK_ROWS))
        oat_prefetch_rows(traces, TRACE_COLUMNS, row, 1);
    return oat_part_trace_id(part, row, found) == OAT_OK && memcmp(found, trace_id, sizeof found) == 0;
}

/* The one of the rows of a lookup that has the id, or OAT_NO_TRACE. */
static uint32_t trace_of(struct oat_part *part, struct oat_id_lookup *lookup, const uint8_t trace_id[16])
{
    uint32_t trace, count;
    while (oat_id_lookup_next(lookup, &trace, &count))
        if (oat_part_is_trace(part, trace, trace_id))
            return trace;
    return OAT_NO_TRACE;
}

/* The filter tells that it is not here: true of most parts that are asked. */
uint32_t oat_part_find_trace(struct oat_part *part, const uint8_t trace_id[16])
{
    uint64_t hash = hash_of(part, trace_id, 16);
    const struct oat_section_view *filter = oat_part_trace_filter(part);
    if (filter && !oat_id_filter_may_have(filter, hash))
        return OAT_NO_TRACE;
    const struct oat_id_index *index = oat_part_index(part, OAT_TABLE_TRACES);
    if (!index)
        return OAT_NO_TRACE;
    struct oat_id_lookup lookup = oat_id_index_find(index, hash);
    return trace_of(part, &lookup, trace_id);
}

/* At most LOOKUPS_AHEAD ids. */
static void find_traces(struct oat_part *part, const struct oat_id_index *index, const uint8_t *ids,
                        size_t count, uint32_t *ret_rows)
{
    struct oat_id_lookup lookups[LOOKUPS_AHEAD];
    uint64_t hashes[LOOKUPS_AHEAD];
    for (size_t i = 0; i < count; i++) {
        hashes[i] = hash_of(part, ids + 16 * i, 16);
        oat_id_index_prefetch(index, hashes[i]);
    }
    for (size_t i = 0; i < count; i++) {
        lookups[i] = oat_id_index_find(index, hashes[i]);
        oat_id_lookup_prefetch(&lookups[i]);
    }
    for (size_t i = 0; i < count; i++)
        ret_rows[i] = trace_of(part, &lookups[i], ids + 16 * i);
}

void oat_part_find_traces(struct oat_part *part, const uint8_t *ids, size_t count, uint32_t *ret_rows)
{
    const struct oat_id_index *index = oat_part_index(part, OAT_TABLE_TRACES);
    for (size_t i = 0; !index && i < count; i++)
        ret_rows[i] = OAT_NO_TRACE;
    for (size_t i = 0; index && i < count; i += LOOKUPS_AHEAD)
        find_traces(part, index, ids + 16 * i, count - i < LOOKUPS_AHEAD ? count - i : LOOKUPS_AHEAD,
                    ret_rows + i);
}

size_t oat_part_find_spans(struct oat_part *part, const uint8_t span_id[8], uint32_t *ret_rows, size_t max)
{
    const struct oat_id_index *index = oat_part_index(part, OAT_TABLE_SPANS);
    struct oat_image_table *spans = oat_part_table(part, OAT_TABLE_SPANS);
    uint64_t id = oat_le64_load(span_id), ids[OAT_BLOCK_ROWS];
    uint32_t first, run;
    size_t count = 0;
    if (!index)
        return 0;
    struct oat_id_lookup lookup = oat_id_index_find(index, hash_of(part, span_id, 8));
    while (oat_id_lookup_next(&lookup, &first, &run)) {
        if (oat_image_numbers(spans, OAT_COL_SPAN_ID, first, run, ids) != OAT_OK)
            continue;
        for (uint32_t i = 0; i < run && count < max; i++)
            if (ids[i] == id)
                ret_rows[count++] = first + i;
    }
    return count;
}

int oat_part_trace_rows(struct oat_part *part, uint32_t trace, uint32_t *ret_first, uint32_t *ret_count)
{
    struct oat_image_table *traces = oat_part_table(part, OAT_TABLE_TRACES);
    uint32_t rows = rows_of(part, OAT_TABLE_SPANS);
    uint64_t first, count;
    int result = oat_image_number(traces, OAT_COL_TRACE_FIRST_ROW, trace, &first);
    if (result == OAT_OK)
        result = oat_image_number(traces, OAT_COL_TRACE_SPAN_COUNT, trace, &count);
    if (result != OAT_OK)
        return result;
    if (first > rows || count > rows - first) {
        oat_part_report(part, OAT_TABLE_TRACES, trace, "rows of a trace");
        return OAT_E_CORRUPT;
    }
    *ret_first = (uint32_t)first;
    *ret_count = (uint32_t)count;
    return OAT_OK;
}

int oat_part_trace_of(struct oat_part *part, uint32_t row, uint32_t *ret_trace)
{
    struct oat_image_table *traces = oat_part_table(part, OAT_TABLE_TRACES);
    uint32_t behind, first, count;
    int result = oat_image_lower_bound(traces, OAT_COL_TRACE_FIRST_ROW, (uint64_t)row + 1,
                                       rows_of(part, OAT_TABLE_SPANS), &behind);
    if (result == OAT_OK && behind > 0)
        result = oat_part_trace_rows(part, behind - 1, &first, &count);
    if (result != OAT_OK)
        return result;
    if (behind == 0 || row < first || row - first >= count) {
        oat_part_report(part, OAT_TABLE_SPANS, row, "trace of a row");
        return OAT_E_CORRUPT;
    }
    *ret_trace = behind - 1;
    return OAT_OK;
}

int oat_part_trace_id(struct oat_part *part, uint32_t trace, uint8_t ret[16])
{
    struct oat_image_table *traces = oat_part_table(part, OAT_TABLE_TRACES);
    uint64_t first, second;
    int result = oat_image_number(traces, OAT_COL_TRACE_ID_FIRST, trace, &first);
    if (result == OAT_OK)
        result = oat_image_number(traces, OAT_COL_TRACE_ID_SECOND, trace, &second);
    if (result != OAT_OK)
        return result;
    oat_le64 halves[2] = {oat_le64_of(first), oat_le64_of(second)};
    memcpy(ret, halves, sizeof halves);
    return OAT_OK;
}
