/* What pack.c and pack_chunks.c share of a pack. */
#ifndef OAT_READER_PACK_CHUNKS_H
#define OAT_READER_PACK_CHUNKS_H

#include "format/signature.h"
#include "reader/pack.h"

#include <pthread.h>

#define OAT_PACK_IDLE_MAX 4u /* decoders kept for the next read */

struct oat_pack {
    struct oat_image image;
    struct oat_image_table *chunks, *groups, *payloads;
    uint64_t hash_seed;
    const struct oat_forgotten *forgotten; /* borrowed; NULL: nothing */
    const uint8_t *recipes;                /* the section BYTES, in the file */
    uint64_t recipes_len;
    pthread_mutex_t lock;                             /* of what follows */
    struct oat_pack_decoder *idle[OAT_PACK_IDLE_MAX]; /* the last used one first */
    bool signatures_tried; /* the text index (text_index.h) has been opened, or is not good */
    int signatures_result;
    struct oat_signatures signatures;
    void *signatures_owned;
};

/* Where a place of the recipes is in the file; 0: nowhere. */
static inline uint64_t oat_pack_recipe_offset(const struct oat_pack *pack, uint64_t place)
{
    return pack->recipes_len > place ? (uint64_t)(pack->recipes - pack->image.bytes) + place : 0;
}

/* Adds to problems what is wrong at an offset of the file; returns OAT_E_CORRUPT. what: static. */
int oat_pack_damaged(struct oat_pack *pack, uint64_t offset, const char *what);

/* The marker in place of bytes of a payload when they are forgotten, borrowed until the next call; else the
 * bytes. NULL: out of memory. */
const uint8_t *oat_pack_decoder_shown(struct oat_pack_decoder *decoder, const uint8_t *bytes, size_t len);

#endif
