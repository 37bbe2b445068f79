#include "httpd/project.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "httpd/log.h"

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

bool oat_project_open(struct oat_project *project, const char *name, const char *dir)
{
    *project = (struct oat_project){.name = name, .dir = dir};
    project->writer = oat_store_writer_start(dir);
    if (project->writer && oat_view_open(dir, &project->view) == OAT_OK &&
        (project->live = oat_live_start(dir)) != NULL)
        return check_store(project);
    oat_log(OAT_LOG_ERROR, "cannot open project %s: %s", name, strerror(errno));
    return false;
}

bool oat_project_compact(struct oat_project *project)
{
    return oat_compaction_start(project->dir, &project->compaction);
}

void oat_project_stop(struct oat_project *project)
{
    oat_live_stop(project->live);
}

void oat_project_close(struct oat_project *project)
{
    oat_compaction_stop(project->compaction);
    oat_store_writer_stop(project->writer);
    oat_live_free(project->live);
    oat_view_close(project->view);
}
