/* A project: a store of its own within the daemon. What a request names is looked for in the project of its
 * caller and nowhere else. */
#ifndef OAT_HTTPD_PROJECT_H
#define OAT_HTTPD_PROJECT_H

#include <stdbool.h>

#include <pthread.h>

#include "httpd/alerts.h"
#include "httpd/compaction.h"
#include "httpd/live.h"
#include "httpd/options.h"
#include "httpd/rate.h"
#include "httpd/replicas.h"
#include "httpd/store_writer.h"
#include "httpd/view.h"

#define OAT_PROJECT_DEFAULT "default" /* the one of --dir */

struct oat_project {
    const char *name, *dir;                /* borrowed */
    const struct oat_retention *retention; /* borrowed */
    struct oat_view *view;
    struct oat_live *live;
    struct oat_store_writer *writer;
    struct oat_replicas *replicas;
    struct oat_compaction *compaction; /* NULL: left to oat-compact */
    pthread_mutex_t alerts_lock;       /* of the pointer */
    struct oat_alerts *alerts;         /* NULL: it has no rules */
    struct oat_rate *ingest;           /* of spans; NULL: as many as come */
};

/* Makes it ready to be read; its store is opened, and may be absent still. Options and budget (of what
 * clients send) are borrowed until it is closed. False, with the reason logged: close it, too. */
bool oat_project_open(struct oat_project *project, const struct oat_project_options *options,
                      struct oat_memory_budget *budget);

/* False: it cannot be started, which was logged. */
bool oat_project_compact(struct oat_project *project);

/* Watches the rules that are its own, in place of those before; they are borrowed until others are watched or
 * it is stopped. False likewise: none are watched. One thread at a time. */
bool oat_project_watch(struct oat_project *project, const struct oat_alert_rules *rules);

/* As oat_alerts_show, of its alerts; without rules, of none. Any thread. */
void oat_project_show_alerts(struct oat_project *project,
                             void (*fn)(void *arg, const struct oat_alerts_view *view), void *arg);

/* May more spans come? False: not before *ret_wait_s seconds from now. Any thread. */
bool oat_project_takes_spans(struct oat_project *project, unsigned *ret_wait_s);
/* So many came. Any thread. */
void oat_project_took_spans(struct oat_project *project, uint64_t count);

/* Its alerts end, and its live tail wakes nobody any more. */
void oat_project_stop(struct oat_project *project);

/* Ends its compaction: waits for a run that is under way. Commits what waits for it. All leases are returned.
 * Takes one that is all zeros. */
void oat_project_close(struct oat_project *project);

#endif
