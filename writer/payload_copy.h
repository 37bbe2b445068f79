/* Moves what a running span refers to from one pair to another. */
#ifndef OAT_WRITER_PAYLOAD_COPY_H
#define OAT_WRITER_PAYLOAD_COPY_H

#include "writer/core.h"
#include "writer/writer.h"

/* Reads a payload of a pair whole; *ret is malloc'd. OAT_OK, OAT_E_CORRUPT (a reference to nothing
 * too), OAT_E_IO or OAT_E_NOMEM. */
int oat_payload_read_back(const oat_pair *pair, const struct oat_disk_blob_ref *ref, uint8_t **ret,
                          size_t *ret_len);

/* Rewrites the references of a record from `from` to the pair of the append under way. Returns as
 * oat_append_fn; what cannot be read any more is counted: a text is left out, a payload marked lost. */
int oat_record_move(oat_thread *thread, const oat_pair *from, oat_pair *to, struct oat_disk_span *record);

#endif
