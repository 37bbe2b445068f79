#include "httpd/alert_state.h"

#include <string.h>

static const char *const names[] = {
    [OAT_ALERT_NO_DATA] = "no_data",
    [OAT_ALERT_OK] = "ok",
    [OAT_ALERT_PENDING] = "pending",
    [OAT_ALERT_FIRING] = "firing",
};

const char *oat_alert_state_name(enum oat_alert_state state)
{
    return names[state];
}

bool oat_alert_state_parse(oat_text text, enum oat_alert_state *ret)
{
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (text.len == strlen(names[i]) && memcmp(text.bytes, names[i], text.len) == 0) {
            *ret = (enum oat_alert_state)i;
            return true;
        }
    return false;
}

static bool is_beyond(const struct oat_alert_rule *rule, double value, double threshold)
{
    return rule->is_below ? value < threshold : value > threshold;
}

enum oat_alert_state oat_alert_next(const struct oat_alert_rule *rule, enum oat_alert_state state,
                                    uint64_t since_ns, struct oat_alert_value value, uint64_t now_ns)
{
    bool is_firing = state == OAT_ALERT_FIRING;
    if (!value.is_there && rule->no_data == OAT_NO_DATA_KEEP)
        return state;
    bool is_bad = value.is_there ? is_beyond(rule, value.number, is_firing ? rule->resolve : rule->threshold)
                                 : rule->no_data == OAT_NO_DATA_FIRE;
    if (!is_bad)
        return value.is_there ? OAT_ALERT_OK : OAT_ALERT_NO_DATA;
    if (is_firing || rule->for_ns == 0)
        return OAT_ALERT_FIRING;
    bool is_due = state == OAT_ALERT_PENDING && now_ns >= since_ns && now_ns - since_ns >= rule->for_ns;
    return is_due ? OAT_ALERT_FIRING : OAT_ALERT_PENDING;
}
