#include "tests/support/run_dir.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_DIRS 16

void oat_run_dir_make(char ret_path[OAT_RUN_PATH_SIZE])
{
    const char *base = getenv("TMPDIR");
    snprintf(ret_path, OAT_RUN_PATH_SIZE, "%s/oat-test-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(ret_path)) {
        perror(ret_path);
        exit(2);
    }
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    remove(path);
    return 0;
}

void oat_run_dir_remove(const char *path)
{
    nftw(path, remove_one, OPEN_DIRS, FTW_DEPTH | FTW_PHYS);
}

static _Thread_local uint64_t blocks;

static int add_blocks(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)path, (void)type, (void)ftw;
    blocks += (uint64_t)st->st_blocks;
    return 0;
}

uint64_t oat_run_dir_disk_bytes(const char *path)
{
    blocks = 0;
    nftw(path, add_blocks, OPEN_DIRS, FTW_PHYS);
    return blocks * 512;
}

/* Names in dir/hot, sorted; free each and the array. */
static size_t list_hot(const char *dir, struct dirent ***ret)
{
    char path[OAT_RUN_PATH_SIZE];
    snprintf(path, sizeof path, "%s/hot", dir);
    int n = scandir(path, ret, NULL, alphasort);
    return n > 0 ? (size_t)n : 0;
}

static int ends_in(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);
    return name[0] != '.' && n >= m && strcmp(name + n - m, suffix) == 0;
}

int oat_run_hot_path(const char *dir, const char *suffix, size_t index, char ret_path[OAT_RUN_PATH_SIZE])
{
    struct dirent **names = NULL;
    size_t count = list_hot(dir, &names);
    int found = 0;
    for (size_t i = 0; i < count; i++) {
        if (!found && ends_in(names[i]->d_name, suffix) && index-- == 0) {
            snprintf(ret_path, OAT_RUN_PATH_SIZE, "%.100s/hot/%.100s", dir, names[i]->d_name);
            found = 1;
        }
        free(names[i]);
    }
    free(names);
    return found;
}

size_t oat_run_hot_count(const char *dir, const char *suffix)
{
    char path[OAT_RUN_PATH_SIZE];
    size_t count = 0;
    while (oat_run_hot_path(dir, suffix, count, path))
        count++;
    return count;
}

size_t oat_run_hot_count_prefix(const char *dir, const char *prefix)
{
    struct dirent **names = NULL;
    size_t count = list_hot(dir, &names);
    size_t matching = 0;
    for (size_t i = 0; i < count; i++) {
        matching += strncmp(names[i]->d_name, prefix, strlen(prefix)) == 0;
        free(names[i]);
    }
    free(names);
    return matching;
}
