/* Files of a store: opened below a directory descriptor, regular files only, read with pread, so
 * that whatever another process does to them is a return code. */
#ifndef OAT_READER_FILE_H
#define OAT_READER_FILE_H

#include "oat/oat.h"

#include <sys/types.h>

/* A file that may be closed between reads (descriptors are scarce): it is then opened by name for
 * each read and must still be the same file. */
struct oat_file {
    int fd; /* -1: not kept open */
    int dir_fd;
    dev_t device;
    ino_t inode;
    uint64_t size; /* when it was opened, or its owner last looked */
    char name[64]; /* in dir_fd */
};

/* Opens a regular file for reading. keep_open false closes it again. Returns OAT_OK, OAT_NOTFOUND,
 * OAT_E_CORRUPT (not a regular file: *ret_found says what; static storage), or OAT_E_IO (errno).
 * dir_fd must outlive the file. */
int oat_file_open(struct oat_file *file, int dir_fd, const char *name, bool keep_open,
                  const char **ret_found);

/* Closes it; accepts a file that was never opened when fd is -1. */
void oat_file_close(struct oat_file *file);

/* Reads up to len bytes at offset; *ret_len is less at the end of the file. OAT_OK or OAT_E_IO. */
int oat_file_read(const struct oat_file *file, void *buffer, size_t len, uint64_t offset, size_t *ret_len);

/* Maps all that it has now, for reading; oat_faults_watch has what to mind. The caller unmaps it. NULL: it
 * cannot be, or is empty. */
const uint8_t *oat_file_map(const struct oat_file *file, uint64_t *ret_len);

/* Its size and the bytes it takes on the device, now. OAT_OK or OAT_E_IO. */
int oat_file_size(const struct oat_file *file, uint64_t *ret_size, uint64_t *ret_allocated);

#endif
