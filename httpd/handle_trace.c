#include "httpd/handle_trace.h"

#include <inttypes.h>

#include "export/span_json.h"
#include "httpd/lookup.h"

const char *const oat_trace_parameters[] = {"include_blobs", NULL};
const char *const oat_span_parameters[] = {"trace_id", "include_blobs", NULL};

/* Bytes that one answer may have, about; answers are built in memory. */
#define ANSWER_MAX (UINT64_C(256) << 20)
#define SPAN_ABOUT 1500u /* of a span without payloads */

static uint64_t bytes_about(const oat_span_view *span, bool include_blobs)
{
    uint64_t bytes = SPAN_ABOUT + span->attributes.raw_len + span->error.raw_len;
    return include_blobs ? bytes + span->input.raw_len + span->output.raw_len : bytes;
}

/* Makes room for an answer with these spans. False answers 413: it would take too much memory. */
static bool make_room(const oat_span_view *spans, size_t count, bool include_blobs, struct oat_answer *answer)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += bytes_about(&spans[i], include_blobs);
    if (bytes <= ANSWER_MAX) {
        oat_json_reserve(&answer->body, (size_t)bytes);
        return true;
    }
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
        !oat_lookup_trace(call, call->id, call->id_len, &trace, answer))
        return;
    const oat_span_view *spans = oat_trace_spans(trace, &count);
    int rc = OAT_OK;
    answer->tagged = true;
    if (make_room(spans, count, include_blobs, answer))
        rc = oat_json_trace(&answer->body, call->lease->snapshot, trace, payloads_of(include_blobs));
    oat_trace_close(trace);
    if (rc != OAT_OK)
        oat_answer_result(answer, rc, "reading the trace");
}

void oat_handle_span(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_span_found found;
    bool include_blobs;
    if (!read_include_blobs(call, &include_blobs, answer) || !oat_lookup_path_span(call, &found, answer))
        return;
    int rc = OAT_OK;
    answer->tagged = true;
    if (make_room(found.span, 1, include_blobs, answer))
        rc = oat_json_span(&answer->body, call->lease->snapshot, found.trace, found.span,
                           payloads_of(include_blobs));
    if (rc == OAT_OK && answer->status == 200 && found.other_traces > 0) {
        oat_json_object_reopen(&answer->body);
        oat_json_key(&answer->body, "other_traces");
        oat_json_uint(&answer->body, found.other_traces);
        oat_json_object_end(&answer->body);
    }
    oat_trace_close(found.trace);
    if (rc != OAT_OK)
        oat_answer_result(answer, rc, "reading the span");
}
