#include "format/payload.h"

#include "format/base64.h"
#include "format/buffer.h"
#include "format/names.h"
#include "format/recipe.h"
#include "format/utf8.h"
#include "oat/oat.h"

#include <stdlib.h>
#include <string.h>

struct oat_payload_decoder {
    oat_chunks *chunks;
    const struct oat_forgotten *forgotten;
    bool met_forgotten;
    uint8_t *ops; /* of the recipe in hand */
    size_t ops_room;
    bool text; /* media is not wanted */
};

/* One recipe of a chain. */
struct level {
    uint64_t offset;
    uint64_t taken; /* bytes that the recipe above it takes */
    uint64_t need;  /* of these, bytes that are wanted */
};

/* A recipe that has been read. */
struct recipe {
    uint64_t offset;
    struct oat_entry entry;
    size_t pos; /* of the next operation */
};

oat_payload_decoder *oat_payload_decoder_new(const struct oat_blob_source *source)
{
    oat_payload_decoder *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->forgotten = source->forgotten;
    d->chunks = oat_chunks_new(source);
    if (!d->chunks) {
        free(d);
        return NULL;
    }
    return d;
}

void oat_payload_decoder_free(oat_payload_decoder *decoder)
{
    if (!decoder)
        return;
    oat_chunks_free(decoder->chunks);
    free(decoder->ops);
    free(decoder);
}

void oat_payload_decoder_set_len(oat_payload_decoder *decoder, uint64_t len)
{
    oat_chunks_set_len(decoder->chunks, len);
}

struct oat_blob_damage oat_payload_damage(const oat_payload_decoder *decoder)
{
    return oat_chunks_damage(decoder->chunks);
}

oat_chunks *oat_payload_chunks(oat_payload_decoder *decoder)
{
    return decoder->chunks;
}

/* Reads a recipe and copies its operations: the chunks that they name are read through the same
 * window. */
static int load(oat_payload_decoder *d, uint64_t offset, struct recipe *ret)
{
    const uint8_t *ops;
    ret->offset = offset;
    ret->pos = 0;
    int st = oat_chunks_entry(d->chunks, offset, &ret->entry, &ops);
    if (st != OAT_OK)
        return st;
    if (ret->entry.kind != OAT_ENTRY_RECIPE)
        return oat_chunks_damaged(d->chunks, offset, "a recipe");
    size_t n = (size_t)ret->entry.stored_len;
    if (n > d->ops_room) {
        uint8_t *grown = realloc(d->ops, n);
        if (!grown)
            return OAT_E_NOMEM;
        d->ops = grown;
        d->ops_room = n;
    }
    if (n > 0)
        memcpy(d->ops, ops, n);
    return OAT_OK;
}

/* The next operation; OAT_NOTFOUND at the end. */
static int next_step(oat_payload_decoder *d, struct recipe *r, struct oat_recipe_step *ret)
{
    int st = oat_recipe_next(d->ops, (size_t)r->entry.stored_len, &r->pos, r->offset, ret);
    return st == OAT_E_CORRUPT ? oat_chunks_damaged(d->chunks, r->offset, "a recipe of valid operations")
                               : st;
}

static int put_literal(oat_payload_decoder *d, const struct oat_recipe_step *step, struct oat_buffer *out)
{
    size_t len = (size_t)step->len;
    int st = oat_buffer_put(out, step->literal, len);
    const struct oat_forgotten_content *found =
        st == OAT_OK ? oat_chunks_forgotten(d->chunks, step->literal, len) : NULL;
    if (found)
        oat_forgotten_mark(found, step->literal, len, out->bytes + out->len - len);
    return st;
}

