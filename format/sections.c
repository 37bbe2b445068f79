#include "format/sections.h"

#include "format/hash.h"
#include "format/limits.h"
#include "format/section_blocks.h"
#include "oat/oat.h"

#include <lz4.h>
#include <lz4hc.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN         8u
#define SAMPLE_SIZE   (256u << 10)
#define LZ4_RATIO_MAX 255u /* no LZ4 block decodes to more than this many times its length */

static uint64_t header_checksum(const struct oat_disk_file_header *header)
{
    return oat_hash64(header, offsetof(struct oat_disk_file_header, checksum), 0);
}

static uint64_t trailer_checksum(const struct oat_disk_file_trailer *trailer, uint64_t nonce)
{
    return oat_hash64(trailer, offsetof(struct oat_disk_file_trailer, checksum), nonce);
}

void oat_file_header_seal(struct oat_disk_file_header *header)
{
    header->checksum = oat_le64_of(header_checksum(header));
}

void oat_file_trailer_seal(struct oat_disk_file_trailer *trailer, uint64_t nonce)
{
    trailer->checksum = oat_le64_of(trailer_checksum(trailer, nonce));
}

/* ---- Opening ---- */

/* What is wrong, and where. */
struct problem {
    int result;
    const char *what;
    uint64_t offset;
};

static struct problem corrupt(const char *what, uint64_t offset)
{
    return (struct problem){OAT_E_CORRUPT, what, offset};
}

static struct problem check_header(const struct oat_disk_file_header *header, const char *magic)
{
    if (memcmp(header->magic, magic, sizeof header->magic) != 0)
        return corrupt("magic", 0);
    if (oat_le64_get(header->checksum) != header_checksum(header))
        return corrupt("header checksum", offsetof(struct oat_disk_file_header, checksum));
    uint16_t major = oat_le16_get(header->major);
    if (major == 0 || major > OAT_FORMAT_MAJOR)
        return (struct problem){major == 0 ? OAT_E_CORRUPT : OAT_E_UNSUPPORTED, "major version",
                                offsetof(struct oat_disk_file_header, major)};
    return (struct problem){0};
}

/* at: file offset of the trailer. */
static struct problem check_trailer(const struct oat_disk_file_trailer *trailer, uint64_t at, uint64_t nonce)
{
    uint64_t directory = oat_le64_get(trailer->directory_offset);
    uint64_t size = (uint64_t)oat_le32_get(trailer->section_count) * sizeof(struct oat_disk_section);
    if (memcmp(trailer->magic, OAT_MAGIC_END, sizeof trailer->magic) != 0)
        return corrupt("trailer magic", at + offsetof(struct oat_disk_file_trailer, magic));
    if (oat_le64_get(trailer->checksum) != trailer_checksum(trailer, nonce))
        return corrupt("trailer checksum", at + offsetof(struct oat_disk_file_trailer, checksum));
    if (oat_le64_get(trailer->file_len) != at + sizeof *trailer)
        return corrupt("file length", at);
    if (oat_le32_get(trailer->section_count) > OAT_SECTIONS_MAX)
        return corrupt("section count", at + offsetof(struct oat_disk_file_trailer, section_count));
    if (directory < OAT_FILE_HEADER_SIZE || directory % ALIGN != 0 || directory > at ||
        at - directory != size)
        return corrupt("directory offset", at + offsetof(struct oat_disk_file_trailer, directory_offset));
    return (struct problem){0};
}

/* end: where the contents end. */
static const char *section_problem(const struct oat_disk_section *section, uint64_t end)
{
    uint64_t offset = oat_le64_get(section->offset);
    uint64_t stored_len = oat_le64_get(section->stored_len);
    uint64_t raw_len = oat_le64_get(section->raw_len);
    if (offset < OAT_FILE_HEADER_SIZE || offset % ALIGN != 0 || !oat_range_ok(offset, stored_len, end))
        return "section place";
    switch (section->codec) {
    case OAT_CODEC_RAW:
        return raw_len == stored_len ? NULL : "section length";
    case OAT_CODEC_LZ4:
        return stored_len <= LZ4_MAX_INPUT_SIZE && raw_len <= LZ4_MAX_INPUT_SIZE &&
                       raw_len / LZ4_RATIO_MAX <= stored_len
                   ? NULL
                   : "section length";
    case OAT_CODEC_BLOCKS:
        return stored_len <= UINT32_MAX && raw_len <= OAT_SECTION_BLOCKS_MAX &&
                       raw_len / LZ4_RATIO_MAX <= stored_len
                   ? NULL
                   : "section length";
    default:
        return "section codec";
    }
}

static struct problem check_directory(const struct oat_sections *s, uint64_t check)
{
    uint64_t at = (uint64_t)((const uint8_t *)s->directory - s->file);
    if (check != oat_hash64(s->directory, s->count * sizeof *s->directory, s->nonce))
        return corrupt("directory checksum", at);
    for (uint32_t i = 0; i < s->count; i++) {
        const char *what = section_problem(&s->directory[i], at);
        if (what)
            return corrupt(what, at + i * sizeof *s->directory);
    }
    return (struct problem){0};
}

