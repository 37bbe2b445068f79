/* Builds stores in memory through format/ alone, the same bytes in every run, and writes them to a
 * directory: golden files, fuzz corpora. Not for programs under test: it aborts on any trouble. */
#ifndef OAT_TESTS_GOLDEN_PAIR_H
#define OAT_TESTS_GOLDEN_PAIR_H

#include "format/entry.h"
#include "format/identity.h"
#include "format/pair_header.h"
#include "format/slot.h"

#define GOLDEN_HASH_SEED UINT64_C(0x5eedf00d5eedf00d)
#define GOLDEN_START_NS  UINT64_C(1795350896000000000) /* 2026-11-22T12:34:56Z */

struct golden_pair {
    struct oat_disk_pair_header header;
    uint8_t *spans; /* the file, OAT_SPANS_FILE_MAX at most */
    size_t spans_len;
    uint8_t *blobs;
    size_t blobs_len;
    uint64_t nonce;
    uint32_t slots;
};

/* A pair of writer `writer` (any number) with nothing in it. Free with golden_pair_free. */
void golden_pair_init(struct golden_pair *pair, unsigned writer, uint32_t seq);
void golden_pair_free(struct golden_pair *pair);

/* Commits a slot at the next number, or at a given one, and returns its number. slot: 256 bytes, of
 * which bytes 8..255 count. */
uint32_t golden_slot(struct golden_pair *pair, unsigned kind, const void *slot);
uint32_t golden_slot_at(struct golden_pair *pair, unsigned kind, const void *slot, uint32_t slot_no);

/* Leaves `count` slots never written. */
void golden_skip(struct golden_pair *pair, uint32_t count);

/* Commits a STRING, in a blob when it is long; returns a reference to it. */
oat_string_ref golden_string(struct golden_pair *pair, const char *text, size_t len);

/* Appends an entry with these stored bytes; returns its offset. pred: of GROUP. */
uint64_t golden_entry(struct golden_pair *pair, enum oat_entry_kind kind, const void *raw, size_t raw_len,
                      const void *stored, size_t stored_len, uint64_t pred);
uint64_t golden_raw(struct golden_pair *pair, const void *raw, size_t len);
uint64_t golden_lz4(struct golden_pair *pair, const void *raw, size_t len);
/* ops: made for an entry at golden_next_offset(). raw: what they produce. */
uint64_t golden_recipe(struct golden_pair *pair, const void *ops, size_t ops_len, const void *raw,
                       size_t raw_len);
uint64_t golden_next_offset(const struct golden_pair *pair);

/* A reference to raw bytes that the entry at `offset` holds. */
struct oat_disk_blob_ref golden_ref(uint64_t offset, const void *raw, size_t raw_len, unsigned media,
                                    unsigned flags);
/* The bytes as one RAW chunk. */
struct oat_disk_blob_ref golden_payload(struct golden_pair *pair, const void *raw, size_t len,
                                        unsigned media);

/* A successful llm span of 1 s; ids are the numbers repeated; parent 0 = a root. */
struct oat_disk_span golden_span(unsigned trace, unsigned span, unsigned parent);

void golden_carried(struct golden_pair *pair);
void golden_durable(struct golden_pair *pair, uint64_t slots, uint64_t blob_bytes, uint64_t flush_seq);
void golden_seal(struct golden_pair *pair);
/* Computes the headers again after a field of pair->header was changed. */
void golden_header(struct golden_pair *pair);

/* Makes dir and hot/ below it, and STORE (also in *ret_store, unless NULL). */
void golden_store(const char *dir, struct oat_disk_store *ret_store);
/* Writes the two files of the pair and its writer's .live. */
void golden_pair_write(const struct golden_pair *pair, const char *dir);
/* Writes one file; path below dir. */
void golden_file(const char *dir, const char *path, const void *bytes, size_t len);

#endif
