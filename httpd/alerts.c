#include "httpd/alerts.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compactor/parallel.h"
#include "export/query_json.h"
#include "httpd/alert_json.h"
#include "httpd/log.h"
#include "httpd/state_file.h"
#include "writer/clock.h"

#define TRIES_MAX   3u /* of a query whose files are replaced while it reads them */
#define REST_FACTOR 9u /* times as long as it has worked */
#define STALE_NS    (UINT64_C(86400) * OAT_NS_PER_S) /* an event as old as that is no news for a webhook */

struct oat_alerts {
    struct oat_alerts_source source;
    struct oat_courier *courier;           /* of the thread, but for its wake */
    uint64_t *due_ns;                      /* of each rule, boot clock; of the thread */
    uint64_t sent[OAT_ALERT_WEBHOOKS_MAX]; /* the event that is under way; of the thread */
    pthread_t thread;
    bool is_running; /* the thread */
    atomic_bool stopping;
    pthread_mutex_t lock; /* of what follows, but for the thread's own reading */
    struct oat_alert_book *book;
    struct oat_courier_record records[OAT_ALERT_WEBHOOKS_MAX];
};

/* ---- Evaluation ---------------------------------------------------------------------------------- */

/* What a query has found. */
struct rows {
    struct oat_alert_row all[OAT_ALERT_ROWS_MAX];
    size_t count;
    uint64_t left_out;
    struct oat_json groups; /* a NUL behind each */
};

/* {"agent":"planner"} and a line's end. */
static void write_group(struct oat_json *json, const struct oat_alert_rule *rule,
                        const oat_query_result *result, const oat_query_value *row)
{
    oat_json_object_begin(json);
    for (size_t i = 0; i < rule->by_count; i++) {
        oat_json_key_text(json, result->columns[i].name, strlen(result->columns[i].name));
        oat_json_query_value(json, &result->columns[i], &row[i]);
    }
    oat_json_object_end(json);
    oat_json_raw(json, "\n", 1);
}

/* False: out of memory. */
static bool take_rows(const struct oat_alert_rule *rule, const oat_query_result *result, struct rows *rows)
{
    size_t begins[OAT_ALERT_ROWS_MAX];
    rows->count = 0;
    rows->left_out = result->group_count - result->row_count;
    oat_json_clear(&rows->groups);
    for (size_t i = 0; i < result->row_count && rows->count < OAT_ALERT_ROWS_MAX; i++) {
        const oat_query_value *row = result->values + i * result->column_count;
        const oat_query_value *value = &row[result->column_count - 1];
        size_t begin = rows->groups.len;
        write_group(&rows->groups, rule, result, row);
        if (rows->groups.len - begin > OAT_ALERT_GROUP_MAX) {
            rows->groups.len = begin;
            rows->left_out++;
            continue;
        }
        begins[rows->count] = begin;
        rows->all[rows->count++].value = (struct oat_alert_value){!value->null, value->number};
    }
    if (rows->groups.failed)
        return false;
    for (size_t i = 0; i < rows->count; i++) {
        char *group = rows->groups.bytes + begins[i];
        *(char *)memchr(group, '\n', rows->groups.len - begins[i]) = '\0';
        rows->all[i].group = group;
    }
    return true;
}

/* Asks a snapshot. False: *error says why not, or that it is to be tried again on a new one: "". */
static bool ask(const struct oat_lease *lease, const struct oat_alert_rule *rule, uint64_t now_ns,
                struct rows *rows, char error[OAT_ALERT_ERROR_SIZE])
{
    struct oat_alert_query query;
    oat_filter_error wrong = {0};
    oat_span_query_error explained = {0};
    oat_query_result *result = NULL;
    oat_problem problem;
    int rc = oat_alert_query_make(rule, now_ns, &query, &wrong);
    if (rc == OAT_OK)
        rc = oat_query_run(lease->snapshot, &query.query, &result, &explained);
    oat_alert_query_free(&query);
    if (rc == OAT_OK && oat_lease_has_fault(lease, &problem))
        rc = OAT_E_STALE;
    if (rc == OAT_OK && !take_rows(rule, result, rows))
        rc = OAT_E_NOMEM;
    oat_query_result_free(result);
    const char *why = *explained.text.message ? explained.text.message
                      : *wrong.message        ? wrong.message
                                              : oat_result_text(rc);
    snprintf(error, OAT_ALERT_ERROR_SIZE, "%s", rc == OAT_OK || rc == OAT_E_STALE ? "" : why);
    return rc == OAT_OK;
}

