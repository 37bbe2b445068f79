#include "tests/support/run_totals.h"

#include "reader/trace_root.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct totals {
    uint32_t spans, errors;
    bool has_input, has_output, has_cost;
    uint64_t input, output;
    int64_t cost_nano;
};

static bool has_usage(const oat_span_view *span)
{
    bool any = span->has_cost;
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        any = any || span->has_count[i];
    return any;
}

/* Takes `counts` from all spans above one with usage. */
static void mark_above(const oat_span_view *spans, size_t count, size_t i, bool *counts)
{
    for (size_t steps = 0; spans[i].parent_index != UINT32_MAX && steps < count; steps++) {
        i = spans[i].parent_index;
        counts[i] = false;
    }
}

/* Whether a reports the call of b better than b itself does. */
static bool goes_before(const oat_span_view *a, const oat_span_view *b)
{
    return a->depth != b->depth ? a->depth > b->depth : memcmp(a->span_id, b->span_id, sizeof a->span_id) < 0;
}

static void choose_counted(const oat_span_view *spans, size_t count, bool *counts)
{
    for (size_t i = 0; i < count; i++)
        counts[i] = has_usage(&spans[i]);
    for (size_t i = 0; i < count; i++)
        if (has_usage(&spans[i]))
            mark_above(spans, count, i, counts);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count && counts[i] && spans[i].call_id; k++)
            if (counts[k] && spans[k].call_id == spans[i].call_id && goes_before(&spans[k], &spans[i]))
                counts[i] = false;
}

static struct totals add_up(const oat_span_view *spans, size_t count)
{
    struct totals t = {.spans = (uint32_t)count};
    bool *counts = calloc(count + 1, sizeof *counts);
    if (!counts)
        abort();
    choose_counted(spans, count, counts);
    for (size_t i = 0; i < count; i++) {
        const oat_span_view *span = &spans[i];
        t.errors += span->status == OAT_SHOWN_ERROR;
        if (counts[i] && span->has_count[OAT_COUNT_INPUT]) {
            t.has_input = true;
            t.input += span->count[OAT_COUNT_INPUT];
        }
        if (counts[i] && span->has_count[OAT_COUNT_OUTPUT]) {
            t.has_output = true;
            t.output += span->count[OAT_COUNT_OUTPUT];
        }
        if (counts[i] && span->has_cost) {
            t.has_cost = true;
            t.cost_nano += span->cost_total_nano;
        }
    }
    free(counts);
    return t;
}

static bool matches(const oat_trace_view *got, const struct totals *want, const char *where, char *why)
{
    if (got->span_count != want->spans || got->error_count != want->errors)
        return oat_run_differs(why, "%s says %u spans, %u errors; there are %u, %u", where, got->span_count,
                               got->error_count, want->spans, want->errors);
    if (got->has_input_tokens != want->has_input || got->has_output_tokens != want->has_output ||
        got->has_cost != want->has_cost)
        return oat_run_differs(why, "%s has other sums than its spans report", where);
    if ((want->has_input && got->input_tokens != want->input) ||
        (want->has_output && got->output_tokens != want->output) ||
        (want->has_cost && got->cost_total_nano != want->cost_nano))
        return oat_run_differs(why,
                               "%s sums up %" PRIu64 ", %" PRIu64 " tokens, cost %" PRId64 ", not %" PRIu64
                               ", %" PRIu64 ", %" PRId64,
                               where, got->input_tokens, got->output_tokens, got->cost_total_nano,
                               want->input, want->output, want->cost_nano);
    return true;
}

static bool same_payload(const oat_payload *a, const oat_payload *b)
{
    return a->present == b->present && a->lost == b->lost && a->forgotten == b->forgotten &&
           a->raw_len == b->raw_len && a->source == b->source && a->place == b->place &&
           a->place_kind == b->place_kind;
}

/* Of a trace that was opened: what is read of its root alone is what it shows. */
static bool root_matches(const oat_snapshot *snapshot, const uint8_t trace_id[16], const oat_span_view *root,
                         char *why)
{
    oat_payload input, output;
    int result = oat_trace_root_payloads(snapshot, trace_id, &input, &output);
    if (result != OAT_OK)
        return oat_run_differs(why, "the root of a listed trace: %s", oat_result_text(result));
    if (!same_payload(&input, &root->input) || !same_payload(&output, &root->output))
        return oat_run_differs(why, "the root read alone has other payloads than its trace shows");
    return true;
}

static bool trace_matches(const oat_snapshot *snapshot, const oat_trace_view *listed, char *why)
{
    oat_trace *trace;
    size_t count;
    int result = oat_trace_open(snapshot, listed->trace_id, &trace);
    if (result != OAT_OK)
        return oat_run_differs(why, "a listed trace: %s", oat_result_text(result));
    const oat_span_view *spans = oat_trace_spans(trace, &count);
    struct totals want = add_up(spans, count);
    bool same = matches(listed, &want, "the list", why) &&
                matches(oat_trace_head(trace), &want, "the trace", why) &&
                root_matches(snapshot, listed->trace_id, &spans[0], why);
    oat_trace_close(trace);
    return same;
}

bool oat_run_totals_match(const oat_snapshot *snapshot, char ret_why[OAT_RUN_WHY_SIZE])
{
    oat_trace_list *list;
    bool same = true;
    int result = oat_trace_list_open(snapshot, &(oat_trace_query){0}, &list);
    if (result != OAT_OK)
        return oat_run_differs(ret_why, "the list of traces: %s", oat_result_text(result));
    for (size_t i = 0; i < oat_trace_list_count(list) && same; i++)
        same = trace_matches(snapshot, oat_trace_list_get(list, i), ret_why);
    oat_trace_list_close(list);
    return same;
}
