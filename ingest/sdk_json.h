/* Spans as the SDKs send them to POST /ingest: the JSON of docs/api.md, Spans, with `inputs` and `outputs`.
 */
#ifndef OAT_INGEST_SDK_JSON_H
#define OAT_INGEST_SDK_JSON_H

#include "ingest/import.h"

/* A span that was not taken. All of it is borrowed for the call. */
struct oat_sdk_refusal {
    uint64_t index;    /* of the span in the body, from 0 */
    const char *place; /* its JSON path: "$[2].spans[0]" */
    oat_text span_id;  /* as given; bytes NULL: none */
    const char *field; /* what is wrong: its member; "" for the span itself */
    const char *reason;
};

struct oat_sdk_refusals {
    void (*take)(void *arg, const struct oat_sdk_refusal *refusal);
    void *arg;
};

/* Decodes one span, a trace (an object with `spans`, as GET /traces/{id} answers), or a list of either.
 * Members that it does not know become attributes; those that are derived (previews, totals, durations beside
 * an end) are passed over. A span that is refused is told to `refusals` and counted in the report, and the
 * next one is read. OAT_OK; OAT_NOTFOUND: JSON of another shape; OAT_E_INVALID: no JSON, with place ("byte
 * N") and reason; OAT_E_NOMEM, or the sink's result. */
int oat_import_sdk_json(const void *data, size_t len, const struct oat_import_sink *sink,
                        const struct oat_sdk_refusals *refusals, struct oat_import_report *report);

#endif
