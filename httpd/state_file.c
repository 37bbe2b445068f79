#include "httpd/state_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "compactor/fs.h"

static int read_all(int fd, char **ret_text, size_t *ret_len)
{
    uint64_t size;
    int result = oat_fs_size(fd, &size);
    if (result == OAT_OK && size > OAT_STATE_FILE_MAX)
        result = OAT_E_LIMIT;
    char *text = result == OAT_OK ? malloc((size_t)size + 1) : NULL;
    if (result == OAT_OK)
        result = text ? oat_fs_read(fd, text, (size_t)size, 0, ret_len) : OAT_E_NOMEM;
    if (result == OAT_OK)
        *ret_text = text;
    else
        free(text);
    return result;
}

int oat_state_file_read(const char *dir, const char *name, char **ret_text, size_t *ret_len)
{
    int dir_fd = -1, fd = -1;
    int result = oat_fs_open_dir(AT_FDCWD, dir, &dir_fd);
    if (result == OAT_OK)
        result = oat_fs_open(dir_fd, name, &fd);
    if (result == OAT_OK)
        result = read_all(fd, ret_text, ret_len);
    oat_fs_close(fd);
    oat_fs_close(dir_fd);
    return result;
}

static int replace(int dir_fd, const char *name, const char *text, size_t len)
{
    char temp[NAME_MAX + 1];
    int fd = -1;
    snprintf(temp, sizeof temp, ".tmp-%s", name);
    oat_fs_unlink(dir_fd, temp); /* of one that was killed here */
    int result = oat_fs_create(dir_fd, temp, &fd);
    if (result == OAT_OK)
        result = oat_fs_write(fd, text, len, 0);
    if (result == OAT_OK)
        result = oat_fs_sync(fd);
    oat_fs_close(fd);
    if (result == OAT_OK)
        result = oat_fs_rename(dir_fd, temp, name);
    return result == OAT_OK ? oat_fs_sync(dir_fd) : result;
}

int oat_state_file_write(const char *dir, const char *name, const char *text, size_t len)
{
    int dir_fd = -1;
    int result = oat_fs_open_dir(AT_FDCWD, dir, &dir_fd);
    if (result == OAT_OK)
        result = replace(dir_fd, name, text, len);
    oat_fs_close(dir_fd);
    return result;
}
