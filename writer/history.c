#include "writer/history.h"

#include "format/limits.h"

#include <string.h>

/* Below so many shared items a base saves nothing. */
#define SHARED_MIN 3u
/* An edit of the end of a conversation leaves its earlier form behind; a message may be so many
 * items with the text around it. Anything that loses more is another branch, and both live on. */
#define EDIT_MAX   2u
#define DIGIT_BITS 4u

static void forget(struct oat_history *h, struct oat_conversation *c)
{
    h->items -= c->items.count;
    oat_items_free(&c->items);
    *c = (struct oat_conversation){0};
    h->end[c - h->conversation] = 0;
}

void oat_history_clear(struct oat_history *history)
{
    for (size_t i = 0; i < OAT_HISTORY_CONVERSATIONS; i++)
        forget(history, &history->conversation[i]);
}

struct oat_conversation *oat_history_match(struct oat_history *history, const uint8_t *payload, size_t len,
                                           oat_content_hasher *hasher, uint64_t hash_seed)
{
    struct oat_conversation *best = NULL;
    for (size_t i = 0; i < OAT_HISTORY_CONVERSATIONS; i++) {
        struct oat_conversation *c = &history->conversation[i];
        size_t end = history->end[i];
        if (end == 0 || end >= len || (best && end < best->split.pos))
            continue;
        if (memcmp(payload + end - OAT_HISTORY_EDGE, c->tail, OAT_HISTORY_EDGE) == 0 &&
            memcmp(payload, c->head, OAT_HISTORY_EDGE) == 0)
            best = c;
    }
    if (!best)
        return NULL;
    oat_content_hasher_reset(hasher, hash_seed);
    oat_content_hasher_update(hasher, payload, best->split.pos);
    oat_content_id id = oat_content_hasher_digest(hasher);
    return memcmp(id.b, best->prefix_id.b, sizeof id.b) == 0 ? best : NULL;
}

static size_t shared_items(const struct oat_items *a, const struct oat_items *b)
{
    size_t max = a->count < b->count ? a->count : b->count;
    size_t n = 0;
    while (n < max && a->v[n].ref == b->v[n].ref && a->v[n].end == b->v[n].end && a->v[n].op == b->v[n].op &&
           !b->v[n].staged)
        n++;
    return n;
}

struct oat_conversation *oat_history_closest(struct oat_history *history, const struct oat_items *items,
                                             size_t *ret_shared)
{
    struct oat_conversation *best = NULL;
    size_t most = SHARED_MIN - 1;
    for (size_t i = 0; i < OAT_HISTORY_CONVERSATIONS; i++) {
        struct oat_conversation *c = &history->conversation[i];
        size_t n = c->used ? shared_items(&c->items, items) : 0;
        if (n > most) {
            most = n;
            best = c;
        }
    }
    if (best)
        *ret_shared = most;
    return best;
}

/* Trailing zero hex digits of an extension's number, as far as there are levels. */
static uint32_t level_of(uint32_t n)
{
    uint32_t k = 0;
    while (k + 1 < OAT_HISTORY_LEVELS && n % (1u << DIGIT_BITS) == 0) {
        n >>= DIGIT_BITS;
        k++;
    }
    return k;
}

struct oat_history_base oat_history_base_for(const struct oat_conversation *conversation, size_t shared)
{
    const struct oat_conversation *c = conversation;
    uint32_t n = c->n + 1;
    struct oat_history_base none = {0};
    if (n >> (DIGIT_BITS * OAT_HISTORY_LEVELS))
        return none;
    struct oat_history_base base = c->level[level_of(n)];
    if (base.items > shared) {
        base.items = (uint32_t)shared;
        base.pos = c->items.v[shared - 1].end;
    }
    return base.items >= SHARED_MIN && base.depth < OAT_RECIPE_DEPTH_MAX - 1 ? base : none;
}

/* The least recently used one except `but`; a free one first, if free_too. */
static struct oat_conversation *oldest(struct oat_history *h, const struct oat_conversation *but,
                                       bool free_too)
{
    struct oat_conversation *c = NULL;
    for (size_t i = 0; i < OAT_HISTORY_CONVERSATIONS; i++) {
        struct oat_conversation *o = &h->conversation[i];
        if (o != but && (free_too || o->used) && (!c || o->used < c->used))
            c = o;
    }
    return c;
}

/* A second conversation that begins with the first `shared` items of another. */
static struct oat_conversation *branch(struct oat_history *h, const struct oat_conversation *from,
                                       size_t shared)
{
    struct oat_conversation *c = oldest(h, from, true);
    forget(h, c);
    for (size_t i = 0; from && i < shared; i++) {
        if (!oat_items_push(&c->items, from->items.v[i]))
            break;
        h->items++;
    }
    if (from && c->items.count == shared) {
        memcpy(c->level, from->level, sizeof c->level);
        c->n = from->n;
    }
    return c;
}

/* Cuts a conversation back to its first `shared` items. */
static void cut_back(struct oat_history *h, struct oat_conversation *c, size_t shared)
{
    h->items -= c->items.count - shared;
    c->items.count = shared;
    for (size_t k = 0; k < OAT_HISTORY_LEVELS; k++) {
        struct oat_history_base *level = &c->level[k];
        if (level->items > shared) {
            level->items = (uint32_t)shared;
            level->pos = shared ? c->items.v[shared - 1].end : 0;
        }
    }
}

static bool append(struct oat_history *h, struct oat_conversation *c, const struct oat_history_entry *e)
{
    if (c->items.count != e->shared)
        return false;
    for (size_t i = 0; i < e->count; i++) {
        if (!oat_items_push(&c->items, e->items[i]))
            return false;
        h->items++;
    }
    return true;
}

void oat_history_put(struct oat_history *history, const struct oat_history_entry *entry)
{
    const struct oat_history_entry *e = entry;
    struct oat_conversation *c = e->from;
    if (e->split->pos < OAT_HISTORY_EDGE || e->shared + e->count > OAT_HISTORY_ITEMS / 2)
        return;
    if (!c || c->items.count - e->shared > EDIT_MAX)
        c = branch(history, e->from, e->shared);
    cut_back(history, c, e->shared < c->items.count ? e->shared : c->items.count);
    if (!append(history, c, e)) {
        forget(history, c);
        return;
    }

    struct oat_history_base self = {
        .offset = e->recipe,
        .pos = (uint32_t)e->split->pos,
        .items = (uint32_t)c->items.count,
        .depth = e->base.offset ? e->base.depth + 1 : 0,
    };
    /* A recipe without a base begins a new count. */
    c->n = e->base.offset ? c->n + 1 : 0;
    uint32_t top = c->n ? level_of(c->n) : OAT_HISTORY_LEVELS - 1;
    for (uint32_t k = 0; k <= top; k++)
        c->level[k] = self;

    c->split = *e->split;
    c->prefix_id = *e->prefix_id;
    memcpy(c->head, e->split->text, OAT_HISTORY_EDGE);
    memcpy(c->tail, e->split->text + e->split->pos - OAT_HISTORY_EDGE, OAT_HISTORY_EDGE);
    c->split.text = NULL;
    history->end[c - history->conversation] = c->split.pos;
    c->used = ++history->clock;
    while (history->items > OAT_HISTORY_ITEMS)
        forget(history, oldest(history, c, false));
}
