/* Events, links and scores as they are shown. */
#include "reader/snapshot.h"
#include "reader/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Compares a mark with the kind and, unless NULL, the span that are sought. */
static int compare_mark(const struct oat_mark *mark, uint16_t kind, const uint8_t *span_id)
{
    if (mark->kind != kind)
        return mark->kind < kind ? -1 : 1;
    return span_id ? memcmp(mark->span_id, span_id, sizeof mark->span_id) : 0;
}

const struct oat_mark *oat_snapshot_marks(const struct oat_snapshot *snapshot,
                                          const struct oat_trace_info *trace, uint16_t kind,
                                          const uint8_t *span_id, size_t *ret_count)
{
    const struct oat_mark *marks = snapshot->marks + trace->first_mark;
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

/* Zeros when it cannot be read any more, which is reported. */
static void read_mark(const oat_snapshot *s, const struct oat_mark *mark, struct oat_mark_record *ret)
{
    oat_mark_record_read(s->sources, mark->source, mark->kind, mark->place, ret);
}

/* The marks of a list that is asked for, and an array for them. */
static int open_list(const oat_snapshot *s, size_t trace_index, uint16_t kind, const uint8_t *span_id,
                     size_t size, const struct oat_mark **ret_marks, size_t *ret_count, void **ret_array)
{
    if (trace_index >= s->trace_count)
        return OAT_NOTFOUND;
    *ret_marks = oat_snapshot_marks(s, &s->traces[trace_index], kind, span_id, ret_count);
    *ret_array = calloc(*ret_count + 1, size);
    return *ret_array ? OAT_OK : OAT_E_NOMEM;
}

int oat_snapshot_events(const oat_snapshot *snapshot, size_t trace_index, const uint8_t span_id[8],
                        oat_event_view **ret_events, size_t *ret_count)
{
    const struct oat_mark *marks;
    size_t count;
    void *array;
    int result = open_list(snapshot, trace_index, OAT_SLOT_EVENT, span_id, sizeof **ret_events, &marks,
                           &count, &array);
    if (result != OAT_OK)
        return result;
    oat_event_view *events = array;
    for (size_t i = 0; i < count; i++) {
        struct oat_mark_record record;
        read_mark(snapshot, &marks[i], &record);
        events[i].id = marks[i].id;
        events[i].time_ns = marks[i].time_ns;
        events[i].name = record.text[0];
        events[i].attributes = oat_view_payload(snapshot->sources, marks[i].source, &record.attributes);
    }
    *ret_events = events;
    *ret_count = count;
    return OAT_OK;
}

int oat_snapshot_links(const oat_snapshot *snapshot, size_t trace_index, const uint8_t span_id[8],
                       oat_link_view **ret_links, size_t *ret_count)
{
    const struct oat_mark *marks;
    size_t count;
    void *array;
    int result =
        open_list(snapshot, trace_index, OAT_SLOT_LINK, span_id, sizeof **ret_links, &marks, &count, &array);
    if (result != OAT_OK)
        return result;
    oat_link_view *links = array;
    for (size_t i = 0; i < count; i++) {
        struct oat_mark_record record;
        read_mark(snapshot, &marks[i], &record);
        links[i].id = marks[i].id;
        memcpy(links[i].target.trace_id, record.target_trace_id, sizeof record.target_trace_id);
        memcpy(links[i].target.span_id, record.target_span_id, sizeof record.target_span_id);
        links[i].target.trace_flags = record.trace_flags;
        links[i].target.remote = record.remote;
        links[i].trace_state = record.text[0];
        links[i].attributes = oat_view_payload(snapshot->sources, marks[i].source, &record.attributes);
    }
    *ret_links = links;
    *ret_count = count;
    return OAT_OK;
}

static double value_of(const struct oat_mark_record *record)
{
    double value;
    memcpy(&value, &record->value, sizeof value);
    return value;
}

int oat_snapshot_scores(const oat_snapshot *snapshot, size_t trace_index, const uint8_t *span_id,
                        oat_score_view **ret_scores, size_t *ret_count)
{
    static const uint8_t of_trace[8];
    const struct oat_mark *marks;
    size_t count;
    void *array;
    int result = open_list(snapshot, trace_index, OAT_SLOT_SCORE, span_id ? span_id : of_trace,
                           sizeof **ret_scores, &marks, &count, &array);
    if (result != OAT_OK)
        return result;
    oat_score_view *scores = array;
    for (size_t i = 0; i < count; i++) {
        struct oat_mark_record record;
        read_mark(snapshot, &marks[i], &record);
        scores[i].id = marks[i].id;
        scores[i].time_ns = marks[i].time_ns;
        memcpy(scores[i].span_id, marks[i].span_id, sizeof scores[i].span_id);
        scores[i].has_value = record.has_value && isfinite(value_of(&record));
        scores[i].value = scores[i].has_value ? value_of(&record) : 0;
        scores[i].name = record.text[0];
        scores[i].label = record.text[1];
        scores[i].comment = record.text[2];
        scores[i].source = record.text[3];
    }
    *ret_scores = scores;
    *ret_count = count;
    return OAT_OK;
}
