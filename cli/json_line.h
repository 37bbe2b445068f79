/* JSON on stdout. */
#ifndef OAT_CLI_JSON_LINE_H
#define OAT_CLI_JSON_LINE_H

#include "format/json_write.h"

/* Prints what the buffer holds as one line and empties it. OAT_OK or OAT_E_NOMEM. */
int oat_cli_json_line(struct oat_json *json);

#endif
