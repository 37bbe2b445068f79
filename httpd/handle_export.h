/* GET /export: the spans of chosen traces, streamed in a format for other programs; GET /export/formats:
 * which there are. docs/export.md has them. */
#ifndef OAT_HTTPD_HANDLE_EXPORT_H
#define OAT_HTTPD_HANDLE_EXPORT_H

#include "httpd/router.h"

extern const char *const oat_export_parameters[];

void oat_handle_export(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_export_formats(const struct oat_call *call, struct oat_answer *answer);

#endif
