/* Reads entries of a blob segment and decodes chunks, through the caller's way to its bytes. Keeps
 * the groups it decoded last, so that reading one chunk after the other decodes each block once. */
#ifndef OAT_FORMAT_CHUNKS_H
#define OAT_FORMAT_CHUNKS_H

#include "format/entry.h"
#include "format/forgotten.h"

/* Where the bytes are. */
struct oat_blob_source {
    /* Copies len bytes (at most OAT_RECIPE_STORED_MAX + 64) from `offset` of the file to dst. Returns the
     * bytes copied, fewer at the end of the file, or a negative enum oat_result. */
    int (*read)(void *arg, uint64_t offset, void *dst, size_t len);
    void *arg;
    uint64_t nonce;     /* of the pair */
    uint64_t hash_seed; /* of the pair */
    uint64_t len;       /* bytes of the file that may be read; nothing beyond is asked for */
    const struct oat_forgotten *forgotten; /* content that is not to be seen; may be NULL. Borrowed */
};

/* The first thing that was wrong. */
struct oat_blob_damage {
    uint64_t offset;  /* of the entry */
    const char *what; /* static text: what was expected there */
};

typedef struct oat_chunks oat_chunks;

/* NULL when out of memory. source is copied. One thread at a time. */
oat_chunks *oat_chunks_new(const struct oat_blob_source *source);
void oat_chunks_free(oat_chunks *chunks);

/* The file has grown (or a shorter part of it is to be read). Forgets bytes that were read before
 * but not decoded. */
void oat_chunks_set_len(oat_chunks *chunks, uint64_t len);

/* The entry at `offset`. For a RECIPE, *ret_ops (may be NULL) points to its operations, borrowed
 * until the next call. OAT_E_CORRUPT with the damage noted, or what read returned. */
int oat_chunks_entry(oat_chunks *chunks, uint64_t offset, struct oat_entry *ret, const uint8_t **ret_ops);

/* The raw bytes of the chunk at `offset`, checked against their id, or the marker that stands for them;
 * borrowed until the next call.
 * For a GROUP block its predecessors are decoded first: at most OAT_GROUP_RAW_MAX bytes. Errors:
 * OAT_E_CORRUPT (a damaged predecessor too: the damage names it), OAT_E_NOMEM, what read returned. */
int oat_chunks_get(oat_chunks *chunks, uint64_t offset, const uint8_t **ret_raw, size_t *ret_len);

/* Sets what is forgotten from now on. */
void oat_chunks_set_forgotten(oat_chunks *chunks, const struct oat_forgotten *forgotten);

/* The forgotten content that bytes of a payload beside its chunks are, or NULL. */
const struct oat_forgotten_content *oat_chunks_forgotten(oat_chunks *chunks, const void *bytes, size_t len);

/* Whether forgotten content was met since it was set. */
bool oat_chunks_met_forgotten(const oat_chunks *chunks);

/* Notes a damage and returns OAT_E_CORRUPT. */
int oat_chunks_damaged(oat_chunks *chunks, uint64_t offset, const char *what);

/* What made the last call fail with OAT_E_CORRUPT. */
struct oat_blob_damage oat_chunks_damage(const oat_chunks *chunks);

uint64_t oat_chunks_hash_seed(const oat_chunks *chunks);

#endif
