#include "httpd/handle_traces.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/span_json.h"
#include "format/ids.h"

#define LIMIT_MAX     1000u
#define LIMIT_DEFAULT 50u

/* What the query asks for. */
struct page {
    uint64_t limit, offset;
    enum oat_shown_status status; /* 0: any */
    const char *cursor;           /* NULL: none */
};

static bool fail(struct oat_query_error *error, const char *parameter, const char *message)
{
    snprintf(error->parameter, sizeof error->parameter, "%s", parameter);
    snprintf(error->message, sizeof error->message, "%s", message);
    return false;
}

static bool read_page(const struct oat_query *query, struct page *ret, struct oat_query_error *error)
{
    struct page page = {.limit = LIMIT_DEFAULT};
    size_t len;
    if (!oat_query_number(query, "limit", 1, LIMIT_MAX, &page.limit, error) ||
        !oat_query_number(query, "offset", 0, INT64_MAX, &page.offset, error))
        return false;
    const char *status = oat_query_get(query, "status", &len);
    if (status && !(page.status = oat_shown_status_parse(status, len)))
        return fail(
            error, "status",
            "expected running, interrupted, success, error, unknown or lost_contact (ok means success)");
    page.cursor = oat_query_get(query, "cursor", NULL);
    if (page.cursor && oat_query_get(query, "offset", NULL))
        return fail(error, "cursor", "offset and cursor exclude each other");
    *ret = page;
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

void oat_handle_traces(const struct oat_call *call, struct oat_answer *answer)
{
    struct page page;
    struct oat_query_error error;
    oat_trace_list *list;
    const oat_snapshot *snapshot = call->view->snapshot;
    if (!read_page(call->query, &page, &error)) {
        oat_answer_bad_parameter(answer, &error);
        return;
    }
    oat_trace_query query = {.status = page.status,
                             .limit = (size_t)page.limit,
                             .offset = (size_t)page.offset,
                             .cursor = page.cursor};
    if (!snapshot && !page.cursor) {
        put_empty_page(&answer->body);
        return;
    }
    int rc = snapshot ? oat_trace_list_open(snapshot, &query, &list) : OAT_E_INVALID;
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
