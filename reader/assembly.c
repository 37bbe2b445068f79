#include "reader/assembly.h"

#include "reader/linked_rows.h"

#include <stdlib.h>
#include <string.h>

void oat_assembly_free(struct oat_assembly *assembly)
{
    oat_linked_rows_free(assembly->linked);
    free(assembly->rows);
    oat_hot_index_free(&assembly->index);
    free(assembly->amounts);
    free(assembly->parent_ids);
    free(assembly->traces);
    free(assembly->by_id);
    free(assembly->marks);
    memset(assembly, 0, sizeof *assembly);
}

size_t oat_assembly_lower_bound(const struct oat_assembly *s, size_t count, const uint8_t id[16])
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(s->traces[s->by_id[middle]].trace_id, id, 16) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t oat_assembly_number(const struct oat_assembly *s, const uint8_t id[16])
{
    size_t at = oat_assembly_lower_bound(s, s->trace_count, id);
    bool found = at < s->trace_count && memcmp(s->traces[s->by_id[at]].trace_id, id, 16) == 0;
    return found ? s->by_id[at] : OAT_NO_ROW;
}

const struct oat_trace_info *oat_assembly_find(const struct oat_assembly *s, const uint8_t id[16])
{
    uint32_t number = oat_assembly_number(s, id);
    return number != OAT_NO_ROW && s->traces[number].row_count > 0 ? &s->traces[number] : NULL;
}

const uint8_t *oat_assembly_parent_id(const struct oat_assembly *s, const struct oat_kept_row *row)
{
    static const uint8_t none[8];
    if (row->away)
        return s->parent_ids[row->parent];
    if (row->parent == OAT_NO_ROW || row->trace == OAT_NO_ROW)
        return none;
    return s->rows[s->traces[row->trace].first_row + row->parent].span_id;
}

bool oat_assembly_has_span(const struct oat_assembly *s, const struct oat_trace_info *trace,
                           const uint8_t span_id[8])
{
    size_t first = trace->first_row, end = first + trace->row_count;
    struct oat_hot_lookup lookup = oat_hot_index_find(&s->index, span_id, first, end);
    while (oat_hot_lookup_next(&lookup, &first, &end))
        for (size_t i = first; i < end; i++)
            if (!s->rows[i].open && memcmp(s->rows[i].span_id, span_id, 8) == 0)
                return true;
    return false;
}

/* Compares a mark with the kind and, unless NULL, the span that are sought. */
static int compare_mark(const struct oat_mark *mark, uint16_t kind, const uint8_t *span_id)
{
    if (mark->kind != kind)
        return mark->kind < kind ? -1 : 1;
    return span_id ? memcmp(mark->span_id, span_id, sizeof mark->span_id) : 0;
}

const struct oat_mark *oat_assembly_marks(const struct oat_assembly *s, const struct oat_trace_info *trace,
                                          uint16_t kind, const uint8_t *span_id, size_t *ret_count)
{
    const struct oat_mark *marks = s->marks + trace->first_mark;
    size_t low = 0, high = trace->mark_count;
    *ret_count = 0;
    if (trace->mark_count == 0)
        return NULL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_mark(&marks[middle], kind, span_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + *ret_count < trace->mark_count && compare_mark(&marks[low + *ret_count], kind, span_id) == 0)
        ++*ret_count;
    return marks + low;
}
