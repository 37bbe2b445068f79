#include "httpd/handle_totals.h"

#include <stdlib.h>

#include "export/field_json.h"
#include "httpd/trace_selection.h"
#include "oat/lists.h"

#define BUCKETS_MAX     1000u
#define BUCKETS_DEFAULT 60u

const char *const oat_totals_parameters[] = {OAT_TRACE_SELECTION_PARAMETERS, NULL};
const char *const oat_histogram_parameters[] = {OAT_TRACE_SELECTION_PARAMETERS, "buckets", NULL};

/* ---- Numbers that may not be known ---------------------------------------------------------------- */

/* A share, or a mean. of 0: not known. */
static void put_ratio(struct oat_json *json, const char *key, double sum, uint64_t of)
{
    oat_json_key(json, key);
    if (of > 0)
        oat_json_double(json, sum / (double)of);
    else
        oat_json_null(json);
}

/* ---- Totals --------------------------------------------------------------------------------------- */

static void put_statuses(struct oat_json *json, const oat_trace_totals *totals)
{
    oat_json_key(json, "by_status");
    oat_json_object_begin(json);
    for (unsigned status = OAT_SHOWN_RUNNING; status <= OAT_SHOWN_LOST_CONTACT; status++)
        if (totals->by_status[status] > 0)
            oat_json_count_field(json, oat_shown_status_name(status), true, totals->by_status[status]);
    oat_json_object_end(json);
}

static void put_totals(struct oat_json *json, const oat_trace_totals *t)
{
    const struct {
        const char *key;
        double ns;
    } durations[] = {{"avg_duration_ms", t->duration_avg_ns},
                     {"p50_duration_ms", t->duration_p50_ns},
                     {"p95_duration_ms", t->duration_p95_ns},
                     {"p99_duration_ms", t->duration_p99_ns}};
    oat_json_object_begin(json);
    oat_json_count_field(json, "traces", true, t->traces);
    put_statuses(json, t);
    put_ratio(json, "error_rate", (double)t->by_status[OAT_SHOWN_ERROR], t->traces);
    oat_json_count_field(json, "span_count", true, t->spans);
    oat_json_count_field(json, "error_count", true, t->errors);
    oat_json_count_field(json, "prompt_tokens", t->with_tokens > 0, t->input_tokens);
    oat_json_count_field(json, "completion_tokens", t->with_tokens > 0, t->output_tokens);
    oat_json_count_field(json, "total_tokens", t->with_tokens > 0, t->input_tokens + t->output_tokens);
    oat_json_fixed_field(json, "total_cost", t->with_cost > 0, t->cost_total_nano, 9);
    put_ratio(json, "avg_cost", (double)t->cost_total_nano / 1e9, t->with_cost);
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++)
        put_ratio(json, durations[i].key, durations[i].ns / 1e6, t->ended > 0);
    oat_json_fixed_field(json, "first_start_time", t->traces > 0, (int64_t)t->first_start_ns, 9);
    oat_json_fixed_field(json, "last_start_time", t->traces > 0, (int64_t)t->last_start_ns, 9);
    oat_json_key(json, "partial");
    oat_json_bool(json, t->partial);
    oat_json_object_end(json);
}

/* Without a store there are none. False answers. */
static bool read_totals(const struct oat_call *call, const struct oat_trace_selection *selection,
                        const oat_trace_histogram *histogram, oat_trace_totals *ret,
                        struct oat_answer *answer)
{
    const oat_trace_query query = oat_trace_selection_query(selection, call->lease);
    *ret = (oat_trace_totals){0};
    if (!call->lease->snapshot)
        return true;
    int rc = oat_trace_totals_read(call->lease->snapshot, &query, ret, histogram);
    if (rc != OAT_OK)
        oat_answer_result(answer, rc, "adding up the traces");
    return rc == OAT_OK;
}

void oat_handle_totals(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_trace_selection selection;
    oat_trace_totals totals;
    if (!oat_trace_selection_read(call->query, &selection, answer))
        return;
    if (read_totals(call, &selection, NULL, &totals, answer))
        put_totals(&answer->body, &totals);
    oat_trace_selection_free(&selection);
}

