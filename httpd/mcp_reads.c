#include "httpd/mcp_reads.h"

#include <stdlib.h>
#include <string.h>

#include "export/span_json.h"
#include "format/names.h"
#include "format/utf8.h"
#include "httpd/lookup.h"
#include "httpd/selection.h"
#include "httpd/trace_diff.h"

#define SPANS_MAX     500u
#define SPANS_DEFAULT 200u
#define CHARS_MAX     20000u
#define CHARS_DEFAULT 4000u
#define HITS_MAX      100u
#define HITS_DEFAULT  20u
#define CONTEXT_BYTES 150u
#define PAIRS_MAX     200u
#define NS_DIGITS     9u
#define MS_DIGITS     6u
#define UTF8_TAIL_MAX 3u /* bytes of a character that a prefix may have cut */

static bool read_number(const struct oat_call *call, const char *name, uint64_t min, uint64_t max,
                        uint64_t *ret, struct oat_answer *answer)
{
    struct oat_query_error error;
    bool ok = oat_query_number(call->query, name, min, max, ret, &error);
    if (!ok)
        oat_answer_bad_parameter(answer, &error);
    return ok;
}

static void put_text(struct oat_json *json, const char *key, oat_text text)
{
    oat_json_key(json, key);
    oat_json_string(json, text.bytes, text.len);
}

static void put_id(struct oat_json *json, const char *key, const uint8_t *id, size_t len)
{
    oat_json_key(json, key);
    oat_json_hex(json, id, len);
}

/* ---- A trace -------------------------------------------------------------------------------------- */

/* What there is to say of a span in a line. */
static void put_brief(struct oat_json *json, const oat_span_view *span)
{
    static const uint8_t none[8];
    bool has_tokens = span->has_count[OAT_COUNT_INPUT] || span->has_count[OAT_COUNT_OUTPUT];
    oat_json_object_begin(json);
    put_id(json, "span_id", span->span_id, sizeof span->span_id);
    if (memcmp(span->parent_id, none, sizeof none) != 0)
        put_id(json, "parent_span_id", span->parent_id, sizeof span->parent_id);
    oat_json_key(json, "span_type");
    oat_json_cstring(json, oat_span_type_name((unsigned)span->type));
    put_text(json, "name", span->text[OAT_TEXT_NAME]);
    oat_json_key(json, "status");
    oat_json_cstring(json, oat_shown_status_name(span->status));
    if (span->text[OAT_TEXT_STATUS_MESSAGE].bytes)
        put_text(json, "status_message", span->text[OAT_TEXT_STATUS_MESSAGE]);
    if (span->end_ns > 0) {
        oat_json_key(json, "duration_ms");
        oat_json_fixed(json, span->end_ns > span->start_ns ? (int64_t)(span->end_ns - span->start_ns) : 0,
                       MS_DIGITS);
    }
    if (span->text[OAT_TEXT_MODEL].bytes)
        put_text(json, "model", span->text[OAT_TEXT_MODEL]);
    if (has_tokens) {
        oat_json_key(json, "total_tokens");
        oat_json_uint(json, (uint64_t)span->count[OAT_COUNT_INPUT] + span->count[OAT_COUNT_OUTPUT]);
    }
    if (span->has_cost) {
        oat_json_key(json, "total_cost");
        oat_json_fixed(json, span->cost_total_nano, NS_DIGITS);
    }
    oat_json_object_end(json);
}

/* The offset of what comes behind those that are shown. */
static void put_next(struct oat_json *json, uint64_t offset, uint64_t shown, uint64_t count)
{
    oat_json_key(json, "next_offset");
    if (offset + shown < count)
        oat_json_uint(json, offset + shown);
    else
        oat_json_null(json);
}

