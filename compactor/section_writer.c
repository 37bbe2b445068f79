#include "compactor/section_writer.h"

#include "compactor/fs.h"
#include "format/limits.h"
#include "format/random.h"
#include "reader/array.h"
#include "writer/store_dir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN       8u
#define BUFFER_SIZE (256u << 10)
#define COPY_SIZE   (64u << 10)
#define SMALL_SIZE  (4u << 10) /* sections of so many bytes come late */

struct oat_late_section {
    size_t section; /* in the directory */
    size_t len;
};

/* ---- Bytes ---- */

static int flush(struct oat_section_writer *writer)
{
    uint64_t at = writer->offset - writer->buffered;
    int result =
        writer->buffered > 0 ? oat_fs_write(writer->fd, writer->buffer, writer->buffered, at) : OAT_OK;
    if (result == OAT_OK)
        writer->buffered = 0;
    return result;
}

/* What is as large as the buffer goes past it. */
static int put_bytes(struct oat_section_writer *writer, const void *bytes, size_t len)
{
    int result = len > BUFFER_SIZE - writer->buffered ? flush(writer) : OAT_OK;
    if (result == OAT_OK && len >= BUFFER_SIZE) {
        result = oat_fs_write(writer->fd, bytes, len, writer->offset);
    } else if (result == OAT_OK && len > 0) {
        memcpy(writer->buffer + writer->buffered, bytes, len);
        writer->buffered += len;
    }
    if (result == OAT_OK)
        writer->offset += len;
    return result;
}

static int pad(struct oat_section_writer *writer)
{
    static const uint8_t zeros[ALIGN];
    return put_bytes(writer, zeros, (ALIGN - writer->offset % ALIGN) % ALIGN);
}

int oat_section_writer_append(struct oat_section_writer *writer, const void *bytes, size_t len)
{
    int result = put_bytes(writer, bytes, len);
    return result == OAT_OK ? pad(writer) : result;
}

/* ---- Opening ---- */

static int write_header(struct oat_section_writer *writer, const struct oat_section_file *file)
{
    struct oat_disk_file_header header = {
        .major = oat_le16_of(OAT_FORMAT_MAJOR),
        .minor = oat_le16_of(OAT_FORMAT_MINOR),
        .day = oat_le32_of(file->day),
        .hash_seed = file->store->hash_seed,
        .nonce = oat_le64_of(writer->nonce),
        .generation = oat_le64_of(file->generation),
        .created_ns = oat_le64_of(file->created_ns),
    };
    memcpy(header.magic, file->magic, sizeof header.magic);
    memcpy(header.store_id, file->store->store_id, sizeof header.store_id);
    oat_file_header_seal(&header);
    return oat_section_writer_append(writer, &header, sizeof header);
}

int oat_section_writer_open(struct oat_section_writer *writer, int dir_fd, const char *name,
                            const struct oat_section_file *file)
{
    *writer = (struct oat_section_writer){.dir_fd = dir_fd, .fd = -1};
    snprintf(writer->name, sizeof writer->name, "%s", name);
    snprintf(writer->temp_name, sizeof writer->temp_name, OAT_TEMP_PREFIX "%.50s", name);
    oat_random_bytes(&writer->nonce, sizeof writer->nonce);
    writer->buffer = malloc(BUFFER_SIZE);
    int result = writer->buffer ? OAT_OK : OAT_E_NOMEM;
    if (result == OAT_OK)
        result = oat_fs_create(dir_fd, writer->temp_name, &writer->fd);
    if (result == OAT_OK)
        result = write_header(writer, file);
    if (result != OAT_OK)
        oat_section_writer_close(writer);
    return result;
}

/* ---- Sections ---- */

/* Adds a section that begins where the next piece will stand. */
static int describe(struct oat_section_writer *writer, enum oat_section_kind kind, unsigned table,
                    unsigned column, struct oat_disk_section **ret)
{
    if (writer->section_count >= OAT_SECTIONS_MAX)
        return OAT_E_LIMIT;
    if (!oat_array_reserve(&writer->sections, writer->section_count, &writer->section_capacity,
                           sizeof *writer->sections))
        return OAT_E_NOMEM;
    struct oat_disk_section *section = &writer->sections[writer->section_count++];
    *section = (struct oat_disk_section){
        .kind = oat_le16_of((uint16_t)kind),
        .table = oat_le16_of((uint16_t)table),
        .column = oat_le16_of((uint16_t)column),
        .codec = OAT_CODEC_RAW,
        .offset = oat_le64_of(writer->offset),
    };
    *ret = section;
    return OAT_OK;
}

static int put_stored(struct oat_section_writer *writer, struct oat_disk_section *section, const void *stored,
                      size_t stored_len, size_t raw_len)
{
    section->stored_len = oat_le64_of(stored_len);
    section->raw_len = oat_le64_of(raw_len);
    section->check = oat_le64_of(oat_section_check(stored, stored_len, writer->nonce, writer->offset));
    return oat_section_writer_append(writer, stored, stored_len);
}

/* Encodes and appends the bytes of a section of the directory. */
static int put_section(struct oat_section_writer *writer, size_t index, const uint8_t *bytes, size_t len)
{
    struct oat_disk_section *section = &writer->sections[index];
    size_t stored_len = len;
    void *packed = malloc(oat_section_bound(len) + 1);
    if (!packed)
        return OAT_E_NOMEM;
    section->offset = oat_le64_of(writer->offset);
    section->codec =
        (uint8_t)oat_section_pack(bytes, len, writer->nonce, writer->offset, packed, &stored_len);
    int result =
        put_stored(writer, section, section->codec == OAT_CODEC_RAW ? bytes : packed, stored_len, len);
    free(packed);
    return result;
}

