/* Alerts as JSON: docs/alerts.md has the shapes. */
#ifndef OAT_HTTPD_ALERT_JSON_H
#define OAT_HTTPD_ALERT_JSON_H

#include "httpd/alert_book.h"

/* How a rule stands, with its series. */
void oat_json_alert(struct oat_json *json, const struct oat_alert_rules *rules,
                    const struct oat_alert_standing *standing);

/* What has happened. */
void oat_json_alert_event(struct oat_json *json, const struct oat_alert_event *event);

/* The message of it: {"type": "alert", "alert": ..., "text": ...}. The text is one line for people, without
 * what chat programs take for a link or a mention. */
void oat_json_alert_message(struct oat_json *json, const struct oat_alert_event *event);

#endif
