#include "writer/blob_map.h"

#include "writer/store_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; before it pages come when they are touched */
#endif

#define PAGE UINT64_C(4096)

static uint64_t page_up(uint64_t offset)
{
    return (offset + PAGE - 1) / PAGE * PAGE;
}

static bool reserve_addresses(oat_blob_file *file)
{
    if (file->map)
        return true;
    void *map = mmap(NULL, OAT_BLOB_MAP_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
    if (map == MAP_FAILED) {
        file->may_map = false;
        return false;
    }
    /* Default read-ahead makes a first touch stall for a millisecond. */
    madvise(map, OAT_BLOB_MAP_MAX, MADV_RANDOM);
    file->map = map;
    return true;
}

void oat_blob_map_ahead(oat_blob_file *file, uint64_t bytes)
{
    uint64_t tail = atomic_load(&file->tail);
    uint64_t mapped = atomic_load_explicit(&file->mapped, memory_order_relaxed);
    if (!file->may_map || tail < OAT_BLOB_MAP_FROM || mapped >= tail + bytes / 2 ||
        tail + bytes > OAT_BLOB_MAP_MAX)
        return;
    uint64_t from = mapped > tail ? mapped : tail / PAGE * PAGE;
    uint64_t to = page_up(tail + bytes);
    if (!reserve_addresses(file))
        return;
    /* From the beginning: what pwrite has left out as a hole must have its space too. */
    int error = oat_allocate(file->fd, mapped, to);
    if (error) {
        file->may_map = error != EOPNOTSUPP && error != ENOSYS;
        return;
    }
    madvise(file->map + from, (size_t)(to - from), MADV_POPULATE_WRITE);
    atomic_store_explicit(&file->mapped, to, memory_order_release);
}

void oat_blob_map_trim(oat_blob_file *file, uint64_t end)
{
    uint64_t mapped = atomic_load(&file->mapped);
    if (page_up(end) < mapped)
        fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)page_up(end),
                  (off_t)(mapped - page_up(end)));
}

void oat_blob_map_close(oat_blob_file *file)
{
    uint8_t *map = file->map;
    atomic_store(&file->mapped, 0);
    /* Forgotten first: a child that is forked in between must not touch what is something else by then. */
    file->map = NULL;
    atomic_signal_fence(memory_order_seq_cst);
    if (map)
        munmap(map, OAT_BLOB_MAP_MAX);
}

void oat_blob_map_abandon(oat_blob_file *file)
{
    if (file->map)
        mmap(file->map, OAT_BLOB_MAP_MAX, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
}
