/* GET /health. docs/api.md has the shapes. */
#ifndef OAT_HTTPD_HANDLE_HEALTH_H
#define OAT_HTTPD_HANDLE_HEALTH_H

#include "httpd/router.h"

void oat_handle_health(const struct oat_call *call, struct oat_answer *answer);

#endif
