/* GET /sessions and /sessions/{id}: runs that belong together, by the session_id of their traces. docs/api.md
 * has the shapes. */
#ifndef OAT_HTTPD_HANDLE_SESSIONS_H
#define OAT_HTTPD_HANDLE_SESSIONS_H

#include "httpd/router.h"

extern const char *const oat_sessions_parameters[];
extern const char *const oat_session_parameters[];

void oat_handle_sessions(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_session(const struct oat_call *call, struct oat_answer *answer);

#endif
