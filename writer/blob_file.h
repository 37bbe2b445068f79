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
    _Atomic uint64_t tail;        /* next free offset; a multiple of 8 */
    _Atomic uint64_t given_back;  /* times that the tail moved back */
    bool may_map;                 /* this and the next two: blob_map.h */
    uint8_t *map;                 /* the file from its beginning; NULL: not mapped */
    _Atomic uint64_t mapped;      /* bytes of the file that are written through it */
    oat_dedup *chunks;            /* content id -> entry offset; capture.h owns the meaning */
    _Atomic uint64_t dedup_bytes; /* raw bytes that were found again */
} oat_blob_file;

/* A reservation that its thread has not finished writing. One per thread, 0 = none; set before the
 * tail moves. The length that is whole: read given_back, then tail, then all inflights, then
 * given_back again; when it moved, start over; else it is the least of the tail and the inflights
 * that are not 0. */
typedef struct oat_blob_inflight {
    _Atomic uint64_t from; /* a lower bound of the reserved offset */
} oat_blob_inflight;

/* Reserves len bytes (rounded up to 8) if the tail is still `expected`. Returns OAT_OK,
 * OAT_NOTFOUND when the tail has moved (*expected is then the new one), or OAT_E_LIMIT when the
 * file would pass OAT_BLOBS_FILE_MAX. Every reservation ends in oat_blob_done or
 * oat_blob_give_back. Any thread, with its own inflight. */
int oat_blob_reserve_at(oat_blob_file *file, oat_blob_inflight *inflight, uint64_t len, uint64_t *expected);

/* Reserves len bytes (rounded up to 8) wherever the tail is. OAT_OK and the offset, or OAT_E_LIMIT. */
int oat_blob_reserve(oat_blob_file *file, oat_blob_inflight *inflight, uint64_t len, uint64_t *ret_offset);

/* Writes bytes at a reserved offset, through the mapping where there is one. OAT_OK, OAT_E_FULL (no space,
 * quota, file size limit) or OAT_E_IO (errno). */
int oat_blob_write(oat_blob_file *file, const void *bytes, size_t len, uint64_t offset);

/* The reservation is written. */
void oat_blob_done(oat_blob_inflight *inflight);

/* The reservation is given up: its bytes are free again if no later one exists, else they stay a
 * hole. */
void oat_blob_give_back(oat_blob_file *file, oat_blob_inflight *inflight, uint64_t offset, uint64_t len);

#endif