static int put_trace(struct oat_json *json, const oat_snapshot *snapshot, const oat_trace *trace,
                     uint64_t offset, uint64_t limit)
{
    size_t count;
    const oat_span_view *spans = oat_trace_spans(trace, &count);
    uint64_t shown = 0;
    oat_json_object_begin(json);
    oat_json_key(json, "trace");
    int result = oat_json_trace_summary(json, snapshot, oat_trace_head(trace));
    oat_json_key(json, "spans");
    oat_json_array_begin(json);
    for (; shown < limit && offset < count && shown < count - offset; shown++)
        put_brief(json, &spans[offset + shown]);
    oat_json_array_end(json);
    put_next(json, offset, shown, count);
    oat_json_object_end(json);
    return result;
}

void oat_mcp_trace(const struct oat_call *call, struct oat_answer *answer)
{
    oat_trace *trace;
    uint64_t offset = 0, limit = SPANS_DEFAULT;
    if (!read_number(call, "offset", 0, UINT32_MAX, &offset, answer) ||
        !read_number(call, "limit", 1, SPANS_MAX, &limit, answer) ||
        !oat_lookup_trace(call, call->id, call->id_len, &trace, answer))
        return;
    int result = put_trace(&answer->body, call->lease->snapshot, trace, offset, limit);
    oat_trace_close(trace);
    if (result != OAT_OK)
        oat_answer_result(answer, result, "reading the trace");
}

/* ---- A span --------------------------------------------------------------------------------------- */

/* The beginning of a payload, when it is text. */
static int put_payload(struct oat_json *json, const char *key, const oat_snapshot *snapshot,
                       const oat_payload *payload, size_t max)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    int result = oat_payload_read_prefix(snapshot, payload, max, &bytes, &len);
    oat_json_key(json, key);
    if (result != OAT_OK) { /* there is none, or it is damaged */
        oat_json_null(json);
        return result == OAT_NOTFOUND || result == OAT_E_CORRUPT ? OAT_OK : result;
    }
    size_t valid = oat_utf8_valid_prefix((const char *)bytes, len);
    bool cut = payload->raw_len > len, is_text = valid == len || (cut && len - valid <= UTF8_TAIL_MAX);
    oat_json_object_begin(json);
    oat_json_key(json, "media_type");
    oat_json_cstring(json, payload->media_type);
    oat_json_key(json, "size_bytes");
    oat_json_uint(json, payload->raw_len);
    oat_json_key(json, "text");
    oat_json_string(json, is_text ? (const char *)bytes : NULL, valid);
    oat_json_key(json, "truncated");
    oat_json_bool(json, cut);
    oat_json_object_end(json);
    free(bytes);
    return OAT_OK;
}

static int put_span(struct oat_json *json, const oat_snapshot *snapshot, const struct oat_span_found *found,
                    size_t max)
{
    oat_json_object_begin(json);
    oat_json_key(json, "span");
    int result = oat_json_span(json, snapshot, found->trace, found->span, OAT_JSON_PREVIEWS);
    if (result == OAT_OK)
        result = put_payload(json, "input", snapshot, &found->span->input, max);
    if (result == OAT_OK)
        result = put_payload(json, "output", snapshot, &found->span->output, max);
    oat_json_object_end(json);
    return result;
}

void oat_mcp_span(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_span_found found;
    uint64_t max = CHARS_DEFAULT;
    if (!read_number(call, "max_chars", 1, CHARS_MAX, &max, answer) ||
        !oat_lookup_path_span(call, &found, answer))
        return;
    int result = put_span(&answer->body, call->lease->snapshot, &found, (size_t)max);
    oat_trace_close(found.trace);
    if (result != OAT_OK)
        oat_answer_result(answer, result, "reading the span");
}

/* ---- Search --------------------------------------------------------------------------------------- */

static void put_hit(struct oat_json *json, const oat_search_hit *hit)
{
    oat_json_object_begin(json);
    put_id(json, "trace_id", hit->trace_id, sizeof hit->trace_id);
    put_id(json, "span_id", hit->span_id, sizeof hit->span_id);
    oat_json_key(json, "start_time");
    oat_json_fixed(json, (int64_t)hit->start_ns, NS_DIGITS);
    oat_json_key(json, "span_type");
    oat_json_cstring(json, oat_span_type_name((unsigned)hit->type));
    put_text(json, "name", hit->name);
    oat_json_key(json, "field");
    oat_json_cstring(json, hit->field);
    put_text(json, "before", hit->before);
    put_text(json, "text", hit->text);
    put_text(json, "after", hit->after);
    oat_json_object_end(json);
}

