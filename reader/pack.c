#include "reader/pack.h"

#include "format/base64.h"
#include "format/buffer.h"
#include "format/limits.h"
#include "format/slot.h"
#include "format/utf8.h"
#include "oat/oat.h"
#include "reader/image_verify.h"
#include "reader/pack_chunks.h"

#include <stdlib.h>
#include <string.h>

int oat_pack_damaged(struct oat_pack *pack, uint64_t offset, const char *what)
{
    oat_image_report(&pack->image, offset, what);
    return OAT_E_CORRUPT;
}

/* ---- Opening ---- */

/* Recipes are checked one by one, so their section may be large and is never read as a whole. */
static int open_recipes(struct oat_pack *pack)
{
    const struct oat_disk_section *section = oat_sections_find(&pack->image.sections, OAT_SECTION_BYTES,
                                                               OAT_TABLE_PAYLOADS, OAT_COL_PAYLOAD_PLACE);
    if (!section)
        return OAT_OK;
    if (section->codec != OAT_CODEC_RAW)
        return oat_pack_damaged(pack, oat_le64_get(section->offset), "codec of the recipes");
    pack->recipes = pack->image.bytes + oat_le64_get(section->offset);
    pack->recipes_len = oat_le64_get(section->stored_len);
    return OAT_OK;
}

int oat_pack_map(int dir_fd, const char *path, struct oat_problems *problems, struct oat_pack **ret)
{
    struct oat_pack *pack = calloc(1, sizeof *pack);
    if (!pack)
        return OAT_E_NOMEM;
    int result = oat_image_map(&pack->image, dir_fd, path, problems);
    if (result != OAT_OK) {
        free(pack);
        return result;
    }
    pthread_mutex_init(&pack->lock, NULL);
    *ret = pack;
    return OAT_OK;
}

int oat_pack_check(struct oat_pack *pack, uint64_t nonce)
{
    oat_image_ahead(&pack->image);
    int result = oat_image_check(&pack->image, OAT_MAGIC_PACK, nonce);
    if (result != OAT_OK)
        return result;
    pack->chunks = oat_image_table(&pack->image, OAT_TABLE_CHUNKS);
    pack->groups = oat_image_table(&pack->image, OAT_TABLE_CHUNK_GROUPS);
    pack->payloads = oat_image_table(&pack->image, OAT_TABLE_PAYLOADS);
    pack->hash_seed = oat_le64_get(pack->image.sections.header->hash_seed);
    return open_recipes(pack);
}

int oat_pack_open(int dir_fd, const char *path, uint64_t nonce, struct oat_problems *problems,
                  struct oat_pack **ret)
{
    struct oat_pack *pack;
    int result = oat_pack_map(dir_fd, path, problems, &pack);
    if (result != OAT_OK)
        return result;
    result = oat_pack_check(pack, nonce);
    if (result == OAT_OK)
        *ret = pack;
    else
        oat_pack_close(pack);
    return result;
}

void oat_pack_close(struct oat_pack *pack)
{
    if (!pack)
        return;
    for (size_t i = 0; i < OAT_PACK_IDLE_MAX; i++)
        oat_pack_decoder_free(pack->idle[i]);
    oat_pack_chunks_clear(pack);
    pthread_mutex_destroy(&pack->lock);
    oat_image_close(&pack->image);
    free(pack);
}

/* ---- Decoders ---- */

static struct oat_pack_decoder *take(struct oat_pack *pack)
{
    struct oat_pack_decoder *found = NULL;
    pthread_mutex_lock(&pack->lock);
    for (size_t i = 0; i < OAT_PACK_IDLE_MAX && !found; i++) {
        found = pack->idle[i];
        pack->idle[i] = NULL;
    }
    pthread_mutex_unlock(&pack->lock);
    return found ? found : oat_pack_decoder_new(pack);
}

