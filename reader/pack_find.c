#include "reader/pack_find.h"

#include "indexer/id_index.h"
#include "oat/oat.h"
#include "reader/pack_chunks.h"

#include <stdlib.h>
#include <string.h>

#define HASHED_BYTES 8u /* of an id, for the index */

/* Takes a copy of a chunk if it is the one. OAT_NOTFOUND: it is not. */
static int take_chunk(const struct oat_pack *pack, struct oat_pack_decoder *decoder, uint32_t chunk,
                      const uint8_t id[16], uint8_t **ret_bytes, size_t *ret_len)
{
    const uint8_t *bytes;
    size_t len;
    int result = oat_pack_chunk(decoder, chunk, &bytes, &len);
    if (result != OAT_OK)
        return result;
    oat_content_id found = oat_content_id_of(bytes, len, pack->hash_seed);
    if (memcmp(found.b, id, sizeof found.b) != 0)
        return OAT_NOTFOUND;
    uint8_t *copy = malloc(len + 1);
    if (!copy)
        return OAT_E_NOMEM;
    memcpy(copy, bytes, len);
    *ret_bytes = copy;
    *ret_len = len;
    return OAT_OK;
}

static int look_up(struct oat_pack *pack, const struct oat_id_index *index, const uint8_t id[16],
                   uint8_t **ret_bytes, size_t *ret_len)
{
    uint32_t first, count;
    int result = OAT_NOTFOUND;
    struct oat_pack_decoder *decoder = oat_pack_decoder_new(pack);
    if (!decoder)
        return OAT_E_NOMEM;
    struct oat_id_lookup lookup =
        oat_id_index_find(index, oat_hash64(id, HASHED_BYTES, pack->image.sections.nonce));
    while (result == OAT_NOTFOUND && oat_id_lookup_next(&lookup, &first, &count))
        for (uint32_t i = 0; i < count && result == OAT_NOTFOUND; i++)
            result = take_chunk(pack, decoder, first + i, id, ret_bytes, ret_len);
    oat_pack_decoder_free(decoder);
    return result;
}

int oat_pack_find_chunk(struct oat_pack *pack, const uint8_t id[16], uint8_t **ret_bytes, size_t *ret_len)
{
    struct oat_section_view view;
    struct oat_id_index index;
    const char *what;
    int result = oat_image_view(&pack->image, OAT_SECTION_INDEX, OAT_TABLE_CHUNKS, 0, &view);
    if (result == OAT_OK)
        result = oat_id_index_open(&view, oat_pack_chunk_count(pack), &index, &what);
    return result == OAT_OK ? look_up(pack, &index, id, ret_bytes, ret_len) : result;
}