/* Without a store there is nothing. False: *error says why. */
static bool find_rows(struct oat_view *view, const struct oat_alert_rule *rule, uint64_t now_ns,
                      struct rows *rows, char error[OAT_ALERT_ERROR_SIZE])
{
    struct oat_lease lease;
    char why[OAT_PROBLEM_TEXT_SIZE];
    bool ok = false;
    rows->count = rows->left_out = 0;
    error[0] = '\0';
    for (unsigned i = 0; i < TRIES_MAX && !ok && !*error; i++) {
        if (i > 0)
            oat_view_expire(view);
        if (oat_view_lease(view, &lease, why) != OAT_OK) {
            snprintf(error, OAT_ALERT_ERROR_SIZE, "%s", why);
            return false;
        }
        ok = !lease.snapshot || ask(&lease, rule, now_ns, rows, error);
        oat_view_return(view, &lease);
    }
    if (!ok && !*error)
        snprintf(error, OAT_ALERT_ERROR_SIZE, "%s", oat_result_text(OAT_E_STALE));
    return ok;
}

static void tell_live(struct oat_alerts *alerts, uint64_t first_id)
{
    struct oat_json json = {0};
    const struct oat_alert_event *event;
    for (uint64_t id = first_id; (event = oat_alert_book_event(alerts->book, id)) != NULL; id++) {
        oat_json_clear(&json);
        oat_json_alert_message(&json, event);
        oat_log(event->to == OAT_ALERT_FIRING ? OAT_LOG_WARN : OAT_LOG_INFO,
                "alert %s of project %s: %s, was %s", event->rule->name, event->rule->project,
                oat_alert_state_name(event->to), oat_alert_state_name(event->from));
        if (!json.failed)
            oat_live_tell(alerts->source.live, OAT_LIVE_ALERT, json.bytes, json.len);
    }
    oat_json_free(&json);
}

static void evaluate(struct oat_alerts *alerts, struct oat_alert_standing *standing, struct rows *rows)
{
    char error[OAT_ALERT_ERROR_SIZE];
    uint64_t now_ns = oat_clock_wall_ns(), first_id = alerts->book->next_id;
    bool ok = find_rows(alerts->source.view, standing->rule, now_ns, rows, error);
    bool is_news = !ok && !*standing->error;
    pthread_mutex_lock(&alerts->lock);
    if (ok) {
        ok = oat_alert_book_enter(alerts->book, standing, rows->all, rows->count, now_ns);
        standing->groups_left_out = rows->left_out;
        snprintf(error, sizeof error, "%s", oat_result_text(OAT_E_NOMEM));
    }
    if (!ok)
        memcpy(standing->error, error, sizeof error);
    pthread_mutex_unlock(&alerts->lock);
    if (is_news)
        oat_log(OAT_LOG_WARN, "alert %s of project %s: %s", standing->rule->name, standing->rule->project,
                error);
    tell_live(alerts, first_id);
}

/* Those that are due. Returns when the next one is. */
static uint64_t evaluate_due(struct oat_alerts *alerts, struct rows *rows)
{
    uint64_t next_ns = UINT64_MAX;
    for (size_t i = 0; i < alerts->book->standing_count && !atomic_load(&alerts->stopping); i++) {
        struct oat_alert_standing *standing = &alerts->book->standings[i];
        uint64_t began_ns = oat_clock_boot_ns();
        if (began_ns >= alerts->due_ns[i]) {
            evaluate(alerts, standing, rows);
            uint64_t ended_ns = oat_clock_boot_ns(), rest_ns = REST_FACTOR * (ended_ns - began_ns);
            alerts->due_ns[i] =
                rest_ns > standing->rule->every_ns ? ended_ns + rest_ns : began_ns + standing->rule->every_ns;
        }
        if (alerts->due_ns[i] < next_ns)
            next_ns = alerts->due_ns[i];
    }
    return next_ns;
}

