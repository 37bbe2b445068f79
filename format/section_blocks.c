#include "format/section_blocks.h"

#include "format/hash.h"
#include "oat/oat.h"

#include <lz4.h>
#include <lz4hc.h>
#include <string.h>

_Static_assert(sizeof(struct oat_disk_section_block) == 8 && _Alignof(struct oat_disk_section_block) == 1,
               "see SPEC.md, Files of sections");

static uint64_t count_of(uint64_t raw_len)
{
    return (raw_len + OAT_SECTION_BLOCK_SIZE - 1) / OAT_SECTION_BLOCK_SIZE;
}

/* offset: of the block's bytes in the file. */
static uint32_t check_of(const uint8_t *stored, size_t len, uint64_t nonce, uint64_t offset)
{
    return (uint32_t)oat_hash64(stored, len, nonce ^ offset);
}

/* ---- Writing ---- */

size_t oat_section_blocks_bound(size_t len)
{
    return (size_t)count_of(len) * sizeof(struct oat_disk_section_block) + len;
}

static size_t encode_block(const uint8_t *bytes, size_t len, bool compress, uint8_t *dst)
{
    char packed[OAT_SECTION_BLOCK_SIZE];
    int n =
        compress ? LZ4_compress_HC((const char *)bytes, packed, (int)len, (int)len - 1, LZ4HC_CLEVEL_MIN) : 0;
    size_t stored_len = n > 0 ? (size_t)n : len;
    memcpy(dst, n > 0 ? (const uint8_t *)packed : bytes, stored_len);
    return stored_len;
}

size_t oat_section_blocks_encode(const uint8_t *bytes, size_t len, bool compress, uint64_t nonce,
                                 uint64_t offset, uint8_t *dst)
{
    size_t count = (size_t)count_of(len), head_len = count * sizeof(struct oat_disk_section_block), end = 0;
    for (size_t block = 0; block < count; block++) {
        size_t at = block * OAT_SECTION_BLOCK_SIZE, left = len - at;
        size_t raw_len = left < OAT_SECTION_BLOCK_SIZE ? left : OAT_SECTION_BLOCK_SIZE;
        uint8_t *stored = dst + head_len + end;
        size_t stored_len = encode_block(bytes + at, raw_len, compress, stored);
        uint32_t check = check_of(stored, stored_len, nonce, offset + head_len + end);
        end += stored_len;
        struct oat_disk_section_block entry = {oat_le32_of((uint32_t)end), oat_le32_of(check)};
        memcpy(dst + block * sizeof entry, &entry, sizeof entry);
    }
    return head_len + end;
}

/* ---- Reading ---- */

static const struct oat_disk_section_block *entries(const struct oat_section_blocks *blocks)
{
    return (const void *)blocks->stored;
}

static uint64_t head_len(const struct oat_section_blocks *blocks)
{
    return (uint64_t)blocks->count * sizeof(struct oat_disk_section_block);
}

bool oat_section_blocks_open(const struct oat_sections *sections, const struct oat_disk_section *section,
                             struct oat_section_blocks *ret)
{
    struct oat_section_blocks blocks = {
        .stored_len = oat_le64_get(section->stored_len),
        .raw_len = oat_le64_get(section->raw_len),
        .offset = oat_le64_get(section->offset),
        .nonce = sections->nonce,
    };
    uint64_t count = count_of(blocks.raw_len);
    if (count > UINT32_MAX || count * sizeof(struct oat_disk_section_block) > blocks.stored_len)
        return false;
    blocks.count = (uint32_t)count;
    blocks.stored = sections->file + blocks.offset;
    *ret = blocks;
    return true;
}

const uint8_t *oat_section_blocks_in_place(const struct oat_section_blocks *blocks)
{
    return blocks->stored_len - head_len(blocks) == blocks->raw_len ? blocks->stored + head_len(blocks)
                                                                    : NULL;
}

/* Bytes of the content that a block stands for. */
static size_t raw_len_of(const struct oat_section_blocks *blocks, uint32_t block)
{
    uint64_t left = blocks->raw_len - (uint64_t)block * OAT_SECTION_BLOCK_SIZE;
    return left < OAT_SECTION_BLOCK_SIZE ? (size_t)left : OAT_SECTION_BLOCK_SIZE;
}

bool oat_section_block_find(const struct oat_section_blocks *blocks, uint32_t block,
                            const uint8_t **ret_stored, size_t *ret_len)
{
    uint64_t begin = block == 0 ? 0 : oat_le32_get(entries(blocks)[block - 1].end);
    uint64_t end = oat_le32_get(entries(blocks)[block].end);
    if (begin >= end || end - begin > raw_len_of(blocks, block) ||
        end > blocks->stored_len - head_len(blocks))
        return false;
    *ret_stored = blocks->stored + head_len(blocks) + begin;
    *ret_len = (size_t)(end - begin);
    return true;
}

int oat_section_block_read(const struct oat_section_blocks *blocks, uint32_t block, uint8_t *dst)
{
    const uint8_t *stored;
    size_t len, raw_len = raw_len_of(blocks, block);
    if (!oat_section_block_find(blocks, block, &stored, &len))
        return OAT_E_CORRUPT;
    uint64_t offset = blocks->offset + (uint64_t)(stored - blocks->stored);
    uint64_t own_place = head_len(blocks) + (uint64_t)block * OAT_SECTION_BLOCK_SIZE;
    if (oat_le32_get(entries(blocks)[block].check) != check_of(stored, len, blocks->nonce, offset))
        return OAT_E_CORRUPT;
    if (!dst)
        return len == raw_len && stored == blocks->stored + own_place ? OAT_OK : OAT_E_CORRUPT;
    if (len == raw_len) {
        memcpy(dst, stored, len);
        return OAT_OK;
    }
    int n = LZ4_decompress_safe((const char *)stored, (char *)dst, (int)len, (int)raw_len);
    return n >= 0 && (size_t)n == raw_len ? OAT_OK : OAT_E_CORRUPT;
}
