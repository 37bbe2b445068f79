/* The alerts of a project: a thread asks the store what the rules ask, as often as they say, enters the
 * answers in the book and has webhooks and clients of /ws told of what has changed. It takes a tenth of a
 * processor at most: a query that takes long is made less often. */
#ifndef OAT_HTTPD_ALERTS_H
#define OAT_HTTPD_ALERTS_H

#include <stdbool.h>

#include "httpd/alert_book.h"
#include "httpd/courier.h"
#include "httpd/live.h"
#include "httpd/view.h"

#define OAT_ALERTS_STATE_NAME "alerts.json" /* in the folder of the store */

struct oat_alerts;

/* What alerts work on; borrowed until they are stopped. */
struct oat_alerts_source {
    const struct oat_alert_rules *rules;
    const char *project, *dir;
    struct oat_view *view;
    struct oat_live *live;
};

/* Reads the book and starts the thread; nothing, *ret NULL, when the project has no rules. False: it cannot
 * be started, which was logged. */
bool oat_alerts_start(const struct oat_alerts_source *source, struct oat_alerts **ret);

/* Ends the thread; messages that are under way are sent again after the next start. Takes NULL. */
void oat_alerts_stop(struct oat_alerts *alerts);
/* Nobody looks at them any more. Takes NULL. */
void oat_alerts_free(struct oat_alerts *alerts);

/* What is told of alerts, borrowed from them. */
struct oat_alerts_view {
    const struct oat_alert_rules *rules;
    const struct oat_alert_book *book;
    const struct oat_courier_record *webhooks; /* of each of the rules' */
};

/* Calls fn with the state of now, which stays as it is meanwhile; fn must not wait. Any thread. */
void oat_alerts_show(struct oat_alerts *alerts, void (*fn)(void *arg, const struct oat_alerts_view *view),
                     void *arg);

#endif
