/* What every benchmark is told on its command line, and the directory it works in. */
#ifndef OAT_BENCH_OPTIONS_H
#define OAT_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define OAT_BENCH_PATH_SIZE 512

typedef struct oat_bench_options {
    char dir[OAT_BENCH_PATH_SIZE]; /* an empty directory; removed by oat_bench_done */
    bool quick;                    /* few and short repetitions: shows that it works, not how fast */
    bool json;
} oat_bench_options;

/* Reads --dir DIR, --quick, --json and makes an empty directory below DIR (default: build). Exits
 * with a message on a wrong command line or when the directory cannot be made. */
void oat_bench_begin(int argc, char **argv, oat_bench_options *ret);

/* Removes the directory. */
void oat_bench_done(const oat_bench_options *options);

/* Path of `name` in the benchmark's directory. */
void oat_bench_path(const oat_bench_options *options, const char *name, char ret[OAT_BENCH_PATH_SIZE]);

/* Makes a directory that is not there yet. */
void oat_bench_make_dir(const char *path);

/* Removes a file or a whole directory; nothing there is no error. */
void oat_bench_remove(const char *path);

/* Says what failed, with errno, and ends the program. A benchmark that cannot measure has no result. */
_Noreturn void oat_bench_fail(const char *what);

#endif
