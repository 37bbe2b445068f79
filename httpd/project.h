/* A project: a store of its own within the daemon. What a request names is looked for in the project of its
 * caller and nowhere else. */
#ifndef OAT_HTTPD_PROJECT_H
#define OAT_HTTPD_PROJECT_H

#include <stdbool.h>

#include "httpd/compaction.h"
#include "httpd/live.h"
#include "httpd/store_writer.h"
#include "httpd/view.h"

#define OAT_PROJECT_DEFAULT "default" /* the one of --dir */

struct oat_project {
    const char *name, *dir; /* borrowed */
    struct oat_view *view;
    struct oat_live *live;
    struct oat_store_writer *writer;
    struct oat_compaction *compaction; /* NULL: left to oat-compact */
};

/* Makes it ready to be read; its store is opened, and may be absent still. The strings are borrowed until it
 * is closed. False, with the reason logged: close it, too. */
bool oat_project_open(struct oat_project *project, const char *name, const char *dir);

/* False: it cannot be started, which was logged. */
bool oat_project_compact(struct oat_project *project);

/* Its live tail wakes nobody any more. */
void oat_project_stop(struct oat_project *project);

/* Ends its compaction: waits for a run that is under way. Commits what waits for it. All leases are returned.
 * Takes one that is all zeros. */
void oat_project_close(struct oat_project *project);

#endif
