/* GET /spans: the spans of a filter, newest first. docs/api.md has the shape. */
#ifndef OAT_HTTPD_HANDLE_SPANS_H
#define OAT_HTTPD_HANDLE_SPANS_H

#include "httpd/router.h"

extern const char *const oat_spans_parameters[];

void oat_handle_spans(const struct oat_call *call, struct oat_answer *answer);

#endif
