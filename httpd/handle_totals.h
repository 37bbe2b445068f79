/* GET /traces/totals and /traces/histogram: what the traces of a selection come to, and how many began when.
 * docs/api.md has the shapes. */
#ifndef OAT_HTTPD_HANDLE_TOTALS_H
#define OAT_HTTPD_HANDLE_TOTALS_H

#include "httpd/router.h"

extern const char *const oat_totals_parameters[];
extern const char *const oat_histogram_parameters[];

void oat_handle_totals(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_histogram(const struct oat_call *call, struct oat_answer *answer);

#endif
