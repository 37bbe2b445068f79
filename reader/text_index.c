#include "reader/text_index.h"

#include "oat/oat.h"
#include "reader/pack_chunks.h"

static int open_index(struct oat_pack *pack)
{
    const uint8_t *bytes;
    size_t len;
    const char *what;
    int result = oat_image_section(&pack->image, OAT_SECTION_SIGNATURES, OAT_TABLE_CHUNK_GROUPS, 0, &bytes,
                                   &len, &pack->signatures_owned);
    if (result == OAT_OK && oat_signatures_open(bytes, len, pack->groups->table.rows,
                                                pack->chunks->table.rows, &pack->signatures, &what) != OAT_OK)
        result = oat_pack_damaged(pack, 0, what);
    return result;
}

int oat_text_index(struct oat_pack *pack, const struct oat_signatures **ret)
{
    pthread_mutex_lock(&pack->lock);
    if (!pack->signatures_tried)
        pack->signatures_result = open_index(pack);
    pack->signatures_tried = pack->signatures_result != OAT_E_NOMEM;
    int result = pack->signatures_result;
    pthread_mutex_unlock(&pack->lock);
    *ret = &pack->signatures;
    return result;
}
