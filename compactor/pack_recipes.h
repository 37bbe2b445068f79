/* Translates payloads of a source into those of the pack being made: structure for structure, so that
 * no payload is put together, and each chunk and recipe of a source once. Used by one thread at a time. */
#ifndef OAT_COMPACTOR_PACK_RECIPES_H
#define OAT_COMPACTOR_PACK_RECIPES_H

#include "compactor/pack_sources.h"
#include "compactor/pack_store.h"

struct oat_pack_translator {
    struct oat_pack_store *store;     /* borrowed */
    struct oat_source_reader *reader; /* borrowed: where the payload lies */
    struct oat_buffer ops;            /* of the recipe being made */
    bool forgotten;                   /* and whether there are markers in it */
};

/* Adds the payload that `payload` says lies at a place of the source. OAT_OK; OAT_E_CORRUPT: it is
 * damaged, or needs something that is, if only beyond the bytes it takes from it (not always reported);
 * others as of oat_source_item and pack_store.h. */
int oat_pack_translate(struct oat_pack_translator *translator, const struct oat_record_payload *payload,
                       struct oat_number *ret);

/* Adds a payload by its bytes. payload: its media type and flags. */
int oat_pack_put_bytes(struct oat_pack_translator *translator, const struct oat_record_payload *payload,
                       const uint8_t *bytes, size_t len, struct oat_number *ret);

#endif
