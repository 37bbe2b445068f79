/* A store to append to, and the same kind of file without the writer, both with their pages there. */
#ifndef OAT_BENCH_STORE_H
#define OAT_BENCH_STORE_H

#include "bench/support/options.h"
#include "oat/oat.h"

#include <stdint.h>

/* Takes memory and gives it back, so that what is measured next does not pay for pages that the
 * host of a virtual machine has to find first. */
void oat_bench_touch_memory(size_t bytes);

typedef struct oat_bench_store {
    char dir[OAT_BENCH_PATH_SIZE];
    oat_tracer *tracer;
} oat_bench_store;

/* A new store whose first pair of files is there. */
void oat_bench_store_open(const oat_bench_options *options, enum oat_map_mode map, uint32_t flush_interval_ms,
                          oat_bench_store *ret);

/* Allocates and faults in the whole segment that the store's writer has mapped. */
void oat_bench_store_warm(const oat_bench_store *store);

/* Closes and removes it. Fails the program when anything was dropped, or spans are not `spans`. */
void oat_bench_store_close(oat_bench_store *store, uint64_t spans);

/* A file for the floor: what a writer's segment is, and nothing else. */
typedef struct oat_bench_file {
    char path[OAT_BENCH_PATH_SIZE];
    int fd;
    uint8_t *map; /* NULL: for pwrite */
    size_t len;
} oat_bench_file;

/* mapped: allocated, mapped shared and faulted in; else empty. */
void oat_bench_file_open(const oat_bench_options *options, size_t len, bool mapped, oat_bench_file *ret);
void oat_bench_file_close(oat_bench_file *file);

#endif
