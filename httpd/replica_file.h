/* The files of a pair that comes from elsewhere: hot/<writer>-<seq>.spans and .blobs. */
#ifndef OAT_HTTPD_REPLICA_FILE_H
#define OAT_HTTPD_REPLICA_FILE_H

#include <stddef.h>
#include <stdint.h>

/* The name of a file: suffix ".spans" or ".blobs". */
struct oat_replica_name {
    const uint8_t *writer_id; /* 16 bytes */
    uint32_t seq;
    const char *suffix;
};

/* Opens it for reading and writing. OAT_OK, OAT_NOTFOUND, OAT_E_IO (errno; EINVAL: not a regular file). */
int oat_replica_file_open(int hot_fd, const struct oat_replica_name *name, int *ret_fd);

/* Makes it (0600), with these bytes; it gets its name when they are on the device, and so is its name then.
 * OAT_OK, OAT_E_FULL, OAT_E_IO (errno). */
int oat_replica_file_make(int hot_fd, const struct oat_replica_name *name, const void *bytes, size_t len,
                          int *ret_fd);

/* Reads what there is of len bytes at an offset; the rest becomes zeros. OAT_OK or OAT_E_IO (errno). */
int oat_replica_file_read(int fd, void *dst, size_t len, uint64_t offset);

/* Writes bytes, and what was written before, to the device. OAT_OK, OAT_E_FULL, OAT_E_IO (errno). */
int oat_replica_file_write(int fd, const void *bytes, size_t len, uint64_t offset);

#endif
