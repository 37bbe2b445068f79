/* POST /login begins a session of a browser, POST /logout ends it, GET /me tells who one is. */
#ifndef OAT_HTTPD_HANDLE_LOGIN_H
#define OAT_HTTPD_HANDLE_LOGIN_H

#include "httpd/router.h"

void oat_handle_login(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_logout(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_me(const struct oat_call *call, struct oat_answer *answer);

#endif
