/* Sections in blocks: large ones, of which a reader checks and decodes what it needs.
 * Change this file, change SPEC.md section "Files of sections" in the same commit.
 *
 *   struct oat_disk_section_block for each OAT_SECTION_BLOCK_SIZE bytes of the content (the last block
 *   may be shorter), then the blocks, one behind the other
 *
 * A block that is as long as what it stands for is that itself, any other is one LZ4 block without history.
 */
#ifndef OAT_FORMAT_SECTION_BLOCKS_H
#define OAT_FORMAT_SECTION_BLOCKS_H

#include "format/sections.h"

struct oat_disk_section_block {
    oat_le32 end;   /* 0-3  of its bytes, from the end of the last of these on */
    oat_le32 check; /* 4-7  low half of XXH3-64 of its bytes, seed: the nonce XOR their file offset */
};

/* ---- Writing ---- */

/* Most bytes that a content of len bytes takes. */
size_t oat_section_blocks_bound(size_t len);

/* Encodes len (1 .. OAT_SECTION_BLOCKS_MAX) bytes for a section at a file offset; compress: where that saves
 * anything. Returns the bytes written at dst, which has room for oat_section_blocks_bound(len). */
#define OAT_SECTION_BLOCKS_MAX UINT32_C(0xf0000000)
size_t oat_section_blocks_encode(const uint8_t *bytes, size_t len, bool compress, uint64_t nonce,
                                 uint64_t offset, uint8_t *dst);

/* ---- Reading ---- */

/* A section whose place and lengths were checked (oat_sections_open). Borrows the file's bytes. */
struct oat_section_blocks {
    const uint8_t *stored; /* at `offset` of the file */
    uint64_t stored_len;
    uint64_t raw_len;
    uint64_t offset;
    uint64_t nonce;
    uint32_t count;
};

/* False: it is too short for its blocks. */
bool oat_section_blocks_open(const struct oat_sections *sections, const struct oat_disk_section *section,
                             struct oat_section_blocks *ret);

/* The whole content as it lies in the file, when no block is compressed; else NULL. */
const uint8_t *oat_section_blocks_in_place(const struct oat_section_blocks *blocks);

/* Where the bytes of a block are. False: not in the section. */
bool oat_section_block_find(const struct oat_section_blocks *blocks, uint32_t block,
                            const uint8_t **ret_stored, size_t *ret_len);

/* Checks a block and decodes it to dst, its place in the content, or (NULL) where it lies in place, checks it
 * alone. OAT_OK or OAT_E_CORRUPT. */
int oat_section_block_read(const struct oat_section_blocks *blocks, uint32_t block, uint8_t *dst);

#endif
