#include "tests/support/sections_mend.h"

#include "format/hash.h"
#include "format/limits.h"
#include "format/section_blocks.h"
#include "format/table.h"

#include <lz4.h>
#include <stdlib.h>
#include <string.h>

struct mended {
    uint8_t *file;
    size_t len; /* where the trailer begins */
    uint64_t nonce;
};

static uint32_t check_of(const struct mended *m, uint64_t offset, size_t len)
{
    uint64_t seed = m->nonce ^ offset / 8 * OAT_POSITION_PRIME;
    return (uint32_t)oat_hash64(m->file + offset + 4, len - 4, seed);
}

static void mend_check(struct mended *m, uint64_t offset, uint64_t len)
{
    if (len < 4 || !oat_range_ok(offset, len, m->len))
        return;
    oat_le32 check = oat_le32_of(check_of(m, offset, (size_t)len));
    memcpy(m->file + offset, &check, sizeof check);
}

static uint32_t get32(const uint8_t *at)
{
    oat_le32 x;
    memcpy(&x, at, sizeof x);
    return oat_le32_get(x);
}

/* Blocks first: their places stand in the head. */
static void mend_group(struct mended *m, const struct oat_disk_group_place *place)
{
    struct oat_disk_group head;
    uint64_t offset = oat_le64_get(place->offset), len = oat_le32_get(place->len);
    if (len < sizeof head || !oat_range_ok(offset, len, m->len))
        return;
    memcpy(&head, m->file + offset, sizeof head);
    uint64_t head_len = oat_le32_get(head.head_len);
    uint64_t columns = oat_le16_get(head.columns);
    uint64_t blocks = (oat_le32_get(place->rows) + OAT_BLOCK_ROWS - 1) / OAT_BLOCK_ROWS * columns;
    uint64_t places = sizeof head + columns * sizeof(struct oat_disk_group_column);
    if (head_len > len || blocks > len || places + blocks * 4 > len)
        return;
    for (uint64_t b = 0; b < blocks; b++) {
        uint64_t begin = get32(m->file + offset + places + b * 4);
        uint64_t end = b + 1 < blocks ? get32(m->file + offset + places + (b + 1) * 4) : len;
        if (begin >= places + blocks * 4 && begin <= end && end <= len)
            mend_check(m, offset + begin, end - begin);
    }
    mend_check(m, offset, head_len);
}

static void mend_table(struct mended *m, const uint8_t *index, size_t len)
{
    for (size_t at = 0; at + sizeof(struct oat_disk_group_place) <= len;
         at += sizeof(struct oat_disk_group_place)) {
        struct oat_disk_group_place place;
        memcpy(&place, index + at, sizeof place);
        mend_group(m, &place);
    }
}

static void mend_blocks(struct mended *m, const struct oat_disk_section *section)
{
    const struct oat_sections file = {.file = m->file, .file_len = m->len, .nonce = m->nonce};
    struct oat_section_blocks blocks;
    if (oat_le64_get(section->raw_len) > OAT_SECTION_BLOCKS_MAX ||
        !oat_section_blocks_open(&file, section, &blocks))
        return;
    for (uint32_t block = 0; block < blocks.count; block++) {
        const uint8_t *stored;
        size_t len;
        if (!oat_section_block_find(&blocks, block, &stored, &len))
            continue;
        uint64_t check = oat_hash64(stored, len, m->nonce ^ (uint64_t)(stored - m->file));
        struct oat_disk_section_block *entry = (void *)(m->file + blocks.offset);
        entry[block].check = oat_le32_of((uint32_t)check);
    }
}

static void mend_section(struct mended *m, struct oat_disk_section *section)
{
    uint64_t offset = oat_le64_get(section->offset), len = oat_le64_get(section->stored_len);
    uint64_t raw_len = oat_le64_get(section->raw_len);
    if (!oat_range_ok(offset, len, m->len))
        return;
    if (section->codec == OAT_CODEC_BLOCKS)
        mend_blocks(m, section);
    if (oat_le16_get(section->kind) == OAT_SECTION_TABLE && section->codec == OAT_CODEC_RAW)
        mend_table(m, m->file + offset, (size_t)len);
    if (oat_le16_get(section->kind) == OAT_SECTION_TABLE && section->codec == OAT_CODEC_LZ4 &&
        raw_len < 1u << 20) {
        uint8_t *raw = malloc((size_t)raw_len + 1);
        int n = LZ4_decompress_safe((const char *)m->file + offset, (char *)raw, (int)len, (int)raw_len);
        mend_table(m, raw, n > 0 ? (size_t)n : 0);
        free(raw);
    }
    section->check = oat_le64_of(oat_section_check(m->file + offset, (size_t)len, m->nonce, offset));
}

/* From the inside out: each check covers those before it. */
static void mend_directory(struct mended *m, struct oat_disk_file_trailer *trailer)
{
    uint64_t directory = oat_le64_get(trailer->directory_offset);
    if (directory > m->len)
        return;
    uint64_t count = (m->len - directory) / sizeof(struct oat_disk_section);
    count = count < OAT_SECTIONS_MAX ? count : OAT_SECTIONS_MAX;
    size_t size = (size_t)count * sizeof(struct oat_disk_section);
    for (size_t at = 0; at < size; at += sizeof(struct oat_disk_section)) {
        struct oat_disk_section section;
        memcpy(&section, m->file + directory + at, sizeof section);
        mend_section(m, &section);
        memcpy(m->file + directory + at, &section, sizeof section);
    }
    trailer->section_count = oat_le32_of((uint32_t)count);
    trailer->directory_check = oat_le64_of(oat_hash64(m->file + directory, size, m->nonce));
}

void oat_sections_mend(uint8_t *file, size_t len, const char *magic)
{
    struct oat_disk_file_header header;
    struct oat_disk_file_trailer trailer;
    if (len < sizeof header + sizeof trailer)
        return;
    memcpy(&header, file, sizeof header);
    memcpy(header.magic, magic, sizeof header.magic);
    header.major = oat_le16_of(OAT_FORMAT_MAJOR);
    oat_file_header_seal(&header);
    memcpy(file, &header, sizeof header);

    struct mended m = {file, len - sizeof trailer, oat_le64_get(header.nonce)};
    memcpy(&trailer, file + m.len, sizeof trailer);
    memcpy(trailer.magic, OAT_MAGIC_END, sizeof trailer.magic);
    trailer.file_len = oat_le64_of(len);
    mend_directory(&m, &trailer);
    oat_file_trailer_seal(&trailer, m.nonce);
    memcpy(file + m.len, &trailer, sizeof trailer);
}