static void put_hits(struct oat_json *json, const oat_search *search)
{
    oat_json_object_begin(json);
    oat_json_key(json, "hits");
    oat_json_array_begin(json);
    for (size_t i = 0; search && i < oat_search_count(search); i++)
        put_hit(json, oat_search_get(search, i));
    oat_json_array_end(json);
    oat_json_key(json, "more");
    oat_json_bool(json, search && oat_search_has_more(search));
    oat_json_key(json, "partial");
    oat_json_bool(json, search && oat_search_is_partial(search));
    oat_json_object_end(json);
}

void oat_mcp_search(const struct oat_call *call, struct oat_answer *answer)
{
    uint64_t limit = HITS_DEFAULT;
    oat_filter *filter = NULL;
    oat_search *search = NULL;
    oat_search_query query = {.context = CONTEXT_BYTES, .newest_only = true, .stop = call->lease->stop};
    query.text.bytes = oat_query_get(call->query, "text", &query.text.len);
    if (!read_number(call, "limit", 1, HITS_MAX, &limit, answer) ||
        !oat_selection_narrow(call->query, oat_selection_now_ns(), "", false, &filter, answer)) {
        oat_filter_free(filter);
        return;
    }
    query.limit = (size_t)limit;
    query.filter = filter;
    int result = call->lease->snapshot ? oat_search_open(call->lease->snapshot, &query, &search) : OAT_OK;
    if (result == OAT_E_INVALID)
        oat_answer_error(answer, 400, "bad_parameter", "text: expected some text");
    else if (result != OAT_OK)
        oat_answer_result(answer, result, "searching");
    else
        put_hits(&answer->body, search);
    oat_search_close(search);
    oat_filter_free(filter);
}

/* ---- Diff ----------------------------------------------------------------------------------------- */

static int put_diff(struct oat_json *json, const oat_snapshot *snapshot, const oat_trace *a,
                    const oat_trace *b)
{
    struct oat_trace_diff diff;
    int result = oat_trace_diff_make(a, b, &diff);
    if (result != OAT_OK)
        return result;
    size_t shown = 0;
    oat_json_object_begin(json);
    oat_json_key(json, "a");
    result = oat_json_trace_summary(json, snapshot, oat_trace_head(a));
    oat_json_key(json, "b");
    if (result == OAT_OK)
        result = oat_json_trace_summary(json, snapshot, oat_trace_head(b));
    oat_json_key(json, "pairs");
    oat_json_array_begin(json);
    for (; shown < diff.count && shown < PAIRS_MAX; shown++) {
        oat_json_object_begin(json);
        oat_json_key(json, "a");
        if (diff.pairs[shown].a)
            put_brief(json, diff.pairs[shown].a);
        else
            oat_json_null(json);
        oat_json_key(json, "b");
        if (diff.pairs[shown].b)
            put_brief(json, diff.pairs[shown].b);
        else
            oat_json_null(json);
        oat_json_object_end(json);
    }
    oat_json_array_end(json);
    oat_json_key(json, "more_pairs");
    oat_json_uint(json, diff.count - shown);
    oat_json_object_end(json);
    oat_trace_diff_free(&diff);
    return result;
}

void oat_mcp_diff(const struct oat_call *call, struct oat_answer *answer)
{
    oat_trace *a, *b;
    if (!oat_lookup_trace(call, call->id, call->id_len, &a, answer))
        return;
    if (oat_lookup_trace(call, call->other, call->other_len, &b, answer)) {
        int result = put_diff(&answer->body, call->lease->snapshot, a, b);
        oat_trace_close(b);
        if (result != OAT_OK)
            oat_answer_result(answer, result, "comparing the traces");
    }
    oat_trace_close(a);
}
