/* A file of sections, made in memory. Aborts when out of memory. */
#ifndef OAT_TESTS_SECTION_IMAGE_H
#define OAT_TESTS_SECTION_IMAGE_H

#include "format/sections.h"

#define OAT_SECTION_IMAGE_MAX 32u /* sections */

struct oat_section_image {
    uint8_t *bytes;
    size_t len;
    uint64_t nonce;
    struct oat_disk_section directory[OAT_SECTION_IMAGE_MAX];
    uint32_t count;
};

#define OAT_SECTION_IMAGE_SEED UINT64_C(0x5eedf00d5eedf00d)

/* Begins a file of day 20,000, generation 7, and that hash seed. */
void oat_section_image_begin(struct oat_section_image *image, const char *magic, uint64_t nonce);

/* Appends bytes that are in no section, at a multiple of 8; returns their offset. */
uint64_t oat_section_image_append(struct oat_section_image *image, const void *bytes, size_t len);

/* Appends a section as it is. */
void oat_section_image_add_raw(struct oat_section_image *image, enum oat_section_kind kind, unsigned table,
                               unsigned column, const void *bytes, size_t len);

/* Appends a section, packed as oat_section_pack decides. */
void oat_section_image_add(struct oat_section_image *image, enum oat_section_kind kind, unsigned table,
                           unsigned column, const void *bytes, size_t len);

/* Appends the groups of a table and its index: values[c][r] is row r of column columns[c]. */
void oat_section_image_add_table(struct oat_section_image *image, unsigned table, const uint16_t *columns,
                                 uint64_t *const *values, unsigned column_count, uint32_t rows);

/* Appends directory and trailer: the file is whole then. */
void oat_section_image_end(struct oat_section_image *image);

/* Makes the checksums of header, directory and trailer right again after a test changed something
 * in them, so that other checks are reached. */
void oat_section_image_seal(struct oat_section_image *image);

void oat_section_image_free(struct oat_section_image *image);

#endif
