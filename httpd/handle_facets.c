#include "httpd/handle_facets.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/query_json.h"
#include "httpd/trace_selection.h"
#include "oat/lists.h"
#include "reader/filter_drop.h"

#define FIELDS_MAX    12u
#define VALUES_MAX    1000u
#define VALUES_SHOWN  10u
#define DEFAULT       "status,span_type,model,agent,service,environment"
#define SECOND_NS     UINT64_C(1000000000)
#define TIME_TEXT     "%" PRIu64 ".%09" PRIu64
#define TIME_ARGS(ns) (ns) / SECOND_NS, (ns) % SECOND_NS

const char *const oat_facets_parameters[] = {OAT_TRACE_SELECTION_PARAMETERS, "fields", "limit", NULL};

struct request {
    const struct oat_call *call;
    struct oat_trace_selection selection;
    uint64_t now_ns, limit;
    bool partial;
    struct oat_answer *answer;
};

static bool is(oat_text text, const char *name)
{
    return text.len == strlen(name) && memcmp(text.bytes, name, text.len) == 0;
}

/* ---- What the counts of a facet are over ----------------------------------------------------------- */

/* The text of a filter for the spans by which the traces are listed, whatever the parameter `less` says. The
 * caller's to free; NULL: out of memory. */
static char *filter_text(const struct request *r, const char *less)
{
    const struct oat_query *query = r->call->query;
    const char *q = oat_query_get(query, "q", NULL), *type = oat_query_get(query, "span_type", NULL);
    const char *search = oat_query_get(query, "search", NULL);
    const struct oat_selection *spans = &r->selection.spans;
    struct oat_json quoted = {0};
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return NULL;
    fprintf(out, "start >= 0");
    if (q && q[strspn(q, " \t\r\n")])
        fprintf(out, " and (%s)", q);
    if (type && strcmp(less, "span_type") != 0)
        fprintf(out, " and trace.has(type = %s)", type);
    if (r->selection.status && strcmp(less, "status") != 0)
        fprintf(out, " and trace.status = %s", oat_shown_status_name(r->selection.status));
    if (search && *search) {
        oat_json_cstring(&quoted, search);
        fprintf(out, " and trace.has(%.*s)", (int)quoted.len, quoted.bytes);
    }
    if (spans->from_ns)
        fprintf(out, " and trace.start >= " TIME_TEXT, TIME_ARGS(spans->from_ns));
    if (spans->to_ns)
        fprintf(out, " and trace.start < " TIME_TEXT, TIME_ARGS(spans->to_ns));
    bool failed = quoted.failed;
    oat_json_free(&quoted);
    if (fclose(out) == 0 && !failed)
        return text;
    free(text);
    return NULL;
}

/* field: as it is grouped by; name: as it was asked for. False answers. */
static bool make_filter(const struct request *r, oat_text field, oat_text name, oat_filter **ret)
{
    char *text = filter_text(r, is(name, "status") ? "status" : is(name, "span_type") ? "span_type" : "");
    if (!text) {
        oat_answer_result(r->answer, OAT_E_NOMEM, "reading the filter");
        return false;
    }
    bool ok = oat_selection_filter(text, strlen(text), r->now_ns, "q", ret, r->answer);
    free(text);
    if (ok)
        oat_filter_drop(*ret, field);
    return ok;
}

/* ---- One facet ------------------------------------------------------------------------------------ */

static void begin_facet(struct oat_json *json, oat_text name)
{
    oat_json_object_begin(json);
    oat_json_key(json, "field");
    oat_json_string(json, name.bytes, name.len);
    oat_json_key(json, "values");
    oat_json_array_begin(json);
}

/* more: there are values that are not shown. */
static void end_facet(struct oat_json *json, bool more)
{
    oat_json_array_end(json);
    oat_json_key(json, "more");
    oat_json_bool(json, more);
    oat_json_object_end(json);
}

static void put_values(const struct request *r, const oat_query_result *result)
{
    struct oat_json *json = &r->answer->body;
    uint64_t shown = 0;
    bool none = false; /* spans without a value are a group, too */
    for (size_t row = 0; row < result->row_count; row++) {
        const oat_query_value *values = &result->values[row * result->column_count];
        if (values[0].null || shown == r->limit) {
            none = none || values[0].null;
            continue;
        }
        oat_json_object_begin(json);
        oat_json_key(json, "value");
        oat_json_query_value(json, &result->columns[0], &values[0]);
        oat_json_key(json, "traces");
        oat_json_query_value(json, &result->columns[1], &values[1]);
        oat_json_object_end(json);
        shown++;
    }
    end_facet(json, result->group_count - none > shown);
}

struct status_count {
    enum oat_shown_status status;
    uint64_t traces;
};

/* The most frequent first. */
static int order_of_counts(const void *a, const void *b)
{
    const struct status_count *x = a, *y = b;
    if (x->traces != y->traces)
        return x->traces < y->traces ? 1 : -1;
    return (x->status > y->status) - (x->status < y->status);
}