/* ---- Webhooks ------------------------------------------------------------------------------------ */

static const char *name_of(const struct oat_alerts *alerts, size_t webhook)
{
    return alerts->source.rules->webhooks[webhook].name;
}

/* Sends what a webhook is to be told of next. */
static void send_next(struct oat_alerts *alerts, unsigned webhook)
{
    struct oat_json json = {0};
    size_t len;
    uint64_t now_ns = oat_clock_wall_ns();
    const struct oat_alert_event *event;
    pthread_mutex_lock(&alerts->lock);
    while ((event = oat_alert_book_next(alerts->book, webhook)) != NULL &&
           now_ns > event->time_ns + STALE_NS) {
        oat_log(OAT_LOG_WARN, "webhook %s was not told of event %" PRIu64 " within a day",
                name_of(alerts, webhook), event->id);
        oat_alert_book_told(alerts->book, webhook, event->id);
    }
    pthread_mutex_unlock(&alerts->lock);
    if (!event)
        return;
    alerts->sent[webhook] = event->id;
    oat_json_alert_message(&json, event);
    char *body = oat_json_take(&json, &len);
    oat_courier_send(alerts->courier, webhook, body, len);
}

/* Returns when there is something to be sent next; UINT64_MAX: it shows when something has come to its end.
 */
static uint64_t send_due(struct oat_alerts *alerts)
{
    uint64_t next_ns = UINT64_MAX, now_ns = oat_clock_boot_ns();
    for (unsigned i = 0; i < alerts->source.rules->webhook_count; i++) {
        uint64_t free_ns = oat_courier_free_ns(alerts->courier, i);
        if (free_ns <= now_ns)
            send_next(alerts, i);
        else if (free_ns < next_ns)
            next_ns = free_ns;
    }
    return next_ns;
}

static void sent(void *arg, size_t webhook, enum oat_courier_outcome outcome,
                 const struct oat_courier_record *record)
{
    struct oat_alerts *alerts = arg;
    pthread_mutex_lock(&alerts->lock);
    alerts->records[webhook] = *record;
    if (outcome != OAT_COURIER_FAILED)
        oat_alert_book_told(alerts->book, (unsigned)webhook, alerts->sent[webhook]);
    pthread_mutex_unlock(&alerts->lock);
    if (outcome == OAT_COURIER_REFUSED)
        oat_log(OAT_LOG_WARN, "webhook %s has refused event %" PRIu64 ": status %ld",
                name_of(alerts, webhook), alerts->sent[webhook], record->status);
    else if (outcome == OAT_COURIER_FAILED && record->failures == 1)
        oat_log(OAT_LOG_WARN, "webhook %s: %s; it is tried again", name_of(alerts, webhook),
                *record->error ? record->error : "it answered with an error");
}

/* ---- The thread ---------------------------------------------------------------------------------- */

/* Where no folder is there is nothing to remember yet. */
static void save(struct oat_alerts *alerts, bool *has_failed)
{
    struct oat_json json = {0};
    if (!alerts->book->changed)
        return;
    oat_alert_book_write(alerts->book, &json);
    int result = json.failed
                     ? OAT_E_NOMEM
                     : oat_state_file_write(alerts->source.dir, OAT_ALERTS_STATE_NAME, json.bytes, json.len);
    bool failed = result != OAT_OK && result != OAT_NOTFOUND;
    if (failed && !*has_failed)
        oat_log(OAT_LOG_ERROR, "cannot write %s/" OAT_ALERTS_STATE_NAME ": %s", alerts->source.dir,
                result == OAT_E_NOMEM ? oat_result_text(result) : strerror(errno));
    *has_failed = failed;
    alerts->book->changed = failed;
    oat_json_free(&json);
}

