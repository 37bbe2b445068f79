/* Every file-system call that the compactor makes to change a store, so that a test can let each of
 * them fail, or end the process at it.
 *
 * All names are below a directory descriptor; links are never followed. Results: OAT_OK, OAT_NOTFOUND
 * where a comment says so, else OAT_E_FULL (no space, quota) or OAT_E_IO, with errno. */
#ifndef OAT_COMPACTOR_FS_H
#define OAT_COMPACTOR_FS_H

#include "oat/oat.h"

enum oat_fs_call {
    OAT_FS_OPEN,
    OAT_FS_READ,
    OAT_FS_WRITE,
    OAT_FS_SYNC,
    OAT_FS_RENAME,
    OAT_FS_LINK,
    OAT_FS_UNLINK,
    OAT_FS_MAKE_DIR,
    OAT_FS_REMOVE_DIR,
    OAT_FS_LIST,
    OAT_FS_LOCK,
};

/* A call that is about to be made. */
struct oat_fs_event {
    enum oat_fs_call call;
    int fd;            /* the file, or the directory that `name` is in */
    const char *name;  /* NULL: the call is about fd itself */
    const char *to;    /* RENAME, LINK: the new name */
    const void *bytes; /* WRITE: what and where to; READ: no bytes */
    size_t len;
    uint64_t offset;
};

/* For tests, which alone define it: called before each call, from any thread. It may end the process,
 * or return an errno value with which the call fails without being made; 0 lets it be made. */
extern int oat_fs_fault(const struct oat_fs_event *event) __attribute__((weak));

/* Opens a directory. OAT_NOTFOUND: there is none of the name. */
int oat_fs_open_dir(int dir_fd, const char *name, int *ret_fd);
/* Opens a directory, which is made (0700) when it is missing; *ret_made then. */
int oat_fs_make_dir(int dir_fd, const char *name, int *ret_fd, bool *ret_made);
/* Opens a regular file for reading. OAT_NOTFOUND. */
int oat_fs_open(int dir_fd, const char *name, int *ret_fd);
/* Makes a file (0600) that must not be there yet. */
int oat_fs_create(int dir_fd, const char *name, int *ret_fd);
/* Opens a file for reading and writing, which is made when it is missing. */
int oat_fs_open_or_create(int dir_fd, const char *name, int *ret_fd);
/* Makes a file without a name: its space is free when the descriptor is closed, also by a crash. */
int oat_fs_spill(int dir_fd, int *ret_fd);
/* Accepts -1; keeps errno. */
void oat_fs_close(int fd);

/* Writes all bytes at an offset. */
int oat_fs_write(int fd, const void *bytes, size_t len, uint64_t offset);
/* Reads up to len bytes; *ret_len is less at the end of the file. */
int oat_fs_read(int fd, void *buffer, size_t len, uint64_t offset, size_t *ret_len);
/* Bytes of a file. */
int oat_fs_size(int fd, uint64_t *ret_bytes);
/* Makes a file's content, or a directory's entries, durable. After a failure nothing is known of what
 * was written before, and another try proves nothing. */
int oat_fs_sync(int fd);
/* Cuts a file to nothing. */
int oat_fs_truncate(int fd);

/* Both names are in dir_fd. */
int oat_fs_rename(int dir_fd, const char *from, const char *to);
/* Gives a file of another folder a second name. OAT_NOTFOUND: there is no such file, or it cannot have one.
 */
int oat_fs_link(int from_fd, const char *from, int to_fd, const char *to);
/* OAT_NOTFOUND: there is no such file. */
int oat_fs_unlink(int dir_fd, const char *name);
/* Removes a directory if it is there and empty. */
int oat_fs_remove_dir(int dir_fd, const char *name);

/* Calls fn for each name in a directory but "." and "..", until it returns another result than
 * OAT_OK, which is then returned. The directory may be changed meanwhile. */
typedef int (*oat_fs_name_fn)(void *arg, const char *name);
int oat_fs_list(int dir_fd, oat_fs_name_fn fn, void *arg);

/* Takes the exclusive open-file-description lock of a file, waiting for it when asked to.
 * OAT_NOTFOUND: somebody else holds it (not when waiting). */
int oat_fs_lock(int fd, bool wait);

#endif
