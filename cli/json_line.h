/* JSON on stdout. */
#ifndef OAT_CLI_JSON_LINE_H
#define OAT_CLI_JSON_LINE_H

#include "format/json_write.h"
#include "oat/reader.h"

/* Prints what the buffer holds as one line and empties it. OAT_OK or OAT_E_NOMEM. */
int oat_cli_json_line(struct oat_json *json);

/* Prints a trace with its spans as one line (oat_json_trace, whose results it has). */
int oat_cli_trace_line(const oat_snapshot *snapshot, const uint8_t trace_id[16], bool payloads);

#endif
