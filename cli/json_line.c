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

int oat_cli_trace_line(const oat_snapshot *snapshot, size_t trace_index, bool payloads)
{
    struct oat_json json = {0};
    int result = oat_json_trace(&json, snapshot, trace_index, payloads);
    if (result == OAT_OK)
        result = oat_cli_json_line(&json);
    oat_json_free(&json);
    return result;
}