static int run_step(oat_payload_decoder *d, const struct oat_recipe_step *step, struct oat_buffer *out)
{
    const uint8_t *raw;
    size_t len;
    if (step->op == OAT_RECIPE_LITERAL)
        return put_literal(d, step, out);
    int st = oat_chunks_get(d->chunks, step->offset, &raw, &len);
    if (st != OAT_OK)
        return st;
    if (step->op == OAT_RECIPE_BASE64) {
        size_t n = oat_base64_encoded_len(len);
        uint8_t *at = oat_buffer_reserve(out, n);
        if (!at)
            return OAT_E_NOMEM;
        if (d->text)
            memset(at, OAT_UTF8_NEVER, n);
        else
            oat_base64_encode((char *)at, raw, len);
        out->len += n;
        return OAT_OK;
    }
    const char *lead = oat_recipe_lead(step->op);
    st = oat_buffer_put(out, lead, strlen(lead));
    return st == OAT_OK ? oat_buffer_put(out, raw, len) : st;
}

/* Follows the bases down from level[0]. *ret_depth: index of the recipe without one, or of which
 * nothing beneath is needed. */
static int follow_bases(oat_payload_decoder *d, struct level level[OAT_RECIPE_DEPTH_MAX], size_t *ret_depth)
{
    struct recipe r;
    struct oat_recipe_step step;
    for (size_t i = 0;; i++) {
        int st = load(d, level[i].offset, &r);
        if (st != OAT_OK)
            return st;
        if (r.entry.raw_len < level[i].taken)
            return oat_chunks_damaged(d->chunks, r.offset, "a base as long as what is taken from it");
        st = next_step(d, &r, &step);
        if (st < 0)
            return st;
        if (st == OAT_NOTFOUND || step.op != OAT_RECIPE_BASE) {
            *ret_depth = i;
            return OAT_OK;
        }
        if (step.len > r.entry.raw_len)
            return oat_chunks_damaged(d->chunks, r.offset, "a recipe that produces its length");
        if (i + 1 == OAT_RECIPE_DEPTH_MAX)
            return oat_chunks_damaged(d->chunks, level[0].offset,
                                      "a chain of recipes within the depth limit");
        level[i + 1] = (struct level){.offset = step.offset, .taken = step.len, .need = step.len};
        if (level[i].need < step.len)
            level[i + 1].need = level[i].need;
    }
}

/* Adds what a recipe produces behind its base, which is in `out` already. */
static int expand(oat_payload_decoder *d, const struct level *level, struct oat_buffer *out)
{
    struct recipe r;
    struct oat_recipe_step step;
    int st = load(d, level->offset, &r);
    if (st != OAT_OK)
        return st;
    bool whole = level->need == r.entry.raw_len;
    while ((whole || out->len < level->need) && (st = next_step(d, &r, &step)) == OAT_OK) {
        if (step.op != OAT_RECIPE_BASE)
            st = run_step(d, &step, out);
        if (st != OAT_OK)
            return st;
        if (out->len > level->need) {
            if (whole)
                break;
            out->len = (size_t)level->need;
        }
    }
    if (st < 0)
        return st;
    return out->len == level->need
               ? OAT_OK
               : oat_chunks_damaged(d->chunks, r.offset, "a recipe that produces its length");
}

static int decode_recipe(oat_payload_decoder *d, uint64_t offset, uint64_t need, struct oat_buffer *out)
{
    struct level level[OAT_RECIPE_DEPTH_MAX];
    size_t depth = 0;
    level[0] = (struct level){.offset = offset, .taken = need, .need = need};
    int st = follow_bases(d, level, &depth);
    if (st != OAT_OK)
        return st;
    for (size_t i = depth + 1; i-- > 0;) {
        st = expand(d, &level[i], out);
        if (st != OAT_OK)
            return st;
    }
    return OAT_OK;
}

static int decode_chunk(oat_payload_decoder *d, uint64_t offset, uint64_t need, struct oat_buffer *out)
{
    const uint8_t *raw;
    size_t len;
    int st = oat_chunks_get(d->chunks, offset, &raw, &len);
    return st == OAT_OK ? oat_buffer_put(out, raw, len < need ? len : (size_t)need) : st;
}

