#include "reader/pack.h"

#include "format/base64.h"
#include "format/buffer.h"
#include "format/forgotten.h"
#include "format/limits.h"
#include "format/names.h"
#include "format/slot.h"
#include "format/utf8.h"
#include "oat/oat.h"
#include "reader/image_verify.h"
#include "reader/pack_chunks.h"
#include "reader/pack_walk.h"

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

void oat_pack_close(struct oat_pack *pack)
{
    if (!pack)
        return;
    for (size_t i = 0; i < OAT_PACK_IDLE_MAX; i++)
        oat_pack_decoder_free(pack->idle[i]);
    free(pack->signatures_owned);
    pthread_mutex_destroy(&pack->lock);
    oat_image_close(&pack->image);
    free(pack);
}

void oat_pack_set_forgotten(struct oat_pack *pack, const struct oat_forgotten *forgotten)
{
    pack->forgotten = forgotten;
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

int oat_pack_recipe_of(struct oat_pack *pack, uint32_t number, const struct oat_pack_payload *payload,
                       struct oat_pack_recipe *ret)
{
    if (oat_pack_recipe_open(pack->recipes, pack->recipes_len, payload->place, pack->image.sections.nonce,
                             number, ret) == OAT_OK)
        return OAT_OK;
    return oat_pack_damaged(pack, oat_pack_recipe_offset(pack, payload->place), "a recipe with its check");
}

/* ---- Reading ---- */

int oat_pack_pieces(struct oat_pack *pack, uint32_t number, oat_piece_fn fn, void *arg)
{
    struct oat_pack_decoder *decoder = take(pack);
    if (!decoder)
        return OAT_E_NOMEM;
    oat_pack_decoder_set_forgotten(decoder, pack->forgotten);
    int result = oat_pack_walk(pack, decoder, number, UINT64_MAX, fn, arg);
    give_back(pack, decoder);
    return result;
}

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

/* Puts bytes [skip, max) of a payload together, with markers for what is forgotten. */
static int put_together(struct oat_pack *pack, uint32_t number, uint64_t max,
                        const struct oat_forgotten *forgotten, struct output *out)
{
    oat_pack_decoder_set_forgotten(out->decoder, forgotten);
    int result = oat_pack_walk(pack, out->decoder, number, max, put_piece, out);
    if (result == OAT_OK && !oat_buffer_reserve(&out->bytes, 1))
        result = OAT_E_NOMEM;
    if (result != OAT_OK)
        free(out->bytes.bytes);
    return result;
}

/* Of attributes, keys and texts are forgotten, not the chunks they lie in: they are wanted whole, and are
 * lost when nobody can tell what is a text in them. */
static int put_attributes(struct oat_pack *pack, uint32_t number, uint64_t max, struct output *out,
                          bool *ret_masked)
{
    struct oat_buffer *bytes = &out->bytes;
    int result = put_together(pack, number, UINT64_MAX, NULL, out);
    if (result != OAT_OK)
        return result;
    if (oat_forgotten_mask_attributes(pack->forgotten, bytes->bytes, bytes->len, ret_masked) != OAT_OK) {
        free(bytes->bytes);
        return OAT_E_CORRUPT;
    }
    bytes->len = bytes->len < max ? bytes->len : (size_t)max;
    return OAT_OK;
}

static int put_payload(struct oat_pack *pack, uint32_t number, uint64_t max, struct output *out,
                       bool *ret_masked)
{
    struct oat_pack_payload payload;
    int result = pack->forgotten ? oat_pack_payload(pack, number, &payload) : OAT_OK;
    if (result != OAT_OK)
        return result;
    if (pack->forgotten && payload.media == OAT_MEDIA_ATTRS)
        return put_attributes(pack, number, max, out, ret_masked);
    result = put_together(pack, number, max, pack->forgotten, out);
    *ret_masked = oat_pack_decoder_met_forgotten(out->decoder);
    return result;
}

/* Reads bytes [skip, max) of a payload. ret_masked may be NULL. */
static int read_payload(struct oat_pack *pack, uint32_t number, uint64_t max, struct output *out,
                        uint8_t **ret_bytes, size_t *ret_len, bool *ret_masked)
{
    bool masked;
    out->decoder = take(pack);
    if (!out->decoder)
        return OAT_E_NOMEM;
    int result = put_payload(pack, number, max, out, &masked);
    give_back(pack, out->decoder);
    if (result != OAT_OK)
        return result;
    out->bytes.bytes[out->bytes.len] = '\0';
    *ret_bytes = out->bytes.bytes;
    *ret_len = out->bytes.len;
    if (ret_masked)
        *ret_masked = masked;
    return OAT_OK;
}

int oat_pack_read(struct oat_pack *pack, uint32_t number, size_t max, uint8_t **ret_bytes, size_t *ret_len,
                  bool *ret_masked)
{
    struct output out = {0};
    return read_payload(pack, number, max, &out, ret_bytes, ret_len, ret_masked);
}

int oat_pack_read_text(struct oat_pack *pack, uint32_t number, uint64_t from, uint64_t to,
                       uint8_t **ret_bytes, size_t *ret_len)
{
    struct output out = {.skip = from, .text = true};
    return read_payload(pack, number, to, &out, ret_bytes, ret_len, NULL);
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
