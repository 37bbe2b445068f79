/* A pack made by hand, as a hostile writer would: every checksum is right. Aborts when out of memory or of
 * room. */
#ifndef OAT_TESTS_PACK_IMAGE_H
#define OAT_TESTS_PACK_IMAGE_H

#include "format/pack_recipe.h"
#include "format/schema.h"
#include "format/signature.h"
#include "tests/support/section_image.h"

#define OAT_PACK_IMAGE_ROWS  256u
#define OAT_PACK_IMAGE_NAME  "image.pack"
#define OAT_PACK_IMAGE_NONCE UINT64_C(0xc0ffee00c0ffee00)

/* Rows of a table: [column][row]; column 0 is not used. */
struct oat_pack_image {
    struct oat_section_image file;
    uint64_t chunks[OAT_COL_CHUNK_RAW_LEN + 1][OAT_PACK_IMAGE_ROWS];
    uint64_t groups[OAT_COL_CHUNK_GROUP_CHECK + 1][OAT_PACK_IMAGE_ROWS];
    uint64_t payloads[OAT_COL_PAYLOAD_FLAGS + 1][OAT_PACK_IMAGE_ROWS];
    uint8_t edges[OAT_PACK_IMAGE_ROWS * OAT_EDGES_SIZE];
    uint32_t chunk_count, group_count, payload_count;
    uint8_t recipes[65536];
    size_t recipes_len;
};

void oat_pack_image_begin(struct oat_pack_image *image);

/* Adds a group with these bytes, stored as they are, that all chunks from `first` to the last one of now are
 * in. Returns its row. */
uint32_t oat_pack_image_group(struct oat_pack_image *image, uint32_t first, const void *bytes, size_t len);

/* Adds a chunk, which gets id and edges of the bytes; they have to be put into a group. Returns its number.
 */
uint32_t oat_pack_image_chunk(struct oat_pack_image *image, const void *bytes, size_t len);

/* A chunk in a group of its own. */
uint32_t oat_pack_image_text(struct oat_pack_image *image, const char *text);

/* Add payloads; return their numbers. */
uint32_t oat_pack_image_payload(struct oat_pack_image *image, uint64_t kind, uint64_t place,
                                uint64_t raw_len);
uint32_t oat_pack_image_recipe(struct oat_pack_image *image, const void *ops, size_t len, uint64_t raw_len);

/* Puts the rows into the file, which is whole then; its text index rules out what edges tell. */
void oat_pack_image_end(struct oat_pack_image *image);

/* Writes it to dir_fd/OAT_PACK_IMAGE_NAME. */
void oat_pack_image_write(const struct oat_pack_image *image, int dir_fd);

void oat_pack_image_free(struct oat_pack_image *image);

#endif
