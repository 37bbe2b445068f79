#include "bench/support/options.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Removed when the program fails, too. */
static char made_dir[OAT_BENCH_PATH_SIZE];

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

void oat_bench_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

_Noreturn void oat_bench_fail(const char *what)
{
    int error = errno;
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(error));
    if (made_dir[0])
        oat_bench_remove(made_dir);
    exit(1);
}

void oat_bench_make_dir(const char *path)
{
    if (mkdir(path, 0700) != 0)
        oat_bench_fail(path);
}

static _Noreturn void usage(void)
{
    fprintf(stderr, "usage: %s [--dir DIR] [--quick] [--json]\n", program_invocation_short_name);
    exit(2);
}

void oat_bench_begin(int argc, char **argv, oat_bench_options *ret)
{
    const char *parent = "build";
    memset(ret, 0, sizeof *ret);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0)
            ret->quick = true;
        else if (strcmp(argv[i], "--json") == 0)
            ret->json = true;
        else if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc)
            parent = argv[++i];
        else
            usage();
    }
    if (strlen(parent) > sizeof ret->dir / 2)
        usage();
    mkdir(parent, 0777);
    snprintf(ret->dir, sizeof ret->dir, "%s/bench-XXXXXX", parent);
    if (!mkdtemp(ret->dir))
        oat_bench_fail(ret->dir);
    memcpy(made_dir, ret->dir, sizeof made_dir);
}

void oat_bench_done(const oat_bench_options *options)
{
    oat_bench_remove(options->dir);
}

void oat_bench_path(const oat_bench_options *options, const char *name, char ret[OAT_BENCH_PATH_SIZE])
{
    int n = snprintf(ret, OAT_BENCH_PATH_SIZE, "%s/%s", options->dir, name);
    if (n < 0 || n >= OAT_BENCH_PATH_SIZE) {
        errno = ENAMETOOLONG;
        oat_bench_fail(name);
    }
}
