#include "httpd/handle_diff.h"

#include <stdlib.h>
#include <string.h>

#include "export/field_json.h"
#include "export/span_json.h"
#include "format/names.h"
#include "httpd/align.h"
#include "httpd/conversation.h"
#include "httpd/lookup.h"

#define COMPARED_MAX 200u                 /* pairs whose messages are read */
#define INPUT_MAX    (UINT64_C(64) << 20) /* bytes of an input that is read */

/* Two traces, and where in them. */
struct diff {
    const oat_snapshot *snapshot;
    oat_trace *trace[2];
    const oat_span_view *spans[2];
    size_t span_count[2];
    struct oat_pair_of_spans *pairs;
    size_t pair_count;
    unsigned compared; /* pairs whose messages were read */
    struct oat_json *json;
};

/* ---- Messages of a pair --------------------------------------------------------------------------- */

/* Of a call without an input, or with one that is damaged or too large, there are none. */
static int read_messages(const oat_snapshot *snapshot, const oat_span_view *span, struct oat_messages *ret)
{
    uint8_t *bytes;
    size_t len;
    *ret = (struct oat_messages){0};
    if (!span->input.present || span->input.raw_len > INPUT_MAX)
        return OAT_OK;
    int result = oat_payload_read(snapshot, &span->input, &bytes, &len);
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? result : OAT_OK;
    result = oat_messages_read(snapshot, bytes, len, ret);
    free(bytes);
    return result;
}

/* Of two calls; free both in any case. */
static int read_both(const oat_snapshot *snapshot, const oat_span_view *a, const oat_span_view *b,
                     struct oat_messages ret[2])
{
    ret[1] = (struct oat_messages){0};
    int result = read_messages(snapshot, a, &ret[0]);
    return result == OAT_OK ? read_messages(snapshot, b, &ret[1]) : result;
}

static bool are_same(const struct oat_messages messages[2])
{
    size_t common = oat_messages_common(&messages[0], &messages[1]);
    return common == messages[0].count && common == messages[1].count;
}

/* ---- A pair --------------------------------------------------------------------------------------- */

