/* What becomes of an alert: ok, pending (its threshold is passed, not for long enough yet), firing, no data.
 * Pure. */
#ifndef OAT_HTTPD_ALERT_STATE_H
#define OAT_HTTPD_ALERT_STATE_H

#include "httpd/alert_rules.h"
#include "oat/reader.h"

enum oat_alert_state {
    OAT_ALERT_NO_DATA,
    OAT_ALERT_OK,
    OAT_ALERT_PENDING,
    OAT_ALERT_FIRING,
};

/* "no_data", "ok", "pending", "firing"; static storage. */
const char *oat_alert_state_name(enum oat_alert_state state);
/* False: the text is none of them. */
bool oat_alert_state_parse(oat_text text, enum oat_alert_state *ret);

/* The value of a rule, or of one of its groups. */
struct oat_alert_value {
    bool is_there;
    double number;
};

/* The state that follows one which has been since since_ns, when the value is this. One that fires goes on
 * until the value is as good as rule->resolve. */
enum oat_alert_state oat_alert_next(const struct oat_alert_rule *rule, enum oat_alert_state state,
                                    uint64_t since_ns, struct oat_alert_value value, uint64_t now_ns);

#endif
