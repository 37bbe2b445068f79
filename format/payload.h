/* Puts payloads together again from a blob segment: recipes, chunks, checks. */
#ifndef OAT_FORMAT_PAYLOAD_H
#define OAT_FORMAT_PAYLOAD_H

#include "format/chunks.h"

typedef struct oat_payload_decoder oat_payload_decoder;

/* NULL when out of memory. source is copied. Holds some 2 MiB of decoded groups once used, so that
 * reading a conversation from end to end decodes each block once. One thread at a time. */
oat_payload_decoder *oat_payload_decoder_new(const struct oat_blob_source *source);
void oat_payload_decoder_free(oat_payload_decoder *decoder);

/* The file has grown to `len` readable bytes. */
void oat_payload_decoder_set_len(oat_payload_decoder *decoder, uint64_t len);

/* Decodes a payload, or its first max_len bytes when it is longer (SIZE_MAX: all of it). *ret_data
 * is malloc'd, never NULL, and the caller's; memory is taken as bytes come, not as lengths promise.
 * Each chunk is checked, and the whole payload too when all of it is wanted and nothing of it is forgotten.
 * Returns OAT_OK,
 * OAT_NOTFOUND (the reference names no payload, or a lost one), OAT_E_CORRUPT (what and where:
 * oat_payload_damage), OAT_E_NOMEM, or what the source's read returned. */
int oat_payload_decode(oat_payload_decoder *decoder, const struct oat_disk_blob_ref *ref, size_t max_len,
                       uint8_t **ret_data, size_t *ret_len);

/* The same for looking for text: bytes of media that stands in it as base64 become OAT_UTF8_NEVER. Only
 * chunks are checked then. */
int oat_payload_decode_text(oat_payload_decoder *decoder, const struct oat_disk_blob_ref *ref,
                            uint8_t **ret_data, size_t *ret_len);

/* Whether something of the payload decoded last is forgotten, and reads as its marker. In encoded attributes
 * it is keys and texts that are forgotten, not the chunks they lie in. */
bool oat_payload_met_forgotten(const oat_payload_decoder *decoder);

/* What made the last call fail with OAT_E_CORRUPT. */
struct oat_blob_damage oat_payload_damage(const oat_payload_decoder *decoder);

/* The entries underneath, for walks over a whole file. Borrowed. */
oat_chunks *oat_payload_chunks(oat_payload_decoder *decoder);

#endif
