/* Finding traces and spans by id. */
#include "format/ids.h"
#include "reader/locate.h"
#include "reader/part_find.h"

#include <string.h>

/* A range of trace ids that a text of hex digits stands for. */
struct range {
    uint8_t first[16], last[16];
};

static bool parse_prefix(const char *text, size_t len, struct range *ret)
{
    char padded[33] = {0};
    if (len < 8 || len > 32)
        return false;
    memset(padded, '0', 32);
    memcpy(padded, text, len);
    if (!oat_hex_parse(padded, 32, ret->first, sizeof ret->first))
        return false;
    memset(padded + len, 'f', 32 - len);
    return oat_hex_parse(padded, 32, ret->last, sizeof ret->last);
}

/* Takes an id into account: *found is set by the first one; another one makes the prefix ambiguous. */
static int meet(const uint8_t id[16], bool *found, uint8_t ret[16])
{
    if (*found && memcmp(ret, id, 16) != 0)
        return OAT_E_AMBIGUOUS;
    memcpy(ret, id, 16);
    *found = true;
    return OAT_OK;
}

static int find_loose(const struct oat_assembly *loose, const struct range *range, bool *found,
                      uint8_t ret[16])
{
    int result = OAT_OK;
    size_t at = oat_assembly_lower_bound(loose, loose->trace_count, range->first);
    for (; at < loose->trace_count && result == OAT_OK; at++) {
        const struct oat_trace_info *trace = &loose->traces[loose->by_id[at]];
        if (memcmp(trace->trace_id, range->last, 16) > 0)
            break;
        if (trace->row_count > 0)
            result = meet(trace->trace_id, found, ret);
    }
    return result;
}

/* The first half of an id as a number: these are in the order of ids. */
static uint64_t half_of(const uint8_t id[16])
{
    oat_le64 half;
    memcpy(&half, id, sizeof half);
    return __builtin_bswap64(oat_le64_get(half));
}

/* Rows of a part are by time: its ids are scanned. */
static int find_in_part(const struct oat_snapshot *s, size_t index, const struct range *range, bool *found,
                        uint8_t ret[16])
{
    struct oat_part *part;
    uint64_t first[OAT_BLOCK_ROWS], low = half_of(range->first), high = half_of(range->last);
    int result = oat_snapshot_part(s, index, &part);
    if (result != OAT_OK)
        return result == OAT_E_STALE || result == OAT_E_NOMEM ? result : OAT_OK;
    struct oat_image_table *traces = oat_part_table(part, OAT_TABLE_TRACES);
    for (uint32_t at = 0; at < traces->table.rows; at += OAT_BLOCK_ROWS) {
        uint32_t left = traces->table.rows - at, count = left < OAT_BLOCK_ROWS ? left : OAT_BLOCK_ROWS;
        if (oat_image_numbers(traces, OAT_COL_TRACE_ID_FIRST, at, count, first) != OAT_OK)
            continue; /* reported */
        for (uint32_t i = 0; i < count; i++) {
            uint8_t id[16];
            if (__builtin_bswap64(first[i]) - low > high - low ||
                oat_part_trace_id(part, at + i, id) != OAT_OK || memcmp(id, range->first, 16) < 0 ||
                memcmp(id, range->last, 16) > 0 || oat_snapshot_is_hidden(s, id))
                continue;
            result = meet(id, found, ret);
            if (result != OAT_OK)
                return result;
        }
    }
    return OAT_OK;
}

static int find_range(const struct oat_snapshot *s, const struct range *range, uint8_t ret[16])
{
    bool found = false;
    uint8_t id[16];
    int result = find_loose(&s->loose, range, &found, id);
    oat_snapshot_parts_ahead(s, 0, s->manifest.part_count);
    for (size_t i = s->manifest.part_count; i-- > 0 && result == OAT_OK;)
        result = find_in_part(s, i, range, &found, id);
    if (result == OAT_OK && found)
        memcpy(ret, id, sizeof id);
    return result == OAT_OK && !found ? OAT_NOTFOUND : result;
}

static int note_found(void *arg, const struct oat_located *located)
{
    bool *found = arg;
    (void)located;
    *found = true;
    return OAT_OK;
}

/* Exact ids go through the indexes. */
static int find_exact(const struct oat_snapshot *s, const uint8_t id[16])
{
    bool found = false;
    if (oat_assembly_find(&s->loose, id))
        return OAT_OK;
    int result = oat_snapshot_is_hidden(s, id) ? OAT_OK : oat_snapshot_locate(s, id, note_found, &found);
    return result == OAT_OK && !found ? OAT_NOTFOUND : result;
}

int oat_snapshot_find_trace(const oat_snapshot *snapshot, const char *text, size_t len,
                            uint8_t ret_trace_id[16])
{
    uint8_t id[16];
    struct range range;
    if (len == OAT_NUL)
        len = strlen(text);
    if (oat_trace_id_of_text(text, len, id) == OAT_OK) {
        int result = find_exact(snapshot, id);
        if (result == OAT_OK)
            memcpy(ret_trace_id, id, sizeof id);
        if (result != OAT_NOTFOUND)
            return result;
    }
    return parse_prefix(text, len, &range) ? find_range(snapshot, &range, ret_trace_id) : OAT_NOTFOUND;
}

/* ---- Spans ---- */

/* A span of a trace that is sought. */
struct sought {
    const uint8_t *span_id;
    bool found;
};

/* A row with status 1 is one of which the end is not known. */
static bool has_ended(struct oat_part *part, uint32_t row)
{
    uint64_t status;
    return oat_image_number(oat_part_table(part, OAT_TABLE_SPANS), OAT_COL_SPAN_STATUS, row, &status) ==
               OAT_OK &&
           status != OAT_STATUS_OPEN;
}

static int look_for_span(void *arg, const struct oat_located *located)
{
    struct sought *sought = arg;
    uint32_t rows[16], first, span_count;
    if (oat_part_trace_rows(located->part, located->row, &first, &span_count) != OAT_OK)
        return OAT_OK; /* reported */
    size_t count = oat_part_find_spans(located->part, sought->span_id, rows, sizeof rows / sizeof *rows);
    for (size_t i = 0; i < count && !sought->found; i++)
        sought->found = rows[i] >= first && rows[i] - first < span_count && has_ended(located->part, rows[i]);
    return OAT_OK;
}

bool oat_snapshot_has_span(const oat_snapshot *snapshot, const uint8_t trace_id[16], const uint8_t span_id[8])
{
    struct sought sought = {span_id, false};
    const struct oat_trace_info *trace = oat_assembly_find(&snapshot->loose, trace_id);
    if (trace && oat_assembly_has_span(&snapshot->loose, trace, span_id))
        return true;
    return oat_snapshot_locate(snapshot, trace_id, look_for_span, &sought) == OAT_OK && sought.found;
}
