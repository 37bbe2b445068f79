#include "compactor/pack_recipes.h"

#include "format/base64.h"
#include "format/forgotten.h"

#include <string.h>

#define PIECE_LEN OAT_CHUNK_GROUP_MAX /* of a payload that comes as bytes */

/* ---- Places ---- */

/* What was translated; hashed. */
struct place {
    uint64_t source, place;
    uint64_t is_recipe;
};

static oat_content_id place_key(const struct oat_pack_translator *t, uint64_t place, bool is_recipe)
{
    struct place key = {.source = t->reader->source, .place = place, .is_recipe = is_recipe};
    return oat_content_id_of(&key, sizeof key, t->store->place_seed);
}

/* The number of the chunk at a place. */
static int translate_chunk(struct oat_pack_translator *t, uint64_t place, struct oat_number *ret)
{
    const uint8_t *bytes;
    size_t len;
    oat_content_id key = place_key(t, place, false);
    if (oat_number_map_get(&t->store->numbers, &key, ret))
        return OAT_OK;
    bool forgotten;
    int result = oat_source_chunk(t->reader, place, &bytes, &len, &forgotten);
    if (result == OAT_OK)
        result = oat_pack_store_chunk(t->store, bytes, len, ret);
    if (result != OAT_OK)
        return result;
    ret->forgotten = forgotten;
    oat_number_map_put(&t->store->numbers, &key, *ret);
    return OAT_OK;
}

/* ---- Operations ---- */

static bool begin_ops(struct oat_pack_translator *t)
{
    t->ops.len = 0;
    if (!oat_buffer_reserve(&t->ops, OAT_PACK_RECIPE_FRONT))
        return false;
    t->ops.len = OAT_PACK_RECIPE_FRONT;
    return true;
}

static int put_literal(struct oat_pack_translator *t, const struct oat_recipe_step *step)
{
    uint8_t *at = oat_buffer_reserve(&t->ops, OAT_RECIPE_OP_MAX + (size_t)step->len);
    if (!at)
        return OAT_E_NOMEM;
    t->ops.len += oat_recipe_put_literal(at, step->literal, (size_t)step->len);
    uint8_t *literal = t->ops.bytes + t->ops.len - step->len;
    t->forgotten = oat_forgotten_mask(t->reader->forgotten, literal, (size_t)step->len) || t->forgotten;
    return OAT_OK;
}

static int put_chunk(struct oat_pack_translator *t, struct oat_pack_recipe_maker *maker,
                     enum oat_recipe_op op, uint32_t chunk)
{
    uint8_t *at = oat_buffer_reserve(&t->ops, OAT_RECIPE_OP_MAX);
    if (!at)
        return OAT_E_NOMEM;
    t->ops.len += oat_pack_recipe_put_chunk(maker, at, op, chunk);
    return OAT_OK;
}

/* Takes over one operation; *len grows by what it makes. */
static int translate_step(struct oat_pack_translator *t, struct oat_pack_recipe_maker *maker,
                          const struct oat_recipe_step *step, uint64_t *len)
{
    struct oat_number chunk;
    if (step->op == OAT_RECIPE_LITERAL) {
        *len += step->len;
        return put_literal(t, step);
    }
    int result = translate_chunk(t, step->offset, &chunk);
    if (result != OAT_OK)
        return result;
    t->forgotten = t->forgotten || chunk.forgotten;
    *len += step->op == OAT_RECIPE_BASE64 ? oat_base64_encoded_len(chunk.len)
                                          : strlen(oat_recipe_lead(step->op)) + chunk.len;
    return put_chunk(t, maker, step->op, chunk.number);
}

/* ---- Recipes ---- */

/* Reads the operations of the recipe in hand. *ret_base_len: what it takes of its base, if it has one. */
static int translate_ops(struct oat_pack_translator *t, const struct oat_number *base, uint64_t raw_len,
                         uint64_t *ret_base_len)
{
    struct oat_pack_recipe_maker maker = {0};
    struct oat_recipe_step step;
    uint64_t len = 0;
    int result;
    *ret_base_len = 0;
    t->forgotten = base && base->forgotten;
    if (!begin_ops(t))
        return OAT_E_NOMEM;
    while ((result = oat_source_next(t->reader, &step)) == OAT_OK) {
        if (step.op == OAT_RECIPE_BASE) {
            if (!base || step.len > base->len)
                return OAT_E_CORRUPT;
            len = *ret_base_len = step.len;
            continue;
        }
        result = translate_step(t, &maker, &step, &len);
        if (result != OAT_OK)
            return result;
    }
    if (result != OAT_NOTFOUND)
        return result;
    return len == raw_len && t->ops.len <= OAT_RECIPE_STORED_MAX ? OAT_OK : OAT_E_CORRUPT;
}

/* Translates the recipe at a place, whose base has been translated. item: media and flags. */
static int translate_recipe(struct oat_pack_translator *t, uint64_t place, const struct oat_number *base,
                            struct oat_pack_item *item, struct oat_number *ret)
{
    struct oat_source_item found;
    int result = oat_source_item(t->reader, place, &found);
    if (result == OAT_OK)
        result = translate_ops(t, base, found.raw_len, &item->base_len);
    if (result != OAT_OK)
        return result;
    item->kind = OAT_PAYLOAD_RECIPE;
    item->flags |= t->forgotten ? OAT_REF_MASKED : 0;
    item->raw_len = found.raw_len;
    item->ops = &t->ops;
    item->base = base;
    result = oat_pack_store_payload(t->store, item, ret);
    if (result != OAT_OK)
        return result;
    oat_content_id key = place_key(t, place, true);
    oat_number_map_put(&t->store->numbers, &key, *ret);
    return OAT_OK;
}

