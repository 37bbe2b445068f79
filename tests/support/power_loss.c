#include "tests/support/power_loss.h"

#include "tests/support/fs_fault.h"
#include "tests/support/run_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ENTRIES_MAX 512
#define PATH_SIZE   512

/* A file's content as it was synced last; by inode, because a file may be synced before it gets its name. */
struct content {
    ino_t inode;
    uint8_t *bytes;
    size_t len;
};

/* A name that is durable. */
struct entry {
    char path[PATH_SIZE];
    ino_t inode;
    bool is_dir;
};

struct oat_power_loss {
    char dir[PATH_SIZE];
    bool eager_unlinks;
    struct content contents[ENTRIES_MAX];
    size_t content_count;
    struct entry entries[ENTRIES_MAX];
    size_t entry_count;
};

/* ---- Syncing ---- */

static void sync_file(struct oat_power_loss *loss, int fd, const struct stat *st)
{
    size_t i = 0;
    while (i < loss->content_count && loss->contents[i].inode != st->st_ino)
        i++;
    if (i == loss->content_count)
        assert_true(loss->content_count++ < ENTRIES_MAX);
    struct content *content = &loss->contents[i];
    free(content->bytes);
    content->inode = st->st_ino;
    content->len = (size_t)st->st_size;
    content->bytes = malloc(content->len + 1);
    assert_int_equal(pread(fd, content->bytes, content->len, 0), content->len);
}

static bool is_in(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return strncmp(path, folder, len) == 0 && path[len] == '/' && !strchr(path + len + 1, '/');
}

static void drop_entries(struct oat_power_loss *loss, const char *folder)
{
    size_t kept = 0;
    for (size_t i = 0; i < loss->entry_count; i++)
        if (!is_in(loss->entries[i].path, folder))
            loss->entries[kept++] = loss->entries[i];
    loss->entry_count = kept;
}

static void sync_folder(struct oat_power_loss *loss, const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *found;
    struct stat st;
    assert_non_null(dir);
    drop_entries(loss, path);
    while ((found = readdir(dir))) {
        if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
            continue;
        assert_true(loss->entry_count < ENTRIES_MAX);
        struct entry *entry = &loss->entries[loss->entry_count++];
        snprintf(entry->path, sizeof entry->path, "%s/%s", path, found->d_name);
        assert_int_equal(lstat(entry->path, &st), 0);
        entry->inode = st.st_ino;
        entry->is_dir = S_ISDIR(st.st_mode);
    }
    closedir(dir);
}

static void path_of(int fd, char ret[PATH_SIZE])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, ret, PATH_SIZE - 1);
    assert_true(len > 0);
    ret[len] = '\0';
}

static void follow(void *arg, const struct oat_fs_event *event)
{
    struct oat_power_loss *loss = arg;
    char path[PATH_SIZE], name[PATH_SIZE];
    struct stat st;
    if (event->call != OAT_FS_SYNC && !(event->call == OAT_FS_UNLINK && loss->eager_unlinks))
        return;
    path_of(event->fd, path);
    if (event->call == OAT_FS_UNLINK) {
        assert_true((size_t)snprintf(name, sizeof name, "%s/%s", path, event->name) < sizeof name);
        for (size_t i = 0; i < loss->entry_count; i++)
            if (strcmp(loss->entries[i].path, name) == 0)
                loss->entries[i] = loss->entries[--loss->entry_count];
        return;
    }
    assert_int_equal(fstat(event->fd, &st), 0);
    if (S_ISDIR(st.st_mode))
        sync_folder(loss, path);
    else
        sync_file(loss, event->fd, &st);
}

/* ---- Beginning and end ---- */

static void sync_all(struct oat_power_loss *loss, const char *folder)
{
    sync_folder(loss, folder);
    for (size_t i = 0; i < loss->entry_count; i++) {
        struct stat st;
        if (!is_in(loss->entries[i].path, folder))
            continue;
        if (loss->entries[i].is_dir) {
            sync_all(loss, loss->entries[i].path);
            continue;
        }
        int fd = open(loss->entries[i].path, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &st), 0);
        sync_file(loss, fd, &st);
        close(fd);
    }
}

struct oat_power_loss *oat_power_loss_begin(const char *dir, bool eager_unlinks)
{
    struct oat_power_loss *loss = calloc(1, sizeof *loss);
    char *real = realpath(dir, NULL);
    assert_non_null(loss);
    assert_non_null(real);
    snprintf(loss->dir, sizeof loss->dir, "%s", real);
    free(real);
    loss->eager_unlinks = eager_unlinks;
    sync_all(loss, loss->dir);
    oat_fault_watch(follow, loss);
    return loss;
}

static void restore_file(const struct oat_power_loss *loss, const struct entry *entry)
{
    int fd = open(entry->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    for (size_t i = 0; i < loss->content_count; i++)
        if (loss->contents[i].inode == entry->inode)
            assert_int_equal(write(fd, loss->contents[i].bytes, loss->contents[i].len),
                             loss->contents[i].len);
    close(fd);
}

/* Names in a folder whose own name was lost are lost with it. */
static void restore_folder(const struct oat_power_loss *loss, const char *folder)
{
    assert_int_equal(mkdir(folder, 0700), 0);
    for (size_t i = 0; i < loss->entry_count; i++) {
        if (!is_in(loss->entries[i].path, folder))
            continue;
        if (loss->entries[i].is_dir)
            restore_folder(loss, loss->entries[i].path);
        else
            restore_file(loss, &loss->entries[i]);
    }
}

void oat_power_loss_strike(struct oat_power_loss *loss)
{
    oat_fault_watch(NULL, NULL);
    oat_run_dir_remove(loss->dir);
    restore_folder(loss, loss->dir);
    for (size_t i = 0; i < loss->content_count; i++)
        free(loss->contents[i].bytes);
    free(loss);
}
