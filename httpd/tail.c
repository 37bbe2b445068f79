#include "httpd/tail.h"

#include <stdlib.h>
#include <string.h>

#include "export/span_json.h"
#include "httpd/log.h"
#include "httpd/tail_traces.h"
#include "reader/follow_match.h"

#define DELAY_MAX_NS UINT64_C(15000000)  /* what a span waits when it is the first for long */
#define RETRY_NS     UINT64_C(250000000) /* when there is no store yet, or it cannot be read */

struct oat_tail {
    const char *dir;
    oat_store *store;
    oat_follow *follow;
    bool was_absent; /* what is in a store that was not there is all new */
    bool has_failed; /* and it was said */
    struct oat_json json;
    struct oat_tail_traces *traces;
    uint64_t of_kind[OAT_LIVE_KINDS][OAT_RING_FORM_WORDS]; /* forms that want it */
    uint64_t takers[OAT_BATCH_ROWS][OAT_RING_FORM_WORDS];  /* of each span of a batch */
};

struct oat_tail *oat_tail_new(const char *dir, struct oat_view *view)
{
    struct oat_tail *tail = calloc(1, sizeof *tail);
    if (!tail)
        return NULL;
    tail->dir = dir;
    tail->traces = oat_tail_traces_new(view);
    if (tail->traces)
        return tail;
    free(tail);
    return NULL;
}

static void close_store(struct oat_tail *tail)
{
    oat_follow_close(tail->follow);
    oat_store_close(tail->store);
    tail->follow = NULL;
    tail->store = NULL;
}

void oat_tail_free(struct oat_tail *tail)
{
    if (!tail)
        return;
    close_store(tail);
    oat_tail_traces_free(tail->traces);
    oat_json_free(&tail->json);
    free(tail);
}

/* ---- The store ------------------------------------------------------------------------------------ */

static void say_failed(struct oat_tail *tail, int result)
{
    if (!tail->has_failed)
        oat_log(OAT_LOG_WARN, "live: cannot follow %s: %s", tail->dir, oat_result_text(result));
    tail->has_failed = true;
}

/* False: there is none yet, or it cannot be read. */
static bool open_store(struct oat_tail *tail)
{
    if (tail->follow)
        return true;
    int result = oat_store_open(tail->dir, &tail->store);
    if (result == OAT_OK)
        result = oat_follow_open(tail->store, tail->was_absent, &tail->follow);
    if (result == OAT_NOTFOUND) {
        tail->was_absent = true;
    } else if (result != OAT_OK) {
        say_failed(tail, result);
        close_store(tail);
    }
    return result == OAT_OK;
}

/* ---- Spans ---------------------------------------------------------------------------------------- */

/* Sets the bit of a form for those spans of the batch that it wants. */
static void give(struct oat_tail *tail, unsigned form, const uint64_t rows[OAT_BATCH_WORDS], size_t count)
{
    for (size_t word = 0; word < (count + 63) / 64; word++)
        for (uint64_t left = rows[word]; left != 0; left &= left - 1)
            tail->takers[word * 64 + (size_t)__builtin_ctzll(left)][form / 64] |= UINT64_C(1) << form % 64;
}

/* Sets who takes which span; false: out of memory. */
static bool find_takers(struct oat_tail *tail, size_t first, size_t count, const struct oat_tail_form *forms,
                        unsigned form_count)
{
    struct oat_follow_batch *batch;
    uint64_t all[OAT_BATCH_WORDS], rows[OAT_BATCH_WORDS];
    memset(tail->takers, 0, count * sizeof *tail->takers);
    memset(all, 0, sizeof all);
    for (size_t i = 0; i < count; i++)
        all[i / 64] |= UINT64_C(1) << i % 64;
    int result = oat_follow_batch_open(tail->follow, first, count, &batch);
    if (result != OAT_OK)
        return false;
    for (unsigned i = 0; i < form_count && result == OAT_OK; i++) {
        if (forms[i].filter)
            result = oat_follow_batch_match(batch, forms[i].filter, rows);
        give(tail, forms[i].number, forms[i].filter ? rows : all, count);
    }
    oat_follow_batch_free(batch);
    return result == OAT_OK;
}

