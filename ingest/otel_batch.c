#include "ingest/otel_batch.h"

#include "format/hash.h"
#include "ingest/map.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t zeros[16];

void oat_otel_batch_init(struct oat_otel_batch *batch, const struct oat_import_sink *sink,
                         struct oat_import_report *report)
{
    *batch = (struct oat_otel_batch){.sink = sink, .report = report};
    batch->arena.limit = batch->shared.limit = OAT_OTEL_ARENA_LIMIT;
    batch->arena.budget = batch->shared.budget = batch->scratch.budget = sink->budget;
    batch->scratch.arena = &batch->arena;
}

/* A span that decodes to too much is rejected alone; what is left of it goes with the next flush. */
static int refuse_span(struct oat_otel_batch *batch, const char *place)
{
    if (!batch->arena.over_limit)
        return OAT_E_NOMEM;
    batch->arena.failed = batch->arena.over_limit = false;
    oat_import_reject(batch->report, 1, place, "over 512 MiB when decoded");
    return OAT_OK;
}

static bool make_room(struct oat_otel_batch *batch)
{
    if (batch->count < batch->room)
        return true;
    size_t room = batch->room ? batch->room * 2 : 64;
    struct oat_import_span *spans =
        oat_memory_grow(batch->sink->budget, batch->spans, batch->room * sizeof *spans, room * sizeof *spans);
    if (!spans)
        return false;
    batch->spans = spans;
    batch->room = room;
    return true;
}

int oat_otel_batch_add(struct oat_otel_batch *batch, const struct oat_otel_span *span, const char *place)
{
    bool skip;
    if (batch->arena.failed)
        return refuse_span(batch, place);
    if (memcmp(span->trace_id, zeros, 16) == 0 || memcmp(span->span_id, zeros, 8) == 0) {
        oat_import_reject(batch->report, 1, place,
                          memcmp(span->trace_id, zeros, 16) == 0
                              ? "trace id: 16 bytes that are not all zero expected"
                              : "span id: 8 bytes that are not all zero expected");
        return OAT_OK;
    }
    if (!make_room(batch))
        return OAT_E_NOMEM;
    if (!oat_otel_map(&batch->arena, &batch->scratch, span, &batch->spans[batch->count], &skip))
        return refuse_span(batch, place);
    if (!skip)
        batch->count++;
    return OAT_OK;
}

static bool is_full(const struct oat_otel_batch *batch)
{
    return batch->shared.used + batch->arena.used + batch->count * sizeof *batch->spans >
           OAT_OTEL_BATCH_BYTES;
}

/* ---- Inheritance -------------------------------------------------------------------------- */

/* Spans of the batch by (trace id, span id); index + 1, 0 = free. */
struct id_table {
    uint32_t *slots;
    size_t mask;
};

static uint32_t *id_slot(const struct oat_otel_batch *batch, const struct id_table *table,
                         const uint8_t trace_id[16], const uint8_t span_id[8])
{
    uint8_t key[24];
    memcpy(key, trace_id, 16);
    memcpy(key + 16, span_id, 8);
    size_t at = oat_hash64(key, sizeof key, 0) & table->mask;
    for (;; at = (at + 1) & table->mask) {
        uint32_t *slot = &table->slots[at];
        if (*slot == 0)
            return slot;
        const struct oat_import_span *span = &batch->spans[*slot - 1];
        if (memcmp(span->trace_id, trace_id, 16) == 0 && memcmp(span->span_id, span_id, 8) == 0)
            return slot;
    }
}

static const enum oat_text_field inherited[] = {OAT_TEXT_SESSION, OAT_TEXT_USER, OAT_TEXT_AGENT};
#define INHERITED (sizeof inherited / sizeof *inherited)

static bool wants(const struct oat_import_span *span)
{
    for (size_t i = 0; i < INHERITED; i++)
        if (!span->text[inherited[i]].bytes)
            return true;
    return false;
}

static void pass_down(const struct oat_import_span *parent, struct oat_import_span *child)
{
    for (size_t i = 0; i < INHERITED; i++)
        if (!child->text[inherited[i]].bytes)
            child->text[inherited[i]] = parent->text[inherited[i]];
}

/* Walks up to the first ancestor that is done (it has what is above it) or is not here, then hands
 * down along the path: each span is walked through once. A cycle ends at the span it began with. */
static void inherit(struct oat_otel_batch *batch, const struct id_table *table, bool *done, uint32_t *path,
                    uint32_t index)
{
    size_t steps = 0;
    for (uint32_t at = index;;) {
        path[steps++] = at;
        if (done[at])
            break;
        done[at] = true;
        uint32_t parent = *id_slot(batch, table, batch->spans[at].trace_id, batch->spans[at].parent_id);
        if (!parent)
            break;
        at = parent - 1;
    }
    while (steps-- > 1)
        pass_down(&batch->spans[path[steps]], &batch->spans[path[steps - 1]]);
}

static int inherit_all(struct oat_otel_batch *batch)
{
    struct id_table table = {.mask = 15};
    while (table.mask + 1 < batch->count * 2)
        table.mask = table.mask * 2 + 1;
    table.slots = calloc(table.mask + 1, sizeof *table.slots);
    bool *done = calloc(batch->count, sizeof *done);
    uint32_t *path = calloc(batch->count + 1, sizeof *path);
    int result = table.slots && done && path ? OAT_OK : OAT_E_NOMEM;
    for (uint32_t i = 0; result == OAT_OK && i < batch->count; i++)
        *id_slot(batch, &table, batch->spans[i].trace_id, batch->spans[i].span_id) = i + 1;
    for (uint32_t i = 0; result == OAT_OK && i < batch->count; i++)
        if (wants(&batch->spans[i]))
            inherit(batch, &table, done, path, i);
    free(path);
    free(done);
    free(table.slots);
    return result;
}

/* ---- Out ---------------------------------------------------------------------------------- */

int oat_otel_batch_flush(struct oat_otel_batch *batch)
{
    int result = batch->count ? inherit_all(batch) : OAT_OK;
    for (size_t i = 0; result >= 0 && i < batch->count; i++) {
        result = batch->sink->span(batch->sink->arg, &batch->spans[i]);
        if (result >= 0)
            batch->report->spans++;
    }
    batch->count = 0;
    oat_arena_clear(&batch->arena);
    return result;
}

int oat_otel_batch_settle(struct oat_otel_batch *batch, bool shared_too)
{
    if (!is_full(batch))
        return OAT_OK;
    int result = oat_otel_batch_flush(batch);
    if (shared_too)
        oat_arena_clear(&batch->shared);
    return result;
}

void oat_otel_batch_free(struct oat_otel_batch *batch)
{
    oat_jdoc_free(&batch->scratch);
    oat_arena_clear(&batch->arena);
    oat_arena_clear(&batch->shared);
    oat_memory_free(batch->sink->budget, batch->spans, batch->room * sizeof *batch->spans);
    batch->spans = NULL;
    batch->count = batch->room = 0;
}
