/* GET /blobs/{id}: content by its id, as bytes. docs/api.md says which is shown by browsers. */
#ifndef OAT_HTTPD_HANDLE_BLOB_H
#define OAT_HTTPD_HANDLE_BLOB_H

#include "httpd/router.h"

extern const char *const oat_blob_parameters[];

void oat_handle_blob(const struct oat_call *call, struct oat_answer *answer);

#endif
