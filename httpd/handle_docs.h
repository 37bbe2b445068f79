/* GET /openapi.json, and GET /docs: a page that shows it. */
#ifndef OAT_HTTPD_HANDLE_DOCS_H
#define OAT_HTTPD_HANDLE_DOCS_H

#include "httpd/router.h"

void oat_handle_openapi(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_docs(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_docs_style(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_docs_script(const struct oat_call *call, struct oat_answer *answer);

#endif
