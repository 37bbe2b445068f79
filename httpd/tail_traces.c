#include "httpd/tail_traces.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "export/span_json.h"
#include "format/hash.h"

#define TRACES_MAX 1024u
#define PLACES     (2 * TRACES_MAX)
#define EVERY_NS   UINT64_C(250000000)

struct touched {
    bool used;
    uint8_t id[16];
    uint64_t forms[OAT_RING_FORM_WORDS];
};

struct oat_tail_traces {
    struct oat_view *view;
    struct touched touched[PLACES]; /* by the hash of the id, or behind it */
    size_t count;
    uint64_t told_ns; /* monotonic */
    struct oat_json json;
};

struct oat_tail_traces *oat_tail_traces_new(struct oat_view *view)
{
    struct oat_tail_traces *traces = calloc(1, sizeof *traces);
    if (traces)
        traces->view = view;
    return traces;
}

void oat_tail_traces_free(struct oat_tail_traces *traces)
{
    if (!traces)
        return;
    oat_json_free(&traces->json);
    free(traces);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

bool oat_tail_traces_add(struct oat_tail_traces *traces, const uint8_t trace_id[16],
                         const uint64_t forms[OAT_RING_FORM_WORDS])
{
    size_t at = (size_t)oat_hash64(trace_id, 16, 0) % PLACES;
    while (traces->touched[at].used && memcmp(traces->touched[at].id, trace_id, 16) != 0)
        at = (at + 1) % PLACES;
    struct touched *touched = &traces->touched[at];
    if (!touched->used && traces->count == TRACES_MAX)
        return false;
    if (!touched->used) {
        touched->used = true;
        memcpy(touched->id, trace_id, sizeof touched->id);
        traces->count++;
    }
    for (unsigned word = 0; word < OAT_RING_FORM_WORDS; word++)
        touched->forms[word] |= forms[word];
    return true;
}

/* Writes the message of a trace. False: it is not there any more, or out of memory. */
static bool write_trace(struct oat_json *json, const oat_snapshot *snapshot, const uint8_t trace_id[16])
{
    oat_trace *trace;
    if (oat_trace_open(snapshot, trace_id, &trace) != OAT_OK)
        return false;
    oat_json_clear(json);
    oat_json_object_begin(json);
    oat_json_key(json, "type");
    oat_json_cstring(json, "trace");
    oat_json_key(json, "trace");
    int result = oat_json_trace_summary(json, snapshot, oat_trace_head(trace));
    oat_json_object_end(json);
    oat_trace_close(trace);
    return result == OAT_OK && !json->failed;
}

void oat_tail_traces_tell(struct oat_tail_traces *traces, const struct oat_tail_events *events, void *arg)
{
    struct oat_lease lease;
    char why[OAT_PROBLEM_TEXT_SIZE];
    oat_view_expire(traces->view); /* the spans that were told of shall be in it */
    bool leased = oat_view_lease(traces->view, &lease, why) == OAT_OK;
    for (size_t i = 0; i < PLACES; i++) {
        struct touched *touched = &traces->touched[i];
        if (touched->used && leased && lease.snapshot &&
            write_trace(&traces->json, lease.snapshot, touched->id))
            events->put(arg, traces->json.bytes, traces->json.len, touched->forms);
    }
    if (leased)
        oat_view_return(traces->view, &lease);
    memset(traces->touched, 0, sizeof traces->touched);
    traces->count = 0;
    traces->told_ns = now_ns();
    events->wake(arg);
}

uint64_t oat_tail_traces_wait_ns(const struct oat_tail_traces *traces)
{
    if (traces->count == 0)
        return UINT64_MAX;
    uint64_t since_ns = now_ns() - traces->told_ns;
    return since_ns < EVERY_NS ? EVERY_NS - since_ns : 0;
}
