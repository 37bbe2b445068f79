#include "httpd/handle_spans.h"

#include <string.h>

#include "export/span_json.h"
#include "format/names.h"
#include "httpd/page.h"
#include "httpd/trace_selection.h"
#include "oat/lists.h"

const char *const oat_spans_parameters[] = {OAT_PAGE_PARAMETERS, OAT_TRACE_SELECTION_PARAMETERS, NULL};

static void put(struct oat_json *text, const char *word)
{
    oat_json_raw(text, word, strlen(word));
}

/* Spans of one trace often follow each other: it stays open. */
struct open_trace {
    const oat_snapshot *snapshot;
    uint8_t id[16];
    oat_trace *trace; /* NULL: none */
};

static int open_trace_of(struct open_trace *open, const oat_span_ids *place)
{
    if (open->trace && memcmp(open->id, place->trace_id, sizeof open->id) == 0)
        return OAT_OK;
    oat_trace_close(open->trace);
    open->trace = NULL;
    memcpy(open->id, place->trace_id, sizeof open->id);
    return oat_trace_open(open->snapshot, place->trace_id, &open->trace);
}

static int put_span(struct oat_json *json, struct open_trace *open, const oat_span_ids *place)
{
    size_t count, i = 0;
    int rc = open_trace_of(open, place);
    if (rc != OAT_OK)
        return rc;
    const oat_span_view *spans = oat_trace_spans(open->trace, &count);
    while (i < count && memcmp(spans[i].span_id, place->span_id, sizeof place->span_id) != 0)
        i++;
    return i == count ? OAT_OK
                      : oat_json_span(json, open->snapshot, open->trace, &spans[i], OAT_JSON_PREVIEWS);
}

static int put_page(struct oat_json *json, const oat_snapshot *snapshot, const oat_span_list *list)
{
    struct open_trace open = {.snapshot = snapshot};
    bool exact;
    uint64_t total = oat_span_list_total(list, &exact);
    int rc = OAT_OK;
    oat_json_object_begin(json);
    oat_json_key(json, "spans");
    oat_json_array_begin(json);
    for (size_t i = 0; i < oat_span_list_count(list) && rc == OAT_OK; i++)
        rc = put_span(json, &open, oat_span_list_get(list, i));
    oat_json_array_end(json);
    oat_page_end(json, total, exact, oat_span_list_cursor(list), oat_span_list_is_partial(list));
    oat_json_object_end(json);
    oat_trace_close(open.trace);
    return rc;
}

static void answer_page(const oat_snapshot *snapshot, const oat_span_list_query *query,
                        struct oat_answer *answer)
{
    oat_span_list *list;
    if (!snapshot && !query->cursor) {
        oat_page_empty(&answer->body, "spans");
        return;
    }
    int rc = snapshot ? oat_span_list_open(snapshot, query, &list) : OAT_E_INVALID;
    if (rc == OAT_E_INVALID) {
        oat_page_bad_cursor(answer);
        return;
    }
    if (rc == OAT_OK) {
        rc = put_page(&answer->body, snapshot, list);
        oat_span_list_close(list);
    }
    if (rc != OAT_OK)
        oat_answer_result(answer, rc, "reading the spans");
}

/* What each span itself has to be, besides q. False answers. */
static bool read_filter(const struct oat_query *query, uint64_t now_ns, oat_filter **ret,
                        struct oat_answer *answer)
{
    enum oat_span_type type;
    enum oat_shown_status status;
    struct oat_json condition = {0};
    const char *search = oat_query_get(query, "search", NULL);
    if (!oat_selection_type(query, &type, answer) || !oat_selection_status(query, &status, answer))
        return false;
    put(&condition, "start >= 0");
    if (type) {
        put(&condition, " and type = ");
        put(&condition, oat_span_type_name(type));
    }
    if (status) {
        put(&condition, " and status = ");
        put(&condition, oat_shown_status_name(status));
    }
    if (search && *search) {
        put(&condition, " and ");
        oat_selection_quote(&condition, search, strlen(search));
    }
    oat_json_raw(&condition, "", 1); /* its NUL */
    bool ok = !condition.failed;
    if (!ok)
        oat_answer_result(answer, OAT_E_NOMEM, "reading the filter");
    ok = ok && oat_selection_narrow(query, now_ns, condition.bytes, false, ret, answer);
    oat_json_free(&condition);
    return ok;
}

void oat_handle_spans(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_page page;
    struct oat_query_error error;
    oat_filter *filter = NULL;
    oat_span_list_query query = {.stop = call->lease->stop};
    uint64_t now_ns = oat_selection_now_ns();
    if (!oat_query_time(call->query, "from", now_ns, &query.from_ns, &error) ||
        !oat_query_time(call->query, "to", now_ns, &query.to_ns, &error)) {
        oat_answer_bad_parameter(answer, &error);
        return;
    }
    if (oat_page_read(call->query, &page, answer) && read_filter(call->query, now_ns, &filter, answer)) {
        query.filter = filter;
        query.offset = page.offset;
        query.limit = page.limit;
        query.cursor = page.cursor;
        answer_page(call->lease->snapshot, &query, answer);
    }
    oat_filter_free(filter);
}
