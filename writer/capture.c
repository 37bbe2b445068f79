#include "writer/capture.h"

#include "format/base64.h"
#include "media/lift.h"
#include "writer/history.h"
#include "writer/split.h"
#include "writer/stage.h"

#include <stdlib.h>
#include <string.h>

/* Memory over this is given back as soon as the payload that needed it is stored. */
#define ITEMS_KEPT 65536u

struct oat_capture {
    struct oat_cutter cutter;
    const oat_blob_file *file; /* the groups, recipes and offsets below are of this one */
    uint64_t nonce;
    oat_group *group; /* NULL: no buffers are allocated */
    struct oat_stage *stage;
    struct oat_history *history;
    oat_content_hasher *hasher;
    struct oat_items items; /* of the payload in hand */
    uint8_t *media;         /* OAT_MEDIA_PIECE bytes; NULL until the first base64 */
};

/* One payload on its way. */
struct job {
    oat_capture *c;
    oat_blob_file *file;
    oat_blob_inflight *inflight;
    const uint8_t *data;
    size_t len;
    oat_content_id id; /* of the whole */
    /* Where items begin: behind what a conversation already has. */
    struct oat_conversation *from;
    size_t shared;
    size_t first_staged; /* items before it have final offsets */
    /* At the end of the last message. */
    size_t prefix_items;
    struct oat_split prefix;
    oat_content_id prefix_id;
};

oat_capture *oat_capture_new(void)
{
    oat_capture *c = calloc(1, sizeof *c);
    if (c)
        oat_cutter_init(&c->cutter);
    return c;
}

void oat_capture_trim(oat_capture *capture)
{
    oat_capture *c = capture;
    if (c->history)
        oat_history_clear(c->history);
    free(c->history);
    oat_group_free(c->group);
    oat_stage_free(c->stage);
    oat_content_hasher_free(c->hasher);
    oat_items_free(&c->items);
    free(c->media);
    *c = (oat_capture){.cutter = c->cutter};
}

void oat_capture_free(oat_capture *capture)
{
    if (!capture)
        return;
    oat_capture_trim(capture);
    free(capture);
}

static int allocate(oat_capture *c)
{
    c->group = oat_group_new();
    c->stage = oat_stage_new();
    c->history = calloc(1, sizeof *c->history);
    c->hasher = oat_content_hasher_new(0);
    if (c->group && c->stage && c->history && c->hasher)
        return OAT_OK;
    oat_capture_trim(c);
    return OAT_E_NOMEM;
}

/* A file is told by its nonce: another may have taken its place in memory. */
static int turn_to(oat_capture *c, const oat_blob_file *file)
{
    if (c->group && c->file == file && c->nonce == file->nonce)
        return OAT_OK;
    if (!c->group) {
        int st = allocate(c);
        if (st != OAT_OK)
            return st;
    }
    oat_group_end(c->group);
    oat_history_clear(c->history);
    c->file = file;
    c->nonce = file->nonce;
    return OAT_OK;
}

static bool find_chunk(oat_blob_file *file, const oat_content_id *id, uint64_t *ret_offset)
{
    uint64_t value;
    if (!oat_dedup_find(file->chunks, id, &value) || (value & OAT_CHUNKS_RECIPE))
        return false;
    *ret_offset = value;
    return true;
}

/* Writes what is staged; items that named it then name the file's offsets. */
static int write_batch(struct job *j, const struct oat_recipe_plan *plan, uint64_t *ret_recipe)
{
    oat_capture *c = j->c;
    int st = oat_stage_write(c->stage, j->file, j->inflight, plan, &j->id, j->len, ret_recipe);
    if (st != OAT_OK)
        return st;
    for (size_t i = j->first_staged; i < c->items.count; i++) {
        struct oat_item *item = &c->items.v[i];
        if (item->staged) {
            item->ref = c->stage->offset[item->ref];
            item->staged = false;
        }
    }
    j->first_staged = c->items.count;
    return OAT_OK;
}

