#include "httpd/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/span_json.h"
#include "httpd/log.h"
#include "httpd/selection.h"
#include "oat/lists.h"

#define SECOND    UINT64_C(1000000000)
#define DAY       (86400 * SECOND)
#define TRIES_MAX 3u

struct oat_replay {
    struct oat_job job;
    struct oat_replay_query query;
    void (*done)(void *arg, const struct oat_json *items, uint64_t missed, bool exact); /* NULL: forgotten */
    void *arg;
    char *filter;
    struct oat_json items;
    uint64_t missed;
    bool exact;
};

/* ---- In the pool ---------------------------------------------------------------------------------- */

static int put_span(struct oat_replay *replay, const oat_snapshot *snapshot, const oat_span_ids *ids)
{
    oat_trace *trace;
    size_t count, i = 0;
    int rc = oat_trace_open(snapshot, ids->trace_id, &trace);
    if (rc != OAT_OK)
        return rc;
    const oat_span_view *spans = oat_trace_spans(trace, &count);
    while (i < count && memcmp(spans[i].span_id, ids->span_id, sizeof ids->span_id) != 0)
        i++;
    if (i < count) {
        oat_json_object_begin(&replay->items);
        oat_json_key(&replay->items, "type");
        oat_json_cstring(&replay->items, "span");
        oat_json_key(&replay->items, "span");
        rc = oat_json_span(&replay->items, snapshot, NULL, &spans[i], OAT_JSON_PREVIEWS);
        oat_json_object_end(&replay->items);
    }
    oat_trace_close(trace);
    return rc;
}

static int put_list(struct oat_replay *replay, const oat_snapshot *snapshot, const oat_filter *filter)
{
    const oat_span_list_query query = {
        .filter = filter, .from_ns = replay->query.since_ns - DAY, .limit = OAT_REPLAY_MAX};
    oat_span_list *list;
    int rc = oat_span_list_open(snapshot, &query, &list);
    if (rc != OAT_OK)
        return rc;
    size_t count = oat_span_list_count(list);
    replay->missed = oat_span_list_total(list, &replay->exact) - count;
    for (size_t i = count; i-- > 0 && rc == OAT_OK;)
        rc = put_span(replay, snapshot, oat_span_list_get(list, i));
    oat_span_list_close(list);
    return rc;
}

/* The filter, and that spans have ended since. NULL: out of memory. */
static oat_filter *make_filter(const struct oat_replay *replay)
{
    char *text;
    oat_filter *filter = NULL;
    bool any = replay->filter[strspn(replay->filter, " \t\r\n")] != '\0';
    uint64_t since_ns = replay->query.since_ns;
    if (asprintf(&text, "%s%s%send >= %" PRIu64 ".%09" PRIu64, any ? "(" : "", any ? replay->filter : "",
                 any ? ") and " : "", since_ns / SECOND, since_ns % SECOND) < 0)
        return NULL;
    if (oat_filter_parse(text, strlen(text), oat_selection_now_ns(), &filter, NULL) != OAT_OK)
        filter = NULL;
    free(text);
    return filter;
}

static int read_once(struct oat_replay *replay, const oat_filter *filter)
{
    struct oat_lease lease;
    char why[OAT_PROBLEM_TEXT_SIZE];
    oat_view_expire(replay->query.view); /* what came since is in the tail: nothing may be between */
    int rc = oat_view_lease(replay->query.view, &lease, why);
    if (rc != OAT_OK)
        return rc;
    oat_json_clear(&replay->items);
    oat_json_array_begin(&replay->items);
    if (lease.snapshot)
        rc = put_list(replay, lease.snapshot, filter);
    oat_json_array_end(&replay->items);
    oat_view_return(replay->query.view, &lease);
    return rc == OAT_OK && replay->items.failed ? OAT_E_NOMEM : rc;
}

/* Once more when files were replaced meanwhile. */
static int read_spans(struct oat_replay *replay)
{
    oat_filter *filter = make_filter(replay);
    int rc = filter ? OAT_E_STALE : OAT_E_NOMEM;
    for (unsigned i = 0; i < TRIES_MAX && rc == OAT_E_STALE; i++)
        rc = read_once(replay, filter);
    oat_filter_free(filter);
    return rc;
}

static void come_back(struct oat_job *job);

static struct oat_replay *of_job(struct oat_job *job)
{
    return (struct oat_replay *)((char *)job - offsetof(struct oat_replay, job));
}

static void read_in_pool(struct oat_job *job)
{
    struct oat_replay *replay = of_job(job);
    int rc = read_spans(replay);
    if (rc != OAT_OK) {
        oat_log(OAT_LOG_WARN, "live: reading what a client missed: %s", oat_result_text(rc));
        oat_json_free(&replay->items);
        replay->exact = false;
    }
    replay->job.run = come_back;
    oat_worker_post(replay->query.worker, &replay->job);
}

/* ---- On the worker -------------------------------------------------------------------------------- */

static void free_replay(struct oat_replay *replay)
{
    oat_json_free(&replay->items);
    free(replay->filter);
    free(replay);
}

static void come_back(struct oat_job *job)
{
    struct oat_replay *replay = of_job(job);
    struct oat_worker *worker = replay->query.worker;
    if (replay->done)
        replay->done(replay->arg, &replay->items, replay->missed, replay->exact);
    free_replay(replay);
    oat_worker_release(worker);
}

struct oat_replay *oat_replay_start(const struct oat_replay_query *query,
                                    void (*done)(void *arg, const struct oat_json *items, uint64_t missed,
                                                 bool exact),
                                    void *arg)
{
    struct oat_replay *replay = calloc(1, sizeof *replay);
    if (!replay)
        return NULL;
    *replay = (struct oat_replay){.job.run = read_in_pool,
                                  .query = *query,
                                  .done = done,
                                  .arg = arg,
                                  .filter = strdup(query->filter),
                                  .exact = true};
    oat_worker_hold(query->worker);
    if (replay->filter && oat_pool_submit(query->pool, &replay->job))
        return replay;
    oat_worker_release(query->worker);
    free_replay(replay);
    return NULL;
}

void oat_replay_forget(struct oat_replay *replay)
{
    replay->done = NULL;
}
