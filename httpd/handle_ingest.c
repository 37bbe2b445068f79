#include "httpd/handle_ingest.h"

#include <inttypes.h>
#include <stdio.h>

#include "httpd/body.h"
#include "ingest/detect.h"
#include "ingest/sdk_json.h"

#define REFUSALS_SHOWN 100u

/* What became of the spans. */
struct outcome {
    struct oat_import_report report;
    struct oat_json refusals; /* the first ones, as a list */
    uint64_t refusal_count;
};

static void put_refusal(void *arg, const struct oat_sdk_refusal *refusal)
{
    struct outcome *outcome = arg;
    struct oat_json *json = &outcome->refusals;
    if (outcome->refusal_count++ >= REFUSALS_SHOWN)
        return;
    oat_json_object_begin(json);
    oat_json_key(json, "index");
    oat_json_uint(json, refusal->index);
    oat_json_key(json, "place");
    oat_json_cstring(json, refusal->place);
    oat_json_key(json, "span_id");
    oat_json_string(json, refusal->span_id.bytes, refusal->span_id.len);
    oat_json_key(json, "field");
    oat_json_cstring(json, *refusal->field ? refusal->field : NULL);
    oat_json_key(json, "message");
    oat_json_cstring(json, refusal->reason);
    oat_json_object_end(json);
}

static int take(const struct oat_call *call, struct outcome *outcome)
{
    const char *bytes = call->body ? call->body : "";
    const struct oat_sdk_refusals refusals = {put_refusal, outcome};
    struct oat_intake intake;
    int result = oat_intake_begin(call->project->writer, &intake);
    if (result != OAT_OK)
        return result;
    const struct oat_import_sink *sink = oat_intake_sink(&intake);
    oat_json_array_begin(&outcome->refusals);
    result = oat_import_sdk_json(bytes, call->body_len, sink, &refusals, &outcome->report);
    if (result == OAT_NOTFOUND)
        result = oat_import_buffer(OAT_FORMAT_AUTO, bytes, call->body_len, sink, &outcome->report);
    oat_json_array_end(&outcome->refusals);
    int stored = oat_intake_end(&intake);
    return stored != OAT_OK ? stored : result;
}

static void put_counts(struct oat_json *json, const struct outcome *outcome)
{
    oat_json_key(json, "accepted");
    oat_json_uint(json, outcome->report.spans);
    oat_json_key(json, "rejected");
    oat_json_uint(json, outcome->report.rejected);
    oat_json_key(json, "errors");
    oat_json_embed(json, outcome->refusals.bytes, outcome->refusals.len);
    json->failed |= outcome->refusals.failed;
}

/* As of oat_answer_error, beside the counts. */
static void put_error(struct oat_answer *answer, const struct oat_import_report *report)
{
    struct oat_json *json = &answer->body;
    snprintf(answer->message, sizeof answer->message, "no span was taken; the first, %s: %s", report->place,
             report->reason);
    oat_json_key(json, "error");
    oat_json_object_begin(json);
    oat_json_key(json, "code");
    oat_json_cstring(json, "rejected");
    oat_json_key(json, "message");
    oat_json_cstring(json, answer->message);
    oat_json_key(json, "request_id");
    oat_json_cstring(json, answer->request_id);
    oat_json_object_end(json);
}

static void explain(const struct outcome *outcome, int result, struct oat_answer *answer)
{
    const struct oat_import_report *report = &outcome->report;
    if (result == OAT_E_INVALID)
        oat_answer_error(answer, 400, "bad_json", "the body cannot be read: at %s: %s", report->place,
                         report->reason);
    else if (result != OAT_OK)
        oat_answer_unstored(answer, result);
    else
        oat_answer_error(answer, 422, "no_spans", "the body holds no spans: %s",
                         report->what ? report->what : "unknown JSON");
}

void oat_handle_ingest(const struct oat_call *call, struct oat_answer *answer)
{
    struct outcome outcome = {0};
    const struct oat_import_report *report = &outcome.report;
    if (!oat_content_type_is(call->content_type, OAT_CONTENT_JSON)) {
        oat_answer_error(answer, 415, "unsupported_media_type", "Content-Type: expected application/json");
        return;
    }
    int result = take(call, &outcome);
    if (result != OAT_OK || report->kind == OAT_KIND_NOT_A_TRACE) {
        explain(&outcome, result, answer);
    } else {
        bool none = report->rejected > 0 && report->spans == 0;
        answer->status = none ? 422 : 200;
        answer->written = report->spans > 0;
        oat_project_took_spans(call->project, report->spans);
        oat_json_object_begin(&answer->body);
        if (none)
            put_error(answer, report);
        put_counts(&answer->body, &outcome);
        oat_json_object_end(&answer->body);
    }
    oat_json_free(&outcome.refusals);
}
