#include "compactor/live_parts.h"

#include "reader/array.h"
#include "reader/part_find.h"

#include <stdlib.h>
#include <string.h>

#define SAME_ID_MAX 64u /* spans of one id in one part: of as many traces */

int oat_live_parts_init(struct oat_live_parts *live, struct oat_part *const *parts, size_t count)
{
    *live = (struct oat_live_parts){0};
    for (size_t i = 0; i < count; i++) {
        if (!oat_array_reserve(&live->parts, live->count, &live->capacity, sizeof(struct oat_part *))) {
            oat_live_parts_clear(live);
            return OAT_E_NOMEM;
        }
        live->parts[live->count++] = parts[i];
        live->borrowed++;
    }
    return OAT_OK;
}

void oat_live_parts_clear(struct oat_live_parts *live)
{
    for (size_t i = live->borrowed; i < live->count; i++)
        oat_part_close(live->parts[i]);
    free(live->parts);
    *live = (struct oat_live_parts){0};
}

int oat_live_parts_add(struct oat_live_parts *live, struct oat_part *part)
{
    if (!oat_array_reserve(&live->parts, live->count, &live->capacity, sizeof(struct oat_part *))) {
        oat_part_close(part);
        return OAT_E_NOMEM;
    }
    live->parts[live->count++] = part;
    return OAT_OK;
}

static uint32_t day_of(const struct oat_part *part)
{
    return oat_part_entry(part)->day;
}

/* True when the part has that span; ended: and it has ended. */
static bool has_span(struct oat_part *part, const uint8_t trace_id[16], const uint8_t span_id[8], bool ended)
{
    uint32_t rows[SAME_ID_MAX];
    if (oat_part_find_trace(part, trace_id) == OAT_NO_TRACE) /* spares the index of spans, which is large */
        return false;
    size_t count = oat_part_find_spans(part, span_id, rows, SAME_ID_MAX);
    for (size_t i = 0; i < count; i++) {
        uint8_t id[16];
        uint32_t trace;
        uint64_t status;
        if (oat_part_trace_of(part, rows[i], &trace) == OAT_OK &&
            oat_part_trace_id(part, trace, id) == OAT_OK && memcmp(id, trace_id, sizeof id) == 0 &&
            oat_image_number(oat_part_table(part, OAT_TABLE_SPANS), OAT_COL_SPAN_STATUS, rows[i], &status) ==
                OAT_OK &&
            (!ended || status != OAT_STATUS_OPEN))
            return true;
    }
    return false;
}

bool oat_live_parts_has_ended(const struct oat_live_parts *live, const uint8_t trace_id[16],
                              const uint8_t span_id[8])
{
    for (size_t i = 0; i < live->count; i++)
        if (has_span(live->parts[i], trace_id, span_id, true))
            return true;
    return false;
}

bool oat_live_parts_find_day(const struct oat_live_parts *live, uint32_t day, const uint8_t trace_id[16],
                             const uint8_t span_id[8], uint32_t *ret_day)
{
    static const uint8_t of_trace[8];
    bool whole = memcmp(span_id, of_trace, sizeof of_trace) == 0, found = false;
    for (size_t i = 0; i < live->count; i++) {
        struct oat_part *part = live->parts[i];
        if (day_of(part) > day + 1 || (found && day_of(part) <= *ret_day))
            continue;
        if (whole ? oat_part_find_trace(part, trace_id) != OAT_NO_TRACE
                  : has_span(part, trace_id, span_id, false)) {
            *ret_day = day_of(part);
            found = true;
        }
    }
    return found;
}
