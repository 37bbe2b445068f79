#include "tests/support/run_view.h"
#include "tests/support/nth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_spans(struct oat_run_view *view)
{
    size_t traces = oat_nth_count(view->snapshot);
    for (size_t i = 0; i < traces; i++) {
        oat_span_view *spans;
        size_t count;
        int st = oat_nth_spans(view->snapshot, i, &spans, &count);
        if (st != OAT_OK)
            return st;
        view->spans = realloc(view->spans, (view->count + count) * sizeof *view->spans);
        view->trace_of = realloc(view->trace_of, (view->count + count) * sizeof *view->trace_of);
        if (!view->spans || !view->trace_of)
            abort();
        for (size_t k = 0; k < count; k++) {
            view->spans[view->count] = spans[k];
            view->trace_of[view->count++] = i;
        }
        free(spans);
    }
    return OAT_OK;
}

int oat_run_view_open(const char *dir, struct oat_run_view *ret)
{
    struct oat_run_view view = {0};
    int st = oat_store_open(dir, &view.store);
    if (st == OAT_OK)
        st = oat_snapshot_take(view.store, &view.snapshot);
    if (st == OAT_OK)
        st = read_spans(&view);
    if (st == OAT_OK)
        *ret = view;
    else
        oat_run_view_close(&view);
    return st;
}

void oat_run_view_close(struct oat_run_view *view)
{
    free(view->spans);
    free(view->trace_of);
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
