#include "bench/support/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

#define PAGE 4096u

void oat_bench_touch_memory(size_t bytes)
{
    void *memory =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED)
        oat_bench_fail("mmap");
    munmap(memory, bytes);
}

static void populate(uint8_t *begin, size_t len)
{
    if (madvise(begin, len, MADV_POPULATE_WRITE) == 0)
        return;
    for (size_t at = 0; at < len; at += PAGE)
        __atomic_fetch_or((uint64_t *)(void *)(begin + at), 0, __ATOMIC_RELAXED);
}

/* ---- The writer's ---- */

void oat_bench_store_open(const oat_bench_options *options, enum oat_map_mode map, uint32_t flush_interval_ms,
                          oat_bench_store *ret)
{
    oat_config config;
    oat_bench_path(options, "store", ret->dir);
    oat_config_init(&config);
    config.data_dir = ret->dir;
    config.service = "bench";
    config.environment = NULL;
    config.map = map;
    config.flush_interval_ms = flush_interval_ms;
    if (oat_tracer_open(&config, &ret->tracer) != OAT_OK)
        oat_bench_fail(ret->dir);
    oat_span_end(oat_span_start(ret->tracer, OAT_AGENT, "first"));
}

void oat_bench_store_warm(const oat_bench_store *store)
{
    char line[1024];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps)
        oat_bench_fail("/proc/self/maps");
    while (!found && fgets(line, sizeof line, maps)) {
        uintptr_t begin, end;
        char *path = strchr(line, '/');
        if (!path || !strstr(path, store->dir) || sscanf(line, "%lx-%lx rw", &begin, &end) != 2)
            continue;
        path[strcspn(path, "\n")] = '\0';
        if (strlen(path) < 6 || strcmp(path + strlen(path) - 6, ".spans") != 0)
            continue;
        int fd = open(path, O_RDWR | O_CLOEXEC);
        if (fd < 0 || fallocate(fd, 0, 0, (off_t)(end - begin)) != 0)
            oat_bench_fail(path);
        close(fd);
        populate((uint8_t *)begin, end - begin);
        found = true;
    }
    fclose(maps);
    errno = ENOENT;
    if (!found)
        oat_bench_fail("the writer's mapping");
}

void oat_bench_store_close(oat_bench_store *store, uint64_t spans)
{
    oat_stats stats;
    oat_tracer_get_stats(store->tracer, &stats);
    oat_tracer_close(store->tracer);
    oat_bench_remove(store->dir);
    errno = stats.last_errno;
    if (stats.spans != spans + 1) /* and the one that made the files */
        oat_bench_fail("spans were dropped");
}

/* ---- The floor's ---- */

void oat_bench_file_open(const oat_bench_options *options, size_t len, bool mapped, oat_bench_file *ret)
{
    oat_bench_path(options, "floor", ret->path);
    ret->len = len;
    ret->map = NULL;
    ret->fd = open(ret->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (ret->fd < 0)
        oat_bench_fail(ret->path);
    if (!mapped)
        return;
    if (fallocate(ret->fd, 0, 0, (off_t)len) != 0)
        oat_bench_fail("fallocate");
    void *map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, ret->fd, 0);
    if (map == MAP_FAILED)
        oat_bench_fail("mmap");
    ret->map = map;
    madvise(map, len, MADV_RANDOM);
    populate(ret->map, len);
}

void oat_bench_file_close(oat_bench_file *file)
{
    if (file->map)
        munmap(file->map, file->len);
    close(file->fd);
    unlink(file->path);
}
