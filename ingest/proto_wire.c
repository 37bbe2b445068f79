#include "ingest/proto_wire.h"

bool oat_wire_fail(struct oat_wire_error *error, const uint8_t *at, const char *what)
{
    if (!error->what) {
        error->what = what;
        error->at = (size_t)(at - error->start);
    }
    return false;
}

static bool varint(struct oat_wire_error *error, struct oat_wire_bytes *c, uint64_t *ret)
{
    uint64_t value = 0;
    const uint8_t *from = c->at;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (c->at == c->end)
            return oat_wire_fail(error, from, "varint is cut off");
        uint8_t byte = *c->at++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret = value;
            return true;
        }
    }
    return oat_wire_fail(error, from, "varint is longer than 10 bytes");
}

static bool fixed(struct oat_wire_error *error, struct oat_wire_bytes *c, size_t size, uint64_t *ret)
{
    if ((size_t)(c->end - c->at) < size)
        return oat_wire_fail(error, c->at, "fixed-size number is cut off");
    uint64_t value = 0;
    for (size_t i = size; i-- > 0;)
        value = value << 8 | c->at[i];
    c->at += size;
    *ret = value;
    return true;
}

static bool tag(struct oat_wire_error *error, struct oat_wire_bytes *c, struct oat_wire_field *f)
{
    uint64_t value;
    const uint8_t *from = c->at;
    if (!varint(error, c, &value))
        return false;
    f->number = (uint32_t)(value >> 3);
    f->wire = (enum oat_wire)(value & 7);
    if (value > UINT32_MAX || f->number == 0 || f->wire > OAT_WIRE_FIXED32)
        return oat_wire_fail(error, from, "no such field tag");
    return true;
}

static bool payload(struct oat_wire_error *error, struct oat_wire_bytes *c, struct oat_wire_field *f)
{
    uint64_t len;
    const uint8_t *from = c->at;
    switch (f->wire) {
    case OAT_WIRE_VARINT:
        return varint(error, c, &f->value);
    case OAT_WIRE_FIXED64:
        return fixed(error, c, 8, &f->value);
    case OAT_WIRE_FIXED32:
        return fixed(error, c, 4, &f->value);
    case OAT_WIRE_BYTES:
        if (!varint(error, c, &len))
            return false;
        if (len > (uint64_t)(c->end - c->at))
            return oat_wire_fail(error, from, "length reaches behind the message");
        f->bytes = (struct oat_wire_bytes){c->at, c->at + len};
        c->at += len;
        return true;
    default:
        return true;
    }
}

/* Passes an unknown group: everything up to its end tag. */
static bool skip_group(struct oat_wire_error *error, struct oat_wire_bytes *c)
{
    const uint8_t *from = c->at;
    for (size_t depth = 1; depth > 0;) {
        struct oat_wire_field f;
        if (c->at == c->end)
            return oat_wire_fail(error, from, "group does not end");
        if (!tag(error, c, &f) || !payload(error, c, &f))
            return false;
        if (f.wire == OAT_WIRE_GROUP)
            depth++;
        else if (f.wire == OAT_WIRE_GROUP_END)
            depth--;
    }
    return true;
}

bool oat_wire_next(struct oat_wire_error *error, struct oat_wire_bytes *c, struct oat_wire_field *f)
{
    while (c->at < c->end && !error->what) {
        const uint8_t *from = c->at;
        *f = (struct oat_wire_field){0};
        if (!tag(error, c, f) || !payload(error, c, f))
            return false;
        if (f->wire == OAT_WIRE_GROUP_END)
            return oat_wire_fail(error, from, "end of a group that was not begun");
        if (f->wire != OAT_WIRE_GROUP)
            return true;
        if (!skip_group(error, c))
            return false;
    }
    return false;
}
