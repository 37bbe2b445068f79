/* POST /ingest: spans as the SDKs send them, and as the routes here answer them; whatever else `oat import`
 * takes as JSON, too. */
#ifndef OAT_HTTPD_HANDLE_INGEST_H
#define OAT_HTTPD_HANDLE_INGEST_H

#include "httpd/router.h"

void oat_handle_ingest(const struct oat_call *call, struct oat_answer *answer);

#endif
