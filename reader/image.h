/* A file of sections (format/sections.h) mapped for reading. */
#ifndef OAT_READER_IMAGE_H
#define OAT_READER_IMAGE_H

#include "format/schema.h"
#include "format/section_view.h"
#include "format/table.h"
#include "reader/problems.h"

struct oat_image_group;
struct oat_watched;

/* A table whose heads and blocks are checked when they are used first, and once. */
struct oat_image_table {
    struct oat_table table; /* rows 0: not in the file */
    struct oat_image *image;
    uint16_t id;                               /* enum oat_table_id */
    void *index;                               /* of the groups, where the file has it compressed */
    _Atomic(struct oat_image_group *) *groups; /* each NULL until it is used */
};

#define OAT_IMAGE_TABLES 16u

struct oat_image {
    struct oat_sections sections;
    struct oat_problems *problems; /* borrowed; damage goes there */
    struct oat_image_table tables[OAT_IMAGE_TABLES];
    uint32_t table_count;
    char path[96]; /* below the store, for problems */
    const uint8_t *bytes;
    uint64_t len;
    struct oat_watched *watched; /* faults.h */
};

/* Maps the file; reads nothing of it: the image is for the two below and oat_image_close alone then. OAT_OK;
 * OAT_NOTFOUND: there is no such file (not reported); OAT_E_IO: reported in problems; OAT_E_NOMEM. The image
 * is zeroed when it fails. It must not be moved; dir_fd is not kept. */
int oat_image_map(struct oat_image *image, int dir_fd, const char *path, struct oat_problems *problems);

/* The kernel begins to read what checking will. */
void oat_image_ahead(const struct oat_image *image);

/* Checks header, trailer, directory, and the indexes of its tables. nonce: what MANIFEST says (0: any).
 * OAT_OK; OAT_E_CORRUPT, OAT_E_UNSUPPORTED, OAT_E_IO: reported in problems; OAT_E_NOMEM. Closes it when it
 * fails. */
int oat_image_check(struct oat_image *image, const char *magic, uint64_t nonce);

/* The three in one. */
int oat_image_open(struct oat_image *image, int dir_fd, const char *path, const char *magic, uint64_t nonce,
                   struct oat_problems *problems);

/* Accepts a zeroed one. */
void oat_image_close(struct oat_image *image);

/* Adds to problems that what stands at an offset of the file contradicts itself, or that reading the file
 * failed, if it did. what: static. */
void oat_image_report(struct oat_image *image, uint64_t offset, const char *what);

/* The table of that id; one without rows when the file has none. Never NULL. */
struct oat_image_table *oat_image_table(struct oat_image *image, enum oat_table_id id);

/* A group whose head was checked; borrowed from the table. Damage is reported once. Any thread, as are
 * those below. OAT_OK, OAT_E_CORRUPT, OAT_E_NOMEM. */
int oat_image_group(struct oat_image_table *table, uint32_t group, const struct oat_group **ret);

/* True when oat_image_group was asked for it before. */
bool oat_image_group_used(const struct oat_image_table *table, uint32_t group);

/* Opens a block; checks it when nobody did yet. As above. */
int oat_image_block(struct oat_image_table *table, uint32_t group, unsigned column, unsigned block,
                    struct oat_block *ret);

/* True when the block was opened before, and found good. */
bool oat_image_checked(const struct oat_image_table *table, uint32_t group, unsigned column, unsigned block);

/* True when this is called for a column of a group for the first time, and neither is damaged. */
bool oat_image_first_use(struct oat_image_table *table, uint32_t group, unsigned column);

/* One number of a column. row < rows. Likewise. */
int oat_image_number(struct oat_image_table *table, unsigned column, uint32_t row, uint64_t *ret);

/* Decodes rows [first, first + count) of a column; they must be in the table. Likewise; a failure leaves
 * dst undefined. */
int oat_image_numbers(struct oat_image_table *table, unsigned column, uint32_t first, uint32_t count,
                      uint64_t *dst);

/* The first row whose number is `value` or more, in a column whose numbers do not descend and are spread
 * over 0 .. range about evenly; the table's rows when there is none. Likewise. */
int oat_image_lower_bound(struct oat_image_table *table, unsigned column, uint64_t value, uint64_t range,
                          uint32_t *ret_row);

/* Least and greatest value of a column in a group. False: damaged. */
bool oat_image_zone(struct oat_image_table *table, unsigned column, uint32_t group, uint64_t *ret_min,
                    uint64_t *ret_max);

/* The kernel begins to read a section, unless it did when the file was opened. */
void oat_image_section_ahead(const struct oat_image *image, const struct oat_disk_section *section);

/* A section of which is read what is needed; damage is reported. As oat_section_view_open; OAT_NOTFOUND: not
 * there. The image must outlive the view. */
int oat_image_view(struct oat_image *image, enum oat_section_kind kind, unsigned table, unsigned column,
                   struct oat_section_view *ret);

/* Content of a whole section, checked; as oat_section_read, damage reported. OAT_NOTFOUND: not there. */
int oat_image_section(struct oat_image *image, enum oat_section_kind kind, unsigned table, unsigned column,
                      const uint8_t **ret_bytes, size_t *ret_len, void **ret_owned);

#endif
