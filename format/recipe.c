#include "format/recipe.h"

#include "format/limits.h"
#include "format/varint.h"
#include "oat/oat.h"

#include <string.h>

#define OP_BITS 3u

size_t oat_recipe_put_literal(uint8_t *dst, const void *bytes, size_t len)
{
    size_t n = oat_varint_put(dst, (uint64_t)len << OP_BITS | OAT_RECIPE_LITERAL);
    memcpy(dst + n, bytes, len);
    return n + len;
}

size_t oat_recipe_put_chunk(uint8_t *dst, enum oat_recipe_op op, uint64_t offset, uint64_t chunk_offset)
{
    return oat_varint_put(dst, (offset - chunk_offset) / OAT_BLOB_UNIT << OP_BITS | (uint64_t)op);
}

size_t oat_recipe_put_base(uint8_t *dst, uint64_t offset, uint64_t base_offset, uint64_t len)
{
    size_t n = oat_recipe_put_chunk(dst, OAT_RECIPE_BASE, offset, base_offset);
    return n + oat_varint_put(dst + n, len);
}

/* Turns a distance back from `offset` into the offset referred to, or returns 0. */
static uint64_t target(uint64_t offset, uint64_t distance8)
{
    if (distance8 == 0 || distance8 >= offset / OAT_BLOB_UNIT)
        return 0;
    uint64_t to = offset - distance8 * OAT_BLOB_UNIT;
    return to >= OAT_BLOBS_HEADER_SIZE ? to : 0;
}

int oat_recipe_next(const uint8_t *ops, size_t len, size_t *pos, uint64_t offset, struct oat_recipe_step *ret)
{
    struct oat_recipe_step step = {0};
    size_t at = *pos;
    uint64_t v;

    if (at == len)
        return OAT_NOTFOUND;
    size_t used = oat_varint_get(ops + at, len - at, &v);
    if (used == 0)
        return OAT_E_CORRUPT;
    at += used;
    step.op = (enum oat_recipe_op)(v & ((1u << OP_BITS) - 1));

    switch (step.op) {
    case OAT_RECIPE_LITERAL:
        step.len = v >> OP_BITS;
        if (step.len > len - at)
            return OAT_E_CORRUPT;
        step.literal = ops + at;
        at += (size_t)step.len;
        break;
    case OAT_RECIPE_BASE:
        if (*pos != 0)
            return OAT_E_CORRUPT;
        step.offset = target(offset, v >> OP_BITS);
        used = oat_varint_get(ops + at, len - at, &step.len);
        if (used == 0 || step.offset == 0)
            return OAT_E_CORRUPT;
        at += used;
        break;
    case OAT_RECIPE_CHUNK:
    case OAT_RECIPE_COMMA_CHUNK:
    case OAT_RECIPE_COMMA_SPACE_CHUNK:
    case OAT_RECIPE_BASE64:
        step.offset = target(offset, v >> OP_BITS);
        if (step.offset == 0)
            return OAT_E_CORRUPT;
        break;
    default:
        return OAT_E_CORRUPT;
    }
    *pos = at;
    *ret = step;
    return OAT_OK;
}

const char *oat_recipe_lead(enum oat_recipe_op op)
{
    if (op == OAT_RECIPE_COMMA_CHUNK)
        return ",";
    return op == OAT_RECIPE_COMMA_SPACE_CHUNK ? ", " : "";
}
