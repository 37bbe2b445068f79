/* Writes one file of sections (format/sections.h): part, pack, catalog or MANIFEST.
 *
 * The file is made under a name that readers ignore and gets its own when it is whole and synced.
 * What is appended goes through a buffer, in order, each piece at a multiple of 8: groups of a table
 * (table_writer.h), compressed chunks, sections. Used by one thread at a time. Failures are OAT_E_IO
 * or OAT_E_FULL (errno) and OAT_E_NOMEM; after one the writer is good for oat_section_writer_close
 * alone. */
#ifndef OAT_COMPACTOR_SECTION_WRITER_H
#define OAT_COMPACTOR_SECTION_WRITER_H

#include "compactor/spill.h"
#include "format/buffer.h"
#include "format/hash.h"
#include "format/identity.h"
#include "format/sections.h"
#include "oat/oat.h"

#define OAT_FILE_NAME_SIZE 64u

/* What its header says. */
struct oat_section_file {
    const char *magic;                  /* OAT_MAGIC_* */
    uint32_t day;                       /* OAT_NO_DAY: of none */
    uint64_t generation;                /* its name */
    uint64_t created_ns;                /* since the epoch */
    const struct oat_disk_store *store; /* its id, and the seed of the content ids in the file */
};

struct oat_section_writer {
    int dir_fd; /* borrowed */
    int fd;     /* -1: not open */
    char name[OAT_FILE_NAME_SIZE];
    char temp_name[OAT_FILE_NAME_SIZE];
    uint64_t nonce;
    bool threaded;   /* groups of tables may be encoded by threads of their own; false at first */
    uint64_t offset; /* where the next piece will stand */
    uint8_t *buffer; /* what comes before it and is not in the file yet */
    size_t buffered;
    struct oat_disk_section *sections;
    size_t section_count, section_capacity;
    oat_content_hasher *hasher;    /* of the section that has begun */
    struct oat_late_section *late; /* sections that come last */
    size_t late_count, late_capacity;
    struct oat_buffer late_bytes; /* of all of them */
};

/* Makes dir_fd/name in the making: the header is written, with a random nonce. dir_fd must outlive the
 * writer. On failure nothing is held. */
int oat_section_writer_open(struct oat_section_writer *writer, int dir_fd, const char *name,
                            const struct oat_section_file *file);

/* Appends bytes and zeros to the next multiple of 8. They stand at writer->offset as it was before. */
int oat_section_writer_append(struct oat_section_writer *writer, const void *bytes, size_t len);

/* Appends a whole section, encoded as oat_section_pack decides. Small ones are kept, and written at the end:
 * a reader that opens the file has them all with one read. */
int oat_section_writer_put(struct oat_section_writer *writer, enum oat_section_kind kind, unsigned table,
                           unsigned column, const void *bytes, size_t len);

/* A section too large for memory, not compressed: begin, any number of add, end. Nothing else may be
 * appended in between. */
int oat_section_writer_begin(struct oat_section_writer *writer, enum oat_section_kind kind, unsigned table,
                             unsigned column);
int oat_section_writer_add(struct oat_section_writer *writer, const void *bytes, size_t len);
/* Adds all bytes that were spilled. */
int oat_section_writer_add_spill(struct oat_section_writer *writer, struct oat_spill *spill);
int oat_section_writer_end(struct oat_section_writer *writer);

/* Writes directory and trailer, syncs the file and gives it its name. *ret_len: bytes of the file.
 * The name is durable when its directory has been synced, which is the caller's. */
int oat_section_writer_finish(struct oat_section_writer *writer, uint64_t *ret_len);

/* Releases the writer; a file that was not finished is removed. Keeps errno. */
void oat_section_writer_close(struct oat_section_writer *writer);

#endif