static struct problem open_file(const char *magic, struct oat_sections *s)
{
    if (s->file_len < OAT_FILE_HEADER_SIZE + OAT_FILE_TRAILER_SIZE)
        return corrupt("file length", 0);
    s->header = (const void *)s->file;
    struct problem problem = check_header(s->header, magic);
    if (problem.what)
        return problem;
    s->nonce = oat_le64_get(s->header->nonce);
    uint64_t at = s->file_len - OAT_FILE_TRAILER_SIZE;
    const struct oat_disk_file_trailer *trailer = (const void *)(s->file + at);
    problem = check_trailer(trailer, at, s->nonce);
    if (problem.what)
        return problem;
    s->directory = (const void *)(s->file + oat_le64_get(trailer->directory_offset));
    s->count = oat_le32_get(trailer->section_count);
    return check_directory(s, oat_le64_get(trailer->directory_check));
}

int oat_sections_open(const uint8_t *file, uint64_t file_len, const char *magic, struct oat_sections *ret,
                      const char **ret_what, uint64_t *ret_offset)
{
    struct oat_sections sections = {.file = file, .file_len = file_len};
    struct problem problem = open_file(magic, &sections);
    if (problem.what) {
        *ret_what = problem.what;
        *ret_offset = problem.offset;
        return problem.result;
    }
    *ret = sections;
    return OAT_OK;
}

/* ---- Sections ---- */

const struct oat_disk_section *oat_sections_find(const struct oat_sections *sections,
                                                 enum oat_section_kind kind, unsigned table, unsigned column)
{
    for (uint32_t i = 0; i < sections->count; i++) {
        const struct oat_disk_section *section = &sections->directory[i];
        if (oat_le16_get(section->kind) == kind && oat_le16_get(section->table) == table &&
            oat_le16_get(section->column) == column)
            return section;
    }
    return NULL;
}

uint64_t oat_section_check(const void *stored, size_t stored_len, uint64_t nonce, uint64_t offset)
{
    return oat_hash64(stored, stored_len, nonce ^ offset);
}

static int decode_lz4(const uint8_t *stored, size_t stored_len, uint8_t *raw, size_t raw_len)
{
    int n = LZ4_decompress_safe((const char *)stored, (char *)raw, (int)stored_len, (int)raw_len);
    return n >= 0 && (size_t)n == raw_len ? OAT_OK : OAT_E_CORRUPT;
}

/* raw: NULL where no block is compressed. */
static int decode_blocks(const struct oat_section_blocks *blocks, uint8_t *raw)
{
    int result = OAT_OK;
    for (uint32_t block = 0; block < blocks->count && result == OAT_OK; block++)
        result =
            oat_section_block_read(blocks, block, raw ? raw + (size_t)block * OAT_SECTION_BLOCK_SIZE : NULL);
    return result;
}

int oat_section_read(const struct oat_sections *sections, const struct oat_disk_section *section,
                     const uint8_t **ret_bytes, size_t *ret_len, void **ret_owned)
{
    uint64_t offset = oat_le64_get(section->offset);
    size_t stored_len = (size_t)oat_le64_get(section->stored_len);
    size_t raw_len = (size_t)oat_le64_get(section->raw_len);
    const uint8_t *stored = sections->file + offset, *in_place = stored;
    struct oat_section_blocks blocks = {0};
    uint8_t *raw = NULL;

    if (oat_le64_get(section->check) != oat_section_check(stored, stored_len, sections->nonce, offset) ||
        (section->codec == OAT_CODEC_BLOCKS && !oat_section_blocks_open(sections, section, &blocks)))
        return OAT_E_CORRUPT;
    if (section->codec != OAT_CODEC_RAW)
        in_place = section->codec == OAT_CODEC_BLOCKS ? oat_section_blocks_in_place(&blocks) : NULL;
    if (!in_place && !(raw = malloc(raw_len + 1)))
        return OAT_E_NOMEM;
    int result = section->codec == OAT_CODEC_LZ4 ? decode_lz4(stored, stored_len, raw, raw_len)
                                                 : decode_blocks(&blocks, raw);
    if (result != OAT_OK) {
        free(raw);
        return result;
    }
    *ret_bytes = in_place ? in_place : raw;
    *ret_len = raw_len;
    *ret_owned = raw;
    return OAT_OK;
}

size_t oat_section_bound(size_t len)
{
    return oat_section_blocks_bound(len);
}

/* Compresses len bytes. Returns their size, or 0 when that saves less than a fifth. */
static size_t compress(const uint8_t *bytes, size_t len, char *dst)
{
    int n = LZ4_compress_HC((const char *)bytes, dst, (int)len, (int)(len / 5 * 4), LZ4HC_CLEVEL_MIN);
    return n > 0 ? (size_t)n : 0;
}

/* Trying takes as long when it is in vain: large sections of noise (indexes) are told by a sample. */
static bool may_shrink(const uint8_t *bytes, size_t len, uint8_t *dst)
{
    return len <= 2 * SAMPLE_SIZE || compress(bytes + len / 2, SAMPLE_SIZE, (char *)dst) > 0;
}

enum oat_section_codec oat_section_pack(const void *bytes, size_t len, uint64_t nonce, uint64_t offset,
                                        void *dst, size_t *ret_stored_len)
{
    if (len > OAT_SECTION_BLOCKS_MAX)
        return OAT_CODEC_RAW;
    if (len > OAT_SECTION_BLOCK_SIZE) {
        *ret_stored_len =
            oat_section_blocks_encode(bytes, len, may_shrink(bytes, len, dst), nonce, offset, dst);
        return OAT_CODEC_BLOCKS;
    }
    size_t n = compress(bytes, len, dst);
    if (n == 0)
        return OAT_CODEC_RAW;
    *ret_stored_len = n;
    return OAT_CODEC_LZ4;
}
