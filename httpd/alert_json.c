#include "httpd/alert_json.h"

#include <stdio.h>
#include <string.h>

#include "export/field_json.h"

#define NS_DIGITS 9u
#define TEXT_MAX  1000u

static void put_text(struct oat_json *json, const char *key, const char *text)
{
    oat_json_key(json, key);
    oat_json_cstring(json, text);
}

static void put_value(struct oat_json *json, struct oat_alert_value value)
{
    oat_json_key(json, "value");
    if (value.is_there)
        oat_json_double(json, value.number);
    else
        oat_json_null(json);
}

static void put_group(struct oat_json *json, const char *group)
{
    oat_json_key(json, "group");
    oat_json_embed(json, group, strlen(group));
}

/* ---- Rules --------------------------------------------------------------------------------------- */

static const char *comparison_of(const struct oat_alert_rule *rule)
{
    return rule->is_below ? "below" : "above";
}

/* What it looks at, and what is good and bad. */
static void put_condition(struct oat_json *json, const struct oat_alert_rule *rule)
{
    put_text(json, "project", rule->project);
    put_text(json, "filter", rule->filter);
    put_text(json, "aggregate", rule->aggregate);
    put_text(json, "unit", rule->unit);
    put_text(json, "comparison", comparison_of(rule));
    oat_json_key(json, "threshold");
    oat_json_double(json, rule->threshold);
    oat_json_key(json, "resolve");
    oat_json_double(json, rule->resolve);
}

static void put_window(struct oat_json *json, const struct oat_alert_rule *rule)
{
    static const char *const names[] = {
        [OAT_WINDOW_ROLLING] = NULL, [OAT_WINDOW_DAY] = "day", [OAT_WINDOW_MONTH] = "month"};
    oat_json_key(json, "window");
    if (names[rule->window])
        oat_json_cstring(json, names[rule->window]);
    else
        oat_json_fixed(json, (int64_t)rule->window_ns, NS_DIGITS);
    oat_json_fixed_field(json, "for", true, (int64_t)rule->for_ns, NS_DIGITS);
    oat_json_fixed_field(json, "every", true, (int64_t)rule->every_ns, NS_DIGITS);
}

static void put_names(struct oat_json *json, const struct oat_alert_rules *rules,
                      const struct oat_alert_rule *rule)
{
    static const char *const no_data[] = {
        [OAT_NO_DATA_RESOLVE] = "resolve", [OAT_NO_DATA_FIRE] = "fire", [OAT_NO_DATA_KEEP] = "keep"};
    oat_json_key(json, "by");
    oat_json_array_begin(json);
    for (size_t i = 0; i < rule->by_count; i++)
        oat_json_cstring(json, rule->by[i]);
    oat_json_array_end(json);
    put_text(json, "no_data", no_data[rule->no_data]);
    oat_json_key(json, "webhooks");
    oat_json_array_begin(json);
    for (size_t i = 0; i < rules->webhook_count; i++)
        if (rule->webhooks & 1u << i)
            oat_json_cstring(json, rules->webhooks[i].name);
    oat_json_array_end(json);
    put_text(json, "yaml", rule->yaml);
    oat_json_key(json, "line");
    oat_json_uint(json, rule->line);
}

static void put_series(struct oat_json *json, const struct oat_alert_series *series)
{
    oat_json_object_begin(json);
    put_group(json, series->group);
    put_text(json, "state", oat_alert_state_name(series->state));
    oat_json_fixed_field(json, "since", series->since_ns > 0, (int64_t)series->since_ns, NS_DIGITS);
    put_value(json, series->value);
    oat_json_object_end(json);
}

void oat_json_alert(struct oat_json *json, const struct oat_alert_rules *rules,
                    const struct oat_alert_standing *standing)
{
    const struct oat_alert_series *worst;
    enum oat_alert_state state = oat_alert_standing_state(standing, &worst);
    oat_json_object_begin(json);
    put_text(json, "name", standing->rule->name);
    put_text(json, "state", oat_alert_state_name(state));
    oat_json_fixed_field(json, "since", worst != NULL, worst ? (int64_t)worst->since_ns : 0, NS_DIGITS);
    put_value(json, worst ? worst->value : (struct oat_alert_value){false, 0});
    put_condition(json, standing->rule);
    put_window(json, standing->rule);
    put_names(json, rules, standing->rule);
    oat_json_fixed_field(json, "evaluated_at", standing->evaluated_ns > 0, (int64_t)standing->evaluated_ns,
                         NS_DIGITS);
    put_text(json, "error", *standing->error ? standing->error : NULL);
    oat_json_key(json, "series");
    oat_json_array_begin(json);
    for (size_t i = 0; i < standing->series_count; i++)
        put_series(json, &standing->series[i]);
    oat_json_array_end(json);
    oat_json_key(json, "groups_left_out");
    oat_json_uint(json, standing->groups_left_out);
    oat_json_object_end(json);
}

/* ---- Events -------------------------------------------------------------------------------------- */

void oat_json_alert_event(struct oat_json *json, const struct oat_alert_event *event)
{
    oat_json_object_begin(json);
    oat_json_key(json, "id");
    oat_json_uint(json, event->id);
    put_text(json, "rule", event->rule->name);
    put_group(json, event->group);
    put_text(json, "from", oat_alert_state_name(event->from));
    put_text(json, "to", oat_alert_state_name(event->to));
    oat_json_fixed_field(json, "time", event->time_ns > 0, (int64_t)event->time_ns, NS_DIGITS);
    oat_json_fixed_field(json, "lasted", true, (int64_t)event->lasted_ns, NS_DIGITS);
    put_value(json, event->value);
    put_condition(json, event->rule);
    oat_json_object_end(json);
}

/* "dear-agents: firing: sum:total_cost is 62.1 USD, above 50 {"agent":"planner"}" */
static void print_text(const struct oat_alert_event *event, char text[TEXT_MAX])
{
    const struct oat_alert_rule *rule = event->rule;
    bool is_bad = event->to >= OAT_ALERT_PENDING;
    char value[64] = "unknown";
    if (event->value.is_there)
        snprintf(value, sizeof value, "%.6g%s%s", event->value.number, rule->unit ? " " : "",
                 rule->unit ? rule->unit : "");
    snprintf(text, TEXT_MAX, "%s: %s: %s is %s, %s%s %.6g%s%.300s", rule->name,
             oat_alert_state_name(event->to), rule->aggregate, value, is_bad ? "" : "not ",
             comparison_of(rule), is_bad ? rule->threshold : rule->resolve, rule->by_count > 0 ? " " : "",
             rule->by_count > 0 ? event->group : "");
    for (char *at = text; (at = strpbrk(at, "<>&@")) != NULL; at++)
        *at = '?';
}

void oat_json_alert_message(struct oat_json *json, const struct oat_alert_event *event)
{
    char text[TEXT_MAX];
    print_text(event, text);
    oat_json_object_begin(json);
    put_text(json, "type", "alert");
    oat_json_key(json, "alert");
    oat_json_alert_event(json, event);
    put_text(json, "text", text);
    oat_json_object_end(json);
}