/* Keeps a decoder as the last used one, where there is room. */
static void give_back(struct oat_pack *pack, struct oat_pack_decoder *decoder)
{
    pthread_mutex_lock(&pack->lock);
    for (size_t i = 0; i < OAT_PACK_IDLE_MAX && decoder; i++) {
        struct oat_pack_decoder *next = pack->idle[i];
        pack->idle[i] = decoder;
        decoder = next;
    }
    pthread_mutex_unlock(&pack->lock);
    oat_pack_decoder_free(decoder);
}

/* ---- Payloads ---- */

uint32_t oat_pack_payload_count(const struct oat_pack *pack)
{
    return pack->payloads->table.rows;
}

int oat_pack_payload(struct oat_pack *pack, uint32_t number, struct oat_pack_payload *ret)
{
    uint64_t value[OAT_COL_PAYLOAD_FLAGS + 1];
    if (number >= oat_pack_payload_count(pack)) {
        oat_problems_add_numbers(pack->image.problems, OAT_PROBLEM_CORRUPT, pack->image.path, 0,
                                 "payload number", oat_pack_payload_count(pack), number);
        return OAT_E_CORRUPT;
    }
    for (unsigned c = OAT_COL_PAYLOAD_KIND; c <= OAT_COL_PAYLOAD_FLAGS; c++) {
        int result = oat_image_number(pack->payloads, c, number, &value[c]);
        if (result != OAT_OK)
            return result;
    }
    if (value[OAT_COL_PAYLOAD_KIND] < OAT_PAYLOAD_CHUNK || value[OAT_COL_PAYLOAD_KIND] > OAT_PAYLOAD_NOTHING)
        return oat_pack_damaged(pack, 0, "kind of a payload");
    if (value[OAT_COL_PAYLOAD_KIND] != OAT_PAYLOAD_NOTHING &&
        value[OAT_COL_PAYLOAD_RAW_LEN] > OAT_PAYLOAD_MAX)
        return oat_pack_damaged(pack, 0, "length of a payload");
    *ret = (struct oat_pack_payload){
        .kind = (enum oat_payload_kind)value[OAT_COL_PAYLOAD_KIND],
        .raw_len = value[OAT_COL_PAYLOAD_RAW_LEN],
        .place = value[OAT_COL_PAYLOAD_PLACE],
        .media = (uint8_t)value[OAT_COL_PAYLOAD_MEDIA],
        .flags = (uint8_t)value[OAT_COL_PAYLOAD_FLAGS],
    };
    return OAT_OK;
}

/* Where a place of the recipes is in the file. */
static uint64_t recipe_offset(const struct oat_pack *pack, uint64_t place)
{
    return pack->recipes_len > place ? (uint64_t)(pack->recipes - pack->image.bytes) + place : 0;
}

int oat_pack_recipe_of(struct oat_pack *pack, uint32_t number, const struct oat_pack_payload *payload,
                       struct oat_pack_recipe *ret)
{
    if (oat_pack_recipe_open(pack->recipes, pack->recipes_len, payload->place, pack->image.sections.nonce,
                             number, ret) == OAT_OK)
        return OAT_OK;
    return oat_pack_damaged(pack, recipe_offset(pack, payload->place), "a recipe with its check");
}

/* ---- Walking ---- */

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
    if (step->op == OAT_RECIPE_LITERAL)
        return put_bytes(w, step->literal, step->len, need, false);
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
    uint64_t offset = recipe_offset(w->pack, payload.place);
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

int oat_pack_pieces(struct oat_pack *pack, uint32_t number, oat_piece_fn fn, void *arg)
{
    struct walk walk = {.pack = pack, .decoder = take(pack), .fn = fn, .arg = arg};
    if (!walk.decoder)
        return OAT_E_NOMEM;
    int result = walk_payload(&walk, number, UINT64_MAX);
    give_back(pack, walk.decoder);
    return result;
}

/* ---- Reading ---- */

struct output {
    struct oat_pack_decoder *decoder;
    struct oat_buffer bytes;
    uint64_t skip; /* bytes that are not wanted yet */
    bool text;     /* media is not wanted */
};

