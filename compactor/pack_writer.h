/* Writes a pack (SPEC.md, Pack): the distinct payloads of one part, each chunk once.
 *
 * Payloads come from entries of pairs and from older packs, in the order of the rows that refer to
 * them; chunks are stored in that order. Their structure is taken over: what is read and hashed are
 * chunks that were not met before in their source, so a conversation that is sent again with every
 * call costs its new messages.
 *
 * Used by one thread at a time. The same calls over the same sources give the same file, but for its
 * nonce and what is seeded with it. Failures are OAT_E_NOMEM, OAT_E_IO, OAT_E_FULL (errno) and
 * OAT_E_LIMIT (2^31 chunks or payloads); after one the writer is good for oat_pack_writer_free alone. */
#ifndef OAT_COMPACTOR_PACK_WRITER_H
#define OAT_COMPACTOR_PACK_WRITER_H

#include "compactor/section_writer.h"
#include "reader/record.h"
#include "reader/sources.h"

struct oat_pack_options {
    int dir_fd;                   /* the directory it is made in; must outlive the writer */
    const char *name;             /* of the file there */
    struct oat_section_file file; /* what its header says; the magic is set by the writer */
    unsigned threads;             /* that work at the same time, the caller's included; 0 is 1 */
    uint64_t memory_bytes;        /* to remember chunks and payloads, about 48 each; less memory than they
                                   * need makes the pack larger */
};

struct oat_pack_figures {
    uint64_t file_bytes;   /* 0: there is no pack, because there was no payload */
    uint64_t nonce;        /* of the file */
    uint64_t payloads;     /* distinct ones, with the bases of others */
    uint64_t chunks;       /* distinct ones */
    uint64_t unique_bytes; /* of the chunks, decoded */
    uint64_t stored_bytes; /* of the chunks, as they are in the file */
    uint64_t text_index_bytes;
};

struct oat_pack_writer;

/* Begins a pack. options is copied, but for what it points to (name, store): that must stay until the
 * pack is finished. The file is made when the first payload comes. */
int oat_pack_writer_new(const struct oat_pack_options *options, struct oat_pack_writer **ret);

/* Adds a payload of a source (a pair or a part, as in oat_record). *ret_number: its number in the pack
 * + 1, the same for equal payloads; 0: the record has none. payload->kind is not
 * OAT_PLACE_ATTRIBUTES. A payload that cannot be read is in the pack as lost, with its length; its damage
 * is in sources->problems. */
int oat_pack_writer_add(struct oat_pack_writer *writer, struct oat_sources *sources, uint32_t source,
                        const struct oat_record_payload *payload, uint32_t *ret_number);

/* Writes what is left, syncs the file and gives it its name; the name is durable when its directory has
 * been synced, which is the caller's. The writer is good for oat_pack_writer_free alone then. */
int oat_pack_writer_finish(struct oat_pack_writer *writer, struct oat_pack_figures *ret);

/* Releases the writer, and removes the file when it was not finished. Accepts NULL. Keeps errno. */
void oat_pack_writer_free(struct oat_pack_writer *writer);

#endif
