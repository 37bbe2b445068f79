#include "httpd/view.h"

#include "reader/snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int open_store(struct oat_view *view)
{
    oat_problem problem;
    int rc = oat_store_open_explained(view->dir, &view->store, &problem);
    if (rc == OAT_E_NOMEM)
        snprintf(view->why, sizeof view->why, "%s", oat_result_text(rc));
    else if (rc != OAT_OK)
        oat_problem_text(&problem, view->why, sizeof view->why);
    return rc;
}

int oat_view_refresh(struct oat_view *view)
{
    uint64_t now = now_ns();
    if (view->snapshot && now - view->taken_ns < OAT_VIEW_AGE_MS * UINT64_C(1000000) &&
        !oat_snapshot_has_fault(view->snapshot, NULL))
        return OAT_OK;
    int rc = view->store ? OAT_OK : open_store(view);
    if (rc != OAT_OK)
        return rc == OAT_NOTFOUND ? OAT_OK : rc;
    rc = oat_snapshot_refresh(view->store, &view->snapshot);
    if (rc == OAT_E_IO)
        snprintf(view->why, sizeof view->why, "cannot list hot: %s", strerror(errno));
    else if (rc != OAT_OK)
        snprintf(view->why, sizeof view->why, "%s", oat_result_text(rc));
    else
        view->taken_ns = now;
    return rc;
}

void oat_view_close(struct oat_view *view)
{
    oat_snapshot_free(view->snapshot);
    oat_store_close(view->store);
    *view = (struct oat_view){.dir = view->dir};
}

bool oat_view_has_fault(const struct oat_view *view, oat_problem *ret)
{
    return view->snapshot && oat_snapshot_has_fault(view->snapshot, ret);
}

uint64_t oat_view_trace_count(const struct oat_view *view)
{
    oat_trace_list *list;
    bool exact;
    if (!view->snapshot ||
        oat_trace_list_open(view->snapshot, &(oat_trace_query){.limit = 1}, &list) != OAT_OK)
        return 0;
    uint64_t total = oat_trace_list_total(list, &exact);
    oat_trace_list_close(list);
    return total;
}
