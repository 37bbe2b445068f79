/* A pack: the payloads of one part. */
#ifndef OAT_READER_PACK_H
#define OAT_READER_PACK_H

#include "reader/image.h"

struct oat_pack;

/* As oat_image_open. */
int oat_pack_open(int dir_fd, const char *path, uint64_t nonce, struct oat_problems *problems,
                  struct oat_pack **ret);
/* Accepts NULL. */
void oat_pack_close(struct oat_pack *pack);

/* What the pack says of a payload; numbers begin at 0. */
struct oat_pack_payload {
    enum oat_payload_kind kind;
    uint64_t raw_len;
    uint64_t place;
    uint8_t media; /* enum oat_media */
    uint8_t flags; /* OAT_REF_* without RECIPE */
};

uint32_t oat_pack_payload_count(const struct oat_pack *pack);
int oat_pack_payload(struct oat_pack *pack, uint32_t number, struct oat_pack_payload *ret);

/* Decodes a payload, at most max bytes of it; the whole is checked against raw_len, each chunk
 * against its id. *ret_bytes is malloc'd, with a NUL behind its end. OAT_NOTFOUND: nothing (empty
 * payloads are OAT_OK with length 0), OAT_E_CORRUPT: damaged (reported) or lost. Any thread. */
int oat_pack_read(struct oat_pack *pack, uint32_t number, size_t max, uint8_t **ret_bytes, size_t *ret_len);

/* The chunks and literals a payload is made of, in order (conversation view, search, compaction).
 * Return OAT_OK to go on. literal NULL: chunk number `chunk`; base64: it stands encoded. */
typedef int (*oat_piece_fn)(void *arg, const uint8_t *literal, size_t len, uint32_t chunk, bool base64);
int oat_pack_pieces(struct oat_pack *pack, uint32_t number, oat_piece_fn fn, void *arg);

uint32_t oat_pack_chunk_count(const struct oat_pack *pack);
/* Decodes one chunk; *ret_bytes is borrowed from `decoder` until its next use. */
struct oat_pack_decoder; /* keeps the groups decoded last; one thread at a time */
struct oat_pack_decoder *oat_pack_decoder_new(struct oat_pack *pack);
void oat_pack_decoder_free(struct oat_pack_decoder *decoder);
int oat_pack_chunk(struct oat_pack_decoder *decoder, uint32_t chunk, const uint8_t **ret_bytes,
                   size_t *ret_len);

#endif
