#include "httpd/handle_overview.h"

#include <string.h>

#include "export/query_json.h"
#include "httpd/report.h"
#include "httpd/selection.h"

#define NS_DIGITS 9u

const char *const oat_overview_parameters[] = {"q", OAT_WINDOW_PARAMETERS, NULL};

/* The queries that the figures come from. A request is a root span: what an agent was asked to do. */
enum { REQUESTS, USAGE, CHECKS, TRIGGERED_CHECKS, QUERIES };

static const struct {
    const char *filter; /* "": every span */
    const char *aggregates[4];
} queries[QUERIES] = {
    [REQUESTS] = {"parent_span_id = null", {"count", "error_rate", "avg:duration_ms", "p95:duration_ms"}},
    [USAGE] = {"", {"sum:total_cost", "sum:total_tokens", "sum:prompt_tokens", "sum:completion_tokens"}},
    /* Two questions: what the days of a store know answers the first. */
    [CHECKS] = {"type = guardrail", {"count", "error_rate"}},
    [TRIGGERED_CHECKS] = {"type = guardrail and status != error and attr.guardrail.triggered = true",
                          {"count"}},
};

/* Where a figure stands: in which query, as its how many-th aggregate. */
static const struct figure {
    const char *name;
    unsigned query, aggregate;
    bool is_count; /* 0 where nothing was found; else null */
} figures[] = {
    {"requests", REQUESTS, 0, true},        {"error_rate", REQUESTS, 1, false},
    {"avg_latency_ms", REQUESTS, 2, false}, {"p95_latency_ms", REQUESTS, 3, false},
    {"total_cost", USAGE, 0, false},        {"total_tokens", USAGE, 1, false},
    {"prompt_tokens", USAGE, 2, false},     {"completion_tokens", USAGE, 3, false},
    {"guardrail_checks", CHECKS, 0, true},
};

static const char *const approximate[] = {"p95_latency_ms", NULL};

struct overview {
    oat_filter *filters[QUERIES];
    struct oat_window window;
    const struct oat_lease *lease;
    struct oat_answer *answer;
};

/* ---- What is asked for ---------------------------------------------------------------------------- */

static bool read_request(struct overview *o, const struct oat_query *query)
{
    struct oat_query_error error;
    uint64_t now_ns = oat_selection_now_ns();
    bool ok = oat_window_read(query, now_ns, OAT_DAY_NS, 0, &o->window, &error);
    if (!ok)
        oat_answer_bad_parameter(o->answer, &error);
    for (unsigned i = 0; i < QUERIES && ok; i++)
        ok = oat_selection_narrow(query, now_ns, queries[i].filter, true, &o->filters[i], o->answer);
    return ok;
}

/* ---- Answer --------------------------------------------------------------------------------------- */

static uint64_t count_in(const oat_query_value *row, size_t column)
{
    return row ? (uint64_t)row[column].integer : 0;
}

/* Spans with errors: a share of the count that is a whole number of them. */
static uint64_t errors_in(const oat_query_value *row, size_t count_column, size_t rate_column)
{
    return row && !row[rate_column].null
               ? (uint64_t)((double)row[count_column].integer * row[rate_column].number + 0.5)
               : 0;
}

/* A check has triggered that says so, or failed. */
static void put_triggers(struct oat_json *json, const oat_query_value *const rows[QUERIES], size_t first)
{
    oat_json_key(json, "guardrail_triggers");
    oat_json_uint(json, errors_in(rows[CHECKS], first, first + 1) + count_in(rows[TRIGGERED_CHECKS], first));
}

/* rows: of the results; NULL: it has none for this time. first: the column of the first aggregate. */
static void put_figure(struct oat_json *json, const struct figure *figure,
                       oat_query_result *const results[QUERIES], const oat_query_value *const rows[QUERIES],
                       size_t first)
{
    size_t column = first + figure->aggregate;
    const oat_query_value *row = rows[figure->query];
    oat_json_key(json, figure->name);
    if (figure->is_count)
        oat_json_uint(json, count_in(row, column));
    else if (row)
        oat_json_query_value(json, &results[figure->query]->columns[column], &row[column]);
    else
        oat_json_null(json);
}

