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

size_t oat_run_hot_list(const char *dir, const char *suffix, char (**ret_paths)[OAT_RUN_PATH_SIZE])
{
    struct dirent **names = NULL;
    size_t all = list_hot(dir, &names);
    size_t count = 0;
    char(*paths)[OAT_RUN_PATH_SIZE] = calloc(all + 1, sizeof *paths);
    if (!paths)
        abort();
    for (size_t i = 0; i < all; i++) {
        if (ends_in(names[i]->d_name, suffix))
            snprintf(paths[count++], sizeof *paths, "%.100s/hot/%.100s", dir, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    *ret_paths = paths;
    return count;
}

size_t oat_run_hot_count(const char *dir, const char *suffix)
{
    char(*paths)[OAT_RUN_PATH_SIZE];
    size_t count = oat_run_hot_list(dir, suffix, &paths);
    free(paths);
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
