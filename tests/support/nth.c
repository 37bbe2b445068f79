#include "tests/support/nth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static oat_trace_list *list_all(const oat_snapshot *snapshot)
{
    oat_trace_list *list;
    int result = oat_trace_list_open(snapshot, &(oat_trace_query){0}, &list);
    if (result != OAT_OK) {
        fprintf(stderr, "cannot list traces: %s\n", oat_result_text(result));
        abort();
    }
    return list;
}

size_t oat_nth_count(const oat_snapshot *snapshot)
{
    oat_trace_list *list = list_all(snapshot);
    size_t count = oat_trace_list_count(list);
    oat_trace_list_close(list);
    return count;
}

static bool find(const oat_snapshot *snapshot, size_t index, uint8_t ret_trace_id[16])
{
    oat_trace_list *list = list_all(snapshot);
    bool there = index < oat_trace_list_count(list);
    if (there)
        memcpy(ret_trace_id, oat_trace_list_get(list, index)->trace_id, 16);
    oat_trace_list_close(list);
    return there;
}

void oat_nth_id(const oat_snapshot *snapshot, size_t index, uint8_t ret_trace_id[16])
{
    if (!find(snapshot, index, ret_trace_id))
        abort();
}

int oat_nth_open(const oat_snapshot *snapshot, size_t index, oat_trace **ret_trace)
{
    uint8_t id[16];
    return find(snapshot, index, id) ? oat_trace_open(snapshot, id, ret_trace) : OAT_NOTFOUND;
}

int oat_nth_head(const oat_snapshot *snapshot, size_t index, oat_trace_view *ret_view)
{
    oat_trace *trace;
    int result = oat_nth_open(snapshot, index, &trace);
    if (result != OAT_OK)
        return result;
    *ret_view = *oat_trace_head(trace);
    oat_trace_close(trace);
    return OAT_OK;
}

int oat_nth_spans(const oat_snapshot *snapshot, size_t index, oat_span_view **ret_spans, size_t *ret_count)
{
    oat_trace *trace;
    size_t count;
    int result = oat_nth_open(snapshot, index, &trace);
    if (result != OAT_OK)
        return result;
    const oat_span_view *spans = oat_trace_spans(trace, &count);
    oat_span_view *copy = malloc((count + 1) * sizeof *copy);
    if (copy) {
        memcpy(copy, spans, count * sizeof *copy);
        *ret_spans = copy;
        *ret_count = count;
    }
    oat_trace_close(trace);
    return copy ? OAT_OK : OAT_E_NOMEM;
}

int oat_nth_events(const oat_snapshot *snapshot, size_t index, const uint8_t span_id[8],
                   oat_event_view **ret_events, size_t *ret_count)
{
    oat_trace *trace;
    int result = oat_nth_open(snapshot, index, &trace);
    if (result != OAT_OK)
        return result;
    result = oat_trace_events(trace, span_id, ret_events, ret_count);
    oat_trace_close(trace);
    return result;
}

int oat_nth_links(const oat_snapshot *snapshot, size_t index, const uint8_t span_id[8],
                  oat_link_view **ret_links, size_t *ret_count)
{
    oat_trace *trace;
    int result = oat_nth_open(snapshot, index, &trace);
    if (result != OAT_OK)
        return result;
    result = oat_trace_links(trace, span_id, ret_links, ret_count);
    oat_trace_close(trace);
    return result;
}

int oat_nth_scores(const oat_snapshot *snapshot, size_t index, const uint8_t *span_id,
                   oat_score_view **ret_scores, size_t *ret_count)
{
    oat_trace *trace;
    int result = oat_nth_open(snapshot, index, &trace);
    if (result != OAT_OK)
        return result;
    result = oat_trace_scores(trace, span_id, ret_scores, ret_count);
    oat_trace_close(trace);
    return result;
}
