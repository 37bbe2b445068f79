#include "httpd/handle_alerts.h"

#include <stdio.h>
#include <string.h>

#include "export/field_json.h"
#include "httpd/alert_json.h"
#include "httpd/alerts.h"
#include "httpd/page.h"

#define HISTORY_DEFAULT 100u
#define NS_DIGITS       9u
#define STATES          (OAT_ALERT_FIRING + 1)

const char *const oat_alerts_parameters[] = {"limit", "offset", "state", "rule", "history", NULL};

/* What is asked for, and what is told. */
struct request {
    struct oat_page page;
    uint64_t history; /* events at most */
    const char *rule; /* NULL: all */
    bool has_state;
    enum oat_alert_state state;
    struct oat_json *json;
};

/* ---- What is asked for: false answers 400 --------------------------------------------------------- */

static bool read_state(const struct oat_query *query, struct request *r, struct oat_answer *answer)
{
    struct oat_query_error error = {.parameter = "state"};
    oat_text state;
    state.bytes = oat_query_get(query, "state", &state.len);
    r->has_state = state.bytes != NULL;
    if (!r->has_state || oat_alert_state_parse(state, &r->state))
        return true;
    snprintf(error.message, sizeof error.message, "expected ok, pending, firing or no_data");
    oat_answer_bad_parameter(answer, &error);
    return false;
}

static bool read_request(const struct oat_query *query, struct request *r, struct oat_answer *answer)
{
    struct oat_query_error error;
    r->history = HISTORY_DEFAULT;
    r->rule = oat_query_get(query, "rule", NULL);
    if (!oat_page_read(query, &r->page, answer) || !read_state(query, r, answer))
        return false;
    if (oat_query_number(query, "history", 0, OAT_ALERT_EVENTS_MAX, &r->history, &error))
        return true;
    oat_answer_bad_parameter(answer, &error);
    return false;
}

/* ---- Answer --------------------------------------------------------------------------------------- */

static bool is_rule(const struct request *r, const struct oat_alert_rule *rule)
{
    return !r->rule || strcmp(r->rule, rule->name) == 0;
}

/* Writes the page of those that are asked for; counts them, and all by their state. */
static uint64_t put_alerts(const struct request *r, const struct oat_alerts_view *view,
                           uint64_t ret_counts[STATES])
{
    uint64_t total = 0;
    oat_json_key(r->json, "alerts");
    oat_json_array_begin(r->json);
    for (size_t i = 0; i < view->book->standing_count; i++) {
        const struct oat_alert_standing *standing = &view->book->standings[i];
        const struct oat_alert_series *worst;
        enum oat_alert_state state = oat_alert_standing_state(standing, &worst);
        ret_counts[state]++;
        if (!is_rule(r, standing->rule) || (r->has_state && state != r->state))
            continue;
        if (total >= r->page.offset && total - r->page.offset < r->page.limit)
            oat_json_alert(r->json, view->rules, standing);
        total++;
    }
    oat_json_array_end(r->json);
    return total;
}

static void put_counts(struct oat_json *json, const uint64_t counts[STATES])
{
    oat_json_key(json, "counts");
    oat_json_object_begin(json);
    for (unsigned i = 0; i < STATES; i++)
        oat_json_count_field(json, oat_alert_state_name((enum oat_alert_state)i), true, counts[i]);
    oat_json_object_end(json);
}

/* The newest first. */
static void put_history(const struct request *r, const struct oat_alert_book *book)
{
    uint64_t left = r->history;
    oat_json_key(r->json, "history");
    oat_json_array_begin(r->json);
    for (uint64_t back = 1; back <= OAT_ALERT_EVENTS_MAX && back < book->next_id && left > 0; back++) {
        const struct oat_alert_event *event = oat_alert_book_event(book, book->next_id - back);
        if (!event || !is_rule(r, event->rule))
            continue;
        oat_json_alert_event(r->json, event);
        left--;
    }
    oat_json_array_end(r->json);
}

/* Those of the project. Not where they are: addresses of webhooks are often secrets. */
static void put_webhooks(struct oat_json *json, const struct oat_alerts_view *view)
{
    unsigned used = 0;
    for (size_t i = 0; i < view->book->standing_count; i++)
        used |= view->book->standings[i].rule->webhooks;
    oat_json_key(json, "webhooks");
    oat_json_array_begin(json);
    for (size_t i = 0; i < view->rules->webhook_count; i++) {
        const struct oat_courier_record *record = &view->webhooks[i];
        if (!(used & 1u << i))
            continue;
        oat_json_object_begin(json);
        oat_json_key(json, "name");
        oat_json_cstring(json, view->rules->webhooks[i].name);
        oat_json_fixed_field(json, "last_time", record->last_ns > 0, (int64_t)record->last_ns, NS_DIGITS);
        oat_json_count_field(json, "last_status", record->status > 0, (uint64_t)record->status);
        oat_json_key(json, "last_error");
        oat_json_cstring(json, *record->error ? record->error : NULL);
        oat_json_count_field(json, "failures", true, record->failures);
        oat_json_object_end(json);
    }
    oat_json_array_end(json);
}

static void put_all(void *arg, const struct oat_alerts_view *view)
{
    const struct request *r = arg;
    uint64_t counts[STATES] = {0};
    oat_json_object_begin(r->json);
    uint64_t total = put_alerts(r, view, counts);
    oat_page_end(r->json, total, true, NULL, false);
    put_counts(r->json, counts);
    put_history(r, view->book);
    put_webhooks(r->json, view);
    oat_json_object_end(r->json);
}

void oat_handle_alerts(const struct oat_call *call, struct oat_answer *answer)
{
    struct request r = {.json = &answer->body};
    if (!read_request(call->query, &r, answer))
        return;
    oat_project_show_alerts(call->project, put_all, &r);
}
