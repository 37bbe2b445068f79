/* GET /alerts: rules, how they stand, what has happened. */
#ifndef OAT_HTTPD_HANDLE_ALERTS_H
#define OAT_HTTPD_HANDLE_ALERTS_H

#include "httpd/router.h"

extern const char *const oat_alerts_parameters[];
void oat_handle_alerts(const struct oat_call *call, struct oat_answer *answer);

#endif
