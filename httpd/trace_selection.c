#include "httpd/trace_selection.h"

#include <stdio.h>

static bool refuse(struct oat_answer *answer, const char *parameter, const char *message)
{
    struct oat_query_error error;
    snprintf(error.parameter, sizeof error.parameter, "%s", parameter);
    snprintf(error.message, sizeof error.message, "%s", message);
    oat_answer_bad_parameter(answer, &error);
    return false;
}

bool oat_selection_status(const struct oat_query *query, enum oat_shown_status *ret,
                          struct oat_answer *answer)
{
    size_t len;
    const char *status = oat_query_get(query, "status", &len);
    *ret = status ? oat_shown_status_parse(status, len) : 0;
    return !status || *ret ||
           refuse(
               answer, "status",
               "expected running, interrupted, success, error, unknown or lost_contact (ok means success)");
}

bool oat_trace_selection_read(const struct oat_query *query, struct oat_trace_selection *ret,
                              struct oat_answer *answer)
{
    *ret = (struct oat_trace_selection){0};
    return oat_selection_status(query, &ret->status, answer) &&
           oat_selection_read(query, &ret->spans, answer);
}

void oat_trace_selection_free(struct oat_trace_selection *selection)
{
    oat_selection_free(&selection->spans);
}

oat_trace_query oat_trace_selection_query(const struct oat_trace_selection *selection,
                                          const struct oat_lease *lease)
{
    return (oat_trace_query){
        .filter = selection->spans.filter,
        .status = selection->status,
        .from_ns = selection->spans.from_ns,
        .to_ns = selection->spans.to_ns,
        .stop = lease->stop,
    };
}

static bool read_sort(const struct oat_query *query, oat_trace_query *ret, struct oat_answer *answer)
{
    const char *sort = oat_query_get(query, "sort", NULL);
    return !sort || oat_trace_sort_parse(sort, &ret->sort, &ret->ascending) ||
           refuse(answer, "sort",
                  "expected start, duration, cost, tokens, spans or errors; a minus before it: descending");
}

void oat_trace_selection_page(const struct oat_call *call,
                              void (*list)(const oat_snapshot *snapshot, const oat_trace_query *query,
                                           struct oat_answer *answer),
                              struct oat_answer *answer)
{
    struct oat_page page;
    struct oat_trace_selection selection;
    if (!oat_page_read(call->query, &page, answer) ||
        !oat_trace_selection_read(call->query, &selection, answer))
        return;
    oat_trace_query query = oat_trace_selection_query(&selection, call->lease);
    query.limit = page.limit;
    query.offset = page.offset;
    query.cursor = page.cursor;
    if (read_sort(call->query, &query, answer))
        list(call->lease->snapshot, &query, answer);
    oat_trace_selection_free(&selection);
}