/* Which forms want which kind. */
static void sort_forms(struct oat_tail *tail, const struct oat_tail_form *forms, unsigned form_count)
{
    memset(tail->of_kind, 0, sizeof tail->of_kind);
    for (unsigned i = 0; i < form_count; i++)
        for (unsigned left = forms[i].kinds; left != 0; left &= left - 1)
            tail->of_kind[__builtin_ctz(left)][forms[i].number / 64] |= UINT64_C(1) << forms[i].number % 64;
}

/* The takers of span i of the batch that want this kind. False: there is none. */
static bool takers_of(const struct oat_tail *tail, size_t i, enum oat_live_kind kind,
                      uint64_t ret[OAT_RING_FORM_WORDS])
{
    const uint64_t *wanted = tail->of_kind[__builtin_ctz(kind)];
    uint64_t any = 0;
    for (unsigned word = 0; word < OAT_RING_FORM_WORDS; word++)
        any |= ret[word] = tail->takers[i][word] & wanted[word];
    return any != 0;
}

/* Writes the message of a span. False: out of memory. */
static bool write_span(struct oat_tail *tail, enum oat_live_kind kind, const oat_span_view *span)
{
    struct oat_json *json = &tail->json;
    oat_json_clear(json);
    oat_json_object_begin(json);
    oat_json_key(json, "type");
    oat_json_cstring(json, kind == OAT_LIVE_OPEN ? "open" : "span");
    oat_json_key(json, "span");
    int result = oat_json_span(json, oat_follow_payloads(tail->follow), NULL, span, OAT_JSON_PREVIEWS);
    oat_json_object_end(json);
    return result == OAT_OK && !json->failed;
}

static void tell_traces(struct oat_tail *tail, const struct oat_tail_events *events, void *arg)
{
    if (oat_tail_traces_wait_ns(tail->traces) == 0)
        oat_tail_traces_tell(tail->traces, events, arg);
}

static void tell_span(struct oat_tail *tail, size_t i, const oat_span_view *span,
                      const struct oat_tail_events *events, void *arg)
{
    uint64_t takers[OAT_RING_FORM_WORDS];
    enum oat_live_kind kind = span->end_ns == 0 ? OAT_LIVE_OPEN : OAT_LIVE_SPAN;
    if (takers_of(tail, i, kind, takers) && write_span(tail, kind, span))
        events->put(arg, tail->json.bytes, tail->json.len, takers);
    if (takers_of(tail, i, OAT_LIVE_TRACE, takers) &&
        !oat_tail_traces_add(tail->traces, span->trace_id, takers)) {
        oat_tail_traces_tell(tail->traces, events, arg);
        oat_tail_traces_add(tail->traces, span->trace_id, takers);
    }
}

static void tell(struct oat_tail *tail, size_t first, size_t count, const struct oat_tail_form *forms,
                 unsigned form_count, const struct oat_tail_events *events, void *arg)
{
    oat_span_view span;
    if (form_count > 0 && !find_takers(tail, first, count, forms, form_count)) {
        say_failed(tail, OAT_E_NOMEM);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!oat_follow_get(tail->follow, first + i, &span))
            continue;
        if (span.end_ns != 0)
            events->ended(arg, &span);
        if (form_count > 0)
            tell_span(tail, i, &span, events, arg);
    }
    if (form_count > 0)
        events->wake(arg);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t oat_tail_look(struct oat_tail *tail, const struct oat_tail_form *forms, unsigned form_count,
                       const struct oat_tail_events *events, void *arg)
{
    size_t count;
    if (!open_store(tail))
        return RETRY_NS;
    int result = oat_follow_look(tail->follow, &count);
    if (result != OAT_OK) {
        say_failed(tail, result);
        return RETRY_NS;
    }
    tail->has_failed = false;
    sort_forms(tail, forms, form_count);
    for (size_t first = 0; first < count; first += OAT_BATCH_ROWS)
        tell(tail, first, least(count - first, OAT_BATCH_ROWS), forms, form_count, events, arg);
    tell_traces(tail, events, arg);
    return least(least(oat_follow_delay_ns(tail->follow), DELAY_MAX_NS),
                 oat_tail_traces_wait_ns(tail->traces));
}