/* Adds a chunk, known or new, that ends at `end` of the payload. */
static int add_chunk(struct job *j, const void *raw, size_t raw_len, const oat_content_id *id,
                     enum oat_recipe_op op, size_t end)
{
    oat_capture *c = j->c;
    struct oat_item item = {.op = (uint8_t)op, .end = (uint32_t)end};
    int at = oat_stage_find(c->stage, id);
    if (at >= 0) {
        item.ref = (uint64_t)at;
        item.staged = true;
    } else if (find_chunk(j->file, id, &item.ref)) {
        atomic_fetch_add_explicit(&j->file->dedup_bytes, raw_len, memory_order_relaxed);
    } else {
        if (oat_stage_is_full(c->stage)) {
            int st = write_batch(j, NULL, NULL);
            if (st != OAT_OK)
                return st;
        }
        at = oat_stage_add(c->stage, c->group, id, raw, raw_len, op == OAT_RECIPE_BASE64);
        if (at < 0)
            return at;
        item.ref = (uint64_t)at;
        item.staged = true;
    }
    return oat_items_push(&c->items, item) ? OAT_OK : OAT_E_NOMEM;
}

/* The lead that a chunk's operation can carry, when that is all of the literal before it. */
static enum oat_recipe_op lead_of(const uint8_t *text, size_t len)
{
    if (len == 1 && text[0] == ',')
        return OAT_RECIPE_COMMA_CHUNK;
    if (len == 2 && text[0] == ',' && text[1] == ' ')
        return OAT_RECIPE_COMMA_SPACE_CHUNK;
    return OAT_RECIPE_CHUNK;
}

static int add_literal(struct job *j, size_t pos, size_t end)
{
    struct oat_item item = {
        .op = OAT_RECIPE_LITERAL,
        .end = (uint32_t)end,
        .ref = oat_hash64(j->data + pos, end - pos, j->file->hash_seed),
    };
    return oat_items_push(&j->c->items, item) ? OAT_OK : OAT_E_NOMEM;
}

static int add_media(struct job *j, const struct oat_piece *piece)
{
    oat_capture *c = j->c;
    size_t step = oat_base64_encoded_len(OAT_MEDIA_PIECE);
    if (!c->media && !(c->media = malloc(OAT_MEDIA_PIECE + 3)))
        return OAT_E_NOMEM;
    for (size_t at = 0; at < piece->len; at += step) {
        size_t n = piece->len - at < step ? piece->len - at : step;
        size_t raw_len;
        const char *text = (const char *)j->data + piece->pos + at;
        if (!oat_base64_decode(c->media, text, n, &raw_len))
            return OAT_E_INVALID;
        oat_content_id id = oat_content_id_of(c->media, raw_len, j->file->hash_seed);
        int st = add_chunk(j, c->media, raw_len, &id, OAT_RECIPE_BASE64, piece->pos + at + n);
        if (st != OAT_OK)
            return st;
    }
    return OAT_OK;
}

/* Turns the payload, from where `split` stands, into items. *ret_whole: it is one chunk. */
static int cut(struct job *j, struct oat_split *split, bool *ret_whole)
{
    struct oat_piece piece;
    size_t literal = split->pos; /* bytes from here on have no item yet */
    int st = OAT_OK;
    *ret_whole = false;

    while (st == OAT_OK && oat_split_next(split, &piece)) {
        bool whole = piece.len == j->len;
        if (piece.kind == OAT_PIECE_LITERAL && !whole)
            continue;
        enum oat_recipe_op op = lead_of(j->data + literal, piece.pos - literal);
        if (piece.pos > literal && (op == OAT_RECIPE_CHUNK || piece.kind == OAT_PIECE_MEDIA))
            st = add_literal(j, literal, piece.pos);
        if (st != OAT_OK)
            break;
        if (piece.kind == OAT_PIECE_MEDIA) {
            st = add_media(j, &piece);
        } else {
            oat_content_id id = oat_content_id_of(j->data + piece.pos, piece.len, j->file->hash_seed);
            st = add_chunk(j, j->data + piece.pos, piece.len, &id, op, piece.pos + piece.len);
            if (whole) {
                j->id = id;
                *ret_whole = true;
            }
        }
        literal = piece.pos + piece.len;
        if (piece.ends_element) {
            j->prefix_items = j->c->items.count;
            j->prefix = *split;
        }
    }
    if (st == OAT_OK && literal < j->len)
        st = add_literal(j, literal, j->len);
    return st;
}

