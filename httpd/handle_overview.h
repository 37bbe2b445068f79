/* GET /analytics/overview: the figures of a window beside those of the one before. */
#ifndef OAT_HTTPD_HANDLE_OVERVIEW_H
#define OAT_HTTPD_HANDLE_OVERVIEW_H

#include "httpd/router.h"

extern const char *const oat_overview_parameters[];
void oat_handle_overview(const struct oat_call *call, struct oat_answer *answer);

#endif
