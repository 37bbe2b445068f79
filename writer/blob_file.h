/* The .blobs file of one pair while it is appended to (DESIGN: entries by pwrite at offsets taken
 * by compare-and-swap). */
#ifndef OAT_WRITER_BLOB_FILE_H
#define OAT_WRITER_BLOB_FILE_H

#include "writer/dedup.h"

#include <stdatomic.h>
#include <stdint.h>

typedef struct oat_blob_file {
    int fd;
    uint64_t nonce;
    uint64_t hash_seed;
    _Atomic uint64_t tail;    /* next free offset; a multiple of 8 */
    oat_dedup *chunks;        /* content id -> entry offset (chunks) */
    _Atomic uint64_t dedup_bytes; /* raw bytes that were found again */
} oat_blob_file;

/* A reservation that its thread has not finished writing; the flusher takes the least of them (and
 * the tail) as the length that is whole. One per thread, 0 = none. Set before reserving. */
typedef struct oat_blob_inflight {
    _Atomic uint64_t from; /* a lower bound of the reserved offset */
} oat_blob_inflight;

/* Reserves len bytes (rounded up to 8). Returns OAT_OK and the offset, or OAT_E_LIMIT when the file
 * would pass OAT_BLOBS_FILE_MAX. */
int oat_blob_reserve(oat_blob_file *file, oat_blob_inflight *inflight, uint64_t len, uint64_t *ret_offset);

/* Writes bytes at a reserved offset. OAT_OK, OAT_E_FULL or OAT_E_IO (errno). */
int oat_blob_write(oat_blob_file *file, const void *bytes, size_t len, uint64_t offset);

/* The reservation is written or given up. */
void oat_blob_done(oat_blob_inflight *inflight);

#endif
