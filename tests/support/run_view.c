#include "tests/support/run_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Opens every trace, newest first. */
static int open_traces(struct oat_run_view *view)
{
    oat_trace_list *list;
    int st = oat_trace_list_open(view->snapshot, &(oat_trace_query){0}, &list);
    if (st != OAT_OK)
        return st;
    size_t count = oat_trace_list_count(list);
    view->traces = calloc(count + 1, sizeof *view->traces);
    if (!view->traces)
        abort();
    for (; view->trace_count < count && st == OAT_OK; view->trace_count += st == OAT_OK)
        st = oat_trace_open(view->snapshot, oat_trace_list_get(list, view->trace_count)->trace_id,
                            &view->traces[view->trace_count]);
    oat_trace_list_close(list);
    return st;
}

static void read_spans(struct oat_run_view *view)
{
    for (size_t i = 0; i < view->trace_count; i++) {
        size_t count;
        const oat_span_view *spans = oat_trace_spans(view->traces[i], &count);
        view->spans = realloc(view->spans, (view->count + count) * sizeof *view->spans);
        view->trace_of = realloc(view->trace_of, (view->count + count) * sizeof *view->trace_of);
        if (!view->spans || !view->trace_of)
            abort();
        for (size_t k = 0; k < count; k++) {
            view->spans[view->count] = spans[k];
            view->trace_of[view->count++] = view->traces[i];
        }
    }
}

int oat_run_view_open(const char *dir, struct oat_run_view *ret)
{
    struct oat_run_view view = {0};
    int st = oat_store_open(dir, &view.store);
    if (st == OAT_OK)
        st = oat_snapshot_take(view.store, &view.snapshot);
    if (st == OAT_OK)
        st = open_traces(&view);
    if (st != OAT_OK) {
        oat_run_view_close(&view);
        return st;
    }
    read_spans(&view);
    *ret = view;
    return OAT_OK;
}

static void close_traces(struct oat_run_view *view)
{
    free(view->spans);
    free(view->trace_of);
    for (size_t i = 0; i < view->trace_count; i++)
        oat_trace_close(view->traces[i]);
    free(view->traces);
    *view = (struct oat_run_view){.store = view->store, .snapshot = view->snapshot};
}

int oat_run_view_refresh(struct oat_run_view *view)
{
    close_traces(view);
    int st = oat_snapshot_refresh(view->store, &view->snapshot);
    if (st == OAT_OK)
        st = open_traces(view);
    if (st == OAT_OK)
        read_spans(view);
    else
        oat_run_view_close(view);
    return st;
}

void oat_run_view_close(struct oat_run_view *view)
{
    close_traces(view);
    if (view->snapshot)
        oat_snapshot_free(view->snapshot);
    if (view->store)
        oat_store_close(view->store);
    memset(view, 0, sizeof *view);
}

size_t oat_run_view_find(const struct oat_run_view *view, const uint8_t trace_id[16],
                         const uint8_t span_id[8])
{
    for (size_t i = 0; i < view->count; i++)
        if (memcmp(view->spans[i].span_id, span_id, 8) == 0 &&
            memcmp(view->spans[i].trace_id, trace_id, 16) == 0)
            return i;
    return SIZE_MAX;
}

size_t oat_run_view_named(const struct oat_run_view *view, const char *name)
{
    for (size_t i = 0; i < view->count; i++) {
        oat_text text = view->spans[i].text[OAT_TEXT_NAME];
        if (text.len == strlen(name) && memcmp(text.bytes, name, text.len) == 0)
            return i;
    }
    return SIZE_MAX;
}

bool oat_run_view_is_clean(struct oat_run_view *view, unsigned allowed, char ret_text[400])
{
    int st = oat_snapshot_verify(view->snapshot, true);
    if (st != OAT_OK) {
        snprintf(ret_text, 400, "verify: %s", oat_result_text(st));
        return false;
    }
    for (size_t i = 0; i < oat_snapshot_problem_count(view->snapshot); i++) {
        const oat_problem *p = oat_snapshot_problem(view->snapshot, i);
        if (allowed & 1u << p->kind)
            continue;
        snprintf(ret_text, 400, "%s at %" PRIu64 ": %s (kind %d, %" PRIu64 " times): %s, not %s", p->path,
                 p->offset, p->what, (int)p->kind, p->count, p->found, p->expected);
        return false;
    }
    return true;
}
