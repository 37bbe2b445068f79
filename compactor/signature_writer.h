/* Writes the text index of a pack (format/signature.h): what it holds grows with the pack, so it waits in
 * files without a name. Used by one thread at a time. Failures as of section_writer.h. */
#ifndef OAT_COMPACTOR_SIGNATURE_WRITER_H
#define OAT_COMPACTOR_SIGNATURE_WRITER_H

#include "compactor/section_writer.h"
#include "compactor/spill.h"

struct oat_signature_writer {
    struct oat_spill ends, edges, bits; /* as the section has them */
    uint32_t group_count, chunk_count;
};

/* Empty. Nothing has to be freed before the first chunk. */
void oat_signature_writer_init(struct oat_signature_writer *writer, int dir_fd);
void oat_signature_writer_close(struct oat_signature_writer *writer);

/* Adds the next chunk, of len > 0 bytes. */
int oat_signature_writer_chunk(struct oat_signature_writer *writer, const uint8_t *chunk, size_t len);

/* Adds the signature of the next group: of a multiple of 8 bytes, or none (len 0). OAT_E_LIMIT: they are
 * over 32 GiB. */
int oat_signature_writer_group(struct oat_signature_writer *writer, const void *bits, size_t len);

/* Writes the section. raw_bytes: of all chunks. *ret_len: of the section. */
int oat_signature_writer_finish(struct oat_signature_writer *writer, struct oat_section_writer *file,
                                uint64_t raw_bytes, uint64_t *ret_len);

#endif