static void put_figures(struct oat_json *json, oat_query_result *const results[QUERIES],
                        const oat_query_value *const rows[QUERIES], size_t first)
{
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        put_figure(json, &figures[i], results, rows, first);
    put_triggers(json, rows, first);
}

/* The next row of a result, if it is of that time; then it is passed over. */
static const oat_query_value *take_row(const oat_query_result *result, uint64_t time_ns, size_t *next)
{
    if (!result || *next == result->row_count)
        return NULL;
    const oat_query_value *row = result->values + *next * result->column_count;
    if (row->integer != (int64_t)time_ns)
        return NULL;
    ++*next;
    return row;
}

/* A point for each length of time that lies in the window, also where nothing happened. */
static void put_series(struct oat_json *json, const struct oat_window *window,
                       oat_query_result *const results[QUERIES])
{
    size_t next[QUERIES] = {0};
    oat_json_key(json, "series");
    oat_json_array_begin(json);
    for (uint64_t time_ns = window->from_ns - window->from_ns % window->every_ns; time_ns < window->to_ns;
         time_ns += window->every_ns) {
        const oat_query_value *rows[QUERIES];
        oat_json_object_begin(json);
        oat_json_key(json, "time");
        oat_json_fixed(json, (int64_t)time_ns, NS_DIGITS);
        for (unsigned i = 0; i < QUERIES; i++)
            rows[i] = take_row(results[i], time_ns, &next[i]);
        put_figures(json, results, rows, 1);
        oat_json_object_end(json);
    }
    oat_json_array_end(json);
}

static void put_window(struct oat_json *json, const struct oat_window *window,
                       oat_query_result *const results[QUERIES])
{
    const oat_query_value *totals[QUERIES];
    for (unsigned i = 0; i < QUERIES; i++)
        totals[i] = results[i] ? results[i]->totals : NULL;
    oat_report_window(json, window);
    put_figures(json, results, totals, window->every_ns > 0);
    if (window->every_ns > 0)
        put_series(json, window, results);
}

/* Writes the figures of a window into the object that has been begun. False: answered. */
static bool report(struct overview *o, const struct oat_window *window, bool *partial)
{
    oat_query_result *results[QUERIES] = {NULL};
    bool ok = true;
    for (unsigned i = 0; i < QUERIES && ok; i++) {
        struct oat_report query = {.filter = o->filters[i], .window = *window};
        memcpy(query.aggregates, queries[i].aggregates, sizeof queries[i].aggregates);
        ok = oat_report_run(&query, o->lease, &results[i], o->answer);
        *partial = *partial || (ok && results[i] && results[i]->partial);
    }
    if (ok)
        put_window(&o->answer->body, window, results);
    for (unsigned i = 0; i < QUERIES; i++)
        oat_query_result_free(results[i]);
    return ok;
}

static void answer_overview(struct overview *o)
{
    struct oat_json *json = &o->answer->body;
    struct oat_window before = oat_window_before(&o->window);
    bool partial = false;
    oat_json_object_begin(json);
    if (!report(o, &o->window, &partial))
        return;
    oat_json_key(json, "previous");
    oat_json_object_begin(json);
    if (!report(o, &before, &partial))
        return;
    oat_json_object_end(json);
    oat_report_texts(json, "approximate", approximate);
    oat_json_key(json, "partial");
    oat_json_bool(json, partial);
    oat_json_object_end(json);
}

void oat_handle_overview(const struct oat_call *call, struct oat_answer *answer)
{
    struct overview o = {.lease = call->lease, .answer = answer};
    if (read_request(&o, call->query))
        answer_overview(&o);
    for (unsigned i = 0; i < QUERIES; i++)
        oat_filter_free(o.filters[i]);
}
