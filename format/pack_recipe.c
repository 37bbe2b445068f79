#include "format/pack_recipe.h"

#include "format/endian.h"
#include "format/hash.h"
#include "format/limits.h"
#include "format/varint.h"
#include "oat/oat.h"

#include <string.h>

#define OP_BITS 3u

static uint32_t check_of(const uint8_t *ops, size_t len, uint64_t nonce, uint64_t place)
{
    return (uint32_t)oat_hash64(ops, len, nonce ^ place * OAT_POSITION_PRIME);
}

/* ---- Writing ---- */

size_t oat_pack_recipe_put_chunk(struct oat_pack_recipe_maker *maker, uint8_t *dst, enum oat_recipe_op op,
                                 uint32_t chunk)
{
    uint64_t argument = oat_zigzag((int64_t)chunk - (int64_t)maker->expected);
    maker->expected = chunk + 1;
    return oat_varint_put(dst, argument << OP_BITS | (uint64_t)op);
}

size_t oat_pack_recipe_put_base(uint8_t *dst, uint32_t distance, uint64_t len)
{
    size_t n = oat_varint_put(dst, (uint64_t)distance << OP_BITS | OAT_RECIPE_BASE);
    return n + oat_varint_put(dst + n, len);
}

size_t oat_pack_recipe_put_head(uint8_t *dst, const uint8_t *ops, size_t len, uint64_t nonce, uint64_t place)
{
    oat_le32 check = oat_le32_of(check_of(ops, len, nonce, place));
    memcpy(dst, &check, sizeof check);
    return sizeof check + oat_varint_put(dst + sizeof check, len);
}

/* ---- Reading ---- */

int oat_pack_recipe_open(const uint8_t *bytes, uint64_t len, uint64_t place, uint64_t nonce, uint32_t payload,
                         struct oat_pack_recipe *ret)
{
    oat_le32 check;
    uint64_t ops_len;
    if (!oat_range_ok(place, sizeof check, len))
        return OAT_E_CORRUPT;
    memcpy(&check, bytes + place, sizeof check);
    const uint8_t *ops = bytes + place + sizeof check;
    size_t rest = (size_t)(len - place - sizeof check);
    size_t n = oat_varint_get(ops, rest, &ops_len);
    if (n == 0 || ops_len > rest - n || ops_len > OAT_RECIPE_STORED_MAX)
        return OAT_E_CORRUPT;
    if (oat_le32_get(check) != check_of(ops + n, (size_t)ops_len, nonce, place))
        return OAT_E_CORRUPT;
    *ret = (struct oat_pack_recipe){.ops = ops + n, .len = (size_t)ops_len, .payload = payload};
    return OAT_OK;
}

/* The chunk that an argument names, or false. */
static bool chunk_of(const struct oat_pack_recipe *recipe, uint64_t argument, uint32_t *ret)
{
    int64_t delta = oat_unzigzag(argument), expected = recipe->expected;
    if (delta < -expected || delta > (int64_t)UINT32_MAX - 1 - expected)
        return false;
    *ret = (uint32_t)(expected + delta);
    return true;
}

int oat_pack_recipe_next(struct oat_pack_recipe *recipe, struct oat_recipe_step *ret)
{
    struct oat_recipe_step step = {0};
    size_t at = recipe->pos;
    uint32_t chunk;
    uint64_t v;

    if (at == recipe->len)
        return OAT_NOTFOUND;
    size_t used = oat_varint_get(recipe->ops + at, recipe->len - at, &v);
    if (used == 0)
        return OAT_E_CORRUPT;
    at += used;
    step.op = (enum oat_recipe_op)(v & ((1u << OP_BITS) - 1));
    v >>= OP_BITS;

    switch (step.op) {
    case OAT_RECIPE_LITERAL:
        if (v > recipe->len - at)
            return OAT_E_CORRUPT;
        step.len = v;
        step.literal = recipe->ops + at;
        at += (size_t)v;
        break;
    case OAT_RECIPE_BASE:
        used = oat_varint_get(recipe->ops + at, recipe->len - at, &step.len);
        if (recipe->pos != 0 || used == 0 || v == 0 || v > recipe->payload)
            return OAT_E_CORRUPT;
        step.offset = recipe->payload - v;
        at += used;
        break;
    case OAT_RECIPE_CHUNK:
    case OAT_RECIPE_COMMA_CHUNK:
    case OAT_RECIPE_COMMA_SPACE_CHUNK:
    case OAT_RECIPE_BASE64:
        if (!chunk_of(recipe, v, &chunk))
            return OAT_E_CORRUPT;
        step.offset = chunk;
        recipe->expected = chunk + 1;
        break;
    default:
        return OAT_E_CORRUPT;
    }
    recipe->pos = at;
    *ret = step;
    return OAT_OK;
}
