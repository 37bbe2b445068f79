#include "httpd/project.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "httpd/log.h"
#include "writer/clock.h"

/* Says at once what is wrong with the store, instead of at the first request. */
static bool check_store(const struct oat_project *project)
{
    struct oat_lease lease;
    char why[OAT_PROBLEM_TEXT_SIZE];
    if (oat_view_lease(project->view, &lease, why) != OAT_OK) {
        oat_log(OAT_LOG_ERROR, "cannot open the store in %s: %s", project->dir, why);
        return false;
    }
    if (!lease.store)
        oat_log(OAT_LOG_WARN, "no store in %s yet: it is served as soon as an agent writes one",
                project->dir);
    else
        oat_log(OAT_LOG_INFO, "serving %s: %" PRIu64 " traces", project->dir, oat_lease_trace_count(&lease));
    oat_view_return(project->view, &lease);
    return true;
}

/* False: out of memory, or with errno. */
static bool make_parts(struct oat_project *project, double ingest_spans_per_s,
                       struct oat_memory_budget *budget)
{
    errno = ENOMEM;
    if (ingest_spans_per_s > 0 && !(project->ingest = oat_rate_new(ingest_spans_per_s, ingest_spans_per_s)))
        return false;
    project->writer = oat_store_writer_start(project->dir, budget);
    project->replicas = oat_replicas_new(project->dir);
    return project->writer && project->replicas && oat_view_open(project->dir, &project->view) == OAT_OK &&
           (project->live = oat_live_start(project->dir, project->view)) != NULL;
}

bool oat_project_open(struct oat_project *project, const struct oat_project_options *options,
                      struct oat_memory_budget *budget)
{
    *project = (struct oat_project){
        .name = options->name,
        .dir = options->dir,
        .retention = &options->retention,
        .alerts_lock = PTHREAD_MUTEX_INITIALIZER,
    };
    if (make_parts(project, options->ingest_spans_per_s, budget))
        return check_store(project);
    oat_log(OAT_LOG_ERROR, "cannot open project %s: %s", project->name, strerror(errno));
    return false;
}

bool oat_project_compact(struct oat_project *project)
{
    return oat_compaction_start(project->dir, project->retention, &project->compaction);
}

bool oat_project_watch(struct oat_project *project, const struct oat_alert_rules *rules)
{
    const struct oat_alerts_source source = {rules, project->name, project->dir, project->view,
                                             project->live};
    struct oat_alerts *before = project->alerts, *alerts = NULL;
    oat_alerts_stop(before); /* what it knows is in the file that the next begins with */
    bool ok = oat_alerts_start(&source, &alerts);
    pthread_mutex_lock(&project->alerts_lock);
    project->alerts = alerts;
    pthread_mutex_unlock(&project->alerts_lock);
    oat_alerts_free(before);
    return ok;
}

void oat_project_show_alerts(struct oat_project *project,
                             void (*fn)(void *arg, const struct oat_alerts_view *view), void *arg)
{
    static const struct oat_alert_rules no_rules;
    static const struct oat_alert_book no_book;
    static const struct oat_alerts_view nothing = {&no_rules, &no_book, NULL};
    pthread_mutex_lock(&project->alerts_lock);
    if (project->alerts)
        oat_alerts_show(project->alerts, fn, arg);
    else
        fn(arg, &nothing);
    pthread_mutex_unlock(&project->alerts_lock);
}

bool oat_project_takes_spans(struct oat_project *project, unsigned *ret_wait_s)
{
    return !project->ingest || oat_rate_take(project->ingest, "", 0, 0, oat_clock_boot_ns(), ret_wait_s);
}

void oat_project_took_spans(struct oat_project *project, uint64_t count)
{
    if (project->ingest)
        oat_rate_charge(project->ingest, "", 0, (double)count, oat_clock_boot_ns());
}

void oat_project_stop(struct oat_project *project)
{
    oat_alerts_stop(project->alerts);
    oat_live_stop(project->live);
}

void oat_project_close(struct oat_project *project)
{
    oat_compaction_stop(project->compaction);
    oat_store_writer_stop(project->writer);
    oat_replicas_free(project->replicas);
    oat_alerts_free(project->alerts);
    oat_live_free(project->live);
    oat_view_close(project->view);
    oat_rate_free(project->ingest);
}
