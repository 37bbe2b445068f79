#include "httpd/prompt_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/ids.h"
#include "format/json_write.h"
#include "httpd/report.h"
#include "httpd/selection.h"

/* Columns of the query: a row is a call. */
enum { TRACE_ID, SPAN_ID, START, ERRORS, COST, TOKENS, LATENCY };

static bool make_filter(const struct oat_prompt_choice *choice, oat_filter **ret, struct oat_answer *answer)
{
    struct oat_json name = {0}; /* filters quote as JSON does */
    char *text = NULL;
    oat_json_string(&name, choice->name.bytes, choice->name.len);
    int len = name.failed ? -1
                          : asprintf(&text, "type = llm and prompt_name = %.*s and prompt_version = %u",
                                     (int)name.len, name.bytes, choice->version);
    oat_json_free(&name);
    if (len < 0) {
        oat_answer_result(answer, OAT_E_NOMEM, "reading the filter");
        return false;
    }
    bool ok = oat_selection_filter(text, (size_t)len, choice->window.to_ns, "name", ret, answer);
    free(text);
    return ok;
}

static void add(struct oat_sample *sample, const oat_query_value *value)
{
    if (!value->null)
        oat_sample_add(sample, value->number);
}

/* ---- Scores --------------------------------------------------------------------------------------- */

static bool is_wanted(const struct oat_prompt_choice *choice, const oat_score_view *score)
{
    return score->has_value &&
           (!choice->score.bytes || (score->name.bytes && score->name.len == choice->score.len &&
                                     memcmp(score->name.bytes, choice->score.bytes, score->name.len) == 0));
}

/* span_id NULL: those of the whole trace. */
static int add_scores(const oat_trace *trace, const uint8_t *span_id, const struct oat_prompt_choice *choice,
                      struct oat_sample *sample)
{
    oat_score_view *scores = NULL;
    size_t count = 0;
    int result = oat_trace_scores(trace, span_id, &scores, &count);
    for (size_t i = 0; i < count && result == OAT_OK; i++)
        if (is_wanted(choice, &scores[i]))
            oat_sample_add(sample, scores[i].value);
    free(scores);
    return result;
}

/* A trace, and the calls of the version in it: rows of the result. */
static int add_trace_scores(const oat_snapshot *snapshot, const oat_query_result *result, const size_t *rows,
                            size_t count, const struct oat_prompt_choice *choice, struct oat_sample *sample)
{
    oat_trace *trace;
    uint8_t trace_id[16], span_id[8];
    const oat_query_value *row = result->values + rows[0] * result->column_count;
    if (!oat_hex_parse(row[TRACE_ID].text.bytes, row[TRACE_ID].text.len, trace_id, sizeof trace_id))
        return OAT_E_CORRUPT;
    int rc = oat_trace_open(snapshot, trace_id, &trace);
    if (rc != OAT_OK)
        return rc == OAT_NOTFOUND ? OAT_OK : rc;
    rc = add_scores(trace, NULL, choice, sample);
    for (size_t i = 0; i < count && rc == OAT_OK; i++) {
        row = result->values + rows[i] * result->column_count;
        if (oat_hex_parse(row[SPAN_ID].text.bytes, row[SPAN_ID].text.len, span_id, sizeof span_id))
            rc = add_scores(trace, span_id, choice, sample);
    }
    oat_trace_close(trace);
    return rc;
}

static int compare_trace_ids(const void *a, const void *b, void *arg)
{
    const oat_query_result *result = arg;
    const oat_query_value *x = result->values + *(const size_t *)a * result->column_count;
    const oat_query_value *y = result->values + *(const size_t *)b * result->column_count;
    return memcmp(x[TRACE_ID].text.bytes, y[TRACE_ID].text.bytes, 32);
}

/* Scores of the calls and of the traces they are in. Rows are the newest first. */
static int collect_scores(const oat_snapshot *snapshot, const oat_query_result *result,
                          const struct oat_prompt_choice *choice, struct oat_prompt_calls *calls)
{
    size_t count = result->row_count < OAT_PROMPT_TRACES_MAX ? result->row_count : OAT_PROMPT_TRACES_MAX;
    size_t *rows = malloc((count + 1) * sizeof *rows);
    int rc = rows ? OAT_OK : OAT_E_NOMEM;
    calls->limited = calls->limited || count < result->row_count;
    for (size_t i = 0; rows && i < count; i++)
        rows[i] = i;
    if (rows)
        qsort_r(rows, count, sizeof *rows, compare_trace_ids, (void *)(uintptr_t)result);
    for (size_t i = 0, end; i < count && rc == OAT_OK; i = end) {
        for (end = i + 1;
             end < count && compare_trace_ids(&rows[i], &rows[end], (void *)(uintptr_t)result) == 0;)
            end++;
        rc = add_trace_scores(snapshot, result, rows + i, end - i, choice, &calls->score);
    }
    free(rows);
    return rc;
}

/* ---- Calls ---------------------------------------------------------------------------------------- */

static void add_calls(const oat_query_result *result, struct oat_prompt_calls *calls)
{
    for (size_t i = 0; i < result->row_count; i++) {
        const oat_query_value *row = result->values + i * result->column_count;
        calls->calls++;
        calls->errors += row[ERRORS].number > 0;
        add(&calls->cost, &row[COST]);
        add(&calls->tokens, &row[TOKENS]);
        add(&calls->latency_ms, &row[LATENCY]);
    }
    calls->limited = result->group_count > result->row_count;
    calls->partial = result->partial;
}

bool oat_prompt_calls_collect(const struct oat_lease *lease, const struct oat_prompt_choice *choice,
                              struct oat_prompt_calls *ret, struct oat_answer *answer)
{
    struct oat_report report = {
        .window = choice->window,
        .group_by = {"trace_id", "span_id"},
        .aggregates = {"max:start_time", "error_rate", "all:sum:total_cost", "all:sum:total_tokens",
                       "max:duration_ms"},
        .sort = {"-max:start_time"},
        .limit = OAT_PROMPT_CALLS_MAX,
    };
    oat_filter *filter = NULL;
    oat_query_result *result = NULL;
    *ret = (struct oat_prompt_calls){0};
    report.window.every_ns = 0;
    bool ok = make_filter(choice, &filter, answer);
    report.filter = filter;
    ok = ok && oat_report_run(&report, lease, &result, answer);
    if (ok && result) {
        add_calls(result, ret);
        int rc = collect_scores(lease->snapshot, result, choice, ret);
        ok = rc == OAT_OK;
        if (!ok)
            oat_answer_result(answer, rc, "reading scores");
    }
    oat_query_result_free(result);
    oat_filter_free(filter);
    return ok;
}