static void put_statuses(const struct request *r, const oat_trace_totals *totals)
{
    struct oat_json *json = &r->answer->body;
    struct status_count found[OAT_SHOWN_LOST_CONTACT];
    size_t count = 0;
    for (int status = OAT_SHOWN_RUNNING; status <= OAT_SHOWN_LOST_CONTACT; status++)
        if (totals->by_status[status] > 0)
            found[count++] = (struct status_count){(enum oat_shown_status)status, totals->by_status[status]};
    qsort(found, count, sizeof *found, order_of_counts);
    for (size_t i = 0; i < count && i < r->limit; i++) {
        oat_json_object_begin(json);
        oat_json_key(json, "value");
        oat_json_cstring(json, oat_shown_status_name(found[i].status));
        oat_json_key(json, "traces");
        oat_json_uint(json, found[i].traces);
        oat_json_object_end(json);
    }
    end_facet(json, count > r->limit);
}

/* Statuses where nothing is asked of spans: traces tell. False answers. */
static bool put_status_facet(struct request *r, oat_text name)
{
    oat_trace_query query = oat_trace_selection_query(&r->selection, r->call->lease);
    oat_trace_totals totals;
    query.status = 0; /* its own term */
    int rc = oat_trace_totals_read(r->call->lease->snapshot, &query, &totals, NULL);
    if (rc != OAT_OK) {
        oat_answer_result(r->answer, rc, "counting the traces");
        return false;
    }
    begin_facet(&r->answer->body, name);
    put_statuses(r, &totals);
    r->partial = r->partial || totals.partial;
    return true;
}

/* False answers. */
static bool put_facet(struct request *r, oat_text name)
{
    const oat_text field = is(name, "status") ? (oat_text){"trace.status", strlen("trace.status")} : name;
    const oat_text aggregate = {"traces", strlen("traces")};
    oat_span_query query = {.from_ns = r->selection.spans.from_ns,
                            .group_by = &field,
                            .group_by_count = 1,
                            .aggregates = &aggregate,
                            .aggregate_count = 1,
                            .limit = r->limit + 1,
                            .threads = oat_lease_threads(r->call->lease),
                            .stop = r->call->lease->stop};
    oat_filter *filter;
    oat_query_result *result;
    oat_span_query_error error;
    if (is(name, "status") && !r->selection.spans.filter)
        return put_status_facet(r, name);
    if (!make_filter(r, field, name, &filter))
        return false;
    query.filter = filter;
    int rc = oat_query_run(r->call->lease->snapshot, &query, &result, &error);
    oat_filter_free(filter);
    if (rc == OAT_E_INVALID)
        oat_answer_bad_text(r->answer, "bad_query", "fields", &error.text);
    else if (rc == OAT_E_LIMIT)
        oat_answer_error(r->answer, 413, "query_too_large", "%s", error.text.message);
    else if (rc != OAT_OK)
        oat_answer_result(r->answer, rc, "counting the traces");
    if (rc != OAT_OK)
        return false;
    begin_facet(&r->answer->body, name);
    put_values(r, result);
    r->partial = r->partial || result->partial;
    oat_query_result_free(result);
    return true;
}

/* ---- All ------------------------------------------------------------------------------------------ */

static bool refuse(struct oat_answer *answer, const char *message)
{
    struct oat_query_error error = {.parameter = "fields"};
    snprintf(error.message, sizeof error.message, "%s", message);
    oat_answer_bad_parameter(answer, &error);
    return false;
}

/* The names of a list, which has one at least. */
static bool split(const char *list, oat_text ret[FIELDS_MAX], size_t *ret_count, struct oat_answer *answer)
{
    for (*ret_count = 0;; list++) {
        size_t len = strcspn(list, ",");
        if (*ret_count == FIELDS_MAX)
            return refuse(answer, "expected at most 12 fields with commas between them");
        ret[(*ret_count)++] = (oat_text){list, len};
        list += len;
        if (!*list)
            return true;
    }
}

static void put_facets(struct request *r, const oat_text *fields, size_t count)
{
    struct oat_json *json = &r->answer->body;
    oat_json_object_begin(json);
    oat_json_key(json, "facets");
    oat_json_array_begin(json);
    for (size_t i = 0; i < count && r->call->lease->snapshot; i++)
        if (!put_facet(r, fields[i]))
            return;
    oat_json_array_end(json);
    oat_json_key(json, "partial");
    oat_json_bool(json, r->partial);
    oat_json_object_end(json);
}

void oat_handle_facets(const struct oat_call *call, struct oat_answer *answer)
{
    struct request r = {
        .call = call, .now_ns = oat_selection_now_ns(), .limit = VALUES_SHOWN, .answer = answer};
    const char *list = oat_query_get(call->query, "fields", NULL);
    oat_text fields[FIELDS_MAX];
    size_t count;
    struct oat_query_error error;
    if (!oat_query_number(call->query, "limit", 1, VALUES_MAX, &r.limit, &error)) {
        oat_answer_bad_parameter(answer, &error);
        return;
    }
    if (!split(list ? list : DEFAULT, fields, &count, answer) ||
        !oat_trace_selection_read(call->query, &r.selection, answer))
        return;
    put_facets(&r, fields, count);
    oat_trace_selection_free(&r.selection);
}
