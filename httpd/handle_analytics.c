#include "httpd/handle_analytics.h"

#include <stdio.h>
#include <string.h>

#include "httpd/log.h"
#include "httpd/report.h"
#include "httpd/selection.h"

#define HOUR_NS       (UINT64_C(3600) * 1000000000u)
#define LIMIT_MAX     1000u
#define LIMIT_DEFAULT 50u
#define COLUMNS_MAX   (1 + 2 * OAT_REPORT_NAMES_MAX)

const char *const oat_latency_parameters[] = {"q", OAT_WINDOW_PARAMETERS, NULL};
const char *const oat_cost_parameters[] = {"q", OAT_WINDOW_PARAMETERS, "by", "limit", NULL};

/* A request for lists of rows, and what has become of it. */
struct request {
    struct oat_window window;
    oat_filter *filter;
    const struct oat_lease *lease;
    struct oat_answer *answer;
    bool partial;
};

/* condition: a filter that spans have to pass besides q; "": none. False: answered. */
static bool read_request(struct request *r, const struct oat_call *call, const char *condition,
                         uint64_t every_ns)
{
    struct oat_query_error error;
    uint64_t now_ns = oat_selection_now_ns();
    if (oat_window_read(call->query, now_ns, OAT_DAY_NS, every_ns, &r->window, &error))
        return oat_selection_narrow(call->query, now_ns, condition, false, &r->filter, r->answer);
    oat_answer_bad_parameter(r->answer, &error);
    return false;
}

/* What a list is made of: what its rows are grouped by, what is computed for each, and what these columns are
 * called in the answer. */
struct shape {
    const char *group_by[3];
    const char *aggregates[OAT_REPORT_NAMES_MAX];
    const char *names[OAT_REPORT_NAMES_MAX]; /* of the aggregates */
    const char *sort[2];
};

/* Writes a member: the rows of a shape, over time or not. False: answered. */
static bool put_list(struct request *r, const char *member, const struct shape *shape, bool over_time,
                     size_t limit)
{
    struct oat_report report = {.filter = r->filter, .window = r->window, .limit = limit};
    const char *names[COLUMNS_MAX];
    oat_query_result *result;
    size_t count = 0;
    memcpy(report.group_by, shape->group_by, sizeof shape->group_by);
    memcpy(report.aggregates, shape->aggregates, sizeof shape->aggregates);
    if (over_time)
        names[count++] = "time";
    else
        memcpy(report.sort, shape->sort, sizeof shape->sort);
    report.window.every_ns = over_time ? r->window.every_ns : 0;
    for (size_t i = 0; shape->group_by[i]; i++)
        names[count++] = shape->group_by[i];
    for (size_t i = 0; shape->names[i]; i++)
        names[count++] = shape->names[i];
    if (!oat_report_run(&report, r->lease, &result, r->answer))
        return false;
    oat_json_key(&r->answer->body, member);
    oat_report_rows(&r->answer->body, result, names);
    r->partial = r->partial || (result && result->partial);
    oat_query_result_free(result);
    return true;
}

static void begin_answer(struct request *r)
{
    oat_json_object_begin(&r->answer->body);
    oat_report_window(&r->answer->body, &r->window);
}

static void end_answer(struct request *r)
{
    oat_json_key(&r->answer->body, "partial");
    oat_json_bool(&r->answer->body, r->partial);
    oat_json_object_end(&r->answer->body);
}

/* ---- Latency -------------------------------------------------------------------------------------- */

static const struct shape latency = {
    .group_by = {"span_type"},
    .aggregates = {"count", "error_rate", "avg:duration_ms", "p50:duration_ms", "p95:duration_ms",
                   "p99:duration_ms", "max:duration_ms"},
    .names = {"count", "error_rate", "avg_ms", "p50_ms", "p95_ms", "p99_ms", "max_ms"},
    .sort = {"-count"},
};

void oat_handle_latency(const struct oat_call *call, struct oat_answer *answer)
{
    static const char *const approximate[] = {"p50_ms", "p95_ms", "p99_ms", NULL};
    struct request r = {.lease = call->lease, .answer = answer};
    if (read_request(&r, call, "", 0)) {
        begin_answer(&r);
        if (put_list(&r, "by_span_type", &latency, false, 0) &&
            (r.window.every_ns == 0 || put_list(&r, "series", &latency, true, 0))) {
            oat_report_texts(&answer->body, "approximate", approximate);
            end_answer(&r);
        }
    }
    oat_filter_free(r.filter);
}

/* ---- Cost ----------------------------------------------------------------------------------------- */

#define COST_FIGURES                                                                                         \
    .aggregates = {"count",                                                                                  \
                   "sum:total_cost",                                                                         \
                   "sum:total_tokens",                                                                       \
                   "sum:prompt_tokens",                                                                      \
                   "sum:completion_tokens",                                                                  \
                   "sum:cached_tokens"},                                                                     \
    .names = {"calls", "total_cost", "total_tokens", "prompt_tokens", "completion_tokens", "cached_tokens"}, \
    .sort = {"-sum:total_cost"}

static const struct shape cost_by_time = {COST_FIGURES};
static const struct cost {
    const char *by, *member;
    struct shape shape;
} costs[] = {
    {"model", "by_model", {.group_by = {"model"}, COST_FIGURES}},
    {"agent", "by_agent", {.group_by = {"agent"}, COST_FIGURES}},
    {"prompt", "by_prompt", {.group_by = {"prompt_name", "prompt_version"}, COST_FIGURES}},
};
#define COSTS (sizeof costs / sizeof *costs)

/* What the series is divided by. False: answered. */
static bool read_by(const struct oat_query *query, const struct shape **ret, struct oat_answer *answer)
{
    struct oat_query_error error = {.parameter = "by"};
    char found[40];
    const char *by = oat_query_get(query, "by", NULL);
    *ret = &cost_by_time;
    if (!by)
        return true;
    for (size_t i = 0; i < COSTS; i++)
        if (strcmp(costs[i].by, by) == 0) {
            *ret = &costs[i].shape;
            return true;
        }
    snprintf(error.message, sizeof error.message, "expected model, agent or prompt, found \"%s\"",
             oat_log_quote(by, found, sizeof found));
    oat_answer_bad_parameter(answer, &error);
    return false;
}

static bool put_costs(struct request *r, const struct shape *series, size_t limit)
{
    for (size_t i = 0; i < COSTS; i++)
        if (!put_list(r, costs[i].member, &costs[i].shape, false, limit))
            return false;
    return put_list(r, "series", series, true, 0);
}

void oat_handle_cost(const struct oat_call *call, struct oat_answer *answer)
{
    struct request r = {.lease = call->lease, .answer = answer};
    struct oat_query_error error;
    const struct shape *series;
    uint64_t limit = LIMIT_DEFAULT;
    if (!oat_query_number(call->query, "limit", 1, LIMIT_MAX, &limit, &error)) {
        oat_answer_bad_parameter(answer, &error);
        return;
    }
    if (!read_by(call->query, &series, answer))
        return;
    if (read_request(&r, call, "(total_cost != null or total_tokens != null)", HOUR_NS)) {
        begin_answer(&r);
        if (put_costs(&r, series, (size_t)limit))
            end_answer(&r);
    }
    oat_filter_free(r.filter);
}
