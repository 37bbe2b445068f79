#include "httpd/handle_trace.h"

#include <inttypes.h>
#include <string.h>

#include "export/span_json.h"
#include "format/ids.h"
#include "httpd/log.h"

const char *const oat_trace_parameters[] = {"include_blobs", NULL};
const char *const oat_span_parameters[] = {"trace_id", "include_blobs", NULL};

/* Bytes that one answer may have, about; answers are built in memory. */
#define ANSWER_MAX (UINT64_C(256) << 20)
#define SPAN_ABOUT 1500u /* of a span without payloads */

/* Opens the trace that a text names; false answers. */
static bool open_trace(const struct oat_call *call, const char *text, size_t len, oat_trace **ret_trace,
                       struct oat_answer *answer)
{
    char quoted[100];
    oat_log_quote(text, quoted, sizeof quoted);
    const oat_snapshot *snapshot = call->lease->snapshot;
    uint8_t trace_id[16];
    int rc = snapshot ? oat_snapshot_find_trace(snapshot, text, len, trace_id) : OAT_NOTFOUND;
    if (rc == OAT_OK)
        rc = oat_trace_open(snapshot, trace_id, ret_trace);
    if (rc == OAT_NOTFOUND)
        oat_answer_error(answer, 404, "not_found", "no trace %s", quoted);
    else if (rc == OAT_E_AMBIGUOUS)
        oat_answer_error(answer, 409, "ambiguous_id", "several traces begin with %s: give more digits",
                         quoted);
    else if (rc == OAT_E_INVALID)
        oat_answer_error(answer, 400, "bad_id", "not a trace id: %s", quoted);
    else if (rc != OAT_OK)
        oat_answer_result(answer, rc, "finding the trace");
    return rc == OAT_OK;
}

static uint64_t bytes_about(const oat_span_view *span, bool include_blobs)
{
    uint64_t bytes = SPAN_ABOUT + span->attributes.raw_len + span->error.raw_len;
    return include_blobs ? bytes + span->input.raw_len + span->output.raw_len : bytes;
}

/* False answers 413: spans would take too much memory to show. */
static bool fits(const oat_span_view *spans, size_t count, bool include_blobs, struct oat_answer *answer)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += bytes_about(&spans[i], include_blobs);
    if (bytes <= ANSWER_MAX)
        return true;
    oat_answer_error(answer, 413, "answer_too_large",
                     "about %" PRIu64 " bytes, more than %" PRIu64
                     "; ask for single spans, or use oat export",
                     bytes, ANSWER_MAX);
    return false;
}

static bool read_include_blobs(const struct oat_call *call, bool *ret, struct oat_answer *answer)
{
    struct oat_query_error error;
    *ret = false;
    if (oat_query_bool(call->query, "include_blobs", ret, &error))
        return true;
    oat_answer_bad_parameter(answer, &error);
    return false;
}

static enum oat_json_payloads payloads_of(bool include_blobs)
{
    return include_blobs ? OAT_JSON_PAYLOADS_AND_IDS : OAT_JSON_PREVIEWS;
}

void oat_handle_trace(const struct oat_call *call, struct oat_answer *answer)
{
    oat_trace *trace;
    size_t count;
    bool include_blobs;

    if (!read_include_blobs(call, &include_blobs, answer) ||
        !open_trace(call, call->id, call->id_len, &trace, answer))
        return;
    const oat_span_view *spans = oat_trace_spans(trace, &count);
    int rc = OAT_OK;
    answer->tagged = true;
    if (fits(spans, count, include_blobs, answer))
        rc = oat_json_trace(&answer->body, call->lease->snapshot, trace, payloads_of(include_blobs));
    oat_trace_close(trace);
    if (rc != OAT_OK)
        oat_answer_result(answer, rc, "reading the trace");
}

static const oat_span_view *find_span(const oat_span_view *spans, size_t count, const char *text, size_t len)
{
    uint8_t id[8];
    if (count == 0 || oat_span_id_of_text(spans[0].trace_id, text, len, id) != OAT_OK)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (memcmp(spans[i].span_id, id, sizeof id) == 0)
            return &spans[i];
    return NULL;
}

void oat_handle_span(const struct oat_call *call, struct oat_answer *answer)
{
    oat_trace *trace;
    size_t count, trace_id_len;
    bool include_blobs;
    const char *trace_id = oat_query_get(call->query, "trace_id", &trace_id_len);

    if (!trace_id) {
        oat_answer_error(answer, 400, "bad_parameter",
                         "trace_id: required; finding a span by its id alone is not built yet");
        return;
    }
    if (!read_include_blobs(call, &include_blobs, answer) ||
        !open_trace(call, trace_id, trace_id_len, &trace, answer))
        return;
    const oat_span_view *spans = oat_trace_spans(trace, &count);
    const oat_span_view *span = find_span(spans, count, call->id, call->id_len);
    int rc = OAT_OK;
    answer->tagged = true;
    if (!span)
        oat_answer_error(answer, 404, "not_found", "no such span in this trace");
    else if (fits(span, 1, include_blobs, answer))
        rc = oat_json_span(&answer->body, call->lease->snapshot, trace, span, payloads_of(include_blobs));
    oat_trace_close(trace);
    if (rc != OAT_OK)
        oat_answer_result(answer, rc, "reading the span");
}