/* ---- Histogram ------------------------------------------------------------------------------------ */

/* Lengths of buckets that people know, in seconds, the last one to be doubled. */
static uint64_t bucket_length(uint64_t window_ns, uint64_t buckets)
{
    static const uint32_t steps_s[] = {1,   2,    5,    10,   15,    30,    60,    120,   300,    600,
                                       900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800};
    const uint64_t second_ns = 1000000000;
    for (size_t i = 0; i < sizeof steps_s / sizeof *steps_s; i++)
        if (window_ns / (steps_s[i] * second_ns) < buckets)
            return steps_s[i] * second_ns;
    uint64_t step_ns = 604800 * second_ns;
    while (window_ns / step_ns >= buckets)
        step_ns *= 2;
    return step_ns;
}

/* The times that the buckets cover: those asked for, else those of the traces. */
static void window_of(const struct oat_trace_selection *selection, const oat_trace_totals *totals,
                      uint64_t *ret_from_ns, uint64_t *ret_last_ns)
{
    *ret_from_ns = selection->spans.from_ns ? selection->spans.from_ns : totals->first_start_ns;
    *ret_last_ns = selection->spans.to_ns ? selection->spans.to_ns - 1 : totals->last_start_ns;
    if (*ret_last_ns < *ret_from_ns)
        *ret_last_ns = *ret_from_ns;
}

static void put_histogram(struct oat_json *json, const oat_trace_histogram *histogram,
                          const oat_trace_totals *totals)
{
    oat_json_object_begin(json);
    oat_json_count_field(json, "traces", true, totals->traces);
    oat_json_fixed_field(json, "bucket_s", true, (int64_t)histogram->every_ns, 9);
    oat_json_key(json, "buckets");
    oat_json_array_begin(json);
    for (size_t i = 0; i < histogram->bucket_count; i++) {
        oat_json_object_begin(json);
        oat_json_fixed_field(json, "start_time", true,
                             (int64_t)(histogram->from_ns + i * histogram->every_ns), 9);
        oat_json_count_field(json, "traces", true, histogram->buckets[i].traces);
        oat_json_count_field(json, "errors", true, histogram->buckets[i].errors);
        oat_json_object_end(json);
    }
    oat_json_array_end(json);
    oat_json_key(json, "partial");
    oat_json_bool(json, totals->partial);
    oat_json_object_end(json);
}

static void answer_histogram(const struct oat_call *call, const struct oat_trace_selection *selection,
                             uint64_t buckets, struct oat_answer *answer)
{
    oat_trace_totals totals;
    uint64_t from_ns, last_ns;
    oat_trace_histogram histogram = {.every_ns = 1};
    bool window_given = selection->spans.from_ns && selection->spans.to_ns;
    if (window_given)
        totals = (oat_trace_totals){0};
    else if (!read_totals(call, selection, NULL, &totals, answer))
        return;
    window_of(selection, &totals, &from_ns, &last_ns);
    if (window_given || totals.traces > 0) {
        histogram.every_ns = bucket_length(last_ns - from_ns, buckets - 1);
        histogram.from_ns = from_ns / histogram.every_ns * histogram.every_ns;
        histogram.bucket_count = (last_ns - histogram.from_ns) / histogram.every_ns + 1;
    }
    histogram.buckets = calloc(histogram.bucket_count + 1, sizeof *histogram.buckets);
    if (!histogram.buckets)
        oat_answer_result(answer, OAT_E_NOMEM, "adding up the traces");
    else if (read_totals(call, selection, &histogram, &totals, answer))
        put_histogram(&answer->body, &histogram, &totals);
    free(histogram.buckets);
}

void oat_handle_histogram(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_trace_selection selection;
    struct oat_query_error error;
    uint64_t buckets = BUCKETS_DEFAULT;
    if (!oat_query_number(call->query, "buckets", 2, BUCKETS_MAX, &buckets, &error)) {
        oat_answer_bad_parameter(answer, &error);
        return;
    }
    if (!oat_trace_selection_read(call->query, &selection, answer))
        return;
    answer_histogram(call, &selection, buckets, answer);
    oat_trace_selection_free(&selection);
}
