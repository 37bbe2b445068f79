#include "httpd/handle_traces.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/span_json.h"
#include "format/ids.h"

#define LIMIT_MAX     1000u
#define LIMIT_DEFAULT 50u
#define CURSOR_SIZE   64

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

/* A cursor is the start and id of the last trace that was shown: it stays good when newer traces
 * arrive. */
static void print_cursor(const oat_trace_view *trace, char ret[CURSOR_SIZE])
{
    char id[33];
    oat_hex_print(trace->trace_id, sizeof trace->trace_id, id);
    snprintf(ret, CURSOR_SIZE, "%" PRIu64 "-%s", trace->start_ns, id);
}

/* Index of the first trace behind a cursor. */
static bool resume(const oat_snapshot *snapshot, size_t count, const char *cursor, size_t *ret_index)
{
    size_t digits = strspn(cursor, "0123456789");
    uint8_t id[16];
    if (digits == 0 || digits > 20 || cursor[digits] != '-' || strlen(cursor + digits + 1) != 32 ||
        !oat_hex_parse(cursor + digits + 1, 32, id, sizeof id))
        return false;
    uint64_t start_ns = strtoull(cursor, NULL, 10);
    size_t index;
    if (count > 0 && oat_snapshot_find_trace(snapshot, cursor + digits + 1, 32, &index) == OAT_OK) {
        *ret_index = index + 1;
        return true;
    }
    /* The trace is gone: go on with what is older. */
    oat_trace_view trace;
    for (index = 0; index < count; index++)
        if (oat_snapshot_trace(snapshot, index, &trace) == OAT_OK && trace.start_ns < start_ns)
            break;
    *ret_index = index;
    return true;
}

/* Where the page is in a list: counts all that match, shows those of the page. */
struct progress {
    uint64_t matched, shown;
    bool more;
    char cursor[CURSOR_SIZE]; /* behind the last one shown */
};

static int put_traces(struct oat_json *json, const oat_snapshot *snapshot, size_t count, size_t from,
                      const struct page *page, struct progress *p)
{
    for (size_t i = 0; i < count; i++) {
        oat_trace_view trace;
        int rc = oat_snapshot_trace(snapshot, i, &trace);
        if (rc != OAT_OK)
            return rc;
        if (page->status && trace.status != page->status)
            continue;
        p->matched++;
        if (i < from || p->matched <= page->offset)
            continue;
        if (p->shown == page->limit) {
            p->more = true;
            continue;
        }
        rc = oat_json_trace_summary(json, snapshot, i);
        if (rc != OAT_OK)
            return rc;
        p->shown++;
        print_cursor(&trace, p->cursor);
    }
    return OAT_OK;
}

void oat_handle_traces(const struct oat_call *call, struct oat_answer *answer)
{
    struct page page;
    struct oat_query_error error;
    if (!read_page(call->query, &page, &error)) {
        oat_answer_bad_parameter(answer, &error);
        return;
    }
    const oat_snapshot *snapshot = call->view->snapshot;
    size_t count = oat_view_trace_count(call->view), from = 0;
    if (page.cursor && !resume(snapshot, count, page.cursor, &from)) {
        fail(&error, "cursor", "expected a next_cursor of an earlier answer");
        oat_answer_bad_parameter(answer, &error);
        return;
    }

    struct oat_json *json = &answer->body;
    struct progress progress = {0};
    oat_json_object_begin(json);
    oat_json_key(json, "traces");
    oat_json_array_begin(json);
    int rc = put_traces(json, snapshot, count, from, &page, &progress);
    oat_json_array_end(json);
    oat_json_key(json, "total");
    oat_json_uint(json, progress.matched);
    oat_json_key(json, "total_is");
    oat_json_cstring(json, "exact");
    oat_json_key(json, "next_cursor");
    oat_json_cstring(json, progress.more ? progress.cursor : NULL);
    oat_json_object_end(json);
    if (rc != OAT_OK)
        oat_answer_result(answer, rc, "reading the traces");
}
