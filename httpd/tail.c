#include "httpd/tail.h"

#include <stdlib.h>
#include <string.h>

#include "export/span_json.h"
#include "httpd/log.h"
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
    uint64_t takers[OAT_BATCH_ROWS][OAT_RING_FORM_WORDS]; /* of each span of a batch */
};

struct oat_tail *oat_tail_new(const char *dir)
{
    struct oat_tail *tail = calloc(1, sizeof *tail);
    if (tail)
        tail->dir = dir;
    return tail;
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

/* Leaves those takers that want this kind. False: there is none. */
static bool keep_takers(uint64_t takers[OAT_RING_FORM_WORDS], enum oat_live_kind kind,
                        const struct oat_tail_form *forms, unsigned form_count)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < form_count; i++)
        if (!(forms[i].kinds & kind))
            takers[forms[i].number / 64] &= ~(UINT64_C(1) << forms[i].number % 64);
    for (unsigned word = 0; word < OAT_RING_FORM_WORDS; word++)
        any |= takers[word];
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
        enum oat_live_kind kind = span.end_ns == 0 ? OAT_LIVE_OPEN : OAT_LIVE_SPAN;
        if (kind == OAT_LIVE_SPAN)
            events->ended(arg, &span);
        if (form_count > 0 && keep_takers(tail->takers[i], kind, forms, form_count) &&
            write_span(tail, kind, &span))
            events->put(arg, tail->json.bytes, tail->json.len, tail->takers[i]);
    }
    if (form_count > 0)
        events->wake(arg);
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
    for (size_t first = 0; first < count; first += OAT_BATCH_ROWS) {
        size_t left = count - first;
        tell(tail, first, left < OAT_BATCH_ROWS ? left : OAT_BATCH_ROWS, forms, form_count, events, arg);
    }
    uint64_t delay_ns = oat_follow_delay_ns(tail->follow);
    return delay_ns < DELAY_MAX_NS ? delay_ns : DELAY_MAX_NS;
}
