#include "httpd/handle_blob.h"

#include <stdlib.h>
#include <string.h>

#include "format/ids.h"
#include "httpd/lookup.h"
#include "httpd/sniff.h"
#include "oat/lists.h"

#define POLICY "sandbox; default-src 'none'"

const char *const oat_blob_parameters[] = {"trace_id", "span_id", NULL};

/* Takes the bytes over: a NUL stands behind them. */
static void answer_bytes(uint8_t *bytes, size_t len, struct oat_answer *answer)
{
    const char *media = oat_sniff_media(bytes, len);
    answer->content_type = media ? media : "application/octet-stream";
    answer->content_policy = POLICY;
    answer->attachment = !media;
    answer->tagged = true;
    oat_json_free(&answer->body);
    answer->body = (struct oat_json){.bytes = (char *)bytes, .len = len, .capacity = len + 1};
}

/* A whole payload of a span that has the id. OAT_NOTFOUND: none has. */
static int find_in_span(const oat_snapshot *snapshot, const oat_span_view *span, const uint8_t id[16],
                        uint8_t **ret_bytes, size_t *ret_len)
{
    const oat_payload *const payloads[] = {&span->input, &span->output, &span->error};
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        uint8_t found[16];
        int rc = oat_payload_read(snapshot, payloads[i], ret_bytes, ret_len);
        if (rc == OAT_E_NOMEM)
            return rc;
        if (rc != OAT_OK)
            continue;
        oat_content_id_in(snapshot, *ret_bytes, *ret_len, found);
        if (!payloads[i]->forgotten && memcmp(found, id, sizeof found) == 0)
            return OAT_OK;
        free(*ret_bytes);
    }
    return OAT_NOTFOUND;
}

void oat_handle_blob(const struct oat_call *call, struct oat_answer *answer)
{
    const oat_snapshot *snapshot = call->lease->snapshot;
    struct oat_span_found found;
    uint8_t id[16], *bytes;
    size_t len, span_len, trace_len;
    const char *span = oat_query_get(call->query, "span_id", &span_len);
    const char *trace = oat_query_get(call->query, "trace_id", &trace_len);
    if (call->id_len != 2 * sizeof id || !oat_hex_parse(call->id, call->id_len, id, sizeof id)) {
        oat_answer_error(answer, 400, "bad_id", "a content id has 32 hexadecimal digits");
        return;
    }
    int rc = OAT_NOTFOUND;
    if (span) {
        if (!oat_lookup_span(call, span, span_len, trace, trace_len, &found, answer))
            return;
        rc = find_in_span(snapshot, found.span, id, &bytes, &len);
        oat_trace_close(found.trace);
    }
    if (rc == OAT_NOTFOUND && snapshot)
        rc = oat_content_find(snapshot, id, &bytes, &len);
    if (rc == OAT_OK)
        answer_bytes(bytes, len, answer);
    else
        oat_answer_result(answer, rc, "finding the content");
}