static bool same_text(oat_text a, oat_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

/* NULL: the trace has no such span. */
static void put_side(struct oat_json *json, const char *key, const oat_span_view *span)
{
    oat_json_key(json, key);
    if (!span) {
        oat_json_null(json);
        return;
    }
    bool tokens = span->has_count[OAT_COUNT_INPUT] || span->has_count[OAT_COUNT_OUTPUT];
    uint64_t duration_ns = span->end_ns > span->start_ns ? span->end_ns - span->start_ns : 0;
    oat_json_object_begin(json);
    oat_json_key(json, "span_id");
    oat_json_hex(json, span->span_id, sizeof span->span_id);
    oat_json_text_field(json, "name", span->text[OAT_TEXT_NAME]);
    oat_json_key(json, "status");
    oat_json_cstring(json, oat_shown_status_name(span->status));
    oat_json_text_field(json, "model", span->text[OAT_TEXT_MODEL]);
    oat_json_fixed_field(json, "duration_ms", span->end_ns != 0, (int64_t)duration_ns, 6);
    oat_json_count_field(json, "total_tokens", tokens,
                         (uint64_t)span->count[OAT_COUNT_INPUT] + span->count[OAT_COUNT_OUTPUT]);
    oat_json_fixed_field(json, "total_cost", span->has_cost, span->cost_total_nano, 9);
    oat_json_object_end(json);
}

/* What differs besides figures. The messages are those of two calls, or NULL. */
static bool put_differences(struct oat_json *json, const oat_span_view *a, const oat_span_view *b,
                            const struct oat_messages *messages)
{
    const struct {
        const char *name;
        bool differs;
    } differences[] = {
        {"only_a", !b},
        {"only_b", !a},
        {"status", a && b && a->status != b->status},
        {"name", a && b && !same_text(a->text[OAT_TEXT_NAME], b->text[OAT_TEXT_NAME])},
        {"model", a && b && !same_text(a->text[OAT_TEXT_MODEL], b->text[OAT_TEXT_MODEL])},
        {"messages", messages && !are_same(messages)},
    };
    bool any = false;
    oat_json_key(json, "differences");
    oat_json_array_begin(json);
    for (size_t i = 0; i < sizeof differences / sizeof *differences; i++) {
        if (differences[i].differs)
            oat_json_cstring(json, differences[i].name);
        any = any || differences[i].differs;
    }
    oat_json_array_end(json);
    bool known = messages && !are_same(messages);
    oat_json_count_field(json, "first_different_message", known,
                         messages ? oat_messages_common(&messages[0], &messages[1]) : 0);
    return any;
}

/* *ret_differs: more than figures do. */
static int put_pair(struct diff *d, const struct oat_pair_of_spans *pair, bool *ret_differs)
{
    const oat_span_view *a = pair->a == OAT_ALIGN_NONE ? NULL : &d->spans[0][pair->a];
    const oat_span_view *b = pair->b == OAT_ALIGN_NONE ? NULL : &d->spans[1][pair->b];
    const oat_span_view *any = a ? a : b;
    struct oat_messages messages[2] = {0};
    bool calls = a && b && a->type == OAT_LLM && d->compared < COMPARED_MAX;
    int rc = calls ? read_both(d->snapshot, a, b, messages) : OAT_OK;
    d->compared += calls;
    oat_json_object_begin(d->json);
    oat_json_key(d->json, "span_type");
    oat_json_cstring(d->json, oat_span_type_name((unsigned)any->type));
    oat_json_count_field(d->json, "depth", true, any->depth);
    put_side(d->json, "a", a);
    put_side(d->json, "b", b);
    *ret_differs = put_differences(d->json, a, b, calls ? messages : NULL);
    oat_json_object_end(d->json);
    oat_messages_free(&messages[0]);
    oat_messages_free(&messages[1]);
    return rc;
}

/* ---- Traces --------------------------------------------------------------------------------------- */

static int put_traces(struct diff *d)
{
    static const char *const keys[] = {"a", "b"};
    size_t first = d->pair_count;
    bool differs;
    int rc = OAT_OK;
    oat_json_object_begin(d->json);
    for (unsigned i = 0; i < 2 && rc == OAT_OK; i++) {
        oat_json_key(d->json, keys[i]);
        rc = oat_json_trace_summary(d->json, d->snapshot, oat_trace_head(d->trace[i]));
    }
    oat_json_key(d->json, "pairs");
    oat_json_array_begin(d->json);
    for (size_t i = 0; i < d->pair_count && rc == OAT_OK; i++) {
        rc = put_pair(d, &d->pairs[i], &differs);
        if (differs && first == d->pair_count)
            first = i;
    }
    oat_json_array_end(d->json);
    oat_json_count_field(d->json, "first_difference", first < d->pair_count, first);
    oat_json_object_end(d->json);
    return rc;
}

void oat_handle_trace_diff(const struct oat_call *call, struct oat_answer *answer)
{
    struct diff d = {.snapshot = call->lease->snapshot, .json = &answer->body};
    if (oat_lookup_trace(call, call->id, call->id_len, &d.trace[0], answer) &&
        oat_lookup_trace(call, call->other, call->other_len, &d.trace[1], answer)) {
        for (unsigned i = 0; i < 2; i++)
            d.spans[i] = oat_trace_spans(d.trace[i], &d.span_count[i]);
        int rc = oat_align(d.spans[0], d.span_count[0], d.spans[1], d.span_count[1], &d.pairs, &d.pair_count);
        if (rc == OAT_OK)
            rc = put_traces(&d);
        answer->tagged = true;
        if (rc != OAT_OK)
            oat_answer_result(answer, rc, "comparing the traces");
    }
    free(d.pairs);
    oat_trace_close(d.trace[0]);
    oat_trace_close(d.trace[1]);
}

/* ---- Spans ---------------------------------------------------------------------------------------- */

/* "trace:span", or the id of a span alone. */
static bool find_span(const struct oat_call *call, const char *text, size_t len, struct oat_span_found *ret,
                      struct oat_answer *answer)
{
    const char *colon = memrchr(text, ':', len);
    const char *span = colon ? colon + 1 : text;
    return oat_lookup_span(call, span, len - (size_t)(span - text), colon ? text : NULL,
                           colon ? (size_t)(colon - text) : 0, ret, answer);
}

static void put_messages(struct oat_json *json, const char *key, const struct oat_messages *messages)
{
    oat_json_key(json, key);
    oat_json_array_begin(json);
    for (size_t i = 0; i < messages->count; i++) {
        oat_json_object_begin(json);
        oat_message_fields(json, &messages->items[i]);
        oat_json_object_end(json);
    }
    oat_json_array_end(json);
}

static int put_spans(struct oat_json *json, const oat_snapshot *snapshot, const oat_span_view *a,
                     const oat_span_view *b)
{
    struct oat_messages messages[2];
    bool calls = a->type == OAT_LLM && b->type == OAT_LLM;
    int rc = read_both(snapshot, a, b, messages);
    oat_json_object_begin(json);
    put_side(json, "a", a);
    put_side(json, "b", b);
    put_differences(json, a, b, calls ? messages : NULL);
    put_messages(json, "messages_a", &messages[0]);
    put_messages(json, "messages_b", &messages[1]);
    oat_json_object_end(json);
    oat_messages_free(&messages[0]);
    oat_messages_free(&messages[1]);
    return rc;
}

void oat_handle_span_diff(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_span_found a = {0}, b = {0};
    if (!find_span(call, call->id, call->id_len, &a, answer))
        return;
    if (find_span(call, call->other, call->other_len, &b, answer)) {
        int rc = put_spans(&answer->body, call->lease->snapshot, a.span, b.span);
        answer->tagged = true;
        if (rc != OAT_OK)
            oat_answer_result(answer, rc, "comparing the spans");
        oat_trace_close(b.trace);
    }
    oat_trace_close(a.trace);
}
