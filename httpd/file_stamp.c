#include "httpd/file_stamp.h"

struct stat oat_file_stamp(const char *path)
{
    struct stat file;
    if (!path || stat(path, &file) < 0)
        file = (struct stat){0};
    return file;
}

bool oat_file_stamp_is(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mode == b->st_mode && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}
