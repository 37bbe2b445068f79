/* Events, links and scores as they are shown. */
#include "reader/trace.h"
#include "reader/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Zeros when it cannot be read any more, which is reported. */
static void read_mark(const oat_trace *trace, const struct oat_mark *mark, struct oat_mark_record *ret)
{
    oat_mark_record_read(trace->assembly->sources, mark->source, mark->kind, mark->place, ret);
}

static oat_payload attributes_of(const oat_trace *trace, const struct oat_mark *mark,
                                 const struct oat_mark_record *record)
{
    return oat_view_payload(trace->assembly->sources, mark->source, &record->attributes);
}

/* The marks of a list that is asked for, and an array for them. */
static int open_list(const oat_trace *trace, uint16_t kind, const uint8_t *span_id, size_t size,
                     const struct oat_mark **ret_marks, size_t *ret_count, void **ret_array)
{
    *ret_marks = oat_assembly_marks(trace->assembly, trace->info, kind, span_id, ret_count);
    *ret_array = calloc(*ret_count + 1, size);
    return *ret_array ? OAT_OK : OAT_E_NOMEM;
}

int oat_trace_events(const oat_trace *trace, const uint8_t span_id[8], oat_event_view **ret_events,
                     size_t *ret_count)
{
    const struct oat_mark *marks;
    size_t count;
    void *array;
    int result = open_list(trace, OAT_SLOT_EVENT, span_id, sizeof **ret_events, &marks, &count, &array);
    if (result != OAT_OK)
        return result;
    oat_event_view *events = array;
    for (size_t i = 0; i < count; i++) {
        struct oat_mark_record record;
        read_mark(trace, &marks[i], &record);
        events[i].id = marks[i].id;
        events[i].time_ns = marks[i].time_ns;
        events[i].name = record.text[0];
        events[i].attributes = attributes_of(trace, &marks[i], &record);
    }
    *ret_events = events;
    *ret_count = count;
    return OAT_OK;
}

int oat_trace_links(const oat_trace *trace, const uint8_t span_id[8], oat_link_view **ret_links,
                    size_t *ret_count)
{
    const struct oat_mark *marks;
    size_t count;
    void *array;
    int result = open_list(trace, OAT_SLOT_LINK, span_id, sizeof **ret_links, &marks, &count, &array);
    if (result != OAT_OK)
        return result;
    oat_link_view *links = array;
    for (size_t i = 0; i < count; i++) {
        struct oat_mark_record record;
        read_mark(trace, &marks[i], &record);
        links[i].id = marks[i].id;
        memcpy(links[i].target.trace_id, record.target_trace_id, sizeof record.target_trace_id);
        memcpy(links[i].target.span_id, record.target_span_id, sizeof record.target_span_id);
        links[i].target.trace_flags = record.trace_flags;
        links[i].target.remote = record.remote;
        links[i].trace_state = record.text[0];
        links[i].attributes = attributes_of(trace, &marks[i], &record);
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

int oat_trace_scores(const oat_trace *trace, const uint8_t *span_id, oat_score_view **ret_scores,
                     size_t *ret_count)
{
    static const uint8_t of_trace[8];
    const struct oat_mark *marks;
    size_t count;
    void *array;
    int result = open_list(trace, OAT_SLOT_SCORE, span_id ? span_id : of_trace, sizeof **ret_scores, &marks,
                           &count, &array);
    if (result != OAT_OK)
        return result;
    oat_score_view *scores = array;
    for (size_t i = 0; i < count; i++) {
        struct oat_mark_record record;
        read_mark(trace, &marks[i], &record);
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
