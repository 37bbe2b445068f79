/* A small file of sections, MANIFEST or catalog, read whole into memory and checked. */
#ifndef OAT_READER_SMALL_FILE_H
#define OAT_READER_SMALL_FILE_H

#include "format/dictionary.h"
#include "format/schema.h"
#include "format/sections.h"
#include "reader/problems.h"

#define OAT_SMALL_FILE_MAX (UINT64_C(256) << 20) /* bytes of the file */
#define OAT_SMALL_ROWS_MAX (UINT32_C(1) << 20)   /* rows of one of its tables */

struct oat_small_file {
    const char *path; /* borrowed; for problems */
    struct oat_problems *problems;
    uint8_t *bytes;
    struct oat_sections sections;
};

/* Reads dir_fd/path, which must outlive the file as a text. OAT_OK; OAT_NOTFOUND: there is none (not
 * reported); OAT_E_CORRUPT, OAT_E_UNSUPPORTED, OAT_E_IO: reported; OAT_E_NOMEM. */
int oat_small_file_read(struct oat_small_file *file, int dir_fd, const char *path, const char *magic,
                        struct oat_problems *problems);
void oat_small_file_free(struct oat_small_file *file);

/* Shows one row: its numbers in the order of the columns asked for. Return OAT_OK to go on, or a failure,
 * which ends the reading; OAT_E_CORRUPT with *ret_what for values that cannot be. */
typedef int (*oat_small_row_fn)(void *arg, const uint64_t *numbers, const char **ret_what);

/* Reads a table row by row; one that is not in the file has none. OAT_OK, OAT_E_NOMEM, OAT_E_CORRUPT
 * (reported), or what fn returned. */
int oat_small_file_rows(const struct oat_small_file *file, enum oat_table_id table, const uint16_t *columns,
                        unsigned column_count, oat_small_row_fn fn, void *arg);

/* Opens the texts of a column; none when the file has no such section. *ret_owned is the caller's to
 * free, and so is the file, when the texts are not needed any more. OAT_OK, OAT_E_CORRUPT (reported),
 * OAT_E_NOMEM. */
int oat_small_file_texts(const struct oat_small_file *file, enum oat_table_id table, unsigned column,
                         struct oat_text_dictionary *ret, void **ret_owned);

#endif
