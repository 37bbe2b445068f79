#include "cli/json_line.h"

#include "oat/oat.h"

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
