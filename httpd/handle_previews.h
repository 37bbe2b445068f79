/* GET /traces/previews: what went into some traces and what came out, in a few words. docs/api.md has the
 * shapes. */
#ifndef OAT_HTTPD_HANDLE_PREVIEWS_H
#define OAT_HTTPD_HANDLE_PREVIEWS_H

#include "httpd/router.h"

extern const char *const oat_previews_parameters[];
void oat_handle_previews(const struct oat_call *call, struct oat_answer *answer);

#endif
