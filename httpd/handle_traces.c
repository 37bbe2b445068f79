#include "httpd/handle_traces.h"

#include <stdio.h>

#include "export/span_json.h"
#include "httpd/selection.h"

#define LIMIT_MAX     1000u
#define LIMIT_DEFAULT 50u

const char *const oat_traces_parameters[] = {
    "limit", "offset", "cursor", "status", "sort", OAT_SELECTION_PARAMETERS, NULL};

static bool fail(struct oat_query_error *error, const char *parameter, const char *message)
{
    snprintf(error->parameter, sizeof error->parameter, "%s", parameter);
    snprintf(error->message, sizeof error->message, "%s", message);
    return false;
}

/* Which page, in which order. Leaves what is not given as it is. */
static bool read_page(const struct oat_query *query, oat_trace_query *page, struct oat_query_error *error)
{
    uint64_t limit = LIMIT_DEFAULT, offset = 0;
    size_t len;
    if (!oat_query_number(query, "limit", 1, LIMIT_MAX, &limit, error) ||
        !oat_query_number(query, "offset", 0, INT64_MAX, &offset, error))
        return false;
    page->limit = (size_t)limit;
    page->offset = (size_t)offset;
    const char *status = oat_query_get(query, "status", &len);
    if (status && !(page->status = oat_shown_status_parse(status, len)))
        return fail(
            error, "status",
            "expected running, interrupted, success, error, unknown or lost_contact (ok means success)");
    const char *sort = oat_query_get(query, "sort", NULL);
    if (sort && !oat_trace_sort_parse(sort, &page->sort, &page->ascending))
        return fail(error, "sort",
                    "expected start, duration, cost, tokens, spans or errors; a minus before it: descending");
    page->cursor = oat_query_get(query, "cursor", NULL);
    if (page->cursor && oat_query_get(query, "offset", NULL))
        return fail(error, "cursor", "offset and cursor exclude each other");
    return true;
}

static int put_traces(struct oat_json *json, const oat_snapshot *snapshot, const oat_trace_list *list)
{
    int rc = OAT_OK;
    oat_json_key(json, "traces");
    oat_json_array_begin(json);
    for (size_t i = 0; i < oat_trace_list_count(list) && rc == OAT_OK; i++)
        rc = oat_json_trace_summary(json, snapshot, oat_trace_list_get(list, i));
    oat_json_array_end(json);
    return rc;
}

static int put_page(struct oat_json *json, const oat_snapshot *snapshot, const oat_trace_list *list)
{
    bool exact;
    uint64_t total = oat_trace_list_total(list, &exact);
    oat_json_object_begin(json);
    int rc = put_traces(json, snapshot, list);
    oat_json_key(json, "total");
    oat_json_uint(json, total);
    oat_json_key(json, "total_is");
    oat_json_cstring(json, exact ? "exact" : "at_least");
    oat_json_key(json, "next_cursor");
    oat_json_cstring(json, oat_trace_list_cursor(list));
    oat_json_object_end(json);
    return rc;
}

static void put_empty_page(struct oat_json *json)
{
    oat_json_object_begin(json);
    oat_json_key(json, "traces");
    oat_json_array_begin(json);
    oat_json_array_end(json);
    oat_json_key(json, "total");
    oat_json_uint(json, 0);
    oat_json_key(json, "total_is");
    oat_json_cstring(json, "exact");
    oat_json_key(json, "next_cursor");
    oat_json_cstring(json, NULL);
    oat_json_object_end(json);
}

static void answer_page(const oat_snapshot *snapshot, const oat_trace_query *page, struct oat_answer *answer)
{
    oat_trace_list *list;
    struct oat_query_error error;
    if (!snapshot && !page->cursor) {
        put_empty_page(&answer->body);
        return;
    }
    int rc = snapshot ? oat_trace_list_open(snapshot, page, &list) : OAT_E_INVALID;
    if (rc == OAT_E_INVALID) {
        fail(&error, "cursor", "expected a next_cursor of an earlier answer");
        oat_answer_bad_parameter(answer, &error);
        return;
    }
    if (rc == OAT_OK) {
        rc = put_page(&answer->body, snapshot, list);
        oat_trace_list_close(list);
    }
    if (rc != OAT_OK)
        oat_answer_result(answer, rc, "reading the traces");
}

void oat_handle_traces(const struct oat_call *call, struct oat_answer *answer)
{
    oat_trace_query page = {0};
    struct oat_query_error error;
    struct oat_selection selection;
    if (!read_page(call->query, &page, &error)) {
        oat_answer_bad_parameter(answer, &error);
        return;
    }
    if (!oat_selection_read(call->query, &selection, answer))
        return;
    page.filter = selection.filter;
    page.from_ns = selection.from_ns;
    page.to_ns = selection.to_ns;
    answer_page(call->lease->snapshot, &page, answer);
    oat_selection_free(&selection);
}
