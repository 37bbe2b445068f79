#include "httpd/handle_metrics.h"

#include "httpd/process_figures.h"
#include "httpd/prometheus.h"
#include "httpd/request_counters.h"

static const struct oat_prom_labels no_labels;

static void put_one(struct oat_json *out, const char *name, const char *type, const char *help, double value)
{
    oat_prom_begin(out, name, type, help);
    oat_prom_sample(out, name, &no_labels, value);
}

static void put_process(struct oat_json *out)
{
    struct oat_process_figures figures;
    const struct oat_prom_labels version = {{{"version", oat_prom_text(oat_version())}}};
    oat_process_figures_read(&figures);
    oat_prom_begin(out, "oat_build_info", "gauge", "The version that runs; always 1.");
    oat_prom_sample(out, "oat_build_info", &version, 1);
    put_one(out, "process_cpu_seconds_total", "counter", "CPU time taken, in seconds.", figures.cpu_s);
    put_one(out, "process_resident_memory_bytes", "gauge", "Memory in use.", (double)figures.resident_bytes);
    put_one(out, "process_open_fds", "gauge", "Descriptors that are open.", (double)figures.open_descriptors);
    put_one(out, "process_start_time_seconds", "gauge", "When it started, since 1970.", figures.started_s);
}

static void put_live(struct oat_json *out, struct oat_live *live)
{
    struct oat_live_figures figures;
    oat_live_figures(live, &figures);
    put_one(out, "oat_live_subscribers", "gauge", "Clients that listen to /ws.", (double)figures.subscribers);
    put_one(out, "oat_live_forms", "gauge", "Different subscriptions that are followed.",
            (double)figures.forms);
    put_one(out, "oat_live_messages_total", "counter", "Messages that were made for them.",
            (double)figures.messages);
    put_one(out, "oat_live_missed_total", "counter", "Messages that slow clients have missed.",
            (double)figures.missed);
}

static void put_alert(struct oat_json *out, const struct oat_alert_standing *standing)
{
    uint64_t counts[OAT_ALERT_FIRING + 1] = {0};
    for (size_t i = 0; i < standing->series_count; i++)
        counts[standing->series[i].state]++;
    for (enum oat_alert_state state = OAT_ALERT_NO_DATA; state <= OAT_ALERT_FIRING; state++) {
        const struct oat_prom_labels labels = {{{"alert", oat_prom_text(standing->rule->name)},
                                                {"state", oat_prom_text(oat_alert_state_name(state))}}};
        oat_prom_sample(out, "oat_alert_groups", &labels, (double)counts[state]);
    }
}

static void put_alerts(void *arg, const struct oat_alerts_view *view)
{
    struct oat_json *out = arg;
    const struct oat_alert_book *book = view->book;
    oat_prom_begin(out, "oat_alert_groups", "gauge", "Groups of an alert that are in a state.");
    for (size_t i = 0; i < book->standing_count; i++)
        put_alert(out, &book->standings[i]);
    oat_prom_begin(out, "oat_alert_failed", "gauge", "1 when the query of an alert has failed, else 0.");
    for (size_t i = 0; i < book->standing_count; i++) {
        const struct oat_alert_standing *standing = &book->standings[i];
        const struct oat_prom_labels labels = {{{"alert", oat_prom_text(standing->rule->name)}}};
        oat_prom_sample(out, "oat_alert_failed", &labels, *standing->error ? 1 : 0);
    }
}

static const char *path_of(size_t route)
{
    const struct oat_route *found = oat_route_at(route);
    return found ? found->path : "other";
}

void oat_handle_metrics(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_json *out = &answer->body;
    const oat_snapshot *snapshot = call->lease->snapshot;
    answer->content_type = OAT_CONTENT_PROMETHEUS;
    put_process(out);
    put_one(out, "oat_store_traces", "gauge", "Traces in the store.",
            (double)oat_lease_trace_count(call->lease));
    put_one(out, "oat_store_problems", "gauge", "What is damaged or cannot be read in it.",
            snapshot ? (double)oat_snapshot_problem_count(snapshot) : 0);
    if (call->project && call->project->live) {
        put_live(out, call->project->live);
        oat_live_write_counters(call->project->live, out);
        oat_project_show_alerts(call->project, put_alerts, out);
    }
    oat_request_counters_write(out, path_of);
}

void oat_handle_ready(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_json *json = &answer->body;
    oat_json_object_begin(json);
    oat_json_key(json, "status");
    oat_json_cstring(json, "ready");
    oat_json_key(json, "store");
    oat_json_bool(json, call->lease->store != NULL);
    oat_json_object_end(json);
}
