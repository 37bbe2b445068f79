/* Payloads of a pair, read through its .blobs. */
#ifndef OAT_READER_BLOB_H
#define OAT_READER_BLOB_H

#include "format/payload.h"
#include "reader/pair.h"

#define OAT_DECODERS_IDLE_MAX 4u /* kept for the next read; each holds some 2 MiB of decoded groups */

/* Decoders that nobody uses just now. One serves one thread at a time; a payload is best read by the
 * decoder that has read its neighbours. */
struct oat_decoders {
    pthread_mutex_t lock;
    struct oat_decoder *idle[OAT_DECODERS_IDLE_MAX]; /* the last used one first */
};

void oat_decoders_init(struct oat_decoders *decoders);
void oat_decoders_clear(struct oat_decoders *decoders);

/* The way to the bytes of the pair's .blobs, for a decoder of one's own. The pair must have some, and
 * outlive it. */
struct oat_blob_source oat_blob_source_of(const struct oat_pair *pair);

/* Reads a payload, at most max bytes of it, and checks what it reads. *ret_bytes is the caller's:
 * free(); a NUL stands behind its end. *ret_masked: something of it is forgotten, and reads as a marker.
 * OAT_NOTFOUND: the reference is none. OAT_E_CORRUPT: damaged or lost. OAT_E_IO, OAT_E_NOMEM. Damage is
 * added to problems. Any thread. */
int oat_blob_read(const struct oat_pair *pair, const struct oat_disk_blob_ref *ref, size_t max,
                  struct oat_problems *problems, uint8_t **ret_bytes, size_t *ret_len, bool *ret_masked);

/* The same of all of it, to look for text: as oat_payload_decode_text. */
int oat_blob_read_text(const struct oat_pair *pair, const struct oat_disk_blob_ref *ref,
                       struct oat_problems *problems, uint8_t **ret_bytes, size_t *ret_len);

/* Calls fn for each entry of the pair's .blobs that begins before `end`, in order, whatever refers to it.
 * What lies between them is passed over; damage is added to problems. chunks: of the pair. Return OAT_OK to
 * go on; another result ends the walk and is returned. OAT_OK, also when the file cannot be read on. */
typedef int (*oat_blob_entry_fn)(void *arg, uint64_t offset, const struct oat_entry *entry);
int oat_blobs_walk(const struct oat_pair *pair, oat_chunks *chunks, uint64_t end,
                   struct oat_problems *problems, oat_blob_entry_fn fn, void *arg);

/* Walks over all of them and decodes each chunk; damage is added to problems. OAT_OK or OAT_E_NOMEM. */
int oat_blobs_verify(const struct oat_pair *pair, struct oat_problems *problems);

#endif
