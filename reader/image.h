/* A file of sections (format/sections.h) mapped for reading. */
#ifndef OAT_READER_IMAGE_H
#define OAT_READER_IMAGE_H

#include "format/sections.h"
#include "format/table.h"
#include "reader/problems.h"

/* A table whose heads and blocks are checked when they are used first, and once. */
struct oat_image_table {
    struct oat_table table; /* rows 0: not in the file */
    struct oat_image *image;
    uint16_t id;               /* enum oat_table_id */
    _Atomic uint64_t *checked; /* a bit for each (group, column, block); NULL until used */
};

#define OAT_IMAGE_TABLES 8u

struct oat_image {
    struct oat_sections sections;
    struct oat_problems *problems; /* borrowed; damage goes there */
    struct oat_image_table tables[OAT_IMAGE_TABLES];
    uint32_t table_count;
    char path[96]; /* below the store, for problems */
    const uint8_t *bytes;
    uint64_t len;
};

/* Maps the file and checks header, trailer, directory, and the indexes of its tables. nonce: what
 * MANIFEST says (0: any). OAT_OK; OAT_NOTFOUND: there is no such file (not reported); OAT_E_CORRUPT,
 * OAT_E_UNSUPPORTED, OAT_E_IO: reported in problems; OAT_E_NOMEM. dir_fd is not kept. */
int oat_image_open(struct oat_image *image, int dir_fd, const char *path, const char *magic, uint64_t nonce,
                   struct oat_problems *problems);
/* Accepts a zeroed one. */
void oat_image_close(struct oat_image *image);

/* The table of that id; one without rows when the file has none. Never NULL. */
struct oat_image_table *oat_image_table(struct oat_image *image, enum oat_table_id id);

/* Opens a block; checks it when nobody did yet. Damage is reported once. Any thread. OAT_OK or
 * OAT_E_CORRUPT. */
int oat_image_block(struct oat_image_table *table, uint32_t group, unsigned column, unsigned block,
                    struct oat_block *ret);

/* One number of a column. row < rows. Likewise. */
int oat_image_number(struct oat_image_table *table, unsigned column, uint32_t row, uint64_t *ret);

/* Decodes rows [first, first + count) of a column. Likewise. */
int oat_image_numbers(struct oat_image_table *table, unsigned column, uint32_t first, uint32_t count,
                      uint64_t *dst);

/* Least and greatest value in the group of a row. False: damaged. */
bool oat_image_zone(struct oat_image_table *table, unsigned column, uint32_t group, uint64_t *ret_min,
                    uint64_t *ret_max);

/* Content of a section, checked; as oat_section_read, damage reported. OAT_NOTFOUND: not there. */
int oat_image_section(struct oat_image *image, enum oat_section_kind kind, unsigned table, unsigned column,
                      const uint8_t **ret_bytes, size_t *ret_len, void **ret_owned);

#endif
