/* A store directory for targets that read one file of it. */
#ifndef OAT_FUZZ_SMALL_STORE_H
#define OAT_FUZZ_SMALL_STORE_H

#include "fuzz/fuzz.h"
#include "reader/manifest.h"
#include "tests/support/run_dir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What was read goes here, so that reading it is not optimised away. */
static volatile unsigned fuzz_sink __attribute__((unused));

static char fuzz_small_store_dir[OAT_RUN_PATH_SIZE];

static inline void fuzz_small_store_remove(void)
{
    oat_run_dir_remove(fuzz_small_store_dir);
}

/* Puts the bytes at a path below the store's directory, which is made once. Returns the directory. */
static inline int fuzz_small_store(const char *path, const uint8_t *bytes, size_t len)
{
    static int dir_fd = -1;
    if (dir_fd < 0) {
        oat_run_dir_make(fuzz_small_store_dir);
        atexit(fuzz_small_store_remove);
        dir_fd = open(fuzz_small_store_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        fuzz_require(dir_fd >= 0 && mkdirat(dir_fd, OAT_CATALOG_DIR, 0700) == 0);
    }
    int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    fuzz_require(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    close(fd);
    return dir_fd;
}

#endif
