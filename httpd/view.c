#include "httpd/view.h"

#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int oat_view_refresh(struct oat_view *view)
{
    uint64_t now = now_ns();
    if (view->snapshot && now - view->taken_ns < OAT_VIEW_AGE_MS * UINT64_C(1000000))
        return OAT_OK;
    if (!view->store) {
        int rc = oat_store_open(view->dir, &view->store);
        if (rc == OAT_NOTFOUND)
            return OAT_OK;
        if (rc != OAT_OK)
            return rc;
    }
    oat_snapshot *fresh;
    int rc = oat_snapshot_take(view->store, &fresh);
    if (rc != OAT_OK)
        return rc;
    oat_snapshot_free(view->snapshot);
    view->snapshot = fresh;
    view->taken_ns = now;
    return OAT_OK;
}

void oat_view_close(struct oat_view *view)
{
    oat_snapshot_free(view->snapshot);
    oat_store_close(view->store);
    *view = (struct oat_view){.dir = view->dir};
}

size_t oat_view_trace_count(const struct oat_view *view)
{
    return view->snapshot ? oat_snapshot_trace_count(view->snapshot) : 0;
}