/* Content ids of the prefix and of the whole, from what the hasher has taken (`done` bytes). */
static void hash_rest(struct job *j, size_t done)
{
    oat_content_hasher *h = j->c->hasher;
    if (done == 0)
        oat_content_hasher_reset(h, j->file->hash_seed);
    if (j->prefix_items > 0) {
        oat_content_hasher_update(h, j->data + done, j->prefix.pos - done);
        j->prefix_id = oat_content_hasher_digest(h);
        done = j->prefix.pos;
    }
    oat_content_hasher_update(h, j->data + done, j->len - done);
    j->id = oat_content_hasher_digest(h);
}

/* Writes the recipe of a payload that has been cut into items, and remembers the conversation. */
static int write_recipe(struct job *j, uint64_t *ret_offset)
{
    oat_capture *c = j->c;
    struct oat_item_run fresh = {c->items.v, c->items.count};
    struct oat_item_run older = {0};
    size_t from_item = 0; /* of c->items: the first that the conversation does not have */
    struct oat_history_base base = {0};

    if (j->from) {
        base = oat_history_base_for(j->from, j->shared);
        older = (struct oat_item_run){j->from->items.v + base.items, j->shared - base.items};
    } else if ((j->from = oat_history_closest(c->history, &c->items, &j->shared))) {
        from_item = j->shared;
        base = oat_history_base_for(j->from, j->shared);
        fresh = (struct oat_item_run){c->items.v + base.items, c->items.count - base.items};
    }
    struct oat_recipe_plan plan = {
        .payload = j->data,
        .base_offset = base.offset,
        .base_len = base.pos,
        .run = {older, fresh},
    };
    int st = write_batch(j, &plan, ret_offset);
    if (st != OAT_OK || j->prefix_items <= from_item)
        return st;
    oat_history_put(c->history, &(struct oat_history_entry){
                                    .from = j->from,
                                    .shared = j->shared,
                                    .items = c->items.v + from_item,
                                    .count = j->prefix_items - from_item,
                                    .recipe = *ret_offset,
                                    .base = base,
                                    .split = &j->prefix,
                                    .prefix_id = &j->prefix_id,
                                });
    return OAT_OK;
}

/* Stores a payload that is not known as a whole. *ret_value: as in file->chunks. */
static int store(struct job *j, uint64_t *ret_value)
{
    oat_capture *c = j->c;
    struct oat_split split;
    bool whole;
    size_t done = 0;

    oat_split_start(&split, &c->cutter, j->data, j->len);
    j->from = oat_history_match(c->history, j->data, j->len, c->hasher, j->file->hash_seed);
    if (j->from) {
        split = j->from->split;
        oat_split_resume(&split, j->data, j->len);
        done = split.pos;
        j->shared = j->from->items.count;
        atomic_fetch_add_explicit(&j->file->dedup_bytes, done, memory_order_relaxed);
    }
    int st = cut(j, &split, &whole);
    if (st != OAT_OK)
        return st;
    if (whole) {
        st = c->stage->count ? write_batch(j, NULL, NULL) : OAT_OK;
        *ret_value = c->items.v[0].ref;
        return st;
    }
    hash_rest(j, done);
    if (c->stage->count == 0 && oat_dedup_find(j->file->chunks, &j->id, ret_value))
        return OAT_OK;
    uint64_t offset;
    st = write_recipe(j, &offset);
    if (st == OAT_OK)
        *ret_value = offset | OAT_CHUNKS_RECIPE;
    return st;
}

int oat_capture_payload(oat_capture *capture, oat_blob_file *file, oat_blob_inflight *inflight,
                        const void *data, size_t len, uint8_t media, struct oat_disk_blob_ref *ret)
{
    oat_capture *c = capture;
    uint64_t value = 0;
    if (len > OAT_PAYLOAD_MAX)
        return OAT_E_LIMIT;
    int st = turn_to(c, file);
    if (st != OAT_OK)
        return st;

    struct job j = {.c = c, .file = file, .inflight = inflight, .len = len};
    j.data = len ? data : (const void *)"";
    c->items.count = 0;
    st = store(&j, &value);
    if (c->items.room > ITEMS_KEPT)
        oat_items_free(&c->items);
    oat_stage_shrink(c->stage);
    if (st != OAT_OK) {
        oat_stage_clear(c->stage);
        oat_group_end(c->group);
        return st;
    }
    *ret = oat_blob_ref_make(value & ~OAT_CHUNKS_RECIPE, j.id.b, len, media,
                             value & OAT_CHUNKS_RECIPE ? OAT_REF_RECIPE : 0);
    return OAT_OK;
}
