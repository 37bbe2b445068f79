/* Opens bytes as a part and reads all of it. Checksums would keep the fuzzer out, so a file that fails
 * them gets right ones. */
#include "fuzz/section_file.h"

#include "tests/support/part_walk.h"
#include "tests/support/run_dir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROWS_MAX 40u /* keeps one input fast */

static char dir[OAT_RUN_PATH_SIZE];

static void remove_dir(void)
{
    oat_run_dir_remove(dir);
}

/* The folder of a day in a store; made once. */
static int open_store(const struct oat_manifest_part *entry)
{
    static int fd = -1;
    char path[64];
    if (fd >= 0)
        return fd;
    oat_run_dir_make(dir);
    atexit(remove_dir);
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    oat_part_file_name(entry, "part", path);
    *strrchr(path, '/') = '\0';
    fuzz_require(fd >= 0 && mkdirat(fd, OAT_DAYS_DIR, 0700) == 0 && mkdirat(fd, path, 0700) == 0);
    return fd;
}

static void put_file(int store_fd, const struct oat_manifest_part *entry, const uint8_t *bytes, size_t len)
{
    char path[64];
    oat_part_file_name(entry, "part", path);
    int fd = openat(store_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    fuzz_require(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    close(fd);
}

static void read_part(const uint8_t *bytes, size_t len)
{
    const struct oat_manifest_part entry = {.generation = 1};
    struct oat_problems problems;
    struct oat_part *part;
    int store_fd = open_store(&entry);
    put_file(store_fd, &entry, bytes, len);
    oat_problems_init(&problems);
    int result = oat_part_open(store_fd, &entry, &problems, &part);
    fuzz_require((result == OAT_OK) == (oat_problems_count(&problems) == 0));
    if (result == OAT_OK)
        oat_part_walk(part, ROWS_MAX);
    oat_part_close(result == OAT_OK ? part : NULL);
    oat_problems_clear(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_section_file(data, size, OAT_MAGIC_PART, read_part);
    return 0;
}
