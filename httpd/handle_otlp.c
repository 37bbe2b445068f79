#include "httpd/handle_otlp.h"

#include <inttypes.h>
#include <stdio.h>

#include "httpd/body.h"
#include "httpd/otlp_answer.h"
#include "ingest/otlp_json.h"
#include "ingest/otlp_proto.h"

/* What became of the spans. */
struct outcome {
    int result;
    struct oat_import_report report;
};

static struct outcome take(const struct oat_call *call, bool json)
{
    struct outcome outcome = {0};
    struct oat_intake intake;
    const char *bytes = call->body ? call->body : "";
    outcome.result = oat_intake_begin(call->project->writer, &intake);
    if (outcome.result != OAT_OK)
        return outcome;
    outcome.result = (json ? oat_import_otlp_json : oat_import_otlp_proto)(
        bytes, call->body_len, oat_intake_sink(&intake), &outcome.report);
    int stored = oat_intake_end(&intake);
    if (stored != OAT_OK)
        outcome.result = stored;
    return outcome;
}

/* Logs and metrics decode as spans without ids: their messages have the same shape. */
static void describe_rejected(const struct oat_import_report *report, char *ret, size_t size)
{
    snprintf(ret, size, "%" PRIu64 " spans rejected, the first at %s: %s%s", report->rejected, report->place,
             report->reason,
             report->spans == 0 ? " (is this an export of logs or metrics? Only traces are taken)" : "");
}

void oat_handle_otlp(const struct oat_call *call, struct oat_answer *answer)
{
    char message[512] = "";
    bool json = oat_content_type_is(call->content_type, OAT_CONTENT_JSON);
    if (!json && !oat_content_type_is(call->content_type, OAT_CONTENT_PROTO)) {
        oat_answer_error(answer, 415, "unsupported_media_type",
                         "Content-Type: expected application/x-protobuf or application/json");
        return;
    }
    struct outcome outcome = take(call, json);
    if (outcome.result == OAT_E_INVALID) {
        oat_answer_error(answer, 400, "bad_otlp", "not an ExportTraceServiceRequest: at %s: %s",
                         outcome.report.place, outcome.report.reason);
    } else if (outcome.result != OAT_OK) {
        oat_answer_unstored(answer, outcome.result);
    } else {
        if (outcome.report.rejected > 0)
            describe_rejected(&outcome.report, message, sizeof message);
        oat_otlp_answer_export(answer, json, outcome.report.rejected, message);
        answer->written = outcome.report.spans > 0;
        oat_project_took_spans(call->project, outcome.report.spans);
    }
}
