#include "reader/pack_walk.h"

#include "format/base64.h"
#include "format/limits.h"
#include "format/slot.h"
#include "oat/oat.h"
#include "reader/pack_chunks.h"

#include <stdlib.h>
#include <string.h>

struct walk {
    struct oat_pack *pack;
    struct oat_pack_decoder *decoder;
    oat_piece_fn fn;
    void *arg;
    uint64_t made; /* bytes of the payload */
    bool cut;      /* a step made more than was wanted */
};

/* One recipe of a chain. */
struct level {
    uint64_t offset; /* in the file, for reports */
    uint64_t raw_len;
    uint64_t need; /* bytes of it that are wanted */
    struct oat_pack_recipe recipe;
};

static int put_bytes(struct walk *w, const uint8_t *bytes, uint64_t len, uint64_t need, bool base64)
{
    uint64_t rest = need - w->made;
    size_t n = (size_t)(len < rest ? len : rest);
    w->cut |= len > rest;
    w->made += n;
    return n > 0 ? w->fn(w->arg, bytes, n, 0, base64) : OAT_OK;
}

/* The part of a chunk that is wanted. */
static int put_part(struct walk *w, uint32_t chunk, bool base64, uint64_t need)
{
    const uint8_t *bytes;
    size_t len;
    int result = oat_pack_chunk(w->decoder, chunk, &bytes, &len);
    if (result != OAT_OK || !base64)
        return result == OAT_OK ? put_bytes(w, bytes, len, need, false) : result;
    size_t encoded_len = oat_base64_encoded_len(len);
    char *encoded = malloc(encoded_len);
    if (!encoded)
        return OAT_E_NOMEM;
    oat_base64_encode(encoded, bytes, len);
    result = put_bytes(w, (const uint8_t *)encoded, encoded_len, need, true);
    free(encoded);
    return result;
}

static int put_chunk(struct walk *w, uint32_t chunk, bool base64, uint64_t need)
{
    uint32_t raw_len;
    int result = oat_pack_chunk_len(w->pack, chunk, &raw_len);
    if (result != OAT_OK)
        return result;
    size_t len = base64 ? oat_base64_encoded_len(raw_len) : raw_len;
    if (len > need - w->made)
        return put_part(w, chunk, base64, need);
    w->made += len;
    return w->fn(w->arg, NULL, len, chunk, base64);
}

static int put_step(struct walk *w, const struct oat_recipe_step *step, uint64_t need)
{
    if (step->op == OAT_RECIPE_LITERAL) {
        const uint8_t *shown = oat_pack_decoder_shown(w->decoder, step->literal, (size_t)step->len);
        return shown ? put_bytes(w, shown, step->len, need, false) : OAT_E_NOMEM;
    }
    const char *lead = oat_recipe_lead(step->op);
    int result = put_bytes(w, (const uint8_t *)lead, strlen(lead), need, false);
    if (result != OAT_OK || w->cut)
        return result;
    return put_chunk(w, (uint32_t)step->offset, step->op == OAT_RECIPE_BASE64, need);
}

static int read_step(struct walk *w, struct level *level, struct oat_recipe_step *ret)
{
    int result = oat_pack_recipe_next(&level->recipe, ret);
    return result == OAT_E_CORRUPT ? oat_pack_damaged(w->pack, level->offset, "operations of a recipe")
                                   : result;
}

/* Opens the recipe of a payload, of which `taken` bytes are named and `need` wanted. */
static int open_level(struct walk *w, uint32_t number, uint64_t taken, uint64_t need, struct level *ret)
{
    struct oat_pack_payload payload;
    int result = oat_pack_payload(w->pack, number, &payload);
    if (result != OAT_OK)
        return result;
    uint64_t offset = oat_pack_recipe_offset(w->pack, payload.place);
    if (payload.kind != OAT_PAYLOAD_RECIPE || payload.raw_len < taken)
        return oat_pack_damaged(w->pack, offset, "base of a recipe");
    *ret = (struct level){.offset = offset, .raw_len = payload.raw_len, .need = need};
    return oat_pack_recipe_of(w->pack, number, &payload, &ret->recipe);
}

