/* GET /ui/...: the dashboard, from the files that the build put in. */
#ifndef OAT_HTTPD_HANDLE_UI_H
#define OAT_HTTPD_HANDLE_UI_H

#include "httpd/router.h"

/* True when the build has it. */
bool oat_ui_is_built(void);

/* A file of it. A path that names none is a page, which the shell makes out by itself. */
void oat_handle_ui(const struct oat_call *call, struct oat_answer *answer);

#endif
