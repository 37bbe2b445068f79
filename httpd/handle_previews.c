#include "httpd/handle_previews.h"

#include <stdlib.h>

#include "export/stored_json.h"
#include "httpd/lookup.h"
#include "reader/stop.h"
#include "reader/trace_root.h"

#define IDS_MAX 100u

const char *const oat_previews_parameters[] = {"ids", NULL};

/* What went into the root of a trace, and what came out of it. */
static int put_preview(struct oat_json *json, const oat_snapshot *snapshot, const uint8_t trace_id[16])
{
    oat_payload input, output;
    bool lost;
    int rc = oat_trace_root_payloads(snapshot, trace_id, &input, &output);
    if (rc != OAT_OK)
        return rc;
    oat_json_object_begin(json);
    oat_json_key(json, "trace_id");
    oat_json_hex(json, trace_id, 16);
    oat_json_key(json, "input_preview");
    rc = oat_json_preview(json, snapshot, &input, &lost);
    oat_json_key(json, "output_preview");
    if (rc == OAT_OK)
        rc = oat_json_preview(json, snapshot, &output, &lost);
    oat_json_object_end(json);
    return rc;
}

static int put_all(const struct oat_call *call, uint8_t (*ids)[16], size_t count, struct oat_json *json)
{
    int rc = OAT_OK;
    oat_json_object_begin(json);
    oat_json_key(json, "traces");
    oat_json_array_begin(json);
    for (size_t i = 0; i < count && rc == OAT_OK; i++)
        rc = oat_stop_is_asked(call->lease->stop) ? OAT_E_STOPPED
                                                  : put_preview(json, call->lease->snapshot, ids[i]);
    oat_json_array_end(json);
    oat_json_object_end(json);
    return rc;
}

void oat_handle_previews(const struct oat_call *call, struct oat_answer *answer)
{
    const struct oat_query_error too_many = {"ids", "expected 1 to 100 ids of traces, parted by commas"};
    size_t len = 0, count;
    uint8_t(*ids)[16];
    const char *list = oat_query_get(call->query, "ids", &len);
    if (!oat_lookup_trace_ids(call, list ? list : "", len, &ids, &count, answer))
        return;
    int rc = OAT_OK;
    if (count > IDS_MAX)
        oat_answer_bad_parameter(answer, &too_many);
    else
        rc = put_all(call, ids, count, &answer->body);
    free(ids);
    if (rc != OAT_OK)
        oat_answer_result(answer, rc, "reading the traces");
}
