#include "httpd/lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/ids.h"
#include "httpd/log.h"
#include "oat/lists.h"

/* 404, 409, 400 ... */
static void explain(int result, const char *text, size_t len, struct oat_answer *answer)
{
    char shown[80], quoted[100];
    snprintf(shown, sizeof shown, "%.*s", (int)(len < sizeof shown ? len : sizeof shown - 1), text);
    oat_log_quote(shown, quoted, sizeof quoted);
    if (result == OAT_NOTFOUND)
        oat_answer_error(answer, 404, "not_found", "no trace %s", quoted);
    else if (result == OAT_E_AMBIGUOUS)
        oat_answer_error(answer, 409, "ambiguous_id", "several traces begin with %s: give more digits",
                         quoted);
    else if (result == OAT_E_INVALID)
        oat_answer_error(answer, 400, "bad_id", "not a trace id: %s", quoted);
    else
        oat_answer_result(answer, result, "finding the trace");
}

bool oat_lookup_trace_id(const struct oat_call *call, const char *text, size_t len, uint8_t ret[16],
                         struct oat_answer *answer)
{
    const oat_snapshot *snapshot = call->lease->snapshot;
    int result = snapshot ? oat_snapshot_find_trace(snapshot, text, len, ret) : OAT_NOTFOUND;
    if (result != OAT_OK)
        explain(result, text, len, answer);
    return result == OAT_OK;
}

bool oat_lookup_trace_ids(const struct oat_call *call, const char *list, size_t len, uint8_t (**ret_ids)[16],
                          size_t *ret_count, struct oat_answer *answer)
{
    const struct oat_query_error none = {"ids", "expected ids of traces, parted by commas"};
    const char *end = list + len;
    uint8_t(*ids)[16] = malloc((len / 2 + 1) * sizeof *ids);
    size_t count = 0;
    bool ok = ids != NULL;
    if (!ok)
        oat_answer_result(answer, OAT_E_NOMEM, "reading the ids");
    for (const char *next; ok && list < end; list = next + 1) {
        next = memchr(list, ',', (size_t)(end - list));
        next = next ? next : end;
        if (next > list)
            ok = oat_lookup_trace_id(call, list, (size_t)(next - list), ids[count++], answer);
    }
    if (ok && count == 0) {
        oat_answer_bad_parameter(answer, &none);
        ok = false;
    }
    if (!ok) {
        free(ids);
        return false;
    }
    *ret_ids = ids;
    *ret_count = count;
    return true;
}

bool oat_lookup_trace(const struct oat_call *call, const char *text, size_t len, oat_trace **ret_trace,
                      struct oat_answer *answer)
{
    uint8_t trace_id[16];
    if (!oat_lookup_trace_id(call, text, len, trace_id, answer))
        return false;
    int result = oat_trace_open(call->lease->snapshot, trace_id, ret_trace);
    if (result != OAT_OK)
        explain(result, text, len, answer);
    return result == OAT_OK;
}

static bool no_span(struct oat_answer *answer)
{
    oat_answer_error(answer, 404, "not_found", "no such span");
    return false;
}

/* Sets span and index of a span whose trace is open; closes it when it has no such span. */
static bool find_in_trace(const char *text, size_t len, struct oat_span_found *found,
                          struct oat_answer *answer)
{
    uint8_t id[8];
    size_t count;
    const oat_span_view *spans = oat_trace_spans(found->trace, &count);
    size_t i = count;
    if (count > 0 && oat_span_id_of_text(spans[0].trace_id, text, len, id) == OAT_OK)
        for (i = 0; i < count && memcmp(spans[i].span_id, id, sizeof id) != 0; i++)
            continue;
    if (i == count) {
        oat_trace_close(found->trace);
        return no_span(answer);
    }
    found->span = &spans[i];
    found->index = i;
    return true;
}

/* Opens the newest trace with a span of that id. */
static bool open_newest(const struct oat_call *call, const char *text, size_t len,
                        struct oat_span_found *found, struct oat_answer *answer)
{
    const oat_snapshot *snapshot = call->lease->snapshot;
    uint8_t id[8], trace_id[16];
    if (len != 2 * sizeof id || !oat_hex_parse(text, len, id, sizeof id)) {
        oat_answer_error(answer, 400, "bad_id",
                         "a span id of other than 16 hexadecimal digits needs the parameter trace_id");
        return false;
    }
    int rc = snapshot ? oat_snapshot_find_span(snapshot, id, trace_id, &found->other_traces) : OAT_NOTFOUND;
    if (rc == OAT_OK)
        rc = oat_trace_open(snapshot, trace_id, &found->trace);
    if (rc == OAT_NOTFOUND)
        return no_span(answer);
    if (rc != OAT_OK)
        oat_answer_result(answer, rc, "finding the span");
    return rc == OAT_OK;
}

bool oat_lookup_span(const struct oat_call *call, const char *text, size_t len, const char *trace,
                     size_t trace_len, struct oat_span_found *ret, struct oat_answer *answer)
{
    *ret = (struct oat_span_found){0};
    bool opened = trace ? oat_lookup_trace(call, trace, trace_len, &ret->trace, answer)
                        : open_newest(call, text, len, ret, answer);
    return opened && find_in_trace(text, len, ret, answer);
}

bool oat_lookup_path_span(const struct oat_call *call, struct oat_span_found *ret, struct oat_answer *answer)
{
    size_t trace_len = 0;
    const char *trace = oat_query_get(call->query, "trace_id", &trace_len);
    return oat_lookup_span(call, call->id, call->id_len, trace, trace_len, ret, answer);
}
