/* POST /v1/traces: OTLP over HTTP, and the paths under which other systems' clients send it. */
#ifndef OAT_HTTPD_HANDLE_OTLP_H
#define OAT_HTTPD_HANDLE_OTLP_H

#include "httpd/router.h"

void oat_handle_otlp(const struct oat_call *call, struct oat_answer *answer);

#endif