static int keep_section(struct oat_section_writer *writer, size_t index, const void *bytes, size_t len)
{
    if (!oat_array_reserve(&writer->late, writer->late_count, &writer->late_capacity, sizeof *writer->late))
        return OAT_E_NOMEM;
    writer->late[writer->late_count++] = (struct oat_late_section){index, len};
    return oat_buffer_put(&writer->late_bytes, bytes, len);
}

/* What every reader of the file needs comes last, before that what tells most of them that they need no more.
 */
enum lateness { SOON, SMALL, FILTERS, TABLES, LATENESS_COUNT };

static enum lateness lateness_of(unsigned kind, size_t len)
{
    return kind == OAT_SECTION_TABLE    ? TABLES
           : kind == OAT_SECTION_FILTER ? FILTERS
           : len <= SMALL_SIZE          ? SMALL
                                        : SOON;
}

static int put_kept(struct oat_section_writer *writer, enum lateness lateness)
{
    const uint8_t *bytes = writer->late_bytes.bytes;
    int result = OAT_OK;
    for (size_t i = 0; i < writer->late_count && result == OAT_OK; i++) {
        const struct oat_late_section *late = &writer->late[i];
        unsigned kind = oat_le16_get(writer->sections[late->section].kind);
        if (lateness_of(kind, late->len) == lateness)
            result = put_section(writer, late->section, bytes, late->len);
        bytes += late->len;
    }
    return result;
}

int oat_section_writer_put(struct oat_section_writer *writer, enum oat_section_kind kind, unsigned table,
                           unsigned column, const void *bytes, size_t len)
{
    struct oat_disk_section *section;
    int result = describe(writer, kind, table, column, &section);
    if (result != OAT_OK)
        return result;
    size_t index = (size_t)(section - writer->sections);
    return lateness_of(kind, len) == SOON ? put_section(writer, index, bytes, len)
                                          : keep_section(writer, index, bytes, len);
}

int oat_section_writer_begin(struct oat_section_writer *writer, enum oat_section_kind kind, unsigned table,
                             unsigned column)
{
    struct oat_disk_section *section;
    writer->hasher = oat_content_hasher_new(writer->nonce ^ writer->offset);
    return writer->hasher ? describe(writer, kind, table, column, &section) : OAT_E_NOMEM;
}

int oat_section_writer_add(struct oat_section_writer *writer, const void *bytes, size_t len)
{
    oat_content_hasher_update(writer->hasher, bytes, len);
    return put_bytes(writer, bytes, len);
}

int oat_section_writer_add_spill(struct oat_section_writer *writer, struct oat_spill *spill)
{
    uint8_t bytes[COPY_SIZE];
    int result = OAT_OK;
    for (uint64_t at = 0; at < spill->len && result == OAT_OK; at += sizeof bytes) {
        uint64_t rest = spill->len - at;
        size_t n = rest < sizeof bytes ? (size_t)rest : sizeof bytes;
        result = oat_spill_read(spill, at, bytes, n);
        if (result == OAT_OK)
            result = oat_section_writer_add(writer, bytes, n);
    }
    return result;
}

int oat_section_writer_end(struct oat_section_writer *writer)
{
    struct oat_disk_section *section = &writer->sections[writer->section_count - 1];
    uint64_t len = writer->offset - oat_le64_get(section->offset);
    section->stored_len = section->raw_len = oat_le64_of(len);
    section->check = oat_le64_of(oat_content_hasher_digest64(writer->hasher));
    oat_content_hasher_free(writer->hasher);
    writer->hasher = NULL;
    return pad(writer);
}

/* ---- The end ---- */

static int write_directory(struct oat_section_writer *writer)
{
    size_t len = writer->section_count * sizeof *writer->sections;
    struct oat_disk_file_trailer trailer = {
        .file_len = oat_le64_of(writer->offset + len + sizeof trailer),
        .directory_offset = oat_le64_of(writer->offset),
        .section_count = oat_le32_of((uint32_t)writer->section_count),
        .directory_check = oat_le64_of(oat_hash64(writer->sections, len, writer->nonce)),
    };
    memcpy(trailer.magic, OAT_MAGIC_END, sizeof trailer.magic);
    oat_file_trailer_seal(&trailer, writer->nonce);
    int result = put_bytes(writer, writer->sections, len);
    return result == OAT_OK ? put_bytes(writer, &trailer, sizeof trailer) : result;
}

int oat_section_writer_finish(struct oat_section_writer *writer, uint64_t *ret_len)
{
    int result = OAT_OK;
    for (enum lateness lateness = SMALL; lateness < LATENESS_COUNT && result == OAT_OK; lateness++)
        result = put_kept(writer, lateness);
    if (result == OAT_OK)
        result = write_directory(writer);
    if (result == OAT_OK)
        result = flush(writer);
    if (result == OAT_OK)
        result = oat_fs_sync(writer->fd);
    if (result == OAT_OK)
        result = oat_fs_rename(writer->dir_fd, writer->temp_name, writer->name);
    if (result != OAT_OK)
        return result;
    oat_fs_close(writer->fd);
    writer->fd = -1;
    *ret_len = writer->offset;
    return OAT_OK;
}

void oat_section_writer_close(struct oat_section_writer *writer)
{
    if (writer->fd >= 0) {
        int error = errno;
        oat_fs_close(writer->fd);
        oat_fs_unlink(writer->dir_fd, writer->temp_name);
        errno = error;
    }
    oat_content_hasher_free(writer->hasher);
    free(writer->buffer);
    free(writer->sections);
    free(writer->late);
    free(writer->late_bytes.bytes);
    *writer = (struct oat_section_writer){.fd = -1};
}
