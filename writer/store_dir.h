/* The data directory as a writer sees it: made if missing, STORE written or read. */
#ifndef OAT_WRITER_STORE_DIR_H
#define OAT_WRITER_STORE_DIR_H

#include "format/identity.h"

#include <stdbool.h>

typedef struct oat_store_dir {
    int dir_fd;
    int hot_fd;
    struct oat_disk_store identity;
    bool map_is_safe; /* the file system keeps a shared mapping coherent and reports full at fallocate */
} oat_store_dir;

/* Opens or makes the directory (0700), hot/ in it, and STORE. allow_network_fs: see oat_config.
 * OAT_OK or a failure of oat_tracer_open; on failure nothing is held. */
int oat_store_dir_open(const char *path, bool allow_network_fs, oat_store_dir *ret);

/* Closes what is open; accepts a zeroed-to-minus-one or half-open one. */
void oat_store_dir_close(oat_store_dir *dir);

/* Makes directory entries durable: hot/, the store, and the directory that holds it. OAT_OK or
 * OAT_E_IO. */
int oat_store_dir_sync(const oat_store_dir *dir);

/* Name for a file that is being made; readers ignore names that begin so. */
#define OAT_TEMP_PREFIX ".tmp-"

/* OAT_E_FULL for errno values that mean "no space", else OAT_E_IO. */
int oat_io_result(int error);

/* Reads again how long files may be (RLIMIT_FSIZE). */
void oat_size_limit_read(void);

/* Allocates disk space for bytes [from, to), growing the file. 0, or an errno value. */
int oat_allocate(int fd, uint64_t from, uint64_t to);

/* Writes all bytes at an offset; OAT_OK or oat_io_result (errno EFBIG: longer than files may be). */
int oat_pwrite_all(int fd, const void *bytes, size_t len, uint64_t offset);

#endif
