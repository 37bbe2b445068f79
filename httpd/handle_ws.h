/* GET /ws: becomes a WebSocket that tells spans as they end. docs/live.md has its messages. */
#ifndef OAT_HTTPD_HANDLE_WS_H
#define OAT_HTTPD_HANDLE_WS_H

#include "httpd/router.h"

/* Asks for the upgrade; what it answers is for those who do not get it. */
void oat_handle_ws(const struct oat_call *call, struct oat_answer *answer);

#endif