/* What stands in base64, decoded or already encoded. */
static int put_media(struct output *out, const uint8_t *literal, size_t len, uint32_t chunk)
{
    size_t raw_len;
    uint8_t *at = oat_buffer_reserve(&out->bytes, len);
    if (!at)
        return OAT_E_NOMEM;
    if (out->text)
        memset(at, OAT_UTF8_NEVER, len);
    else if (literal)
        memcpy(at, literal, len);
    else {
        int result = oat_pack_chunk(out->decoder, chunk, &literal, &raw_len);
        if (result != OAT_OK)
            return result;
        oat_base64_encode((char *)at, literal, raw_len);
    }
    out->bytes.len += len;
    return OAT_OK;
}

static int put_piece(void *arg, const uint8_t *literal, size_t len, uint32_t chunk, bool base64)
{
    struct output *out = arg;
    size_t skip = out->skip < len ? (size_t)out->skip : len, raw_len;
    out->skip -= skip;
    if (skip == len)
        return OAT_OK;
    if (base64)
        return put_media(out, literal, len - skip, chunk);
    int result = literal ? OAT_OK : oat_pack_chunk(out->decoder, chunk, &literal, &raw_len);
    return result == OAT_OK ? oat_buffer_put(&out->bytes, literal + skip, len - skip) : result;
}

/* Reads bytes [skip, max) of a payload. */
static int read_payload(struct oat_pack *pack, uint32_t number, uint64_t max, struct output *out,
                        uint8_t **ret_bytes, size_t *ret_len)
{
    struct walk walk = {.pack = pack, .decoder = take(pack), .fn = put_piece, .arg = out};
    if (!walk.decoder)
        return OAT_E_NOMEM;
    out->decoder = walk.decoder;
    int result = walk_payload(&walk, number, max);
    if (result == OAT_OK && !oat_buffer_reserve(&out->bytes, 1))
        result = OAT_E_NOMEM;
    give_back(pack, walk.decoder);
    if (result != OAT_OK) {
        free(out->bytes.bytes);
        return result;
    }
    out->bytes.bytes[out->bytes.len] = '\0';
    *ret_bytes = out->bytes.bytes;
    *ret_len = out->bytes.len;
    return OAT_OK;
}

int oat_pack_read(struct oat_pack *pack, uint32_t number, size_t max, uint8_t **ret_bytes, size_t *ret_len)
{
    struct output out = {0};
    return read_payload(pack, number, max, &out, ret_bytes, ret_len);
}

int oat_pack_read_text(struct oat_pack *pack, uint32_t number, uint64_t from, uint64_t to,
                       uint8_t **ret_bytes, size_t *ret_len)
{
    struct output out = {.skip = from, .text = true};
    return read_payload(pack, number, to, &out, ret_bytes, ret_len);
}

/* ---- Verifying ---- */

static int ignore_piece(void *arg, const uint8_t *literal, size_t len, uint32_t chunk, bool base64)
{
    (void)arg, (void)literal, (void)len, (void)chunk, (void)base64;
    return OAT_OK;
}

static int verify_chunks(struct oat_pack *pack)
{
    const uint8_t *bytes;
    size_t len;
    int result = OAT_OK;
    struct oat_pack_decoder *decoder = oat_pack_decoder_new(pack);
    if (!decoder)
        return OAT_E_NOMEM;
    for (uint32_t i = 0; i < oat_pack_chunk_count(pack) && result != OAT_E_NOMEM; i++)
        result = oat_pack_chunk(decoder, i, &bytes, &len);
    oat_pack_decoder_free(decoder);
    return result;
}

int oat_pack_verify(struct oat_pack *pack)
{
    int result = oat_image_verify(&pack->image);
    if (result == OAT_OK)
        result = verify_chunks(pack);
    for (uint32_t i = 0; i < oat_pack_payload_count(pack) && result != OAT_E_NOMEM; i++)
        result = oat_pack_pieces(pack, i, ignore_piece, NULL);
    return result == OAT_E_NOMEM ? result : OAT_OK;
}
