#include "writer/stage.h"

#include "oat/oat.h"

#include <stdlib.h>
#include <string.h>

#define INDEX_SIZE (OAT_STAGE_CHUNKS * 2)
/* Tries to take the very place that was laid out for; after that other threads are too busy, and a
 * little more is reserved than needed. */
#define EXACT_TRIES 4
/* Buffers up to this stay for the next payload. */
#define BYTES_KEPT (1u << 20)

struct oat_stage *oat_stage_new(void)
{
    return calloc(1, sizeof(struct oat_stage));
}

void oat_stage_free(struct oat_stage *stage)
{
    if (!stage)
        return;
    free(stage->bytes);
    free(stage->out);
    free(stage);
}

/* The place of an id in the index: where it is, or where it would go. */
static size_t slot_of(const struct oat_stage *s, const oat_content_id *id)
{
    uint32_t h;
    memcpy(&h, id->b + 4, sizeof h);
    size_t at = h % INDEX_SIZE;
    while (s->index[at] && memcmp(s->chunk[s->index[at] - 1].id.b, id->b, sizeof id->b) != 0)
        at = (at + 1) % INDEX_SIZE;
    return at;
}

int oat_stage_find(const struct oat_stage *stage, const oat_content_id *id)
{
    return stage->count ? (int)stage->index[slot_of(stage, id)] - 1 : -1;
}

bool oat_stage_is_full(const struct oat_stage *stage)
{
    return stage->count == OAT_STAGE_CHUNKS || stage->used >= OAT_STAGE_BYTES;
}

static bool make_room(uint8_t **buffer, size_t *room, size_t need)
{
    if (need <= *room)
        return true;
    size_t to = *room ? *room : 65536;
    while (to < need)
        to *= 2;
    uint8_t *grown = realloc(*buffer, to);
    if (!grown)
        return false;
    *buffer = grown;
    *room = to;
    return true;
}

int oat_stage_add(struct oat_stage *stage, oat_group *group, const oat_content_id *id, const void *raw,
                  size_t len, bool alone)
{
    struct oat_stage *s = stage;
    if (!make_room(&s->bytes, &s->room, s->used + oat_group_bound(len)))
        return OAT_E_NOMEM;
    struct oat_staged *c = &s->chunk[s->count];
    size_t stored_len = 0;
    *c = (struct oat_staged){.id = *id, .raw_len = (uint32_t)len, .stored_at = s->used};
    c->kind = oat_group_compress(group, raw, len, alone, s->bytes + s->used, &stored_len, &c->group_first);
    c->stored_len = (uint32_t)stored_len;
    s->used += stored_len;
    s->index[slot_of(s, id)] = (uint16_t)(s->count + 1);
    return (int)s->count++;
}

void oat_stage_clear(struct oat_stage *stage)
{
    if (stage->count > INDEX_SIZE / 32)
        memset(stage->index, 0, sizeof stage->index);
    else
        for (uint32_t i = stage->count; i-- > 0;)
            stage->index[slot_of(stage, &stage->chunk[i].id)] = 0;
    stage->count = 0;
    stage->used = 0;
}

void oat_stage_shrink(struct oat_stage *stage)
{
    if (stage->room + stage->out_room <= BYTES_KEPT)
        return;
    free(stage->bytes);
    free(stage->out);
    stage->bytes = stage->out = NULL;
    stage->room = stage->out_room = 0;
}

/* Puts one entry at dst as it stands at `offset`. Returns its bytes, padding included. */
static size_t put_entry(uint8_t *dst, struct oat_entry *entry, const void *stored, uint64_t nonce,
                        uint64_t offset)
{
    size_t n = oat_entry_encode(dst, entry, stored, nonce, offset);
    memcpy(dst + n, stored, (size_t)entry->stored_len);
    n += (size_t)entry->stored_len;
    size_t size = (size_t)oat_entry_size(entry);
    memset(dst + n, 0, size - n);
    return size;
}

/* What one write puts into the file. */
struct batch {
    struct oat_stage *stage;
    const oat_blob_file *file;
    const struct oat_recipe_plan *plan; /* or NULL */
    const oat_content_id *id;
    uint64_t raw_len;
    size_t bound;    /* bytes it takes at most */
    size_t ops_at;   /* in stage.out: where operations are encoded */
    uint64_t recipe; /* offset of the recipe, once laid out */
    uint64_t group_last;
};

