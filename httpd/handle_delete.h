/* DELETE /traces/{id} and POST /traces/delete: traces are hidden at once, and their bytes go at the next
 * compaction. docs/api.md has the shapes. */
#ifndef OAT_HTTPD_HANDLE_DELETE_H
#define OAT_HTTPD_HANDLE_DELETE_H

#include "httpd/router.h"

extern const char *const oat_delete_parameters[];

void oat_handle_delete(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_delete_many(const struct oat_call *call, struct oat_answer *answer);

#endif
