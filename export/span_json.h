/* Traces and spans as JSON: the shapes of docs/api.md, the same from the daemon and the `oat` tool.
 *
 * What was not reported is null, never 0. Text from agents is escaped and made UTF-8 (json_write.h).
 * Results: OAT_OK, OAT_E_NOMEM, or what reading the store gave; after a failure the text written so
 * far is of no use. A damaged or lost payload is no failure: it is marked `lost` and left out. */
#ifndef OAT_EXPORT_SPAN_JSON_H
#define OAT_EXPORT_SPAN_JSON_H

#include "format/json_write.h"
#include "oat/reader.h"

enum oat_json_payloads {
    OAT_JSON_PREVIEWS, /* their first characters */
    /* And `inputs` and `outputs`: parsed JSON when the payload is JSON, else text when it is UTF-8, else
     * {"media_type", "base64"}. */
    OAT_JSON_PAYLOADS,
    /* And what exports leave out: `content_id`, which means something to this store alone, and
     * `cost_details` (cost_json.h). */
    OAT_JSON_PAYLOADS_AND_IDS,
};

/* One span of the trace as an object. trace NULL: a span that is followed, alone: without events, links and
 * scores. */
int oat_json_span(struct oat_json *json, const oat_snapshot *snapshot, const oat_trace *trace,
                  const oat_span_view *span, enum oat_json_payloads payloads);

/* The fields of a trace as an object, without its spans: an element of a list. What it costs
 * does not depend on how many spans there are. */
int oat_json_trace_summary(struct oat_json *json, const oat_snapshot *snapshot, const oat_trace_view *view);

/* One trace: the same fields, its scores, and `spans` in tree order. */
int oat_json_trace(struct oat_json *json, const oat_snapshot *snapshot, const oat_trace *trace,
                   enum oat_json_payloads payloads);

#endif
