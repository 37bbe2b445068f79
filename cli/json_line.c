#include "cli/json_line.h"

#include "export/span_json.h"

#include <stdio.h>

int oat_cli_json_line(struct oat_json *json)
{
    if (json->failed)
        return OAT_E_NOMEM;
    fwrite(json->bytes, 1, json->len, stdout);
    fputc('\n', stdout);
    oat_json_clear(json);
    return OAT_OK;
}

int oat_cli_trace_line(const oat_snapshot *snapshot, const uint8_t trace_id[16], bool payloads)
{
    struct oat_json json = {0};
    oat_trace *trace;
    int result = oat_trace_open(snapshot, trace_id, &trace);
    if (result != OAT_OK)
        return result;
    result = oat_json_trace(&json, snapshot, trace, payloads ? OAT_JSON_PAYLOADS_AND_IDS : OAT_JSON_PREVIEWS);
    if (result == OAT_OK)
        result = oat_cli_json_line(&json);
    oat_json_free(&json);
    oat_trace_close(trace);
    return result;
}