/* Follows the bases down from level[0]; each recipe is then read up to what comes behind its base.
 * *ret_depth: index of the recipe without one. */
static int follow_bases(struct walk *w, struct level level[OAT_RECIPE_DEPTH_MAX], size_t *ret_depth)
{
    for (size_t i = 0;; i++) {
        struct oat_recipe_step step;
        struct oat_pack_recipe begin = level[i].recipe;
        int result = read_step(w, &level[i], &step);
        if (result < 0)
            return result;
        if (result == OAT_NOTFOUND || step.op != OAT_RECIPE_BASE) {
            level[i].recipe = begin;
            *ret_depth = i;
            return OAT_OK;
        }
        if (step.len > level[i].raw_len)
            return oat_pack_damaged(w->pack, level[i].offset, "length of a recipe's payload");
        if (i + 1 == OAT_RECIPE_DEPTH_MAX)
            return oat_pack_damaged(w->pack, level[0].offset, "depth of a chain of recipes");
        uint64_t need = step.len < level[i].need ? step.len : level[i].need;
        result = open_level(w, (uint32_t)step.offset, step.len, need, &level[i + 1]);
        if (result != OAT_OK)
            return result;
    }
}

/* Makes what a recipe has behind its base. */
static int expand(struct walk *w, struct level *level)
{
    struct oat_recipe_step step;
    /* A whole one is read to its end, so that nothing is left. */
    bool whole = level->need == level->raw_len;
    w->cut = false;
    while (!w->cut && (whole || w->made < level->need)) {
        int result = read_step(w, level, &step);
        if (result == OAT_NOTFOUND)
            break;
        if (result == OAT_OK)
            result = put_step(w, &step, level->need);
        if (result != OAT_OK)
            return result;
    }
    return w->made == level->need && !(whole && w->cut)
               ? OAT_OK
               : oat_pack_damaged(w->pack, level->offset, "length of a recipe's payload");
}

static int walk_recipe(struct walk *w, uint32_t number, uint64_t need)
{
    struct level level[OAT_RECIPE_DEPTH_MAX];
    size_t depth = 0;
    int result = open_level(w, number, need, need, &level[0]);
    if (result == OAT_OK)
        result = follow_bases(w, level, &depth);
    for (size_t i = depth + 1; i-- > 0 && result == OAT_OK;)
        result = expand(w, &level[i]);
    return result;
}

/* The first `max` bytes of a payload. */
static int walk_payload(struct walk *w, uint32_t number, uint64_t max)
{
    struct oat_pack_payload payload;
    int result = oat_pack_payload(w->pack, number, &payload);
    if (result != OAT_OK)
        return result;
    uint64_t need = payload.raw_len < max ? payload.raw_len : max;
    if (payload.kind == OAT_PAYLOAD_RECIPE)
        return walk_recipe(w, number, need);
    if (payload.kind == OAT_PAYLOAD_NOTHING)
        return payload.raw_len > 0 || (payload.flags & OAT_REF_LOST) ? OAT_E_CORRUPT : OAT_OK;
    uint32_t len;
    if (payload.place >= oat_pack_chunk_count(w->pack))
        return oat_pack_damaged(w->pack, 0, "chunk of a payload");
    result = oat_pack_chunk_len(w->pack, (uint32_t)payload.place, &len);
    if (result != OAT_OK)
        return result;
    return len == payload.raw_len ? put_chunk(w, (uint32_t)payload.place, false, need)
                                  : oat_pack_damaged(w->pack, 0, "length of a payload");
}

int oat_pack_walk(struct oat_pack *pack, struct oat_pack_decoder *decoder, uint32_t number, uint64_t max,
                  oat_piece_fn fn, void *arg)
{
    struct walk walk = {.pack = pack, .decoder = decoder, .fn = fn, .arg = arg};
    return walk_payload(&walk, number, max);
}