/* Follows the bases of the recipe at chain[0] down to one that was translated before (*ret_base), or to
 * the last. *ret_count: recipes of the chain that have to be translated. */
static int follow_bases(struct oat_pack_translator *t, uint64_t chain[OAT_RECIPE_DEPTH_MAX],
                        size_t *ret_count, struct oat_number *ret_base, bool *ret_known)
{
    for (size_t n = 0;;) {
        struct oat_source_item item;
        struct oat_recipe_step step;
        int result = oat_source_item(t->reader, chain[n++], &item);
        if (result != OAT_OK)
            return result;
        if (item.kind != OAT_PAYLOAD_RECIPE)
            return OAT_E_CORRUPT;
        result = oat_source_next(t->reader, &step);
        if (result < 0)
            return result;
        *ret_count = n;
        *ret_known = false;
        if (result == OAT_NOTFOUND || step.op != OAT_RECIPE_BASE)
            return OAT_OK;
        oat_content_id key = place_key(t, step.offset, true);
        *ret_known = oat_number_map_get(&t->store->numbers, &key, ret_base);
        if (*ret_known || n == OAT_RECIPE_DEPTH_MAX)
            return n + (*ret_known ? ret_base->depth : 1) <= OAT_RECIPE_DEPTH_MAX ? OAT_OK : OAT_E_CORRUPT;
        chain[n] = step.offset;
    }
}

static int translate_chain(struct oat_pack_translator *t, uint64_t place, const struct oat_pack_item *like,
                           struct oat_number *ret)
{
    uint64_t chain[OAT_RECIPE_DEPTH_MAX] = {place};
    struct oat_number base = {0};
    size_t count = 0;
    bool known = false;
    int result = follow_bases(t, chain, &count, &base, &known);
    while (count-- > 0 && result == OAT_OK) {
        struct oat_pack_item item = *like;
        struct oat_number number;
        result = translate_recipe(t, chain[count], known ? &base : NULL, &item, &number);
        if (result == OAT_OK) {
            base = number;
            known = true;
        }
    }
    if (result == OAT_OK)
        *ret = base;
    return result;
}

/* ---- Payloads ---- */

static struct oat_pack_item item_like(const struct oat_record_payload *payload)
{
    return (struct oat_pack_item){
        .kind = OAT_PAYLOAD_NOTHING,
        .media = payload->media,
        .flags = payload->flags & (uint8_t)~OAT_REF_RECIPE,
    };
}

/* Is it what the payload's reference says? */
static bool is_meant(const struct oat_record_payload *payload, const struct oat_source_item *found)
{
    bool recipe = found->kind == OAT_PAYLOAD_RECIPE;
    return found->raw_len == payload->raw_len &&
           (!found->from_entry || (recipe == ((payload->flags & OAT_REF_RECIPE) != 0) &&
                                   memcmp(found->id4, payload->id4, sizeof found->id4) == 0));
}

int oat_pack_translate(struct oat_pack_translator *translator, const struct oat_record_payload *payload,
                       struct oat_number *ret)
{
    struct oat_source_item found;
    struct oat_number chunk;
    struct oat_pack_item item = item_like(payload);
    int result = oat_source_item(translator->reader, payload->place, &found);
    if (result != OAT_OK)
        return result;
    if (!is_meant(payload, &found))
        return OAT_E_CORRUPT;
    if (found.kind == OAT_PAYLOAD_RECIPE && found.raw_len > 0)
        return translate_chain(translator, payload->place, &item, ret);
    item.raw_len = found.raw_len;
    if (found.kind == OAT_PAYLOAD_CHUNK) {
        result = translate_chunk(translator, found.chunk, &chunk);
        if (result != OAT_OK)
            return result;
        if (chunk.len != found.raw_len)
            return OAT_E_CORRUPT;
        item.kind = OAT_PAYLOAD_CHUNK;
        item.flags |= chunk.forgotten ? OAT_REF_MASKED : 0;
        item.chunk = chunk.number;
    }
    return oat_pack_store_payload(translator->store, &item, ret);
}

int oat_pack_put_bytes(struct oat_pack_translator *translator, const struct oat_record_payload *payload,
                       const uint8_t *bytes, size_t len, struct oat_number *ret)
{
    struct oat_pack_recipe_maker maker = {0};
    struct oat_pack_item item = item_like(payload);
    item.kind = OAT_PAYLOAD_RECIPE;
    item.raw_len = len;
    item.ops = &translator->ops;
    if (!begin_ops(translator))
        return OAT_E_NOMEM;
    for (size_t at = 0; at < len;) {
        struct oat_number chunk;
        size_t n = len - at < PIECE_LEN ? len - at : PIECE_LEN;
        int result = oat_pack_store_chunk(translator->store, bytes + at, n, &chunk);
        if (result == OAT_OK)
            result = put_chunk(translator, &maker, OAT_RECIPE_CHUNK, chunk.number);
        if (result != OAT_OK)
            return result;
        at += n;
    }
    return oat_pack_store_payload(translator->store, &item, ret);
}