/* Lays the entries out as they stand from `offset` on. Returns their bytes. */
static size_t lay_out(struct batch *b, uint64_t offset)
{
    struct oat_stage *s = b->stage;
    size_t n = 0;
    b->group_last = s->group_last;
    for (uint32_t i = 0; i < s->count; i++) {
        const struct oat_staged *c = &s->chunk[i];
        struct oat_entry e = {.kind = c->kind, .raw_len = c->raw_len, .stored_len = c->stored_len};
        memcpy(e.id8, c->id.b, sizeof e.id8);
        s->offset[i] = offset + n;
        if (c->kind == OAT_ENTRY_GROUP) {
            e.pred_offset = c->group_first ? 0 : b->group_last;
            b->group_last = offset + n;
        }
        n += put_entry(s->out + n, &e, s->bytes + c->stored_at, b->file->nonce, offset + n);
    }
    if (b->plan) {
        struct oat_entry e = {.kind = OAT_ENTRY_RECIPE, .raw_len = b->raw_len};
        memcpy(e.id8, b->id->b, sizeof e.id8);
        b->recipe = offset + n;
        e.stored_len = oat_recipe_plan_encode(b->plan, s->offset, b->recipe, s->out + b->ops_at);
        n += put_entry(s->out + n, &e, s->out + b->ops_at, b->file->nonce, b->recipe);
    }
    return n;
}

/* Reserves a place and lays the batch out for it. */
static int place(struct batch *b, oat_blob_file *file, oat_blob_inflight *inflight, uint64_t *ret_offset,
                 size_t *ret_len)
{
    uint64_t at = atomic_load(&file->tail);
    for (int i = 0; i < EXACT_TRIES; i++) {
        size_t len = lay_out(b, at);
        *ret_offset = at;
        int st = oat_blob_reserve_at(file, inflight, len, &at);
        *ret_len = len;
        if (st != OAT_NOTFOUND)
            return st;
    }
    int st = oat_blob_reserve(file, inflight, b->bound, ret_offset);
    if (st != OAT_OK)
        return st;
    size_t len = lay_out(b, *ret_offset);
    memset(b->stage->out + len, 0, b->bound - len);
    *ret_len = b->bound;
    return OAT_OK;
}

static void publish(const struct batch *b, oat_blob_file *file)
{
    struct oat_stage *s = b->stage;
    for (uint32_t i = 0; i < s->count; i++)
        oat_dedup_put(file->chunks, &s->chunk[i].id, s->offset[i]);
    if (b->plan)
        oat_dedup_put(file->chunks, b->id, b->recipe | OAT_CHUNKS_RECIPE);
    s->group_last = b->group_last;
}

int oat_stage_write(struct oat_stage *stage, oat_blob_file *file, oat_blob_inflight *inflight,
                    const struct oat_recipe_plan *plan, const oat_content_id *id, uint64_t raw_len,
                    uint64_t *ret_recipe)
{
    struct batch b = {.stage = stage, .file = file, .plan = plan, .id = id, .raw_len = raw_len};
    size_t ops_bound = plan ? oat_recipe_plan_bound(plan) : 0;
    b.bound = stage->used + stage->count * (OAT_ENTRY_HEADER_MAX + OAT_BLOB_UNIT);
    if (plan)
        b.bound += ops_bound + OAT_ENTRY_HEADER_MAX + OAT_BLOB_UNIT;
    b.bound = (b.bound + OAT_BLOB_UNIT - 1) & ~(size_t)(OAT_BLOB_UNIT - 1);
    b.ops_at = b.bound;
    if (ops_bound > OAT_RECIPE_STORED_MAX)
        return OAT_E_LIMIT;
    if (!make_room(&stage->out, &stage->out_room, b.bound + ops_bound))
        return OAT_E_NOMEM;

    uint64_t offset;
    size_t len;
    int st = place(&b, file, inflight, &offset, &len);
    if (st != OAT_OK)
        return st;
    st = oat_blob_write(file, stage->out, len, offset);
    if (st != OAT_OK) {
        oat_blob_give_back(file, inflight, offset, len);
        return st;
    }
    oat_blob_done(inflight);
    publish(&b, file);
    if (plan)
        *ret_recipe = b.recipe;
    oat_stage_clear(stage);
    return OAT_OK;
}