/* The thread alone changes the book: it reads it without the lock. */
static void *watch(void *arg)
{
    struct oat_alerts *alerts = arg;
    struct rows *rows = calloc(1, sizeof *rows);
    bool has_failed = false;
    if (!rows)
        oat_log(OAT_LOG_ERROR, "alerts: out of memory");
    while (rows && !atomic_load(&alerts->stopping)) {
        uint64_t next_ns = evaluate_due(alerts, rows), send_ns = send_due(alerts);
        save(alerts, &has_failed);
        if (!atomic_load(&alerts->stopping))
            oat_courier_wait(alerts->courier, next_ns < send_ns ? next_ns : send_ns, sent, alerts);
    }
    save(alerts, &has_failed);
    if (rows)
        oat_json_free(&rows->groups);
    free(rows);
    return NULL;
}

/* ---- Life ---------------------------------------------------------------------------------------- */

void oat_alerts_stop(struct oat_alerts *alerts)
{
    if (!alerts || !alerts->is_running)
        return;
    atomic_store(&alerts->stopping, true);
    oat_courier_wake(alerts->courier);
    pthread_join(alerts->thread, NULL);
    alerts->is_running = false;
}

void oat_alerts_free(struct oat_alerts *alerts)
{
    if (!alerts)
        return;
    oat_alerts_stop(alerts);
    oat_courier_free(alerts->courier);
    oat_alert_book_free(alerts->book);
    pthread_mutex_destroy(&alerts->lock);
    free(alerts->due_ns);
    free(alerts);
}

/* What was known at the last end. */
static void load(struct oat_alerts *alerts)
{
    char *text = NULL;
    size_t len;
    int result = oat_state_file_read(alerts->source.dir, OAT_ALERTS_STATE_NAME, &text, &len);
    if (result == OAT_OK && !oat_alert_book_read(alerts->book, text, len))
        oat_log(OAT_LOG_WARN,
                "%s/" OAT_ALERTS_STATE_NAME " is damaged: some of what it told of alerts is lost",
                alerts->source.dir);
    else if (result != OAT_OK && result != OAT_NOTFOUND)
        oat_log(OAT_LOG_WARN, "cannot read %s/" OAT_ALERTS_STATE_NAME ": %s", alerts->source.dir,
                oat_result_text(result));
    free(text);
}

bool oat_alerts_start(const struct oat_alerts_source *source, struct oat_alerts **ret)
{
    struct oat_alerts *alerts = calloc(1, sizeof *alerts);
    int error = ENOMEM;
    *ret = NULL;
    if (alerts) {
        alerts->source = *source;
        pthread_mutex_init(&alerts->lock, NULL);
        alerts->book = oat_alert_book_new(source->rules, source->project);
        if (!alerts->book) {
            oat_alerts_free(alerts);
            return true;
        }
        load(alerts);
        alerts->due_ns = calloc(alerts->book->standing_count, sizeof *alerts->due_ns);
        alerts->courier = oat_courier_new(source->rules->webhooks, source->rules->webhook_count);
        if (alerts->due_ns && alerts->courier)
            error = oat_thread_start(&alerts->thread, watch, alerts);
    }
    if (error != 0) {
        oat_log(OAT_LOG_ERROR, "cannot start alerts: %s", strerror(error));
        oat_alerts_free(alerts);
        return false;
    }
    alerts->is_running = true;
    *ret = alerts;
    return true;
}

void oat_alerts_show(struct oat_alerts *alerts, void (*fn)(void *arg, const struct oat_alerts_view *view),
                     void *arg)
{
    pthread_mutex_lock(&alerts->lock);
    const struct oat_alerts_view view = {alerts->source.rules, alerts->book, alerts->records};
    fn(arg, &view);
    pthread_mutex_unlock(&alerts->lock);
}
