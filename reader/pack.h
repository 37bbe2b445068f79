/* A pack: the payloads of one part. */
#ifndef OAT_READER_PACK_H
#define OAT_READER_PACK_H

#include "format/hash.h"
#include "format/pack_recipe.h"
#include "format/schema.h"
#include "reader/image.h"

struct oat_pack;
struct oat_forgotten;

/* As oat_image_map: nothing of it is read before oat_pack_check, which everything else needs. */
int oat_pack_map(int dir_fd, const char *path, struct oat_problems *problems, struct oat_pack **ret);
/* As oat_image_check; OAT_E_CORRUPT also when its sections do not fit together. After a failure it is good
 * for oat_pack_close alone. */
int oat_pack_check(struct oat_pack *pack, uint64_t nonce);
/* Accepts NULL. */
void oat_pack_close(struct oat_pack *pack);

/* Sets what reads as a marker from now on; borrowed. Before anything of the pack is read. */
void oat_pack_set_forgotten(struct oat_pack *pack, const struct oat_forgotten *forgotten);

/* What the pack says of a payload; numbers begin at 0. */
struct oat_pack_payload {
    enum oat_payload_kind kind;
    uint64_t raw_len;
    uint64_t place;
    uint8_t media; /* enum oat_media */
    uint8_t flags; /* OAT_REF_* without RECIPE */
};

uint32_t oat_pack_payload_count(const struct oat_pack *pack);
/* OAT_OK, OAT_E_CORRUPT (reported, also when there is no such payload). Any thread. */
int oat_pack_payload(struct oat_pack *pack, uint32_t number, struct oat_pack_payload *ret);

/* Decodes a payload, at most max bytes of it; the whole is checked against raw_len, each group
 * of chunks against its check. *ret_bytes is malloc'd, with a NUL behind its end; memory is taken as bytes
 * come, not as lengths promise. An empty payload is OAT_OK with length 0. OAT_E_CORRUPT: damaged (reported),
 * lost or forgotten. OAT_E_NOMEM. *ret_masked (may be NULL): something of it is forgotten, and reads as a
 * marker. Any thread. */
int oat_pack_read(struct oat_pack *pack, uint32_t number, size_t max, uint8_t **ret_bytes, size_t *ret_len,
                  bool *ret_masked);

/* Reads bytes [from, to) of a payload, as far as it has them, to look for text: bytes of media that stands in
 * it as base64 become OAT_UTF8_NEVER. As above. */
int oat_pack_read_text(struct oat_pack *pack, uint32_t number, uint64_t from, uint64_t to,
                       uint8_t **ret_bytes, size_t *ret_len);

/* The chunks and literals a payload is made of, in order (conversation view, search). Together they
 * make len bytes each, and the payload. literal NULL: the chunk, whole; base64: it stands encoded.
 * Of a chunk that a base has a part of, that part comes as a literal (with base64: encoded). literal is
 * borrowed for the call. Return OAT_OK to go on; another result ends the walk and is returned. */
typedef int (*oat_piece_fn)(void *arg, const uint8_t *literal, size_t len, uint32_t chunk, bool base64);
/* Results as of oat_pack_read. Any thread. */
int oat_pack_pieces(struct oat_pack *pack, uint32_t number, oat_piece_fn fn, void *arg);

/* Opens the recipe of a payload of that kind, as it stands in the pack: bases are not resolved. Borrowed
 * from the pack. OAT_OK, OAT_E_CORRUPT (reported). */
int oat_pack_recipe_of(struct oat_pack *pack, uint32_t number, const struct oat_pack_payload *payload,
                       struct oat_pack_recipe *ret);

/* Reads all of it: tables and sections, each chunk, what each payload is made of. OAT_OK, also when
 * something is damaged (reported); OAT_E_NOMEM. */
int oat_pack_verify(struct oat_pack *pack);

/* ---- Chunks ---- */

uint32_t oat_pack_chunk_count(const struct oat_pack *pack);
/* Decoded bytes of a chunk. OAT_OK, OAT_E_CORRUPT (reported, also when there is no such chunk). */
int oat_pack_chunk_len(struct oat_pack *pack, uint32_t chunk, uint32_t *ret_len);

/* Decodes chunks and keeps the groups decoded last, up to 2 MiB or so, so that reading one chunk after
 * the other decodes each group once. One thread at a time. */
struct oat_pack_decoder;
/* NULL: out of memory. The pack must outlive it. */
struct oat_pack_decoder *oat_pack_decoder_new(struct oat_pack *pack);
/* Accepts NULL. */
void oat_pack_decoder_free(struct oat_pack_decoder *decoder);
/* Sets what reads as a marker from now on; at first what the pack has. */
void oat_pack_decoder_set_forgotten(struct oat_pack_decoder *decoder, const struct oat_forgotten *forgotten);
/* Whether something forgotten was met since it was set. */
bool oat_pack_decoder_met_forgotten(const struct oat_pack_decoder *decoder);
/* *ret_bytes is borrowed from `decoder` until its next use. OAT_OK, OAT_E_CORRUPT (reported),
 * OAT_E_NOMEM. */
int oat_pack_chunk(struct oat_pack_decoder *decoder, uint32_t chunk, const uint8_t **ret_bytes,
                   size_t *ret_len);
#endif