/* Does the reference mean this entry? */
static int check_ref(oat_payload_decoder *d, const struct oat_disk_blob_ref *ref, const struct oat_entry *e)
{
    uint64_t offset = oat_blob_ref_offset(ref);
    if ((e->kind == OAT_ENTRY_RECIPE) != ((ref->flags & OAT_REF_RECIPE) != 0))
        return oat_chunks_damaged(d->chunks, offset, "an entry of the kind that its reference names");
    if (memcmp(e->id8, ref->id4, sizeof ref->id4) != 0)
        return oat_chunks_damaged(d->chunks, offset, "an entry with the id of its reference");
    if (e->raw_len != oat_le48_get(ref->raw_len))
        return oat_chunks_damaged(d->chunks, offset, "an entry with the length of its reference");
    return OAT_OK;
}

bool oat_payload_met_forgotten(const oat_payload_decoder *decoder)
{
    return decoder->met_forgotten;
}

static int decode(oat_payload_decoder *d, const struct oat_disk_blob_ref *ref, size_t max_len,
                  uint8_t **ret_data, size_t *ret_len)
{
    uint64_t offset = oat_blob_ref_offset(ref);
    struct oat_buffer out = {0};
    struct oat_entry e;

    if (offset == 0 || (ref->flags & OAT_REF_LOST))
        return OAT_NOTFOUND;
    int st = oat_chunks_entry(d->chunks, offset, &e, NULL);
    if (st == OAT_OK)
        st = check_ref(d, ref, &e);
    if (st != OAT_OK)
        return st;

    uint64_t need = e.raw_len < max_len ? e.raw_len : max_len;
    if (!oat_buffer_reserve(&out, 1))
        return OAT_E_NOMEM;
    st = e.kind == OAT_ENTRY_RECIPE ? decode_recipe(d, offset, need, &out)
                                    : decode_chunk(d, offset, need, &out);
    d->met_forgotten = oat_chunks_met_forgotten(d->chunks);
    if (st == OAT_OK && e.kind == OAT_ENTRY_RECIPE && need == e.raw_len && !d->text && !d->met_forgotten &&
        !oat_entry_raw_ok(&e, out.bytes, out.len, oat_chunks_hash_seed(d->chunks)))
        st = oat_chunks_damaged(d->chunks, offset, "a payload with the bytes of its id");
    if (st != OAT_OK) {
        free(out.bytes);
        return st;
    }
    *ret_data = out.bytes;
    *ret_len = out.len;
    return OAT_OK;
}

/* Attributes are wanted whole, to know what is a text in them, and are lost when nobody can tell. */
static int decode_attributes(oat_payload_decoder *d, const struct oat_disk_blob_ref *ref, size_t max_len,
                             uint8_t **ret_data, size_t *ret_len)
{
    uint8_t *bytes;
    size_t len;
    oat_chunks_set_forgotten(d->chunks, NULL);
    int st = decode(d, ref, SIZE_MAX, &bytes, &len);
    if (st != OAT_OK)
        return st;
    if (oat_forgotten_mask_attributes(d->forgotten, bytes, len, &d->met_forgotten) != OAT_OK) {
        free(bytes);
        return oat_chunks_damaged(d->chunks, oat_blob_ref_offset(ref), "encoded attributes");
    }
    *ret_data = bytes;
    *ret_len = len < max_len ? len : max_len;
    return OAT_OK;
}

int oat_payload_decode(oat_payload_decoder *decoder, const struct oat_disk_blob_ref *ref, size_t max_len,
                       uint8_t **ret_data, size_t *ret_len)
{
    if (decoder->forgotten && ref->media == OAT_MEDIA_ATTRS)
        return decode_attributes(decoder, ref, max_len, ret_data, ret_len);
    oat_chunks_set_forgotten(decoder->chunks, decoder->forgotten);
    return decode(decoder, ref, max_len, ret_data, ret_len);
}

int oat_payload_decode_text(oat_payload_decoder *decoder, const struct oat_disk_blob_ref *ref,
                            uint8_t **ret_data, size_t *ret_len)
{
    decoder->text = true;
    int st = oat_payload_decode(decoder, ref, SIZE_MAX, ret_data, ret_len);
    decoder->text = false;
    return st;
}
