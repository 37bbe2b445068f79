/* What `oat import` is to read: files named on the command line, and those below named folders. */
#ifndef OAT_CLI_IMPORT_FILES_H
#define OAT_CLI_IMPORT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file, or several files of one folder that are one run together. */
struct oat_import_unit {
    char *path;   /* of the file, or of the folder */
    char **names; /* of the run's files in the folder; NULL: a file */
    size_t name_count;
    uint64_t bytes; /* of all its files when it was listed */
};

struct oat_import_list {
    struct oat_import_unit *units;
    size_t count, room;
    uint64_t bytes;
};

/* Adds a file, or what lies below a folder, sorted by name; symbolic links below a folder are not
 * followed, names that begin with a point are left out. OAT_OK; OAT_E_IO with errno and *ret_path
 * (the caller's: free) naming what could not be read; OAT_E_NOMEM. */
int oat_import_list_add(struct oat_import_list *list, const char *path, char **ret_path);
void oat_import_list_free(struct oat_import_list *list);

/* Reads a file whole. folder may be NULL. *ret_bytes is the caller's: free(). OAT_OK, OAT_E_IO with
 * errno, OAT_E_LIMIT (4 GiB and more), OAT_E_NOMEM. */
int oat_import_read_file(const char *folder, const char *name, uint8_t **ret_bytes, size_t *ret_len);

#endif
