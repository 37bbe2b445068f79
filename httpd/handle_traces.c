#include "httpd/handle_traces.h"

#include "export/span_json.h"
#include "httpd/page.h"
#include "httpd/trace_selection.h"

const char *const oat_traces_parameters[] = {OAT_TRACE_PAGE_PARAMETERS, NULL};

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
    oat_page_end(json, total, exact, oat_trace_list_cursor(list), oat_trace_list_is_partial(list));
    oat_json_object_end(json);
    return rc;
}

static void answer_page(const oat_snapshot *snapshot, const oat_trace_query *query, struct oat_answer *answer)
{
    oat_trace_list *list;
    if (!snapshot && !query->cursor) {
        oat_page_empty(&answer->body, "traces");
        return;
    }
    int rc = snapshot ? oat_trace_list_open(snapshot, query, &list) : OAT_E_INVALID;
    if (rc == OAT_E_INVALID) {
        oat_page_bad_cursor(answer);
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
    oat_trace_selection_page(call, answer_page, answer);
}
