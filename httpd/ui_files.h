/* The files of the dashboard, as the build put them in. */
#ifndef OAT_HTTPD_UI_FILES_H
#define OAT_HTTPD_UI_FILES_H

#include <stdbool.h>

struct oat_ui_file {
    const char *path; /* below /ui/; NULL behind the last */
    const char *content_type;
    bool hashed; /* its name changes when its content does */
    const char *begin, *end;
};

/* None when the dashboard was not built. */
extern const struct oat_ui_file oat_ui_files[];

#endif
