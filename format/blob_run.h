/* A run of a .blobs file that came from elsewhere: what of it may be stored. Pure. */
#ifndef OAT_FORMAT_BLOB_RUN_H
#define OAT_FORMAT_BLOB_RUN_H

#include <stddef.h>
#include <stdint.h>

/* Bytes [offset, offset + len) of a file, whose bytes before are in `before`; all is borrowed. */
struct oat_blob_run {
    const uint8_t *bytes;
    size_t len;
    uint64_t offset;
    uint64_t nonce, hash_seed; /* of the pair */
    /* Reads bytes below offset; as of an oat_blob_source. */
    int (*before)(void *arg, uint64_t offset, void *dst, size_t len);
    void *arg;
};

/* What is wrong with it, and which entry of the file. */
struct oat_blob_run_fault {
    const char *what; /* static */
    uint64_t offset;
};

/* Whole entries and holes between them, and nothing else: each entry's checks are right, a chunk's bytes are
 * those of its content id, and what it builds on is there. OAT_OK, OAT_E_CORRUPT with *ret_fault,
 * OAT_E_NOMEM, or what `before` returned. */
int oat_blob_run_check(const struct oat_blob_run *run, struct oat_blob_run_fault *ret_fault);

/* Where such entries end that stand one right behind the other from an offset on, which may be before the
 * run; not behind the run. OAT_OK, OAT_E_NOMEM, or what `before` returned. */
int oat_blob_run_end(const struct oat_blob_run *run, uint64_t from, uint64_t *ret_end);

#endif
